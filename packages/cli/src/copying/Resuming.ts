/**
 * The notice that a transfer is resumed after an interruption, one line for each attempt:
 *
 *     resuming report.bin at 12.3 MiB: connection reset by peer
 *
 * for a person who watches (a terminal, or `--verbose`), and always as a line of `--json`. The pool's schedule decides
 * whether to resume.
 */
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"

/** The schedule for one transfer, which prints a notice before each attempt. */
export type Resume = (subject: string) => Schedule.Schedule<unknown, FtpTransferInterrupted>

/** The pool's schedule, with notices. */
export const make: Effect.Effect<Resume, never, FtpPool | Output | Screen> = Effect.gen(function* () {
  const { policies } = yield* FtpPool
  const output = yield* Output
  const screen = yield* Screen
  const isWatched = output.style.json || output.style.verbose || screen.errorIsTerminal
  const announce = (subject: string, { cause, direction, offset }: FtpTransferInterrupted) => {
    const why = cause._tag === "FtpRejected" ? `the server answered ${Reply.toLine(cause.reply)}` : cause.detail
    const what = offset > 0 ? `resuming ${subject} at ${Measure.bytes(offset)}` : `beginning ${subject} again`
    return Effect.ignore(output.notice({ kind: "resuming", direction, path: subject, offset, why }, `${what}: ${why}`))
  }
  return (subject) =>
    isWatched ? announced(policies.resume, (interrupted) => announce(subject, interrupted)) : policies.resume
})

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
