import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

/** Seconds by the TestClock that it takes, as long as it needs no more than `limit`. */
export const seconds = <A, E, R>(self: Effect.Effect<A, E, R>, limit = 120) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zipRight(self, Clock.currentTimeMillis))
    for (let at = 0; at < limit * 10 && (yield* Fiber.status(fiber))._tag !== "Done"; at++) {
      yield* TestClock.adjust("100 millis")
    }
    return ((yield* Fiber.join(fiber)) - began) / 1000
  })
