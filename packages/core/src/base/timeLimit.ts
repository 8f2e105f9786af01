/**
 * Limits of time that also hold where the caller can't be interrupted: in a finalizer, or while a resource is acquired.
 * `Effect.timeout` waits for its loser, which would be as uninterruptible as its caller. An interruption of that caller
 * ends the wait (effect 3.22: it reaches what is raced); in a finalizer, `boundedFinalizer` goes on.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

export const timeoutFail = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  options: { readonly duration: Duration.DurationInput; readonly onTimeout: () => E2 }
): Effect.Effect<A, E | E2, R> => Effect.timeoutFail(Effect.interruptible(self), options)

export const timeoutOption = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  duration: Duration.DurationInput
): Effect.Effect<Option.Option<A>, E, R> => Effect.timeoutOption(Effect.interruptible(self), duration)
