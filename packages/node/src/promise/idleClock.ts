/**
 * The clock of what a client does in the background, which is to close sessions that are idle: its timers keep no
 * process alive. The sockets of the sessions do, so that these timers fire as long as there is a session.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A timer can't be longer. Effect takes such a time for an infinite one. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1

const make = (clock: Clock.Clock): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeNanos: clock.currentTimeNanos,
  sleep: (duration) => {
    const millis = Duration.toMillis(duration)
    return millis > MAX_TIMER_MILLIS
      ? Effect.never
      : Effect.async<void>((resume) => {
          const timer = setTimeout(() => resume(Effect.void), millis)
          timer.unref()
          return Effect.sync(() => clearTimeout(timer))
        })
  }
})

/** What it forks has such a clock. While it runs itself, the process stays. */
export const forkingIdle = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => setInterval(() => {}, MAX_TIMER_MILLIS)),
    () => Effect.clockWith((clock) => Effect.withClock(self, make(clock))),
    (staying) => Effect.sync(() => clearInterval(staying))
  )
