/**
 * Who may have a session now, and on which host. One queue for all hosts, first come, first served.
 *
 *     join ──► waiting ──granted──► holding ──leave──► gone
 *                 └────────leave (interrupted, timed out)────┘
 *
 * A place is a ticket that exists before the wait begins, so no interruption can lose one. A host's limit starts at its
 * maximum, falls when the server says "too many", and is tried one higher again after a while.
 *
 *     serving ──markFailed──► failed: nobody ──time is up, or no other serves──► one at a time ──markHealthy──► serving
 *
 * While a host serves, those who would take any wait for it rather than go where others failed. It does NOT open sessions.
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
  /** The host that was granted; `None` when nobody had a place to give for so long. */
  readonly wait: (limit: Duration.Duration) => Effect.Effect<Option.Option<number>>
}

interface Host {
  readonly max: number
  limit: number
  loweredAt: number
  /** `SERVING`, `FOR_GOOD`, or the time from which on it may be tried again. */
  failedUntil: number
  /** Who tries a host that is avoided. */
  prober: Waiter | undefined
  inUse: number
}

interface Waiter {
  readonly pin: number | undefined
  readonly deferred: Deferred.Deferred<number>
  granted: number | undefined
}

/** How soon a limit that a server named is tried one higher: as lftp's `net:connection-limit-timer`. */
const RAISE_AFTER = Duration.toMillis(Duration.minutes(5))
/** How long nobody is sent to a host that could not be reached, while others serve. */
const AVOID_FOR = Duration.seconds(30)
const SERVING = 0
const FOR_GOOD = Number.POSITIVE_INFINITY

export const make = (hosts: number, maxPerHost: number): Effect.Effect<Capacity, never, Scope.Scope> =>
  Effect.clockWith((clock) =>
    Effect.map(Effect.scope, (scope) => {
      const states: ReadonlyArray<Host> = Array.from({ length: hosts }, () => ({
        max: maxPerHost,
        limit: maxPerHost,
        loweredAt: 0,
        failedUntil: SERVING,
        prober: undefined,
        inUse: 0
      }))
      const waiting: Array<Waiter> = []

      const availability = (): Availability => {
        const least = Math.min(...states.map(({ failedUntil }) => failedUntil))
        return least === SERVING ? "Available" : least === FOR_GOOD ? "None" : "Recovering"
      }

      /** Whether somebody who would take any host may be sent to this one. */
      const isOpen = (host: Host, now: number): boolean => {
        if (host.failedUntil === SERVING) {
          return true
        }
        const isLast = availability() === (host.failedUntil === FOR_GOOD ? "None" : "Recovering")
        return host.prober === undefined && (isLast || host.failedUntil <= now)
      }

      const pick = (pin: number | undefined, now: number): number | undefined => {
        let best: { readonly index: number; readonly failedUntil: number; readonly load: number } | undefined
        for (const [index, host] of states.entries()) {
          if (pin === undefined ? !isOpen(host, now) : pin !== index) {
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

      const grant = () => {
        const now = clock.unsafeCurrentTimeMillis()
        let isAnyLeft = true
        for (let at = 0; at < waiting.length; ) {
          const waiter = waiting[at]
          const index =
            waiter === undefined || (waiter.pin === undefined && !isAnyLeft) ? undefined : pick(waiter.pin, now)
          const host = index === undefined ? undefined : states[index]
          if (waiter !== undefined && index !== undefined && host !== undefined) {
            waiting.splice(at, 1)
            host.inUse++
            if (waiter.pin === undefined && host.failedUntil !== SERVING) {
              host.prober = waiter
            }
            waiter.granted = index
            Deferred.unsafeDone(waiter.deferred, Effect.succeed(index))
          } else {
            // Nobody behind can have what the first in the queue can't, but for those who want one host only.
            isAnyLeft &&= waiter?.pin !== undefined
            at++
          }
        }
      }

      const leave = (waiter: Waiter) => {
        const host = waiter.granted === undefined ? undefined : states[waiter.granted]
        if (host === undefined) {
          waiting.splice(waiting.indexOf(waiter), 1)
        } else {
          host.inUse--
          if (host.prober === waiter) {
            host.prober = undefined
          }
        }
        grant()
      }

      const change = (index: number, update: (host: Host, now: number) => void) =>
        Effect.sync(() => {
          const host = states[index]
          if (host !== undefined) {
            update(host, clock.unsafeCurrentTimeMillis())
            grant()
          }
        })

      return {
        join: (pin) =>
          Effect.acquireRelease(
            Effect.map(Deferred.make<number>(), (deferred): Waiter => {
              const waiter: Waiter = { pin, deferred, granted: undefined }
              waiting.push(waiter)
              grant()
              return waiter
            }),
            (waiter) => Effect.sync(() => leave(waiter))
          ).pipe(
            Effect.map((waiter) => ({
              wait: (limit) =>
                // A place that is there already, as most are, needs no fibers to wait with.
                Effect.suspend(() =>
                  waiter.granted === undefined
                    ? Effect.timeoutOption(Deferred.await(waiter.deferred), limit)
                    : Effect.succeedSome(waiter.granted)
                )
            }))
          ),
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
            // Those who wait when the time is up would hear of it from nobody. It is forked where nothing can be interrupted.
            Effect.zipRight(
              Effect.sleep(AVOID_FOR).pipe(
                Effect.zipRight(Effect.sync(grant)),
                Effect.interruptible,
                Effect.forkIn(scope)
              )
            ),
            Effect.zipRight(Effect.sync(availability))
          ),
        markHealthy: (index) =>
          Effect.suspend(() =>
            states[index]?.failedUntil === SERVING
              ? Effect.void
              : change(index, (host) => {
                  host.failedUntil = SERVING
                  host.prober = undefined
                })
          ),
        status: Effect.sync(() => states.map(({ inUse, limit }) => ({ inUse, limit })))
      }
    })
  )

const limitAt = (host: Host, now: number): number => {
  if (host.limit < host.max && now - host.loweredAt >= RAISE_AFTER) {
    host.limit++
    host.loweredAt = now
  }
  return host.limit
}
