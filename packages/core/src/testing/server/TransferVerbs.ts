/**
 * RETR, STOR, APPE, STOU, LIST, NLST, MLSD: what is opened, and with which 150. RFC 959 §4.1.3, RFC 3659 §5 and §7.
 *
 *     C: REST 100      S: 350
 *     C: RETR a        S: 550 (before anything is connected), or 150 … 226
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { FtpTransportError } from "../../platform/FtpTransport.ts"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import { BYTES_PER_CHUNK, type StoreError, type StoreReader, type WriteFrom } from "../store/FileStore.ts"
import { toMlsd } from "./EntryLine.ts"
import { listLines, refuseUnsendable, withoutOptions } from "./FileVerbs.ts"
import * as NativePaths from "./NativePaths.ts"
import { refusalsAsReplies } from "./Replies.ts"
import { encodeText } from "./ReplyText.ts"
import { type Handler, resolve, type Session } from "./Session.ts"
import { receive, send } from "./Transfer.ts"

const NEEDS_PATH = Effect.succeed(Reply.make(501, "A path is needed."))
const BEYOND_END = Reply.make(554, "Invalid REST offset: beyond the end of the file.")

type Work = Effect.Effect<Reply.Reply | undefined, FtpTransportError | StoreError, Scope.Scope>

/** Everything that the work opens is closed before its final reply goes out. */
const scoped = (argument: string, work: Work): ReturnType<Handler> => refusalsAsReplies(argument, Effect.scoped(work))

const modeName = (session: Session): string => (session.type === "A" ? "ASCII" : "BINARY")

const takeRestart = (session: Session): number => {
  const offset = session.restart
  session.restart = 0
  return offset
}

export const retr: Handler = (session, argument, verb) =>
  argument === ""
    ? NEEDS_PATH
    : scoped(
        argument,
        Effect.gen(function* () {
          const offset = takeRestart(session)
          const reader = yield* session.shared.store.openReader(resolve(session, argument), offset)
          if (offset > reader.size) {
            return BEYOND_END
          }
          const text = `Opening ${modeName(session)} mode data connection for ${argument} (${reader.size} bytes).`
          return yield* send(session, verb, Reply.make(150, text), reader)
        })
      )

export const stor: Handler = (session, argument, verb) => {
  const offset = takeRestart(session)
  return store(session, argument, verb, offset === 0 ? "Truncate" : offset, "Ok to send data.")
}

/** Behind a REST it writes from there, as STOR does (RFC 3659 §5.3). */
export const appe: Handler = (session, argument, verb) => {
  const offset = takeRestart(session)
  return store(session, argument, verb, offset === 0 ? "Append" : offset, "Ok to send data.")
}

const store = (session: Session, argument: string, verb: string, from: WriteFrom, text: string): ReturnType<Handler> =>
  argument === ""
    ? NEEDS_PATH
    : scoped(
        argument,
        Effect.gen(function* () {
          const { store } = session.shared
          const path = resolve(session, argument)
          yield* refuseUnsendable(path)
          if (typeof from === "number") {
            const existing = yield* Effect.option(store.stat(path))
            if (from > Option.match(existing, { onNone: () => 0, onSome: ({ size }) => size })) {
              return BEYOND_END
            }
          }
          const writer = yield* store.openWriter(path, from)
          return yield* receive(session, verb, Reply.make(150, text), writer)
        })
      )

/** How many names STOU tries. */
const MAX_UNIQUE = 10_000

export const stou: Handler = (session, argument, verb) =>
  Effect.gen(function* () {
    session.restart = 0
    const stem = argument === "" ? "STOU" : argument
    for (let number = 0; number < MAX_UNIQUE; number += 1) {
      const name = number === 0 ? stem : `${stem}.${number}`
      const taken = yield* Effect.option(session.shared.store.lstat(resolve(session, name)))
      if (Option.isNone(taken)) {
        // RFC 1123 §4.1.2.9 fixes this form.
        return yield* store(session, name, verb, "Truncate", `FILE: ${name}`)
      }
    }
    return Reply.make(553, "No unique name is left.")
  })

