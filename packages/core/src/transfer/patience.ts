/**
 * How long a transfer waits before it is tried again, and when it gives up: by schedules that progress resets.
 *
 *     interrupted, or refused for now ──► bytes were moved? ──yes──► reset
 *                                             └──no───────────────────┴──► wait ──► again
 *                                                                            └──► the schedule ends: the error
 *
 * An interruption goes by `resume`. What the server refused for now, before it moved a byte, goes by `busy`, as for all
 * other commands.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { FtpRejected, FtpTransferInterrupted } from "../base/FtpError.ts"
import * as Interruption from "./interruption.ts"

/** Of one transfer. Both are driven by what stopped it. */
export interface Schedules {
  readonly resume: Schedule.Schedule<unknown, FtpTransferInterrupted>
  readonly busy: Schedule.Schedule<unknown, FtpTransferInterrupted>
}

/**
 * Succeeds after the wait before the next attempt. When there is to be none, it fails with the interruption, or with the
 * refusal that is its cause.
 */
export type Patience = (
  interrupted: FtpTransferInterrupted
) => Effect.Effect<void, FtpTransferInterrupted | FtpRejected>

/**
 * Holds the state of one transfer. A session with a stale TLS ticket, or one that a command which a server need not
 * know has cost, is replaced at once, and costs no attempt.
 */
export const make = (schedules: Schedules): Effect.Effect<Patience> =>
  Effect.zipWith(Schedule.driver(schedules.resume), Schedule.driver(schedules.busy), (resume, busy) => {
    const reset = Effect.zipRight(resume.reset, busy.reset)
    return (interrupted) => {
      const { cause } = interrupted
      if (!interrupted.isRetryable) {
        return Effect.fail(interrupted)
      }
      if (Interruption.hasStaleTls(cause) || Interruption.isWithoutVerb(cause)) {
        return Effect.void
      }
      const next: Effect.Effect<void, FtpTransferInterrupted | FtpRejected> = Interruption.isRefusedForNow(cause)
        ? Effect.asVoid(Effect.mapError(busy.next(interrupted), () => cause))
        : Effect.asVoid(Effect.mapError(resume.next(interrupted), () => interrupted))
      return interrupted.transferred > 0 ? Effect.zipRight(reset, next) : next
    }
  })

/** What is asked of a server beside the bytes of a transfer, and how it is to be asked again. */
export interface Asked extends Pick<FtpTransferInterrupted, "direction" | "path"> {
  /** How many bytes of the transfer have been moved. */
  readonly bytes: number
  readonly schedules: Schedules
}

/** Retries what an interruption stopped after the last byte, or the server refused for now, without progress. */
export const persist = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  asked: Asked
): Effect.Effect<A, E | FtpTransferInterrupted, R> =>
  again(
    self,
    asked,
    (error): error is E & Interruption.Cause => Interruption.isCause(error) || Interruption.isRefusedForNow(error)
  )

/**
 * Asks again what the server refused for now, on the same session: no byte need be moved again for a question.
 * `isAnswer` is false of refusals that are none of the question.
 */
export const untilAnswered = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  asked: Asked,
  isAnswer: (refused: FtpRejected) => boolean = () => true
): Effect.Effect<A, E | FtpTransferInterrupted, R> =>
  again(self, asked, (error): error is E & FtpRejected => Interruption.isRefusedForNow(error) && isAnswer(error))

/** The state of the waits is made when the first one is needed. */
const again = <A, E, R, Cause extends Interruption.Cause>(
  self: Effect.Effect<A, E, R>,
  { bytes, direction, path, schedules }: Asked,
  mayPass: (error: E) => error is E & Cause
): Effect.Effect<A, E | FtpTransferInterrupted, R> =>
  Effect.catchIf(self, mayPass, (first) =>
    Effect.gen(function* () {
      const patience = yield* make(schedules)
      let cause: E & Cause = first
      while (true) {
        const interrupted = Interruption.make({ path, direction, offset: bytes, transferred: 0, cause })
        yield* Effect.mapError(patience(interrupted), (error) =>
          error._tag === "FtpTransferInterrupted" ? error : cause
        )
        const result = yield* Effect.either(self)
        if (result._tag === "Right") {
          return result.right
        }
        if (!mayPass(result.left)) {
          return yield* Effect.fail(result.left)
        }
        cause = result.left
      }
    })
  )
