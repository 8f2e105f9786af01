/**
 * Who may have a session now, and on which host. One queue for all hosts, first come, first served.
 *
 *     join ──► waiting ──granted──► holding ──leave──► gone
 *                 └────────leave (interrupted, timed out)────┘
 *
 * A place is a ticket that exists before the wait begins, so no interruption can lose one. A host's limit starts at its
 * maximum, falls when the server says "too many", and is tried one higher again after a while. It does NOT open sessions.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

export interface Capacity {
  /** A place in the queue, left with the scope. `pin` asks for one host. */
  readonly join: (pin: number | undefined) => Effect.Effect<Ticket, never, Scope.Scope>
  /** The server takes no more than this many. Never below one, as one must find out when it gets better. */
  readonly lower: (host: number, limit: number) => Effect.Effect<void>
  /** The host could not be reached: others are preferred for a while. */
  readonly avoid: (host: number) => Effect.Effect<void>
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
  avoidedUntil: number
  inUse: number
}

interface Waiter {
  readonly pin: number | undefined
  readonly deferred: Deferred.Deferred<number>
  granted: number | undefined
}

/** How soon a limit that a server named is tried one higher: as lftp's `net:connection-limit-timer`. */
const RAISE_AFTER = Duration.toMillis(Duration.minutes(5))
/** How long a host that could not be reached comes last. */
const AVOID_FOR = Duration.toMillis(Duration.seconds(30))

export const make = (hosts: number, maxPerHost: number): Effect.Effect<Capacity> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const states: ReadonlyArray<Host> = Array.from({ length: hosts }, () => ({
        max: maxPerHost,
        limit: maxPerHost,
        loweredAt: 0,
        avoidedUntil: 0,
        inUse: 0
      }))
      const waiting: Array<Waiter> = []

      const pick = (pin: number | undefined, now: number): number | undefined => {
        let best: { readonly index: number; readonly avoided: boolean; readonly load: number } | undefined
        for (const [index, host] of states.entries()) {
          if ((pin !== undefined && pin !== index) || host.inUse >= limitAt(host, now)) {
            continue
          }
          const avoided = host.avoidedUntil > now
          const load = host.inUse / host.limit
          if (best === undefined || (avoided === best.avoided ? load < best.load : !avoided)) {
            best = { index, avoided, load }
          }
        }
        return best?.index
      }

      const grant = () => {
        const now = clock.unsafeCurrentTimeMillis()
        for (let at = 0; at < waiting.length; ) {
          const waiter = waiting[at]
          const index = waiter === undefined ? undefined : pick(waiter.pin, now)
          const host = index === undefined ? undefined : states[index]
          if (waiter !== undefined && index !== undefined && host !== undefined) {
            waiting.splice(at, 1)
            host.inUse++
            waiter.granted = index
            Deferred.unsafeDone(waiter.deferred, Effect.succeed(index))
          } else if (waiter?.pin === undefined) {
            // Nobody behind can have what the first in the queue can't, but for those who want one host only: they
            // can't either, as no host has room.
            return
          } else {
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
        avoid: (index) =>
          change(index, (host, now) => {
            host.avoidedUntil = now + AVOID_FOR
          }),
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