const LISTING = Reply.make(150, "Here comes the directory listing.")

/** What LIST, NLST and MLSD are to list. */
const target = (session: Session, name: string): string =>
  resolve(session, session.shared.settings.listArgument === "Ignored" ? "" : name)

export const list: Handler = (session, argument, verb) => {
  const name = withoutOptions(argument)
  return scoped(
    name === "" ? "." : name,
    Effect.flatMap(listLines(session, target(session, name)), (lines) => sendListing(session, verb, lines))
  )
}

/** Names as `ls` prints them: behind a directory that was asked for stands that directory. */
export const nlst: Handler = (session, argument, verb) => {
  const name = withoutOptions(argument)
  const path = target(session, name)
  return scoped(
    name === "" ? "." : name,
    Effect.gen(function* () {
      const { store } = session.shared
      const { type } = yield* store.stat(path)
      const { pathsOf } = session.shared.settings
      const names =
        type !== "Directory"
          ? [name]
          : pathsOf === undefined
            ? (yield* store.list(path)).map((entry) => RemotePath.join(name, entry.name))
            : NativePaths.listed(pathsOf, path, yield* store.list(path)).map((entry) => entry.name)
      return yield* sendListing(session, verb, names)
    })
  )
}

/** The argument is a path and nothing else (RFC 3659 §7.2). */
export const mlsd: Handler = (session, argument, verb) => {
  const path = target(session, argument)
  const { faults, settings, store } = session.shared
  return scoped(
    argument === "" ? "." : argument,
    Effect.gen(function* () {
      const info = yield* store.stat(path)
      if (info.type !== "Directory") {
        return Reply.make(501, `${argument}: Not a directory`)
      }
      const { mlsd: style } = settings
      if (style === "LikeList") {
        return yield* sendListing(session, verb, yield* listLines(session, path))
      }
      const above = yield* store.stat(RemotePath.parent(path))
      const entries = yield* store.list(path)
      const by = faults.take("WrongSize", verb, (fault) => fault.verb !== undefined)?.by ?? 0
      const options = { facts: session.facts, readOnly: settings.readOnly }
      const lines = entries.map(({ info, name }) =>
        toMlsd(style, path, { name, info: { ...info, size: info.size + by } }, options)
      )
      return yield* sendListing(session, verb, lines, [
        toMlsd(style, path, { name: ".", info }, { ...options, self: "cdir" }),
        toMlsd(style, path, { name: "..", info: above }, { ...options, self: "pdir" })
      ])
    })
  )
}

/** The lines of the entries, ahead of them those of the directory itself and its parent. */
const sendListing = (
  session: Session,
  verb: string,
  lines: ReadonlyArray<string>,
  above: ReadonlyArray<string> = []
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, Scope.Scope> => {
  const { faults, settings } = session.shared
  const { emptyListing } = settings
  const stray = faults.take("StrayLine", verb)?.line
  return lines.length === 0 && emptyListing !== undefined
    ? Effect.succeed(emptyListing)
    : sendLines(session, verb, [...above, ...lines, ...(stray === undefined ? [] : [stray])])
}

/** Lines that end in CRLF in every TYPE. */
const sendLines = (
  session: Session,
  verb: string,
  lines: ReadonlyArray<string>
): Effect.Effect<Reply.Reply | undefined, FtpTransportError, Scope.Scope> => {
  session.restart = 0
  const bytes = encodeText(lines.map((line) => `${line}\r\n`).join(""), session.shared.settings.codec)
  let position = 0
  const reader: Pick<StoreReader, "pull" | "size"> = {
    size: bytes.byteLength,
    pull: Effect.sync(() => {
      const chunk = bytes.subarray(position, position + BYTES_PER_CHUNK)
      position += chunk.byteLength
      return chunk.byteLength === 0 ? Option.none() : Option.some(chunk)
    })
  }
  return send(session, verb, LISTING, reader)
}
