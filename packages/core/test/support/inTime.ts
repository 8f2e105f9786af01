/** Runs an effect while TestClock advances step by step, until the effect is done or the time is over. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

const STEPS = 200

export const inTime = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  duration: Duration.DurationInput = "20 minutes",
  steps = STEPS
) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(self)
    const step = Duration.millis(Duration.toMillis(duration) / steps)
    for (let at = 0; at < steps && (yield* Fiber.status(fiber))._tag !== "Done"; at++) {
      yield* TestClock.adjust(step)
    }
    return yield* Fiber.join(fiber)
  })
