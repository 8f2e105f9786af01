/**
 * Which worker fetches which range of a download.
 *
 *     start ──► at work ──done, failed, or stopped──► reported to `onEnd` ──forget──► gone
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Range } from "./ranges.ts"

export interface Workers<E> {
  readonly start: <R>(range: Range, work: Effect.Effect<void, E, R>) => Effect.Effect<void, never, R>
  readonly forget: (range: Range) => void
  /** Interrupts the worker of a range, if it has one, and waits for its end. */
  readonly stop: (range: Range) => Effect.Effect<void>
  /** Interrupts all of them at once, except the worker of `kept`. */
  readonly stopAll: (kept?: Range) => Effect.Effect<void>
}

/** The workers end with the scope, and when they are stopped, also those of a caller who can't be interrupted. */
export const make = <E>(
  onEnd: (range: Range, exit: Exit.Exit<void, E>) => void
): Effect.Effect<Workers<E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const workers = new Map<Range, Fiber.RuntimeFiber<void, E>>()
    return {
      start: (range, work) =>
        Effect.map(Effect.forkIn(Effect.interruptible(work), scope), (fiber) => {
          workers.set(range, fiber)
          fiber.addObserver((exit) => onEnd(range, exit))
        }),
      forget: (range) => {
        workers.delete(range)
      },
      stop: (range) => Effect.suspend(() => Fiber.interrupt(workers.get(range) ?? Fiber.void)),
      stopAll: (kept) =>
        Effect.suspend(() =>
          Fiber.interruptAll([...workers].flatMap(([range, fiber]) => (range === kept ? [] : [fiber])))
        )
    }
  })
