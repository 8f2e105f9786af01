/** What the options of a transfer mean to a pool. */
import * as Effect from "effect/Effect"
import { FtpPool } from "../pool/FtpPool.ts"
import type { TransferOptions } from "./options.ts"
import type { ResumeSchedule } from "./patience.ts"
import * as Rate from "./rate.ts"

export const limitOf = (options: TransferOptions) =>
  Effect.flatMap(FtpPool, ({ rate }) => Rate.make(options.rate, rate))

export const resumeOf = (options: TransferOptions): Effect.Effect<ResumeSchedule, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => options.retry ?? policies.resume)
