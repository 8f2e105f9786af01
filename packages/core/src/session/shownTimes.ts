/**
 * Whether a server that lists MFMT sets times. It is shown by files that are given the time that they have, which changes
 * nothing:
 *
 *     C: MDTM a, MFMT 20261129120007 a, MDTM a, NOOP
 *     S: 213 20261129120007
 *     S: 213 Modify=20261129120007; a      or 550: it sets no times, or not that of this file
 *     S: 213 20261129120007
 *
 * A file that another client has written since it was listed shows another time before, and gets that one back at once:
 *
 *     S: 213 20261129120931, 213 Modify=20261129120007; a, 213 20261129120007
 *     C: MFMT 20261129120931 a
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CommandError, FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as UtcOffset from "../protocol/UtcOffset.ts"
import * as Burst from "./burst.ts"
import { run, type SessionContext } from "./context.ts"
import { modified, setModified } from "./file.ts"

/**
 * A file, and the time that it is listed with. A fraction of a second does not count.
 *
 * @since 0.1.0
 * @category models
 */
export interface Dated {
  readonly path: string
  readonly its: DateTime.Utc
}

/**
 * Whether a server sets times, by what it has answered about some files.
 *
 * - `"Sets"`: it sets the time of one of them
 * - `"Refuses"`: it refuses each of them, which may be files of another user
 * - `"Unsupported"`: it does not know the command
 * - `"Unknown"`: they are gone, were written meanwhile, or it is busy
 *
 * @since 0.1.0
 * @category models
 */
export type ShownTimes = "Sets" | "Refuses" | "Unsupported" | "Unknown"

/** Asks for as many as go into one burst, or for the first one if the server bears none. What is known need not be asked. */
export const show = (context: SessionContext, files: ReadonlyArray<Dated>): Effect.Effect<ShownTimes, CommandError> =>
  Effect.suspend(() => {
    const { timeCommand, timeRefusal } = context.capabilities
    const [first] = files
    return timeCommand !== undefined
      ? Effect.succeed("Sets")
      : timeRefusal !== undefined
        ? Effect.succeed("Unsupported")
        : first === undefined
          ? Effect.succeed("Unknown")
          : Burst.isBorne(context)
            ? Effect.uninterruptible(together(context, files))
            : alone(context, first)
  })

/** Step by step it is known before whether another client has written the file. */
const alone = (context: SessionContext, { its, path }: Dated): Effect.Effect<ShownTimes, CommandError> =>
  Effect.gen(function* () {
    const now = yield* modified(context, path).pipe(
      Effect.asSome,
      Effect.catchTags({
        FtpRejected: () => Effect.succeedNone,
        FtpProtocolViolation: () => Effect.succeedNone
      })
    )
    return Option.exists(now, ({ at }) => secondOf(at) !== secondOf(its))
      ? "Unknown"
      : yield* setModified(context, path, its).pipe(
          Effect.as("Sets" as const),
          Effect.catchTag("FtpRejected", (error) => Effect.succeed(shownBy(error)))
        )
  })

const together = (context: SessionContext, files: ReadonlyArray<Dated>): Effect.Effect<ShownTimes, CommandError> =>
  Effect.gen(function* () {
    const asks = !context.control.verbs.isAvoided("MDTM")
    const commands = files.map(({ its, path }) => Command.mfmt(Timestamp.format(its), path))
    const groups = commands.map((command, index) => {
      const mdtm = Command.mdtm(files[index]?.path ?? "")
      return asks ? [mdtm, command, mdtm] : [command]
    })
    const { replies = [] } = yield* Burst.send(context, groups)
    const shown = yield* Effect.forEach(replies, (group, index): Effect.Effect<ShownTimes, CommandError> => {
      const [file, command] = [files[index], commands[index]]
      const [before, set = before, after] = group
      return file === undefined || command === undefined || set === undefined
        ? Effect.succeed("Unknown")
        : Reply.isCompletion(set)
          ? Effect.as(givenBack(context, file, before, after), "Sets")
          : refused(context, context.control.errors.rejected(command, set, { path: file.path }))
    })
    if (shown.includes("Sets")) {
      context.capabilities.timeCommand = "MFMT"
    }
    return (["Sets", "Unsupported", "Refuses"] as const).find((one) => shown.includes(one)) ?? "Unknown"
  })

/**
 * A file that had another time before gets it back. A server that reads what it is sent in its own zone is reckoned with. What
 * is neither by then is the time of a file that was written after it was set.
 */
const givenBack = (
  context: SessionContext,
  { its, path }: Dated,
  before: Reply.Reply | undefined,
  after: Reply.Reply | undefined
): Effect.Effect<void, CommandError> => {
  const [was, is] = [timeIn(before), timeIn(after)]
  return was === undefined ||
    is === undefined ||
    secondOf(was) === secondOf(is) ||
    !UtcOffset.mayBeOff(DateTime.distance(its, is))
    ? Effect.void
    : Effect.catchTag(
        Effect.asVoid(
          run(
            context,
            Command.mfmt(Timestamp.format(DateTime.add(its, { millis: DateTime.distance(is, was) })), path),
            path
          )
        ),
        "FtpRejected",
        (error) => Effect.logWarning(`${path} was written meanwhile, and has got an older time`, error)
      )
}

const timeIn = (reply: Reply.Reply | undefined): DateTime.Utc | undefined =>
  reply === undefined ? undefined : Option.getOrUndefined(Option.map(Timestamp.fromReply213(reply), ({ at }) => at))

const secondOf = (at: DateTime.Utc): number => Math.floor(DateTime.toEpochMillis(at) / 1000)

/** That the command is not supported is remembered, as it would be refused each time. */
const refused = (
  { capabilities }: SessionContext,
  error: FtpRejected | FtpConnectionLost
): Effect.Effect<ShownTimes, FtpConnectionLost> => {
  if (error._tag === "FtpConnectionLost") {
    return Effect.fail(error)
  }
  if (error.reason === "Unsupported") {
    capabilities.timeRefusal = error
  }
  return Effect.succeed(shownBy(error))
}

const shownBy = ({ reason, reply }: FtpRejected): ShownTimes =>
  reason === "Unsupported" ? "Unsupported" : reply.code >= 500 && reason !== "NotFound" ? "Refuses" : "Unknown"
