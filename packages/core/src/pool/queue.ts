/**
 * The callers that wait for a place on a host of the pool. Who gets one is decided in `capacity`.
 *
 *     place ──► one is free ──────────────────────────► host ──the scope closes──► the next in the queue
 *        └────► wait ──granted──────────────────────────▲
 *                 ├──time is up: Busy; interrupted──► out of the queue
 *                 └──can't end: Standstill──► out of the queue at once
 *
 * A place belongs to the caller's scope before the wait begins, so no interruption can lose one.
 *
 * A caller that holds a place while it waits for another may wait for itself. What a fiber holds is in a FiberRef,
 * which the fibers that it forks inherit. A fiber waits for one that it forked only if it is suspended, and on another
 * fiber; one that is suspended on a timer or a socket returns its place later. `standstill` decides.
 *
 * A keeper (`keeping`) hands a place from one fiber to the next with its session (`takeOver`). What it keeps and no fiber
 * has, it gives up to one that would wait for it (`within`).
 */

import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberStatus from "effect/FiberStatus"
import * as HashSet from "effect/HashSet"
import type * as Scope from "effect/Scope"
import * as Counting from "../base/counting.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import * as Capacity from "./capacity.ts"
import * as Standstill from "./standstill.ts"

/** Why there is no place: none became free within the limit, or none ever would. */
export type NoPlace = { readonly _tag: "Busy" } | { readonly _tag: "Standstill"; readonly held: number }

export interface Queue {
  /**
   * A place on a host, until the scope closes. `pin` is the only host that will do. The fiber that asks
   * counts as the one that holds it.
   */
  readonly place: (pin: number | undefined, limit: Duration.Duration) => Effect.Effect<Place, NoPlace, Scope.Scope>
  /** Whether there is a place on the host at once, and no caller waits: then it is held until the scope closes. */
  readonly placeNow: (host: number) => Effect.Effect<boolean, never, Scope.Scope>
  /** The server takes no more than this many. */
  readonly lower: (host: number, limit: number) => Effect.Effect<void>
  /** The host could not be reached, or it will never have us. */
  readonly markFailed: (host: number, how: "ForNow" | "ForGood") => Effect.Effect<Capacity.Availability>
  /** A session of the host was had: it serves. */
  readonly markHealthy: (host: number) => Effect.Effect<void>
  /** Whether a caller waits. */
  readonly isContended: () => boolean
  readonly status: Effect.Effect<ReadonlyArray<{ readonly inUse: number; readonly limit: number }>>
}

/** `host` is its index. */
export interface Place {
  readonly host: number
  readonly caller: Caller
}

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** One call of `place`. */
export interface Caller {
  readonly queue: object
  host: number | undefined
  /** Only of a caller that waits: most find a place at once. */
  granted: Deferred.Deferred<number, NoPlace> | undefined
  /** The one that asks; until it leaves. */
  fiber: AnyFiber | undefined
  /** Of a caller that waits: whose places its fiber holds, or one that it was forked by. */
  holds: ReadonlyArray<Caller>
}

const NONE: ReadonlyArray<Caller> = []

const isHeld = ({ fiber, host }: Caller): boolean => fiber !== undefined && host !== undefined

/** Of all pools. Some may have been returned since. */
const holding: FiberRef.FiberRef<ReadonlyArray<Caller>> = FiberRef.unsafeMake(NONE, {
  join: (parent, child) => {
    const more = child.filter((caller) => isHeld(caller) && !parent.includes(caller))
    return more.length === 0 ? parent : [...parent.filter(isHeld), ...more]
  }
})

/** From now on it is this fiber that holds the place. */
export const takeOver = (place: Caller | undefined): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    if (place === undefined || place.fiber === fiber || !isHeld(place)) {
      return Effect.void
    }
    place.fiber = fiber
    const held = fiber.getFiberRef(holding)
    return held.includes(place) ? Effect.void : FiberRef.set(holding, [...held.filter(isHeld), place])
  })

/** Returns what a keeper keeps and no fiber has. */
export interface Keeper {
  readonly giveBack: Effect.Effect<void>
}

/** Those that a fiber is in. */
const keepers: FiberRef.FiberRef<ReadonlyArray<Keeper>> = FiberRef.unsafeMake<ReadonlyArray<Keeper>>([])

