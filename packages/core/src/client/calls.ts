/**
 * One borrowed session for each call, and when a call is made again:
 *
 *     reading   at once on a new session if the old one died, whatever became of it
 *     writing   at once on a new session, if the server is known not to have applied it
 *     both      by `FtpRetry.busy` when the server says "not now"
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FtpError, OpenError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import type { FtpSession } from "../session/FtpSession.ts"

/** One call of the client, named for its span. */
type Call = <A, E extends FtpError>(
  name: string,
  path: string,
  use: (session: FtpSession) => Effect.Effect<A, E>
) => Effect.Effect<A, E | OpenError>

export interface Calls {
  readonly withSession: <A, E, R>(
    use: (session: FtpSession) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | OpenError, Exclude<R, Scope.Scope>>
  /** For what changes nothing. */
  readonly reading: Call
  /** For what changes something. */
  readonly writing: Call
}

export const make = (pool: FtpPool): Calls => {
  const withSession: Calls["withSession"] = (use) => Effect.scoped(Effect.flatMap(pool.borrow(), use))
  const call =
    (mayRepeat: (error: FtpError) => boolean): Call =>
    (name, path, use) =>
      withSession(use).pipe(
        Effect.retry({ times: 1, while: mayRepeat }),
        Effect.retry({ schedule: pool.policies.busy, while: isRefusedForNow }),
        Effect.withSpan(`FtpClient.${name}`, {
          captureStackTrace: false,
          attributes: { [Observability.Attribute.path]: path }
        })
      )
  return {
    withSession,
    reading: call((error) => error._tag === "FtpConnectionLost" && error.reason !== "TimedOut"),
    writing: call((error) => error._tag === "FtpConnectionLost" && error.outcome === "NotApplied")
  }
}

/** Whether asking again later is harmless, and may help. */
const isRefusedForNow = (error: FtpError): boolean =>
  error._tag === "FtpRejected" && error.isRetryable && error.outcome === "NotApplied"
