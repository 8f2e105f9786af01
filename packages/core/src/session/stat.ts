/**
 * What one path is. The best question that the server answers, down this ladder:
 *
 *     C: MLST a            RFC 3659 §7: all facts in one reply
 *     C: SIZE a, MDTM a    a file, without its mode; not so if the server has a size for directories: `C: SIZE /`
 *     C: CWD a             a directory, without any fact
 *     C: LIST parent       all others: links, and files whose size SIZE does not report
 *
 * MLST that is refused for another reason than that the path is missing, or not to be seen, leads to the next question.
 *
 * "Unsupported" is never taken for "absent": only a rung that can see the path says that it is missing. Links are not
 * followed.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import { type FtpEntry, type FtpTime, noFacts } from "../protocol/FtpEntry.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { run, type SessionContext, sendIndependent } from "./context.ts"
import { isDirectory, workingDirectory } from "./directory.ts"
import { sizeOf } from "./file.ts"
import { type ListFailure, list } from "./list.ts"

export const stat = (context: SessionContext, path: string): Effect.Effect<FtpEntry, ListFailure> =>
  Features.has(context.features, "MLST")
    ? Effect.flatMap(
        Effect.map(run(context, Command.mlst(path === "" ? undefined : path), path), (reply) =>
          Mlsx.parseMlst(reply, path)
        ),
        Option.match({ onNone: () => byQuestions(context, path), onSome: (entry) => Effect.succeed(entry) })
      ).pipe(
        Effect.catchIf(
          (error) => error._tag === "FtpRejected" && error.reason !== "NotFound" && error.reason !== "PermissionDenied",
          () => byQuestions(context, path)
        )
      )
    : byQuestions(context, path)

const byQuestions = (context: SessionContext, path: string): Effect.Effect<FtpEntry, ListFailure> =>
  Effect.gen(function* () {
    if (path === "") {
      yield* workingDirectory(context)
      return entry(path, "Directory", Option.none(), Option.none())
    }
    const sizeCommand = Command.size(path)
    const [sizeReply, timeReply] = yield* sendIndependent(context, [sizeCommand, Command.mdtm(path)])
    const size = sizeOf(sizeReply)
    if (Option.isSome(size)) {
      const time = Timestamp.fromReply213(timeReply)
      return (yield* hasSizeOfDirectories(context)) && (yield* isDirectory(context, path))
        ? entry(path, "Directory", Option.none(), time)
        : entry(path, "File", size, time)
    }
    if (sizeReply.code === 421) {
      return yield* context.control.errors.rejected(sizeCommand, sizeReply, { path })
    }
    if (yield* isDirectory(context, path)) {
      return entry(path, "Directory", Option.none(), Timestamp.fromReply213(timeReply))
    }
    return yield* inParent(context, path, sizeReply)
  })

/** Whether the server answers SIZE of a directory with a number, as ftp-srv does; asked once. */
const hasSizeOfDirectories = (context: SessionContext): Effect.Effect<boolean, CommandError> =>
  Effect.gen(function* () {
    const { capabilities } = context
    if (capabilities.get("SIZE of directory") === "Unknown") {
      const command = Command.size("/")
      const reply = yield* context.control.send(command)
      if (ReplyMeaning.isServiceClosing(reply)) {
        return yield* context.control.errors.rejected(command, reply)
      }
      capabilities.set("SIZE of directory", Option.isSome(sizeOf(reply)))
    }
    return capabilities.get("SIZE of directory") === "Works"
  })

const inParent = (
  context: SessionContext,
  path: string,
  sizeReply: Reply.Reply
): Effect.Effect<FtpEntry, ListFailure> =>
  Effect.gen(function* () {
    const name = RemotePath.baseName(path)
    // A parent that is a file holds nothing.
    const { entries } = yield* Effect.catchIf(list(context, RemotePath.parent(path)), isNoDirectory, () =>
      Effect.succeed({ entries: [] })
    )
    const found = entries.find((candidate) => candidate.name === name)
    if (found !== undefined) {
      return { ...found, path }
    }
    return yield* context.control.errors.rejected(Command.size(path), sizeReply, { path, reason: "NotFound" })
  })

const isNoDirectory = (error: ListFailure): boolean =>
  error._tag === "FtpRejected" && (error.reason === "NotFound" || ReplyMeaning.isNotADirectory(error.reply))

const entry = (
  path: string,
  type: FtpEntry["type"],
  size: Option.Option<number>,
  modified: Option.Option<FtpTime>
): FtpEntry => ({
  ...noFacts,
  name: RemotePath.baseName(path),
  path,
  type,
  size,
  modified,
  raw: ""
})
