/** A schedule that tells before each attempt why it is made. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"

export type Resume = Schedule.Schedule<unknown, FtpTransferInterrupted>

/** The same schedule; `announce` is called before each wait that an attempt follows. It keeps no state of a transfer. */
export const announced = (
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>,
  announce: (interrupted: FtpTransferInterrupted) => void
): Resume =>
  Schedule.makeWithState(schedule.initial, (now, interrupted: FtpTransferInterrupted, state) =>
    Effect.map(schedule.step(now, interrupted, state), (next) => {
      if (ScheduleDecision.isContinue(next[2])) {
        announce(interrupted)
      }
      return next
    })
  )
