/**
 * How long a run over many files waits for a server that was there and is away: the retry time of a transfer, as for a
 * file that was on its way. Else a file that begins meanwhile would end the run for all others.
 *
 *     no session of that host in this run ──► FtpRetry.connect, then the error
 *     else ──► FtpRetry.connect ──► FtpRetry.resume ──► the error, as if there had been none
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpTransferInterrupted, type OpenError } from "../base/FtpError.ts"
import type { Policies } from "../base/FtpRetry.ts"

interface Run {
  /** The hosts that it has had a session of: how often, and how often it was when a warning said that they are away. */
  readonly hosts: WeakMap<object, { sessions: number; warnedAt: number }>
}

/** The run that a borrower is part of. */
class CurrentRun extends Context.Reference<CurrentRun>()("@ftp-effect/core/pool/CurrentRun", {
  defaultValue: (): Run | undefined => undefined
}) {}

/** Runs it as one run, or as a part of the run that it is in. */
export const inRun = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(CurrentRun, (outer) =>
    outer === undefined ? Effect.provideService(self, CurrentRun, { hosts: new WeakMap() }) : self
  )

/** Notes that a borrower has a session of this host. */
export const connected = (host: object): Effect.Effect<void> =>
  Effect.map(CurrentRun, (run) => {
    const known = run?.hosts.get(host)
    if (known !== undefined) {
      known.sessions++
    } else {
      run?.hosts.set(host, { sessions: 1, warnedAt: 0 })
    }
  })

type Wait = (host: { readonly endpoint: Endpoint.FtpEndpoint }, error: OpenError) => Effect.Effect<void, OpenError>

/** Of one borrower: succeeds after the wait before its next attempt, or fails with the error if there is to be none. */
export const make = ({ resume }: Policies): Effect.Effect<Wait> =>
  Effect.gen(function* () {
    const run = yield* CurrentRun
    if (run === undefined) {
      return (_host, error) => Effect.fail(error)
    }
    const driver = yield* Schedule.driver(resume)
    return (host, error) =>
      Effect.gen(function* () {
        const known = run.hosts.get(host)
        if (known === undefined || (error._tag !== "FtpConnectError" && error._tag !== "FtpConnectionLost")) {
          return yield* Effect.fail(error)
        }
        const { sessions } = known
        yield* Effect.mapError(driver.next(interruptedBy(error)), () => {
          // What is done at the end of the run does not wait as long again.
          run.hosts.delete(host)
          return error
        })
        // Another borrower may have found it, or warned of it, during the wait.
        if (known.sessions === sessions && known.warnedAt !== sessions) {
          known.warnedAt = sessions
          yield* Effect.logWarning(`${Endpoint.toLabel(host.endpoint)} is away, and is tried again: ${error.message}`)
        }
      })
  })

/** The schedule is for transfers: this is one that has not moved anything. */
const interruptedBy = (cause: FtpTransferInterrupted["cause"]): FtpTransferInterrupted =>
  new FtpTransferInterrupted({
    path: "",
    direction: "Download",
    offset: 0,
    transferred: 0,
    cause,
    outcome: "NotApplied"
  })
