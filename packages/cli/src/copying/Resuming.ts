/**
 * The notice that a transfer is resumed after an interruption, one line for each attempt, or not resumed:
 *
 *     resuming report.bin at 12.3 MiB: connection reset by peer
 *     beginning report.bin again: nothing shows that the 12.3 MiB on the server are its beginning
 *
 * for a person who watches (a terminal, or `--verbose`), and always as a line of `--json`. The pool's schedule decides
 * whether to resume.
 */
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"

/** The schedule for one transfer, which prints a notice before each attempt. */
export type Resume = (subject: string) => Schedule.Schedule<unknown, FtpTransferInterrupted>

/** Whether there is a reader of notices about single transfers. */
export const isWatched: Effect.Effect<boolean, never, Output | Screen> = Effect.map(
  Effect.all([Output, Screen]),
  ([{ style }, { errorIsTerminal }]) => style.json || style.verbose || errorIsTerminal
)

/** The pool's schedule, with notices. */
export const make: Effect.Effect<Resume, never, FtpPool | Output | Screen> = Effect.gen(function* () {
  const { policies } = yield* FtpPool
  const output = yield* Output
  const watched = yield* isWatched
  const announce = (subject: string, interrupted: FtpTransferInterrupted) =>
    Effect.ignore(print(output, subject, interrupted))
  return (subject) =>
    watched ? announced(policies.resume, (interrupted) => announce(subject, interrupted)) : policies.resume
})

/** The cause in words. */
export const whyOf = ({ cause }: FtpTransferInterrupted): string =>
  cause._tag === "FtpRejected" ? `the server answered ${Reply.toLine(cause.reply)}` : cause.detail

/** The notice of one attempt. */
export const print = (output: Output, subject: string, interrupted: FtpTransferInterrupted) => {
  const { direction, offset } = interrupted
  const why = whyOf(interrupted)
  const what = offset > 0 ? `resuming ${subject} at ${Measure.bytes(offset)}` : `beginning ${subject} again`
  return output.notice({ kind: "resuming", direction, path: subject, offset, why }, `${what}: ${why}`)
}

/** The notice that an upload begins anew, although the server has so many bytes that may be its beginning. */
export const makeUnproven: Effect.Effect<(subject: string, bytes: number) => void, never, Output | Screen> = Effect.gen(
  function* () {
    const output = yield* Output
    const watched = yield* isWatched
    const runtime = yield* Effect.runtime()
    return (subject, bytes) => {
      if (watched) {
        const why = `nothing shows that the ${Measure.bytes(bytes)} on the server are its beginning`
        const line = { kind: "resuming", direction: "Upload", path: subject, offset: 0, why } as const
        Runtime.runFork(runtime)(Effect.ignore(output.notice(line, `beginning ${subject} again: ${why}`)))
      }
    }
  }
)

/** The same schedule; `announce` runs before each wait that an attempt follows. It holds the state of one transfer. */
export const announced = (
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>,
  announce: (interrupted: FtpTransferInterrupted) => Effect.Effect<void>
): Schedule.Schedule<unknown, FtpTransferInterrupted> => {
  let last: FtpTransferInterrupted | undefined
  return schedule.pipe(
    Schedule.tapInput((interrupted: FtpTransferInterrupted) =>
      Effect.sync(() => {
        last = interrupted
      })
    ),
    Schedule.onDecision((_, decision) =>
      last !== undefined && ScheduleDecision.isContinue(decision) ? announce(last) : Effect.void
    )
  )
}
