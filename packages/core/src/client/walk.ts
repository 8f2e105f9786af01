/**
 * A tree, as a stream of its entries: breadth first as far as the listings come in, each directory listed in a borrow
 * of its own that is over before its entries are handed out.
 *
 *     directory ──list──► entries ──► consumer (a slow one holds the walk back)
 *                            └─► directories among them ──► listed in their turn, up to `concurrency` at once
 *
 * Links are entries but are not followed, and a directory whose identity (MLSx `unique`) was seen on the way down is
 * not entered again. No session is held while the walk waits for the consumer.
 */
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FtpEntry } from "../protocol/FtpEntry.ts"

/** Deeper than any tree that people make: a loop of links that the server shows as directories ends here. */
const DEFAULT_DEPTH = 256
/** Listings that may wait for the consumer, in entries: enough for the network never to wait on a quick one. */
const AHEAD = 4096

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
      const permits = yield* Effect.makeSemaphore(Math.max(1, options.concurrency ?? concurrency))
      const scope = yield* Effect.scope
      const depth = options.depth ?? DEFAULT_DEPTH
      let open = 1

      const visit = (path: string, level: number, above: ReadonlySet<string>): Effect.Effect<void, E> =>
        Effect.gen(function* () {
          const entries = yield* permits.withPermits(1)(list(path))
          yield* mailbox.offerAll(entries)
          for (const entry of entries) {
            if (entry.type === "Directory" && level < depth && (options.enter?.(entry) ?? true)) {
              const id = Option.getOrUndefined(entry.unique)
              if (id === undefined || !above.has(id)) {
                open++
                yield* fork(visit(entry.path, level + 1, id === undefined ? above : new Set([...above, id])))
              }
            }
          }
          open--
          if (open === 0) {
            yield* mailbox.end
          }
        })

      /** Whatever ends a visit badly ends the walk, a defect of the caller's `enter` too. */
      const fork = (visit: Effect.Effect<void, E>) =>
        Effect.forkIn(
          Effect.catchAllCause(visit, (cause) => mailbox.failCause(cause)),
          scope
        )

      yield* fork(visit(start, 1, new Set()))
      return Mailbox.toStream(mailbox)
    })
  )
