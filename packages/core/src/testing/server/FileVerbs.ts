/**
 * Names on the server: where we are, what is there, making, removing, renaming, times and modes.
 *
 *     C: CWD pub            S: 250                 C: RNFR a    S: 350
 *     C: PWD                S: 257 "/pub" …        C: RNTO b    S: 250
 *     C: MKD new            S: 257 "/pub/new" …    C: SIZE b    S: 213 4711
 *
 * RFC 959 §4.1.3, RFC 3659 §3, §4, §7, draft-somers-ftp-mfxx. Paths are taken literally to the end of the line.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Links from "../../mirror/links.ts"
import type { FtpTime } from "../../protocol/FtpEntry.ts"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as Timestamp from "../../protocol/Timestamp.ts"
import { type FileInfo, type FileStore, StoreError } from "../store/FileStore.ts"
import { toFacts } from "./EntryLine.ts"
import { toList } from "./ListLine.ts"
import * as NativePaths from "./NativePaths.ts"
import { refusalsAsReplies } from "./Replies.ts"
import { type Handler, resolve, type Session, shown } from "./Session.ts"
import { status } from "./SettingVerbs.ts"

const NEEDS_PATH = Reply.make(501, "A path is needed.")

/** A handler of one path, which has to be there. */
const onPath =
  (
    work: (store: FileStore, path: string, session: Session) => Effect.Effect<Reply.Reply, StoreError>,
    argument = (whole: string): string => whole
  ): Handler =>
  (session, whole) => {
    const name = argument(whole)
    return name === ""
      ? Effect.succeed(NEEDS_PATH)
      : refusalsAsReplies(name, work(session.shared.store, resolve(session, name), session))
  }

const quoted = (path: string): string => `"${path.replaceAll('"', '""')}"`

export const pwd: Handler = (session) =>
  Effect.succeed(Reply.make(257, `${quoted(shown(session, session.directory))} is the current directory.`))

const changeTo = (store: FileStore, path: string, session: Session): Effect.Effect<Reply.Reply, StoreError> =>
  Effect.flatMap(store.stat(path), ({ type }) => {
    if (type !== "Directory") {
      return Effect.fail(new StoreError({ reason: "NotADirectory", path }))
    }
    session.directory = path
    return Effect.succeed(Reply.make(250, "Directory successfully changed."))
  })

export const cwd = onPath(changeTo)

export const cdup: Handler = (session, argument, verb) => cwd(session, argument === "" ? ".." : argument, verb)

export const mkd = onPath((store, path, session) =>
  Effect.as(
    Effect.zipRight(refuseUnsendable(mayHold(session, path) ? path : "\0"), store.makeDirectory(path)),
    Reply.make(257, `${quoted(shown(session, path))} - Directory successfully created.`)
  )
)

const mayHold = ({ shared: { settings } }: Session, path: string): boolean =>
  settings.pathsOf === undefined || NativePaths.mayHold(settings.pathsOf, path)

export const rmd = onPath((store, path) =>
  path === "/"
    ? Effect.fail(new StoreError({ reason: "PermissionDenied", path }))
    : Effect.as(store.removeDirectory(path), Reply.make(250, "Remove directory operation successful."))
)

export const dele = onPath((store, path) =>
  Effect.as(store.removeFile(path), Reply.make(250, "Delete operation successful."))
)

export const rnfr = onPath((store, path, session) =>
  Effect.map(store.lstat(path), () => {
    session.renameFrom = path
    return Reply.make(350, "Ready for RNTO.")
  })
)

export const rnto: Handler = (session, argument, verb) => {
  const from = session.renameFrom
  session.renameFrom = undefined
  return from === undefined
    ? Effect.succeed(Reply.make(503, "RNFR required first."))
    : onto(from)(session, argument, verb)
}

const onto = (from: string): Handler =>
  onPath((store, path) =>
    Effect.as(Effect.zipRight(refuseUnsendable(path), store.rename(from, path)), Reply.make(250, "Rename successful."))
  )

/** Refuses a new name that no command could ever say again. */
export const refuseUnsendable = (path: string): Effect.Effect<void, StoreError> =>
  /[\0\r\n]/.test(path) ? Effect.fail(new StoreError({ reason: "BadName", path })) : Effect.void

export const size: Handler = (session, argument, verb) =>
  session.type === "A"
    ? Effect.succeed(Reply.make(550, "SIZE not allowed in ASCII mode."))
    : onPath((store, path) =>
        Effect.map(session.shared.settings.directorySizes ? store.stat(path) : regular(store, path), (info) =>
          Reply.make(213, String(info.size + wrongSizeBy(session, verb, false)))
        )
      )(session, argument, verb)

/** How much the fault `WrongSize` adds; unasked only where it is `SIZE` that is asked. */
const wrongSizeBy = (session: Session, verb: string, named: boolean): number =>
  session.shared.faults.take("WrongSize", verb, (fault) => !named || fault.verb !== undefined)?.by ?? 0

const regular = (store: FileStore, path: string): Effect.Effect<FileInfo, StoreError> =>
  Effect.filterOrFail(
    store.stat(path),
    ({ type }) => type === "File",
    () => new StoreError({ reason: "NotRegular", path })
  )

export const mdtm = onPath((store, path) =>
  Effect.map(regular(store, path), ({ modified }) =>
    modified === undefined
      ? Reply.make(550, "Its time is not known.")
      : Reply.make(213, Timestamp.format(DateTime.unsafeMake(modified)))
  )
)

const setModified = (session: Session, name: string, { at }: FtpTime, done: Reply.Reply): ReturnType<Handler> =>
  refusalsAsReplies(name, Effect.as(session.shared.store.setModified(resolve(session, name), at.epochMillis), done))

