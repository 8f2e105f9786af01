/** What the options of a transfer mean to a pool. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Observed from "./observed.ts"
import type { TransferOptions } from "./options.ts"
import type { ResumeSchedule } from "./patience.ts"
import * as Rate from "./rate.ts"

export const limitOf = (options: TransferOptions) =>
  Effect.flatMap(FtpPool, ({ rate }) => Rate.make(options.rate, rate))

/** The schedule of one transfer. `onRetry` and the span get each interruption that the schedule is asked about. */
export const resumeOf = ({ onRetry, retry }: TransferOptions): Effect.Effect<ResumeSchedule, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => {
    let failures = 0
    return Schedule.tapInput(retry ?? policies.resume, (error: FtpTransferInterrupted) => {
      failures++
      onRetry?.(error)
      return Observed.interrupted(error, failures)
    })
  })
