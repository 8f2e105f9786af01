/**
 * When a call of the client is made again:
 *
 *     reading   at once on a new session if the old one died, whatever became of it
 *               at once, without the command that a server need not know and left unanswered
 *               at once, for another port, if the data connection could not be opened
 *     writing   at once on a new session, if the server is known not to have applied it
 *     both      by `FtpRetry.busy` when the server says "not now"
 */
import * as Effect from "effect/Effect"
import type { FtpEndpoint } from "../base/FtpEndpoint.ts"
import type { FtpError, OpenError } from "../base/FtpError.ts"
import type { Policies } from "../base/FtpRetry.ts"
import * as Observability from "../base/observability.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Interruption from "../transfer/interruption.ts"

/** Lends one session of the pool. */
type Lend = <A, E>(use: (session: FtpSession) => Effect.Effect<A, E>) => Effect.Effect<A, E | OpenError>

/** One call of the client on a borrowed session, named for its span. */
type Call = <A, E extends FtpError>(
  name: string,
  path: string,
  use: (session: FtpSession) => Effect.Effect<A, E>
) => Effect.Effect<A, E | OpenError>

export interface Calls {
  /** For what changes nothing. */
  readonly reading: Call
  /** For what changes something. */
  readonly writing: Call
}

/** Each call is `lend`, again if that may help. */
export const retrying = (
  lend: Lend,
  { busy }: Pick<Policies, "busy">,
  endpoints: ReadonlyArray<FtpEndpoint>
): Calls => {
  const call = (mayRepeat: (error: FtpError) => boolean, mayGoWithout: (error: FtpError) => boolean): Call => {
    // What retries takes hundreds of steps even if nothing fails: it begins with the first failure.
    const retried = <A, E extends FtpError>(attempt: Effect.Effect<A, E>) =>
      Effect.catchAll(attempt, (error) =>
        againAfter(error, attempt).pipe(
          Effect.retry({ while: mayGoWithout }),
          Effect.retry({ times: 1, while: mayRepeat }),
          Effect.retry({ times: Interruption.OTHER_PORTS, while: Interruption.isDeadPort }),
          Effect.retry({ schedule: busy, while: Interruption.isRefusedForNow })
        )
      )
    return (name, path, use) =>
      Observability.ifSeen(
        () =>
          Observability.spannedIfSeen(
            `FtpClient.${name}`,
            path,
            endpoints
          )(
            Effect.suspend(() => {
              let attempts = 0
              const counted = Observability.annotate(() => ({ [Observability.Attribute.attempts]: ++attempts }))
              return retried(Effect.zipRight(counted, lend(use)))
            })
          ),
        retried(lend(use))
      )
  }
  return {
    reading: call(
      (error) =>
        (error._tag === "FtpConnectionLost" && error.reason !== "TimedOut") ||
        (Interruption.isUndialled(error) && error.reason === "TimedOut"),
      Interruption.isWithoutVerb
    ),
    writing: call(
      (error) => error._tag === "FtpConnectionLost" && error.outcome === "NotApplied",
      (error) => Interruption.isWithoutVerb(error) && error.outcome === "NotApplied"
    )
  }
}

/** An effect whose first run has failed already. */
const againAfter = <A, E>(error: E, self: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  let isFirst = true
  return Effect.suspend(() => {
    if (isFirst) {
      isFirst = false
      return Effect.fail(error)
    }
    return self
  })
}
