/**
 * The scope of one attempt, below the scope of its transfer.
 *
 *     transfer's scope ├─ attempt 1: failed, closed at once
 *                      ├─ attempt 2: interrupted, closed by `close` before the next one
 *                      └─ attempt 3: closed with the transfer at the latest
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

export interface Opened<A> {
  readonly value: A
  readonly close: Effect.Effect<void>
}

/** Runs an attempt in a scope of its own, which is closed at once if it fails. */
export const open = <A, E, R>(
  outer: Scope.Scope,
  attempt: Effect.Effect<A, E, R | Scope.Scope>
): Effect.Effect<Opened<A>, E, Exclude<R, Scope.Scope>> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.fork(outer, ExecutionStrategy.sequential)
      const exit = yield* Effect.exit(restore(Scope.extend(attempt, scope)))
      if (Exit.isFailure(exit)) {
        yield* Scope.close(scope, exit)
        return yield* Effect.failCause(exit.cause)
      }
      // An interruption must not stop it half-way: a session that is half returned is lost to the pool for ever.
      return { value: exit.value, close: Effect.uninterruptible(Scope.close(scope, Exit.void)) }
    })
  )
