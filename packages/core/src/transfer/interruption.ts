/**
 * What stops a transfer on its way, and may be waited out: told from what ends it.
 *
 *     no connection, connection lost, a "no" in mid-transfer (426, 451, 552) ──► FtpTransferInterrupted, by `FtpRetry.resume`
 *     everything else ──────────────────────────────────────────────────────────► as it is
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { FtpIntegrityError, FtpTransferInterrupted } from "../base/FtpError.ts"

export type Direction = FtpTransferInterrupted["direction"]
export type Cause = FtpTransferInterrupted["cause"]

/** Of so many bytes on what an interrupted transfer left is of use to a later run; less is as soon moved again. */
export const WORTH_KEEPING = 1024 * 1024

export const isCause = (error: unknown): error is Cause =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "FtpConnectError" ||
    error._tag === "FtpConnectionLost" ||
    (error._tag === "FtpRejected" && "outcome" in error && error.outcome === "Unknown"))

export const make = (
  path: string,
  direction: Direction,
  offset: number,
  transferred: number,
  cause: Cause
): FtpTransferInterrupted =>
  new FtpTransferInterrupted({
    path,
    direction,
    offset,
    transferred,
    cause,
    outcome: cause._tag === "FtpConnectError" ? "NotApplied" : cause.outcome
  })

/**
 * A session that died while it was unused may show it only when it is spoken to: a new one is asked at once, before any
 * schedule is.
 */
export const isDeadSession = (cause: Cause): boolean =>
  cause._tag === "FtpConnectionLost" && cause.channel === "Control" && cause.reason !== "TimedOut"

/**
 * A session whose TLS session has become too old for data connections: `exchange/reuse` tells it from one that never had
 * any, and nobody is lent it again. So a transfer that asks for another one at once meets each of these once at most.
 */
const hasStaleTls = (cause: Cause): boolean =>
  cause._tag === "FtpConnectionLost" && cause.channel === "Data" && cause.phase === "Command"

/**
 * Waits as the schedule says and succeeds, or fails with the interruption when it has had enough. Progress resets it. An
 * outworn session is no matter of patience.
 */
export const makePatience = (
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
): Effect.Effect<(interrupted: FtpTransferInterrupted) => Effect.Effect<void, FtpTransferInterrupted>> =>
  Effect.map(Schedule.driver(schedule), (driver) => (interrupted) => {
    if (!interrupted.isRetryable) {
      return Effect.fail(interrupted)
    }
    if (hasStaleTls(interrupted.cause)) {
      return Effect.void
    }
    const next = Effect.asVoid(Effect.mapError(driver.next(interrupted), () => interrupted))
    return interrupted.transferred > 0 ? Effect.zipRight(driver.reset, next) : next
  })

/** One attempt in a scope of its own below the transfer's: closed at once if it fails, else with the attempt it returns. */
export const inScope = <A, E, R>(
  outer: Scope.Scope,
  attempt: Effect.Effect<A, E, R | Scope.Scope>
): Effect.Effect<{ readonly value: A; readonly close: Effect.Effect<void> }, E, Exclude<R, Scope.Scope>> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.fork(outer, ExecutionStrategy.sequential)
      const exit = yield* Effect.exit(restore(Scope.extend(attempt, scope)))
      if (Exit.isFailure(exit)) {
        yield* Scope.close(scope, exit)
        return yield* Effect.failCause(exit.cause)
      }
      // Whoever is interrupted meanwhile has closed all of it all the same: a session half given back is lost for ever.
      return { value: exit.value, close: Effect.uninterruptible(Scope.close(scope, Exit.void)) }
    })
  )

export const integrity = (
  reason: FtpIntegrityError["reason"],
  direction: Direction,
  path: string,
  endpoint: string,
  expected: string | number,
  actual: string | number
): FtpIntegrityError =>
  new FtpIntegrityError({ reason, direction, path, expected: inWords(expected), actual: inWords(actual), endpoint })

const inWords = (what: string | number): string => (typeof what === "number" ? `${what} bytes` : what)
