/**
 * New times for several files, in one burst, by the command that is known to set them:
 *
 *     C: MFMT 20260102030405 a        or SITE UTIME, or MDTM with a time
 *     C: MFMT 20260102030406 b
 *     S: 213 Modify=20260102030405; a
 *     S: 550 Operation not permitted
 *
 * If none is known, the first file finds one (`file.ts`). A time may be set twice, so what has no reply is asked for again.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { CommandError, FtpRejected } from "../base/FtpError.ts"
import { isRefusal } from "../control/replyErrors.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as Burst from "./burst.ts"
import type { SessionContext } from "./context.ts"
import { isAboutTheFile, knownTimeCommand, type Rung, setModified } from "./file.ts"

/**
 * What became of the time of a file. An error is the one that `setModified` would fail with. `"Unknown"`: that has to find
 * it out.
 *
 * @since 0.1.0
 * @category models
 */
export type TimeSet = "Set" | FtpRejected | "Unknown"

/** A file, and the time that it is to have. */
interface Timed {
  readonly path: string
  readonly at: DateTime.Utc
}

/**
 * As many as go into one burst, at least one, after one of its own if no command is known yet. All of them are `"Unknown"`,
 * and none is tried, if the server bears no bursts.
 */
export const setModifiedFirst = (
  context: SessionContext,
  files: ReadonlyArray<Timed>
): Effect.Effect<ReadonlyArray<TimeSet>, CommandError> =>
  Effect.suspend(() => {
    const [first, ...others] = files
    return first === undefined || !Burst.isBorne(context)
      ? Effect.succeed(files.map(() => "Unknown" as const))
      : knownTimeCommand(context, first.path, first.at) !== undefined
        ? together(context, files)
        : Effect.matchEffect(setModified(context, first.path, first.at), {
            onFailure: (error): Effect.Effect<ReadonlyArray<TimeSet>, CommandError> =>
              error._tag === "FtpRejected" ? Effect.succeed([error]) : Effect.fail(error),
            onSuccess: () => Effect.map(together(context, others), (set): ReadonlyArray<TimeSet> => ["Set", ...set])
          })
  })

const together = (
  context: SessionContext,
  files: ReadonlyArray<Timed>
): Effect.Effect<ReadonlyArray<TimeSet>, CommandError> => {
  const rungs = files.flatMap(({ at, path }) => knownTimeCommand(context, path, at) ?? [])
  return Effect.map(
    Burst.send(
      context,
      rungs.map(({ command }) => [command])
    ),
    ({ replies, sent }) =>
      rungs.slice(0, sent).map((rung, index) => {
        const reply = replies?.[index]?.[0]
        return reply === undefined ? "Unknown" : outcome(context, rung, reply)
      })
  )
}

/** A refusal that is not about the file may be one of the command: then another one may set times. */
const outcome = (
  { capabilities, control }: SessionContext,
  { command, kind, path }: Rung,
  reply: Reply.Reply
): TimeSet => {
  if (!isRefusal(command, reply)) {
    capabilities.timeCommand = kind
    return "Set"
  }
  const error = control.errors.rejected(command, reply, { path })
  return error._tag === "FtpRejected" && isAboutTheFile(error, kind) ? error : "Unknown"
}