/** A fiber of the effect that would wait gets what the keeper keeps. */
export const within = <A, E, R>(keeper: Keeper, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locallyWith(self, keepers, (outer) => [...outer, keeper])

const giveBackKept = Effect.flatMap(FiberRef.get(keepers), (all) =>
  Effect.forEach(all, ({ giveBack }) => giveBack, { discard: true })
)

export const make = (hosts: number, maxPerHost: number): Effect.Effect<Queue, never, Scope.Scope> =>
  Effect.clockWith((clock) =>
    Effect.map(Effect.scope, (scope) => {
      const state = Capacity.make<Caller>(hosts, maxPerHost)
      const step = (event: Capacity.Event<Caller>): void => {
        for (const { caller, host } of Capacity.step(state, event, clock.unsafeCurrentTimeMillis())) {
          caller.host = host
          caller.holds = NONE
          if (caller.granted !== undefined) {
            Deferred.unsafeDone(caller.granted, Effect.succeed(host))
          }
        }
      }
      const join = (pin: number | undefined, fiber: AnyFiber, held: ReadonlyArray<Caller>): Caller => {
        const holds = held.length === 0 ? held : held.filter(({ queue }) => queue === state)
        const caller: Caller = { queue: state, host: undefined, granted: undefined, fiber, holds }
        step({ _tag: "Join", caller, pin })
        if (!isHeld(caller)) {
          caller.granted = Deferred.unsafeMake(FiberId.none)
        }
        return caller
      }
      const leave = (caller: Caller): void => {
        caller.fiber = undefined
        caller.holds = NONE
        step(caller.host === undefined ? { _tag: "Leave", caller } : { _tag: "Return", caller, host: caller.host })
      }
      const endStandstills = Effect.suspend(() => endStandstillsOf(state, step))

      return {
        place: (pin, limit) =>
          Effect.flatMap(
            Effect.acquireRelease(
              Effect.withFiberRuntime<Caller>((fiber) => {
                const before = fiber.getFiberRef(holding)
                const held = before.length === 0 ? before : before.filter(isHeld)
                const caller = join(pin, fiber, held)
                return Effect.as(FiberRef.set(holding, [...held, caller]), caller)
              }),
              (caller) => Effect.sync(() => leave(caller))
            ),
            (caller) => Effect.map(wait(caller, limit, endStandstills, scope), (host) => ({ host, caller }))
          ),
        placeNow: (host) =>
          Effect.map(
            Effect.acquireRelease(
              Effect.withFiberRuntime<Caller | undefined>((fiber) => {
                if (state.waiting.length > 0) {
                  return Effect.succeed(undefined)
                }
                const caller = join(host, fiber, NONE)
                if (!isHeld(caller)) {
                  leave(caller)
                  return Effect.succeed(undefined)
                }
                return Effect.succeed(caller)
              }),
              (caller) => Effect.sync(() => caller && leave(caller))
            ),
            (caller) => caller !== undefined
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
        isContended: () => state.waiting.length > 0,
        status: Effect.sync(() => state.hosts.map(({ inUse, limit }) => ({ inUse, limit })))
      }
    })
  )

/** A place that is there already, as most are, needs no fibers to wait with. */
const wait = (
  caller: Caller,
  limit: Duration.Duration,
  endStandstills: Effect.Effect<void>,
  scope: Scope.Scope
): Effect.Effect<number, NoPlace> =>
  Effect.suspend(() =>
    caller.host === undefined
      ? Effect.zipRight(giveBackKept, waitLonger(caller, limit, endStandstills, scope))
      : Effect.succeed(caller.host)
  )

const waitLonger: typeof wait = (caller, limit, endStandstills, scope) =>
  Effect.suspend(() => {
    if (caller.host !== undefined) {
      return Effect.succeed(caller.host)
    }
    Counting.wait()
    const granted = caller.granted === undefined ? Effect.never : Deferred.await(caller.granted)
    const place = TimeLimit.timeoutFail(granted, { duration: limit, onTimeout: busy })
    return caller.holds.length === 0
      ? place
      : Effect.acquireUseRelease(
          // No child of this fiber: of a caller who can't be interrupted, an interruption would end it alone.
          Effect.forkIn(Effect.interruptible(lookAgain(endStandstills, FIRST_PAUSE)), scope),
          () => place,
          Fiber.interruptFork
        )
  })

/** In millis. Most holders are suspended after a turn or two. */
const FIRST_PAUSE = 10
const LONGEST_PAUSE = 1000

/** A holder may wait later for the fiber that it forked, or a server lower its limit: that is noticed in a second. */
const lookAgain = (endStandstills: Effect.Effect<void>, pause: number): Effect.Effect<never> =>
  endStandstills.pipe(
    Effect.zipRight(Effect.sleep(pause)),
    Effect.zipRight(Effect.suspend(() => lookAgain(endStandstills, Math.min(2 * pause, LONGEST_PAUSE))))
  )

const busy = (): NoPlace => ({ _tag: "Busy" })

/** Ends the wait of the last caller that waits for ever, until none does: what it holds can be returned then. */
const endStandstillsOf = (
  state: Capacity.State<Caller>,
  step: (event: Capacity.Event<Caller>) => void
): Effect.Effect<void> => {
  // The holders are asked only if there is a standstill should all of them be suspended.
  if (Standstill.find(state, (caller) => caller.holds.filter(isHeld)) === undefined) {
    return Effect.void
  }
  const holders = state.waiting.flatMap(({ caller }) =>
    caller.holds.flatMap(({ fiber }) => (fiber === undefined || fiber === caller.fiber ? [] : fiber))
  )
  return Effect.map(waitingForFibers(holders), (waiting) => {
    const heldBy = (caller: Caller) =>
      caller.holds.filter(({ fiber }) => fiber !== undefined && (fiber === caller.fiber || waiting.has(fiber)))
    for (let last = Standstill.find(state, heldBy); last !== undefined; last = Standstill.find(state, heldBy)) {
      const held = heldBy(last).length
      step({ _tag: "Leave", caller: last })
      if (last.granted !== undefined) {
        Deferred.unsafeDone(last.granted, Effect.fail({ _tag: "Standstill", held }))
      }
    }
  })
}

/** Those that are suspended until another fiber does something. */
const waitingForFibers = (fibers: Iterable<AnyFiber>): Effect.Effect<ReadonlySet<AnyFiber>> =>
  Effect.map(
    Effect.filter(new Set(fibers), (fiber) =>
      Effect.map(fiber.status, (status) => FiberStatus.isSuspended(status) && isFiber(status.blockingOn))
    ),
    (found) => new Set(found)
  )

const isFiber = (id: FiberId.FiberId): boolean => HashSet.size(FiberId.ids(id)) > 0
