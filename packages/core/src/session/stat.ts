/**
 * What one path is. The best question that the server answers, down this ladder:
 *
 *     C: MLST a            RFC 3659 §7: all facts in one reply
 *     C: SIZE a, MDTM a    a file, without its mode
 *     C: CWD a             a directory, without any fact
 *     C: LIST parent       what is left: links, and files that SIZE does not tell
 *
 * "Unsupported" is never taken for "absent": only a rung that can see the path says that it is missing.
 * It does NOT follow links.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Rejected } from "../base/FtpError.ts"
import * as Judge from "../control/judge.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import { isDirectory, workingDirectory } from "./directory.ts"
import { sizeOf } from "./file.ts"
import { type ListFailure, list } from "./list.ts"
import { ask, run, type Wire } from "./wire.ts"

export const stat = (wire: Wire, path: string): Effect.Effect<FtpEntry, ListFailure> =>
  Features.has(wire.features, "MLST")
    ? Effect.flatMap(
        Effect.map(run(wire, Command.mlst(path === "" ? undefined : path), path), (reply) =>
          Mlsx.parseMlst(reply, path)
        ),
        Option.match({ onNone: () => byQuestions(wire, path), onSome: (entry) => Effect.succeed(entry) })
      ).pipe(
        Effect.catchIf(
          (error) => error._tag === "Rejected" && error.reason === "Unsupported",
          () => byQuestions(wire, path)
        )
      )
    : byQuestions(wire, path)

const byQuestions = (wire: Wire, path: string): Effect.Effect<FtpEntry, ListFailure> =>
  Effect.gen(function* () {
    if (path === "") {
      yield* workingDirectory(wire)
      return entry(path, "Directory", Option.none(), Option.none())
    }
    const sizeCommand = Command.size(path)
    const [sizeReply, timeReply] = yield* ask(wire, [sizeCommand, Command.mdtm(path)])
    const size = sizeOf(sizeReply)
    if (Option.isSome(size)) {
      return entry(path, "File", size, Timestamp.fromReply213(timeReply))
    }
    if (sizeReply.code === 421) {
      return yield* Judge.rejected(wire.control, sizeCommand, sizeReply, path)
    }
    if (yield* isDirectory(wire, path)) {
      return entry(path, "Directory", Option.none(), Timestamp.fromReply213(timeReply))
    }
    return yield* inParent(wire, path, sizeReply)
  })

const inParent = (wire: Wire, path: string, sizeReply: Reply.Reply): Effect.Effect<FtpEntry, ListFailure> =>
  Effect.gen(function* () {
    const name = RemotePath.baseName(path)
    // A parent that is a file holds nothing.
    const { entries } = yield* Effect.catchIf(list(wire, RemotePath.parent(path)), isNoDirectory, () =>
      Effect.succeed({ entries: [] })
    )
    const found = entries.find((candidate) => candidate.name === name)
    if (found !== undefined) {
      return { ...found, path }
    }
    return yield* new Rejected({
      reason: "NotFound",
      command: Command.toLog(Command.size(path)),
      reply: Reply.toShown(sizeReply),
      path,
      outcome: "NotApplied",
      endpoint: wire.control.label,
      transcript: yield* wire.control.transcript
    })
  })

const isNoDirectory = (error: ListFailure): boolean =>
  error._tag === "Rejected" && (error.reason === "NotFound" || ReplyMeaning.isNotADirectory(error.reply))

const entry = (
  path: string,
  type: FtpEntry["type"],
  size: Option.Option<number>,
  modified: Option.Option<FtpTime>
): FtpEntry => ({
  name: RemotePath.baseName(path),
  path,
  type,
  size,
  modified,
  mode: Option.none(),
  owner: Option.none(),
  group: Option.none(),
  linkTarget: Option.none(),
  unique: Option.none(),
  raw: ""
})
