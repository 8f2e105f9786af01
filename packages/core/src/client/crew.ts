/**
 * Workers that share what is to be done, each with a session that it keeps while it has work:
 *
 *     next ──work──► with its session ──► next, and what others can do meanwhile is offered to them
 *       └──none──► the session is returned ──► waits for an offer ──► ended, when no worker works
 *
 * Work makes more work, so a worker without any waits until no other one has some. A failure ends all of them.
 */
import * as Effect from "effect/Effect"

export type Work<Operations, E> = (operations: Operations) => Effect.Effect<void, E>

/** Lends operations whose session is kept from one to the next. */
export type Keeping<Operations> = <A, E>(use: (operations: Operations) => Effect.Effect<A, E>) => Effect.Effect<A, E>

/** `next` takes a piece of work out of what is to be done. */
export const run = <Operations, E>(
  workers: number,
  keeping: Keeping<Operations>,
  next: () => Work<Operations, E> | undefined
): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    let working = 0
    const waiting = new Set<() => boolean>()

    /** Until one of them finds none. */
    const offer = () => {
      for (const attempt of waiting) {
        if (!attempt()) {
          return
        }
      }
    }

    /** `undefined` when all is done. */
    const taken = Effect.async<Work<Operations, E> | undefined>((resume) => {
      const attempt = () => {
        const work = next()
        if (work === undefined && working > 0) {
          return false
        }
        waiting.delete(attempt)
        working += work === undefined ? 0 : 1
        resume(Effect.succeed(work))
        return true
      }
      if (!attempt()) {
        waiting.add(attempt)
      }
      return Effect.sync(() => waiting.delete(attempt))
    })

    const workOn = (first: Work<Operations, E>) =>
      keeping((operations) =>
        Effect.gen(function* () {
          for (let work: Work<Operations, E> | undefined = first; work !== undefined; work = next()) {
            offer()
            yield* work(operations)
          }
        })
      )

    const worker = Effect.gen(function* () {
      for (let work = yield* taken; work !== undefined; work = yield* taken) {
        yield* workOn(work)
        working--
        offer()
      }
    })

    return Effect.all(
      Array.from({ length: workers }, () => worker),
      { concurrency: "unbounded", discard: true }
    )
  })
