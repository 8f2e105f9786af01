/**
 * The callers that wait for a place on a host of the pool. Who gets one is decided in `capacity`.
 *
 *     place ──► one is free ──────────────────────────► host ──the scope closes──► the next in the queue
 *        └────► wait ──granted──────────────────────────▲
 *                 └──time is up: None; interrupted──► out of the queue
 *
 * A place belongs to the caller's scope before the wait begins, so no interruption can lose one.
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Capacity from "./capacity.ts"

export interface Queue {
  /**
   * A place on a host, by its index, until the scope closes; `None` if none became free within the limit. `pin` is the
   * only host that will do.
   */
  readonly place: (
    pin: number | undefined,
    limit: Duration.Duration
  ) => Effect.Effect<Option.Option<number>, never, Scope.Scope>
  /** The server takes no more than this many. */
  readonly lower: (host: number, limit: number) => Effect.Effect<void>
  /** The host could not be reached, or it will never have us. */
  readonly markFailed: (host: number, how: "ForNow" | "ForGood") => Effect.Effect<Capacity.Availability>
  /** A session of the host was had: it serves. */
  readonly markHealthy: (host: number) => Effect.Effect<void>
  readonly status: Effect.Effect<ReadonlyArray<{ readonly inUse: number; readonly limit: number }>>
}

/** One call of `place`. */
interface Caller {
  host: number | undefined
  /** Only of a caller that waits: most find a place at once. */
  granted: Deferred.Deferred<number> | undefined
}

export const make = (hosts: number, maxPerHost: number): Effect.Effect<Queue, never, Scope.Scope> =>
  Effect.clockWith((clock) =>
    Effect.map(Effect.scope, (scope) => {
      const state = Capacity.make<Caller>(hosts, maxPerHost)
      const step = (event: Capacity.Event<Caller>): void => {
        for (const { caller, host } of Capacity.step(state, event, clock.unsafeCurrentTimeMillis())) {
          caller.host = host
          if (caller.granted !== undefined) {
            Deferred.unsafeDone(caller.granted, Effect.succeed(host))
          }
        }
      }
      const join = (pin: number | undefined): Caller => {
        const caller: Caller = { host: undefined, granted: undefined }
        step({ _tag: "Join", caller, pin })
        return caller
      }
      const leave = (caller: Caller): void =>
        step(caller.host === undefined ? { _tag: "Leave", caller } : { _tag: "Return", caller, host: caller.host })

      return {
        place: (pin, limit) =>
          Effect.flatMap(
            Effect.acquireRelease(
              Effect.sync(() => join(pin)),
              (caller) => Effect.sync(() => leave(caller))
            ),
            (caller) => wait(caller, limit)
          ),
        lower: (host, limit) => Effect.sync(() => step({ _tag: "Lower", host, limit })),
        markFailed: (host, how) =>
          Effect.sync(() => step({ _tag: "Fail", host, how })).pipe(
            // Nothing else wakes those who wait when the time is up. It is forked where nothing can be interrupted.
            Effect.zipRight(
              Effect.sleep(Capacity.AVOID_FOR).pipe(
                Effect.zipRight(Effect.sync(() => step({ _tag: "Tick" }))),
                Effect.interruptible,
                Effect.forkIn(scope)
              )
            ),
            Effect.zipRight(Effect.sync(() => Capacity.availability(state)))
          ),
        markHealthy: (host) =>
          Effect.suspend(() =>
            state.hosts[host]?.failedUntil === Capacity.SERVING
              ? Effect.void
              : Effect.sync(() => step({ _tag: "Recover", host }))
          ),
        status: Effect.sync(() => state.hosts.map(({ inUse, limit }) => ({ inUse, limit })))
      }
    })
  )

/** A place that is there already, as most are, needs no fibers to wait with. */
const wait = (caller: Caller, limit: Duration.Duration): Effect.Effect<Option.Option<number>> =>
  Effect.suspend(() => {
    if (caller.host !== undefined) {
      return Effect.succeedSome(caller.host)
    }
    const granted = Deferred.unsafeMake<number>(FiberId.none)
    caller.granted = granted
    return Effect.timeoutOption(Deferred.await(granted), limit)
  })
