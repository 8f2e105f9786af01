/**
 * How long an interrupted transfer waits before it is tried again, and when it gives up: by a schedule that progress
 * resets.
 *
 *     interrupted ──► bytes were moved? ──yes──► reset
 *                          └──no──────────────────┴──► wait ──► again
 *                                                        └──► the schedule ends: FtpTransferInterrupted
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import * as Interruption from "./interruption.ts"

export type ResumeSchedule = Schedule.Schedule<unknown, FtpTransferInterrupted>

/** Succeeds after the wait before the next attempt, or fails with the interruption when there is to be none. */
export type Patience = (interrupted: FtpTransferInterrupted) => Effect.Effect<void, FtpTransferInterrupted>

/**
 * Holds the state of one transfer. A session with a stale TLS ticket, or one that a command which a server need not
 * know has cost, is replaced at once, and costs no attempt.
 */
export const make = (schedule: ResumeSchedule): Effect.Effect<Patience> =>
  Effect.map(Schedule.driver(schedule), (driver) => (interrupted) => {
    if (!interrupted.isRetryable) {
      return Effect.fail(interrupted)
    }
    if (Interruption.hasStaleTls(interrupted.cause) || Interruption.isWithoutVerb(interrupted.cause)) {
      return Effect.void
    }
    const next = Effect.asVoid(Effect.mapError(driver.next(interrupted), () => interrupted))
    return interrupted.transferred > 0 ? Effect.zipRight(driver.reset, next) : next
  })

/** A transfer whose bytes have all been moved, and how it is to be retried. */
export interface Moved extends Pick<FtpTransferInterrupted, "direction" | "path"> {
  readonly bytes: number
  readonly schedule: ResumeSchedule
}

/** Retries what an interruption stopped after the last byte, without progress: a question to the server, say. */
export const persist = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  { bytes, direction, path, schedule }: Moved
): Effect.Effect<A, E | FtpTransferInterrupted, R> =>
  Effect.gen(function* () {
    const patience = yield* make(schedule)
    const again: Effect.Effect<A, E | FtpTransferInterrupted, R> = Effect.catchAll(self, (error) =>
      Interruption.isCause(error)
        ? Effect.zipRight(
            patience(Interruption.make({ path, direction, offset: bytes, transferred: 0, cause: error })),
            again
          )
        : Effect.fail(error)
    )
    return yield* again
  })
