/**
 * A wait in a finalizer: bounded, without a failure, and done whatever comes meanwhile.
 *
 * What is raced with a timeout is a child of the fiber that closes the scope, and an interruption of that fiber reaches
 * its children also where it can't be interrupted itself (effect 3.22). It would come back as the finalizer's own
 * failure, and the rest of the finalizer would not run. So the effect runs in a fiber without a parent.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"

/** Its result; `None` if it failed or took too long. */
export const runBounded = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  limit: Duration.DurationInput
): Effect.Effect<Option.Option<A>, never, R> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkDaemon(Effect.interruptible(self))
      const guard = yield* Effect.forkDaemon(Effect.interruptible(Effect.delay(Fiber.interrupt(fiber), limit)))
      const exit = yield* Fiber.await(fiber)
      yield* Fiber.interruptFork(guard)
      return Exit.isSuccess(exit) ? Option.some(exit.value) : Option.none()
    })
  )
