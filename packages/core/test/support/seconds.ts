import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

/**
 * Seconds by the TestClock that it takes, as long as it needs no more than `limit`. The clock moves by steps of `step`
 * seconds, and each takes some real milliseconds.
 */
export const seconds = <A, E, R>(self: Effect.Effect<A, E, R>, limit = 120, step = 0.1) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zipRight(self, Clock.currentTimeMillis))
    for (let at = 0; at < limit / step && (yield* Fiber.status(fiber))._tag !== "Done"; at++) {
      yield* TestClock.adjust(Duration.seconds(step))
    }
    return ((yield* Fiber.join(fiber)) - began) / 1000
  })
