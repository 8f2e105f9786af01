/**
 * One mask, and one look at the fiber, for all floors of something small: each of them would take several steps of the
 * fiber to have its own.
 *
 *     run ──masked──► lend ──masked──► exchange ──► restore(wait)
 *
 * A function that is given it may begin at once, by plain calls: the effect that it returns has begun then, and is to be
 * run right away, once.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"

/**
 * What a mask gives its caller to wait with, if that was interruptible before it.
 *
 * @since 0.1.0
 * @category models
 */
export type Restore = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * What a caller that can't be interrupted hands down: its fiber, and the `restore` of its mask.
 *
 * @since 0.1.0
 * @category models
 */
export interface Masked {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly restore: Restore
}

export const run = <A, E, R>(use: (masked: Masked) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) => Effect.withFiberRuntime<A, E, R>((fiber) => use({ fiber, restore })))

const unmasked: Restore = (self) => self

/** What a caller waits with, whether it is masked or not. */
export const restoreOf = (masked: Masked | undefined): Restore => (masked === undefined ? unmasked : masked.restore)

/** Whether it is to end, of which a mask keeps it: a loop in a mask begins nothing new then. */
export const isInterrupted = ({ fiber }: Masked): boolean =>
  !Cause.isEmpty(fiber.getFiberRef(FiberRef.interruptedCause))
