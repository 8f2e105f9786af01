/**
 * A tree, as a stream of its entries, each directory listed before its entries are handed out.
 *
 *     pending ──► a worker ──list──► entries ──► consumer (a slow one holds the workers back)
 *        ▲                              │
 *        └──── directories among them ──┘
 *
 * There are at most `concurrency` workers, and each keeps one listing. The directory that was found last is the next:
 * what is pending is bounded by the depth of the tree, not by its width.
 *
 * Links are entries but are not followed, and a directory whose identity (MLSx `unique`) was seen on the way down is
 * not entered again. A worker keeps its session from one directory to the next, but not while it waits for the
 * consumer, who may need it.
 */
import * as Chunk from "effect/Chunk"
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

/** How a worker lists, with a session that it keeps. */
export interface Lister<E> {
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<FtpEntry>, E>
  readonly giveBack: Effect.Effect<void>
}

export const walk = <E>(
  start: string,
  makeLister: () => Lister<E>,
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

      const visit = ({ giveBack, list }: Lister<E>, { descent, path }: Pending): Effect.Effect<void, E> =>
        Effect.gen(function* () {
          const entries = yield* list(path)
          const waiting = mailbox.unsafeOfferAll(entries)
          if (Chunk.isNonEmpty(waiting)) {
            yield* giveBack
            yield* mailbox.offerAll(waiting)
          }
          for (const entry of entries) {
            if (entry.type === "Directory") {
              const below = Descent.enter(descent, entry, options.depth)
              if (Either.isRight(below) && (options.enter?.(entry) ?? true)) {
                pending.push({ path: entry.path, descent: below.right })
              }
            }
          }
        })

      /** Ends when nothing is pending. */
      const work = (first: Pending): Effect.Effect<void, E> =>
        Effect.suspend(() => {
          const lister = makeLister()
          const visits = Effect.gen(function* () {
            for (let next: Pending | undefined = first; next !== undefined; ) {
              yield* visit(lister, next)
              next = pending.pop()
              yield* startWorkers
            }
          })
          return Effect.ensuring(visits, lister.giveBack)
        })

      /** The last worker ends the walk. */
      const ended = Effect.suspend(() => {
        workers -= 1
        return workers === 0 ? mailbox.end : Effect.void
      })

      /** Whatever ends a worker badly ends the walk, a defect of the caller's `enter` too. */
      const startWorkers: Effect.Effect<void> = Effect.suspend(() => {
        const firsts = pending.splice(Math.max(0, pending.length - (most - workers)))
        workers += firsts.length
        return Effect.forEach(
          firsts,
          (first) =>
            Effect.forkIn(
              // The scope ends it, also that of a caller who can't be interrupted and takes no more.
              Effect.interruptible(
                Effect.matchCauseEffect(work(first), {
                  onFailure: (cause) => mailbox.failCause(cause),
                  onSuccess: () => ended
                })
              ),
              scope
            ),
          { discard: true }
        )
      })

      yield* startWorkers
      return Mailbox.toStream(mailbox)
    })
  )
