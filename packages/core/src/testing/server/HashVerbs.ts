/**
 * Hashes of files, by the hasher that the server was given: HASH (draft-bryan-ftp-hash) and the verbs without a
 * standard.
 *
 *     C: OPTS HASH SHA-256      S: 200 SHA-256
 *     C: HASH a                 S: 213 SHA-256 0-5 2cf2… a
 *     C: XSHA256 "a b"          S: 250 2CF2…
 *     C: MD5 a                  S: 251 a 5D41…
 *
 * A path of the X verbs may be quoted, and has to be if it holds a space, as on ProFTPD. RANG is not supported.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Algorithm } from "../../protocol/HashReply.ts"
import * as Reply from "../../protocol/Reply.ts"
import { type FileStore, StoreError } from "../store/FileStore.ts"
import { refusalsAsReplies } from "./Replies.ts"
import { DEFAULT_HASH, type Handler, resolve, type Session } from "./Session.ts"

const NAMES: ReadonlyArray<Algorithm> = ["CRC32", "MD5", "SHA-1", "SHA-256", "SHA-512"]

/** What FEAT says of them; nothing without a hasher. */
export const features = (session: Session): ReadonlyArray<readonly [verb: string, line: string]> =>
  session.shared.settings.hasher === undefined
    ? []
    : [
        ["HASH", `HASH ${NAMES.map((name) => `${name}${name === session.hash ? "*" : ""};`).join("")}`],
        ["MD5", "MD5"],
        ...[...VERBS.keys()].map((verb) => [verb, verb] as const)
      ]

const VERBS: ReadonlyMap<string, Algorithm> = new Map([
  ["XCRC", "CRC32"],
  ["XMD5", "MD5"],
  ["XSHA", "SHA-1"],
  ["XSHA1", "SHA-1"],
  ["XSHA256", "SHA-256"],
  ["XSHA512", "SHA-512"]
])

/** `OPTS HASH`, with a name or without. */
export const opts = (session: Session, name: string): Reply.Reply => {
  const { denied, hasher } = session.shared.settings
  const wanted = NAMES.find((known) => known === name.toUpperCase())
  if (hasher === undefined || denied.has("HASH") || (name !== "" && wanted === undefined)) {
    return Reply.make(501, "Option not understood.")
  }
  session.hash = wanted ?? session.hash
  return Reply.make(200, session.hash)
}

export const hash: Handler = (session, path) =>
  hashed(session, path, session.hash, (value, size) =>
    Reply.make(213, `Computing ${session.hash} digest`, `${session.hash} 0-${size} ${value} ${path}`)
  )

export const md5: Handler = (session, path) =>
  hashed(session, path, "MD5", (value) => Reply.make(251, `${path} ${value.toUpperCase()}`))

export const x: Handler = (session, argument, verb) => {
  const quoted = /^"(.*)"$/.exec(argument)
  return quoted === null && argument.includes(" ")
    ? Effect.succeed(Reply.make(501, "Invalid number of parameters."))
    : hashed(session, quoted?.[1] ?? argument, VERBS.get(verb) ?? DEFAULT_HASH, (value) =>
        Reply.make(250, "Computing", value.toUpperCase())
      )
}

const UNKNOWN = Effect.succeed(Reply.make(500, "Unknown command."))

const hashed = (
  session: Session,
  path: string,
  algorithm: Algorithm,
  answer: (value: string, size: number) => Reply.Reply
): ReturnType<Handler> => {
  const { settings, store } = session.shared
  if (settings.hasher === undefined) {
    return UNKNOWN
  }
  return path === ""
    ? Effect.succeed(Reply.make(501, "A path is needed."))
    : refusalsAsReplies(
        path,
        Effect.flatMap(
          settings.hasher.make(algorithm),
          Option.match({
            onNone: () => Effect.succeed(Reply.make(504, "Unsupported algorithm.")),
            onSome: (hashing) =>
              Effect.map(feed(store, resolve(session, path), hashing.update), (size) => answer(hashing.digest(), size))
          })
        )
      )
}

const feed = (store: FileStore, path: string, update: (bytes: Uint8Array) => void): Effect.Effect<number, StoreError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { type } = yield* store.stat(path)
      if (type !== "File") {
        return yield* new StoreError({ reason: "NotRegular", path })
      }
      const { pull, size } = yield* store.openReader(path, 0)
      const more = Effect.map(pull, (bytes) => {
        if (Option.isSome(bytes)) {
          update(bytes.value)
        }
        return Option.isSome(bytes)
      })
      yield* Effect.repeat(more, { while: (isMore) => isMore })
      return size
    })
  )
