/**
 * Which caller may have a session now, and on which host. One queue for all hosts, first come, first served.
 *
 *     join ──► waiting ──granted──► holding ──leave──► gone
 *                 └────────leave (interrupted, timed out)────┘
 *
 * A place is a ticket that exists before the wait begins, so no interruption can lose one. A host's limit starts at its
 * maximum, falls when the server says "too many", and is tried one higher again after a while.
 *
 *     serving ──markFailed──► failed: no caller ──time is up, or no other serves──► one at a time ──markHealthy──► serving
 *
 * While a host serves, those who would take any wait for it rather than go where others failed. It does not open
 * sessions.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/** Whether any host has sessions: one that serves, only such as failed not long ago, or none that would have us. */
export type Availability = "Available" | "Recovering" | "None"

export interface Capacity {
  /** A place in the queue, left with the scope. `pin` asks for one host. */
  readonly join: (pin: number | undefined) => Effect.Effect<Ticket, never, Scope.Scope>
  /** The server takes no more than this many. Never below one, as one must find out when it gets better. */
  readonly lower: (host: number, limit: number) => Effect.Effect<void>
  /** The host could not be reached, or it will never have us. */
  readonly markFailed: (host: number, how: "ForNow" | "ForGood") => Effect.Effect<Availability>
  /** A session of the host was had: it serves. */
  readonly markHealthy: (host: number) => Effect.Effect<void>
  readonly status: Effect.Effect<ReadonlyArray<{ readonly inUse: number; readonly limit: number }>>
}

export interface Ticket {
  /** The host that was granted; `None` if no place became free in time. */
  readonly wait: (limit: Duration.Duration) => Effect.Effect<Option.Option<number>>
}

interface Host {
  readonly max: number
  limit: number
  loweredAt: number
  /** `SERVING`, `FOR_GOOD`, or the time from which on it may be tried again. */
  failedUntil: number
  /** Who tries a host that has failed. */
  prober: Waiter | undefined
  inUse: number
}

interface Waiter {
  readonly pin: number | undefined
  readonly deferred: Deferred.Deferred<number>
  granted: number | undefined
}

interface State {
  readonly hosts: ReadonlyArray<Host>
  /** First come, first served. */
  readonly waiting: Array<Waiter>
}

/** How soon a limit that a server named is tried one higher: as lftp's `net:connection-limit-timer`. */
const RAISE_AFTER = Duration.toMillis(Duration.minutes(5))
/** How long no caller is sent to a host that could not be reached, while others serve. */
const AVOID_FOR = Duration.seconds(30)
const SERVING = 0
const FOR_GOOD = Number.POSITIVE_INFINITY

export const make = (hosts: number, maxPerHost: number): Effect.Effect<Capacity, never, Scope.Scope> =>
  Effect.clockWith((clock) =>
    Effect.map(Effect.scope, (scope) => {
      const state = initial(hosts, maxPerHost)
      const now = () => clock.unsafeCurrentTimeMillis()
      const change = (index: number, update: (host: Host, now: number) => void) =>
        Effect.sync(() => {
          const host = state.hosts[index]
          if (host !== undefined) {
            update(host, now())
            grant(state, now())
          }
        })

      return {
        join: (pin) =>
          Effect.acquireRelease(
            Effect.map(Deferred.make<number>(), (deferred): Waiter => {
              const waiter: Waiter = { pin, deferred, granted: undefined }
              state.waiting.push(waiter)
              grant(state, now())
              return waiter
            }),
            (waiter) => Effect.sync(() => leave(state, waiter, now()))
          ).pipe(Effect.map((waiter) => ({ wait: (limit) => wait(waiter, limit) }))),
        lower: (index, limit) =>
          change(index, (host, now) => {
            host.limit = Math.max(1, Math.min(host.limit, limit))
            host.loweredAt = now
          }),
        markFailed: (index, how) =>
          change(index, (host, now) => {
            const until = how === "ForGood" ? FOR_GOOD : now + Duration.toMillis(AVOID_FOR)
            host.failedUntil = Math.max(host.failedUntil, until)
          }).pipe(
            // Nothing else wakes those who wait when the time is up. It is forked where nothing can be interrupted.
            Effect.zipRight(
              Effect.sleep(AVOID_FOR).pipe(
                Effect.zipRight(Effect.sync(() => grant(state, now()))),
                Effect.interruptible,
                Effect.forkIn(scope)
              )
            ),
            Effect.zipRight(Effect.sync(() => availability(state)))
          ),
        markHealthy: (index) =>
          Effect.suspend(() =>
            state.hosts[index]?.failedUntil === SERVING
              ? Effect.void
              : change(index, (host) => {
                  host.failedUntil = SERVING
                  host.prober = undefined
                })
          ),
        status: Effect.sync(() => state.hosts.map(({ inUse, limit }) => ({ inUse, limit })))
      }
    })
  )

