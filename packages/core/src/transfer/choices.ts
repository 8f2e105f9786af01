/** What the options of a transfer mean to a pool. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Observed from "./observed.ts"
import type { TransferOptions } from "./options.ts"
import type { Schedules } from "./patience.ts"
import * as Rate from "./rate.ts"

export const limitOf = (options: TransferOptions) =>
  Effect.flatMap(FtpPool, ({ rate }) => Rate.make(options.rate, rate))

/** The schedules of one transfer. `onRetry` and the span get each interruption that they are asked about. */
export const schedulesOf = ({
  onRetry,
  retry
}: Pick<TransferOptions, "onRetry" | "retry">): Effect.Effect<Schedules, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => {
    let failures = 0
    const observed = (schedule: Schedules["resume"]) =>
      Schedule.tapInput(schedule, (error: FtpTransferInterrupted) => {
        failures++
        onRetry?.(error)
        return Observed.interrupted(error, failures)
      })
    return {
      resume: observed(retry ?? policies.resume),
      busy: observed(Schedule.mapInput(policies.busy, ({ cause }: FtpTransferInterrupted) => cause))
    }
  })
