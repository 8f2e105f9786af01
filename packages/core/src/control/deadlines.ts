/**
 * The deadlines of one connection, watched by one fiber that lives only while something may fall due:
 *
 *     no caller waits ──set──► asleep until the earliest ──► due: `expire` is run
 *          ▲                        └──none is left──────────────────┐
 *          └─────────────────────────────────────────────────────────┘
 *
 * A timeout around each wait is two fibers and a timer for every reply, which took a good part of what a small file
 * costs. Here a wait that ends in time costs an entry in a set.
 *
 * `expire` ends a wait by completing what is waited for.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"

/** A wait that is bounded. */
export interface Deadline {
  /** Millis of the clock. */
  readonly at: number
  readonly expire: Effect.Effect<void>
}

export interface Deadlines {
  readonly clock: Clock.Clock
  /** Runs `expire` when the limit is over, unless the deadline is cleared before. */
  readonly set: (limit: Duration.Duration, expire: Effect.Effect<void>) => Effect.Effect<Deadline>
  /** The same by a plain call: the deadline holds once `wake` was run, or now if there is none. */
  readonly put: (
    limit: Duration.Duration,
    expire: Effect.Effect<void>
  ) => { readonly deadline: Deadline; readonly wake: Effect.Effect<void> | undefined }
  readonly clear: (deadline: Deadline | undefined) => void
}

/** The fiber ends with the scope. */
export const make: Effect.Effect<Deadlines, never, Scope.Scope> = Effect.gen(function* () {
  // Of its own: the reply to QUIT is awaited when the connection's scope is closing, and takes no more fibers.
  const scope = yield* Scope.fork(yield* Scope.Scope, ExecutionStrategy.sequential)
  const clock = yield* Effect.clock
  const open = new Set<Deadline>()
  let wakesAt = Number.POSITIVE_INFINITY
  let guard: Fiber.RuntimeFiber<void> | undefined

  const earliest = () => {
    let at = Number.POSITIVE_INFINITY
    for (const deadline of open) {
      at = Math.min(at, deadline.at)
    }
    return at
  }

  const expire = Effect.suspend(() => {
    const now = clock.unsafeCurrentTimeMillis()
    const due = [...open].filter(({ at }) => at <= now)
    for (const deadline of due) {
      open.delete(deadline)
    }
    return Effect.forEach(due, ({ expire }) => expire, { discard: true })
  })

  const watch: Effect.Effect<void> = Effect.suspend(() => {
    wakesAt = earliest()
    if (wakesAt === Number.POSITIVE_INFINITY) {
      guard = undefined
      return Effect.void
    }
    const sleep = clock.sleep(Duration.millis(Math.max(0, wakesAt - clock.unsafeCurrentTimeMillis())))
    return Effect.zipRight(Effect.zipRight(sleep, expire), watch)
  })

  /** Only for a wait that is due before the fiber wakes: of waits of one length, the first. */
  const wake = Effect.suspend(() => {
    const asleep = guard
    return Effect.zipRight(
      asleep === undefined ? Effect.void : Fiber.interruptFork(asleep),
      Effect.map(Effect.forkIn(Effect.interruptible(watch), scope), (fiber) => {
        guard = fiber
      })
    )
  })

  const put: Deadlines["put"] = (limit, expire) => {
    const deadline: Deadline = { at: clock.unsafeCurrentTimeMillis() + Duration.toMillis(limit), expire }
    if (deadline.at === Number.POSITIVE_INFINITY) {
      return { deadline, wake: undefined }
    }
    open.add(deadline)
    if (deadline.at >= wakesAt) {
      return { deadline, wake: undefined }
    }
    wakesAt = deadline.at
    return { deadline, wake }
  }

  return {
    clock,
    put,
    // As one: if it were left between the two, nobody would wake for it, nor for those after it.
    set: (limit, expire) =>
      Effect.uninterruptible(
        Effect.suspend(() => {
          const { deadline, wake } = put(limit, expire)
          return wake === undefined ? Effect.succeed(deadline) : Effect.as(wake, deadline)
        })
      ),
    clear: (deadline) => {
      if (deadline !== undefined) {
        open.delete(deadline)
      }
    }
  }
})
