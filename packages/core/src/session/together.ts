/**
 * What several files are, and new names for several files, in one burst each:
 *
 *     C: MLST a          or SIZE a, MDTM a         C: RNFR a
 *     C: MLST b             SIZE b, MDTM b         C: RNTO c
 *     S: 250-…              213 …, 213 …           S: 350 …
 *     S: 550 …              550 …, 550 …           S: 250 …
 *
 * Only what goes well is decided here. What does not is asked for again, on its own. A file that was renamed instead of another
 * one gets its name back.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as Mlsx from "../protocol/listing/mlsx.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"
import { sizeOf } from "./file.ts"
import * as MisledRename from "./misledRename.ts"
import { hasSizeOfDirectories } from "./stat.ts"

/**
 * What is known of a path without its listing.
 *
 * @since 0.1.0
 * @category models
 */
export type Facts = Pick<FtpEntry, "modified" | "size" | "type">

/**
 * What became of a rename. `"Refused"`: it was not done. `"Unknown"`: it may be done, or may be later.
 *
 * @since 0.1.0
 * @category models
 */
export type Renamed = "Renamed" | "Refused" | "Unknown"

/**
 * As many as go into one burst, at least one; `None` for each of which more has to be asked. All of them, without a
 * question, if the server bears no bursts, or if SIZE does not tell a file from a directory.
 */
export const factsFirst = (
  context: SessionContext,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Option.Option<Facts>>, CommandError> =>
  Effect.suspend(() => {
    const none = paths.map(() => Option.none<Facts>())
    if (!Burst.isBorne(context)) {
      return Effect.succeed(none)
    }
    const asked = (ask: (path: string) => ReadonlyArray<Command.Command>, read: Read) =>
      Effect.map(Burst.send(context, paths.map(ask)), ({ replies, sent }) =>
        paths.slice(0, sent).map((path, index) => {
          const answers = replies?.[index]
          return answers === undefined ? Option.none() : read(path, answers)
        })
      )
    return Features.has(context.features, "MLST")
      ? asked((path) => [Command.mlst(path)], byMlst)
      : Effect.flatMap(hasSizeOfDirectories(context), (tellsNoFile) =>
          tellsNoFile ? Effect.succeed(none) : asked((path) => [Command.size(path), Command.mdtm(path)], bySize)
        )
  })

type Read = (path: string, replies: ReadonlyArray<Reply.Reply>) => Option.Option<Facts>

const byMlst: Read = (path, [reply]) =>
  reply !== undefined && Reply.isCompletion(reply) ? Mlsx.parseMlst(reply, path) : Option.none()

const bySize: Read = (_, [sized, timed]) => {
  const size = sized === undefined ? Option.none() : sizeOf(sized)
  return Option.isNone(size) || timed === undefined
    ? Option.none()
    : Option.some({ type: "File", size, modified: Timestamp.fromReply213(timed) })
}

/** As many as go into one burst, at least one; all of them are `"Refused"`, and none is tried, if the server bears none. */
export const renameFirst = (
  context: SessionContext,
  names: ReadonlyArray<{ readonly from: string; readonly to: string }>
): Effect.Effect<ReadonlyArray<Renamed>, CommandError> =>
  Effect.suspend(() => {
    if (!Burst.isBorne(context)) {
      return Effect.succeed(names.map(() => "Refused"))
    }
    const groups = names.map(({ from, to }) => [Command.rnfr(from), Command.rnto(to)] as const)
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(Burst.send(context, groups)), ({ replies, sent }) =>
        Effect.as(
          replies === undefined ? Effect.void : MisledRename.putBack(context, names, replies),
          groups.slice(0, sent).map((commands, index) => outcome(commands, replies?.[index]))
        )
      )
    )
  })

/** RNTO that is accepted without its RNFR has renamed something else, see `misledRename`. */
const outcome = (
  [, rnto]: readonly [Command.Command, Command.Command],
  replies: ReadonlyArray<Reply.Reply> | undefined
): Renamed => {
  const [from, to] = replies ?? []
  return from === undefined || to === undefined
    ? "Unknown"
    : Reply.isCompletion(to) && !isRefusal(rnto, to)
      ? Reply.isIntermediate(from)
        ? "Renamed"
        : "Unknown"
      : "Refused"
}