export const mfmt: Handler = (session, argument) => {
  const space = argument.indexOf(" ")
  const time = Timestamp.parse(argument.slice(0, Math.max(space, 0)))
  const name = argument.slice(space + 1)
  return Option.isNone(time) || name === ""
    ? Effect.succeed(Reply.make(501, "MFMT needs a time and a path."))
    : setModified(session, name, time.value, Reply.make(213, `Modify=${Timestamp.format(time.value.at)}; ${name}`))
}

export const mlst: Handler = (session, argument, verb) => {
  const path = resolve(session, argument)
  const { settings, store } = session.shared
  return refusalsAsReplies(
    argument === "" ? "." : argument,
    Effect.map(store.lstat(path), (info) => {
      const entry = { name: path, info: { ...info, size: info.size + wrongSizeBy(session, verb, true) } }
      const line = toFacts(entry, { facts: session.facts, readOnly: settings.readOnly })
      return Reply.make(250, `Listing ${path}`, ` ${line}`, "End")
    })
  )
}

/** What LIST would print, on the control connection; without a path the state of the session. */
export const stat: Handler = (session, argument) => {
  const path = withoutOptions(argument)
  return path === "" && argument === ""
    ? Effect.succeed(status(session))
    : refusalsAsReplies(
        path,
        Effect.map(listLines(session, resolve(session, path)), (lines) =>
          // Indented, as a line that starts with the code and a space would end the reply. Not by `Reply.make`: a
          // directory may have more lines than a call may have arguments.
          ({ code: 213, lines: ["Status follows:", ...lines.map((line) => ` ${line}`), "End of status"] })
        )
      )
}

/** The argument of LIST, NLST and STAT without options like `-al`. */
export const withoutOptions = (argument: string): string => argument.replace(/^(?:-[A-Za-z1]+(?: +|$))+/, "")

/** The lines of LIST for a directory, or the one line of a file. */
export const listLines = (session: Session, path: string): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.gen(function* () {
    const { settings, store } = session.shared
    const now = yield* Clock.currentTimeMillis
    const info = yield* store.stat(path)
    const stored = info.type === "Directory" ? yield* store.list(path) : [{ name: RemotePath.baseName(path), info }]
    const { pathsOf } = settings
    const entries = pathsOf === undefined ? stored : NativePaths.listed(pathsOf, path, stored)
    const ahead = settings.listMillisAhead
    const shifted = entries.map((entry) => ({
      ...entry,
      info: { ...entry.info, modified: entry.info.modified === undefined ? undefined : entry.info.modified + ahead }
    }))
    return pathsOf === "Mvs" && path !== "/" && info.type === "Directory"
      ? NativePaths.members(shifted)
      : toList(settings.listing, shifted, now + settings.millisAhead + ahead)
  })

/** CHMOD 644 path; UTIME time path; UTIME path atime mtime ctime UTC; SYMLINK target path. */
export const site: Handler = (session, argument) => {
  const [verb = "", first = ""] = argument.split(" ", 2)
  const rest = argument.slice(verb.length + first.length + 2)
  const { readOnly } = session.shared.settings
  switch (verb.toUpperCase()) {
    case "CHMOD":
      return readOnly ? DENIED : chmod(session, first, rest)
    case "UTIME":
      return readOnly ? DENIED : utime(session, argument.slice(verb.length + 1))
    case "SYMLINK":
      return readOnly ? DENIED : symlink(session, argument.slice(verb.length + 1))
    case "HELP":
      return Effect.succeed(Reply.make(214, "CHMOD UTIME SYMLINK HELP"))
    default:
      return Effect.succeed(Reply.make(500, "Unknown SITE command."))
  }
}

const DENIED = Effect.succeed(Reply.make(550, "Permission denied."))

const chmod = (session: Session, mode: string, name: string): ReturnType<Handler> =>
  !/^[0-7]{3,4}$/.test(mode) || name === ""
    ? Effect.succeed(Reply.make(501, "SITE CHMOD needs a mode and a path."))
    : refusalsAsReplies(
        name,
        Effect.as(
          session.shared.store.setMode(resolve(session, name), Number.parseInt(mode, 8)),
          Reply.make(200, "SITE CHMOD command ok.")
        )
      )

/** As of ProFTPD the target has to be there, from the current directory. The link is relative, so that a folder can move. */
const symlink = (session: Session, argument: string): ReturnType<Handler> => {
  const [target = "", name = "", ...others] = argument.split(/ +/).filter((word) => word !== "")
  const { store } = session.shared
  return name === "" || others.length > 0
    ? Effect.succeed(Reply.make(501, "SITE SYMLINK needs a target and a path, without spaces."))
    : refusalsAsReplies(
        name,
        Effect.gen(function* () {
          const path = resolve(session, name)
          yield* refuseUnsendable(path)
          const to = resolve(session, target)
          yield* store.lstat(to)
          yield* store.makeLink(path, Links.relative(path.slice(1), to.slice(1)))
          return Reply.make(200, "SITE SYMLINK command ok.")
        })
      )
}

const utime = (session: Session, argument: string): ReturnType<Handler> => {
  const long = /^(.+) \d{12,14} (\d{12,14}) \d{12,14} UTC$/.exec(argument)
  const short = /^(\d{12,14}) (.+)$/.exec(argument)
  const [name = "", digits = ""] = long !== null ? [long[1], long[2]] : short !== null ? [short[2], short[1]] : []
  const time: Option.Option<FtpTime> = Timestamp.parse(digits.padEnd(14, "0"))
  return Option.isNone(time) || name === ""
    ? Effect.succeed(Reply.make(501, "SITE UTIME needs a time and a path."))
    : setModified(session, name, time.value, Reply.make(200, "SITE UTIME command ok."))
}
