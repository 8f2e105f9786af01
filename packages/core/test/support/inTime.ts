/** Runs an effect while TestClock goes on by steps, as the world's clock does, until it is done or the time is over. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

const STEPS = 200

export const inTime = <A, E, R>(self: Effect.Effect<A, E, R>, duration: Duration.DurationInput = "20 minutes") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(self)
    const step = Duration.millis(Duration.toMillis(duration) / STEPS)
    for (let at = 0; at < STEPS && (yield* Fiber.status(fiber))._tag !== "Done"; at++) {
      yield* TestClock.adjust(step)
    }
    return yield* Fiber.join(fiber)
  })
