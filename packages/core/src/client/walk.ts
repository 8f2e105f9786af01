/**
 * A tree, as a stream of its entries, each directory listed in a borrow of its own that is over before its entries are
 * handed out.
 *
 *     pending ──► a worker ──list──► entries ──► consumer (a slow one holds the workers back)
 *        ▲                              │
 *        └──── directories among them ──┘
 *
 * There are at most `concurrency` workers, and each keeps one listing. The directory that was found last is the next:
 * what is pending is bounded by the depth of the tree, not by its width.
 *
 * Links are entries but are not followed, and a directory whose identity (MLSx `unique`) was seen on the way down is
 * not entered again. No session is held while the walk waits for the consumer.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import * as Descent from "../protocol/Descent.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"

/** Listings that may wait for the consumer, in entries: enough for the network never to wait on a quick one. */
const AHEAD = 4096

interface Pending {
  readonly path: string
  readonly descent: Descent.Descent
}

export const walk = <E>(
  start: string,
  list: (path: string) => Effect.Effect<ReadonlyArray<FtpEntry>, E>,
  concurrency: number,
  options: {
    readonly depth?: number | undefined
    readonly concurrency?: number | undefined
    readonly enter?: ((directory: FtpEntry) => boolean) | undefined
  }
): Stream.Stream<FtpEntry, E> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<FtpEntry, E>({ capacity: AHEAD })
      const scope = yield* Effect.scope
      const most = Math.max(1, options.concurrency ?? concurrency)
      const pending: Array<Pending> = [{ path: start, descent: Descent.start }]
      let workers = 0

      const visit = ({ descent, path }: Pending): Effect.Effect<void, E> =>
        Effect.gen(function* () {
          const entries = yield* list(path)
          yield* mailbox.offerAll(entries)
          for (const entry of entries) {
            if (entry.type === "Directory") {
              const below = Descent.enter(descent, entry, options.depth)
              if (Either.isRight(below) && (options.enter?.(entry) ?? true)) {
                pending.push({ path: entry.path, descent: below.right })
              }
            }
          }
        })

      /** Ends when nothing is pending; the last one ends the walk. */
      const work = (first: Pending): Effect.Effect<void, E> =>
        Effect.gen(function* () {
          for (let next: Pending | undefined = first; next !== undefined; ) {
            yield* visit(next)
            next = pending.pop()
            yield* startWorkers
          }
          workers -= 1
          if (workers === 0) {
            yield* mailbox.end
          }
        })

      /** Whatever ends a worker badly ends the walk, a defect of the caller's `enter` too. */
      const startWorkers: Effect.Effect<void> = Effect.suspend(() => {
        const firsts = pending.splice(Math.max(0, pending.length - (most - workers)))
        workers += firsts.length
        return Effect.forEach(
          firsts,
          (first) =>
            Effect.forkIn(
              Effect.catchAllCause(work(first), (cause) => mailbox.failCause(cause)),
              scope
            ),
          { discard: true }
        )
      })

      yield* startWorkers
      return Mailbox.toStream(mailbox)
    })
  )
