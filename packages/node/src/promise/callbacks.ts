/**
 * What the callbacks of one call return, if that is a promise. The library calls them in the middle of its work and does not
 * wait for them:
 *
 *     called ──► a promise ──rejected──► the call ends, and is rejected with that
 *                    └──fulfilled──► nothing; the call settles when all of them have
 *
 * The callbacks that the library waits for are `plain.ts`'s.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

export interface Callbacks {
  /** Has to be called for each callback that is among the arguments of the call. */
  readonly expect: () => void
  /** Takes what a callback has returned, and returns it. */
  readonly returned: (value: unknown) => unknown
  /** The call, as it is if no callback is among its arguments. */
  readonly onEffect: (call: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>
  readonly onStream: (call: Stream.Stream<unknown, unknown>) => Stream.Stream<unknown, unknown>
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  Predicate.hasProperty(value, "then") && typeof value.then === "function"

export const make = (): Callbacks => {
  const pending = new Set<PromiseLike<unknown>>()
  let failure: Exit.Exit<never, unknown> | undefined
  let changed = () => {}
  let isExpected = false

  const settled = (promise: PromiseLike<unknown>, exit?: Exit.Exit<never, unknown>) => {
    pending.delete(promise)
    failure ??= exit
    changed()
  }

  const when = (isReady: () => Exit.Exit<void, unknown> | undefined): Effect.Effect<void, unknown> =>
    Effect.async((resume) => {
      const look = () => {
        const exit = isReady()
        if (exit !== undefined) {
          resume(exit)
        }
      }
      changed = look
      look()
    })

  const failed = Effect.flatMap(
    when(() => failure),
    () => Effect.never
  )
  const all = when(() => failure ?? (pending.size === 0 ? Exit.void : undefined))

  return {
    expect: () => {
      isExpected = true
    },
    returned: (value) => {
      if (isPromise(value)) {
        pending.add(value)
        value.then(
          () => settled(value),
          (error) => settled(value, Exit.fail(error))
        )
      }
      return value
    },
    onEffect: (call) => (isExpected ? Effect.zipLeft(Effect.raceFirst(call, failed), all) : call),
    onStream: (call) =>
      isExpected ? Stream.concat(Stream.interruptWhen(call, failed), Stream.drain(Stream.fromEffect(all))) : call
  }
}