/** A place that is there already, as most are, needs no fibers to wait with. */
const wait = (waiter: Waiter, limit: Duration.Duration): Effect.Effect<Option.Option<number>> =>
  Effect.suspend(() =>
    waiter.granted === undefined
      ? Effect.timeoutOption(Deferred.await(waiter.deferred), limit)
      : Effect.succeedSome(waiter.granted)
  )

const initial = (hosts: number, maxPerHost: number): State => ({
  hosts: Array.from({ length: hosts }, () => ({
    max: maxPerHost,
    limit: maxPerHost,
    loweredAt: 0,
    failedUntil: SERVING,
    prober: undefined,
    inUse: 0
  })),
  waiting: []
})

const availability = ({ hosts }: State): Availability => {
  const least = Math.min(...hosts.map(({ failedUntil }) => failedUntil))
  return least === SERVING ? "Available" : least === FOR_GOOD ? "None" : "Recovering"
}

/** Gives places to all that can have one, in the order of the queue. */
const grant = (state: State, now: number): void => {
  const { hosts, waiting } = state
  let isAnyLeft = true
  for (let at = 0; at < waiting.length; ) {
    const waiter = waiting[at]
    const index =
      waiter === undefined || (waiter.pin === undefined && !isAnyLeft) ? undefined : pick(state, waiter.pin, now)
    const host = index === undefined ? undefined : hosts[index]
    if (waiter !== undefined && index !== undefined && host !== undefined) {
      waiting.splice(at, 1)
      host.inUse++
      if (waiter.pin === undefined && host.failedUntil !== SERVING) {
        host.prober = waiter
      }
      waiter.granted = index
      Deferred.unsafeDone(waiter.deferred, Effect.succeed(index))
    } else {
      // Later ones can't have what the first in the queue can't, but for those who want one host only.
      isAnyLeft &&= waiter?.pin !== undefined
      at++
    }
  }
}

/** The least loaded host that has a place, those that serve first. */
const pick = (state: State, pin: number | undefined, now: number): number | undefined => {
  let best: { readonly index: number; readonly failedUntil: number; readonly load: number } | undefined
  for (const [index, host] of state.hosts.entries()) {
    if (pin === undefined ? !isOpen(state, host, now) : pin !== index) {
      continue
    }
    if (host.inUse >= limitAt(host, now)) {
      continue
    }
    const { failedUntil } = host
    const load = host.inUse / host.limit
    if (
      best === undefined ||
      failedUntil < best.failedUntil ||
      (failedUntil === best.failedUntil && load < best.load)
    ) {
      best = { index, failedUntil, load }
    }
  }
  return best?.index
}

/** Whether a caller who would take any host may be sent to this one. */
const isOpen = (state: State, host: Host, now: number): boolean => {
  if (host.failedUntil === SERVING) {
    return true
  }
  const isLast = availability(state) === (host.failedUntil === FOR_GOOD ? "None" : "Recovering")
  return host.prober === undefined && (isLast || host.failedUntil <= now)
}

const leave = (state: State, waiter: Waiter, now: number): void => {
  const host = waiter.granted === undefined ? undefined : state.hosts[waiter.granted]
  if (host === undefined) {
    state.waiting.splice(state.waiting.indexOf(waiter), 1)
  } else {
    host.inUse--
    if (host.prober === waiter) {
      host.prober = undefined
    }
  }
  grant(state, now)
}

const limitAt = (host: Host, now: number): number => {
  if (host.limit < host.max && now - host.loweredAt >= RAISE_AFTER) {
    host.limit++
    host.loweredAt = now
  }
  return host.limit
}
