/**
 * How a borrower gets a session, over hosts and attempts, and what a failed attempt says about its host:
 *
 *     attempt ──► place ──► slot ──► session ──► lent
 *        ▲                             │ failed
 *        ├──another host is available──┤ learn: the limit is lowered, the host is avoided
 *        └──FtpRetry.connect, reconnecting──┴──► the caller's error
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpConnectError, type OpenError } from "../base/FtpError.ts"
import type { Policies } from "../base/FtpRetry.ts"
import * as Observability from "../base/observability.ts"
import * as OptionalVerbs from "../base/optionalVerbs.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type * as Capacity from "./capacity.ts"
import * as Host from "./host.ts"
import * as Loan from "./loan.ts"
import type * as Queue from "./queue.ts"
import * as Reconnecting from "./reconnecting.ts"
import * as SessionLimit from "./sessionLimit.ts"
import * as SlotSession from "./slotSession.ts"

/** What a borrower needs of the pool. */
export interface Borrowing {
  readonly hosts: ReadonlyArray<Host.Host>
  readonly queue: Queue.Queue
  readonly policies: Policies
  readonly acquireTimeout: Duration.Duration
}

/** An attempt that failed. */
export interface Failed {
  /** `undefined` if no host had a place. */
  readonly host: Host.Host | undefined
  readonly error: OpenError
}

/**
 * A session, over as many hosts and attempts as it takes. `pin` is the index of the only host that will do. Nothing
 * here waits for a second session while it holds one.
 */
export const borrow = (
  borrowing: Borrowing,
  pin: number | undefined
): Effect.Effect<FtpSession, OpenError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const outer = yield* Effect.scope
      const driver = yield* Schedule.driver(borrowing.policies.connect)
      const reconnect = yield* Reconnecting.make(borrowing.policies)
      let elsewhere = borrowing.hosts.length - 1
      while (true) {
        const scope = yield* Scope.fork(outer, ExecutionStrategy.sequential)
        const exit = yield* attempt(borrowing, pin).pipe(Scope.extend(scope), restore, Effect.either, Effect.exit)
        if (Exit.isFailure(exit)) {
          yield* Scope.close(scope, exit)
          return yield* Effect.failCause(exit.cause)
        }
        if (exit.value._tag === "Right") {
          if (exit.value.right !== "Full") {
            return exit.value.right
          }
          yield* Scope.close(scope, exit)
          continue
        }
        const { error, host } = exit.value.left
        // Before the place is returned: the next in the queue would run into the same.
        const availability = yield* learn(borrowing, exit.value.left, pin)
        yield* Scope.close(scope, exit)
        if (availability === "Available" || (availability === "Recovering" && elsewhere-- > 0)) {
          continue
        }
        if (host === undefined || !error.isRetryable) {
          return yield* Effect.fail(error)
        }
        yield* restore(Effect.catchAll(driver.next(error), () => reconnect(host, error)))
      }
    })
  )

/** One try, in a scope of its own: a place in the queue, a slot, a session. */
const attempt = (
  borrowing: Borrowing,
  pin: number | undefined
): Effect.Effect<FtpSession | "Full", Failed, Scope.Scope> =>
  Effect.gen(function* () {
    const { acquireTimeout, hosts, queue } = borrowing
    const place = yield* Effect.mapError(queue.place(pin, acquireTimeout), (why) => ({
      host: undefined,
      error: withoutPlace(borrowing, why)
    }))
    const host = hosts[place.host]
    if (host === undefined) {
      return yield* Effect.dieMessage(`the pool has no host ${place.host}`)
    }
    const slot = yield* Host.lend(host)
    const session = yield* Effect.mapError(SlotSession.sessionOf(host, slot), (error) => ({ host, error }))
    if (session === "Full") {
      return session
    }
    Loan.begin(session, place.caller)
    yield* queue.markHealthy(host.index)
    yield* Reconnecting.connected(host)
    if (hosts.length > 1) {
      yield* Observability.annotate(() => Observability.whereAt(host.endpoint))
    }
    return session
  })

const withoutPlace = ({ acquireTimeout, hosts }: Borrowing, why: Queue.NoPlace): FtpConnectError => {
  const context = {
    channel: "Control",
    stage: "Pool",
    endpoint: hosts.map(({ endpoint }) => Endpoint.toLabel(endpoint)).join(", "),
    transcript: []
  } as const
  return why._tag === "Busy"
    ? new FtpConnectError({
        reason: "NoSessionFree",
        detail: `no session was free for ${Observability.seconds(acquireTimeout)}`,
        ...context
      })
    : new FtpConnectError({
        reason: "SessionsHeld",
        detail: "every session is held by a caller that waits for another one",
        held: why.held,
        ...context
      })
}

/** Opens no more sessions than a server lets in, in later runs too if the evidence is good for that. */
export const lower = (
  queue: Queue.Queue,
  { capabilities, endpoint, index }: Pick<Host.Host, "capabilities" | "endpoint" | "index">,
  limit: number,
  evidence: SessionLimit.Evidence
): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (evidence === "Lasting") {
      capabilities.limited(Math.max(1, limit), yield* DateTime.now)
    }
    yield* queue.lower(index, limit)
    yield* Effect.logInfo(`${Endpoint.toLabel(endpoint)} accepts no more than ${limit} connections`)
  })

/** Whether a session was lost to a command that the server need not know, and has never answered. */
const isPerhapsUnknown = ({ capabilities }: Host.Host, error: OpenError): boolean =>
  error._tag === "FtpConnectionLost" &&
  OptionalVerbs.isOptional(error.verb) &&
  !capabilities.optionalVerbs.isAnswered(error.verb)

const isFurtherRefused = (host: Host.Host, error: OpenError): Effect.Effect<boolean> =>
  host.live + host.accepting === 0 || isPerhapsUnknown(host, error)
    ? Effect.succeed(false)
    : Effect.map(SessionLimit.isDying(host), (isDying) => !isDying && SessionLimit.isFurtherRefused(error, host))

/** What a failed try says about its host, and whether another host can serve. */
export const learn = (
  { hosts, queue }: Borrowing,
  { error, host }: Failed,
  pin: number | undefined
): Effect.Effect<Capacity.Availability> =>
  Effect.gen(function* () {
    if (host === undefined) {
      return "None"
    }
    const others = host.live + host.opening
    const isFull = error._tag === "FtpConnectError" && error.reason === "TooManyConnections" && others > 0
    if (isFull || (yield* isFurtherRefused(host, error))) {
      yield* lower(queue, host, others, SessionLimit.evidenceOf(error))
      return "Available"
    }
    if (pin !== undefined || hosts.length === 1) {
      return "None"
    }
    const availability = yield* queue.markFailed(host.index, error.isRetryable ? "ForNow" : "ForGood")
    if (!error.isRetryable && availability !== "None" && !host.warned) {
      host.warned = true
      yield* Effect.logWarning(`${Endpoint.toLabel(host.endpoint)} is no longer used: ${error.message}`)
    }
    return availability
  })
