/**
 * The longest pause of a data connection, watched from beside it:
 *
 *     idle ──within──► waiting since t ──it ends──► idle
 *                           └──t + limit──► stalled: the connection is reset, and the wait fails with TimedOut
 *
 * One fiber for each transfer sleeps until the present wait could be due. A timeout on each read would be two fibers and
 * a timer for a mebibyte, which took a fifth of a download's processor time.
 *
 * It does NOT say what a stall means for the transfer: `transfer` does.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Connection, TransportError } from "../../FtpTransport.ts"
import * as Observe from "../observe.ts"

/** Bounds a wait on the data connection; `what` is the complaint. One wait at a time. */
export type Within = (what: string) => <A>(self: Effect.Effect<A, TransportError>) => Effect.Effect<A, TransportError>

export const watch = (connection: Connection, limit: Duration.Duration): Effect.Effect<Within, never, Scope.Scope> =>
  Effect.clockWith((clock) => {
    const wait: Wait = { what: "", since: undefined, stalled: undefined }
    const idle = Effect.sync(() => {
      wait.since = undefined
    })
    const within: Within = (what) => (self) => {
      const bounded = Effect.mapError(Effect.ensuring(self, idle), (error) => wait.stalled ?? error)
      return Effect.suspend(() => {
        wait.what = what
        wait.since = clock.unsafeCurrentTimeMillis()
        return bounded
      })
    }
    return Effect.as(Effect.forkScoped(guard(connection, limit, wait, clock)), within)
  })

interface Wait {
  what: string
  /** Millis of the clock. */
  since: number | undefined
  stalled: TransportError | undefined
}

/** Never sleeps longer than the limit, and so is awake when a wait that began meanwhile is due. */
const guard = (connection: Connection, limit: Duration.Duration, wait: Wait, clock: Clock.Clock): Effect.Effect<void> =>
  Effect.gen(function* () {
    const limitMillis = Duration.toMillis(limit)
    let waited = 0
    while (waited < limitMillis) {
      yield* Effect.sleep(Duration.millis(limitMillis - waited))
      waited = wait.since === undefined ? 0 : clock.unsafeCurrentTimeMillis() - wait.since
    }
    wait.stalled = new TransportError({ reason: "TimedOut", detail: `${wait.what} for ${Observe.seconds(limit)}` })
    yield* connection.reset
  })
