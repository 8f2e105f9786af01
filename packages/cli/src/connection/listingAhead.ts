/**
 * Directories of a tree that are listed ahead of the one that is shown, over several sessions:
 *
 *     expect ──► pending, in the order of showing ──a worker──► listed ──► take
 *                  └──at most so many are listed or begun and not taken; the one that is shown next always may be
 *
 * What is kept is bounded, by listings and by their entries. Each worker keeps its session from one directory to the next;
 * a further one begins only if enough is pending to be worth its login.
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { FtpListingError } from "@ftp-effect/core/FtpError"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"

/** What a directory holds, and the lines of its listing that can't be read. */
export interface Listing {
  readonly entries: ReadonlyArray<FtpEntry>
  readonly unread: ReadonlyArray<FtpListingError>
}

export interface ListingAhead {
  /** These directories are shown next, in this order, and before all that were expected until now. */
  readonly expect: (paths: ReadonlyArray<string>) => Effect.Effect<void>
  /** The listing of the first of those that are expected. */
  readonly take: Effect.Effect<Listing, FtpClient.ListError>
}

interface Pending {
  readonly path: string
  readonly listing: Deferred.Deferred<Listing, FtpClient.ListError>
  isBegun: boolean
  /** Entries that are listed. */
  size: number
}

/** Directories for each worker: a login takes about as long as three small listings. */
const WORTH_A_LOGIN = 8

/** Listings that are begun and not shown. */
const MOST_LISTINGS = 16

/** Entries of listings that are not shown, with which no further listing is begun: some 50 MB. */
const MOST_ENTRIES = 100_000

/** `keepUnread`: lines that can't be read are returned; else they are warned of, or ignored, as the policy says. */
export const make = (
  options: FtpClient.ListOptions,
  keepUnread: boolean
): Effect.Effect<ListingAhead, never, FtpPool.FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool.FtpPool
    const scope = yield* Effect.scope
    /** The last one is shown next. */
    const pending: Array<Pending> = []
    let workers = 0
    /** Of those that are pending. */
    let begun = 0
    let entries = 0

    const next = (): Pending | undefined =>
      begun < MOST_LISTINGS && entries < MOST_ENTRIES
        ? pending.findLast(({ isBegun }) => !isBegun)
        : pending.slice(-1).find(({ isBegun }) => !isBegun)

    const list = (client: FtpClient.FtpClient, { path }: Pending): Effect.Effect<Listing, FtpClient.ListError> => {
      const unread: Array<FtpListingError> = []
      const kept = keepUnread
        ? { onUnread: (error: FtpListingError) => Effect.sync(() => void unread.push(error)) }
        : {}
      return Effect.map(client.list(path, { ...options, ...kept }), (entries) => ({ entries, unread }))
    }

    const work = (client: FtpClient.FtpClient): Effect.Effect<void> =>
      Effect.suspend(() => {
        const job = next()
        if (job === undefined) {
          return Effect.void
        }
        job.isBegun = true
        begun += 1
        return Effect.zipRight(
          Effect.flatMap(Effect.exit(list(client, job)), (exit) => {
            job.size = exit._tag === "Success" ? exit.value.entries.length : 0
            entries += job.size
            return Deferred.done(job.listing, exit)
          }),
          work(client)
        )
      })

    const worker: Effect.Effect<void> = Effect.ensuring(
      FtpPool.keepSession(Effect.flatMap(FtpClient.make, work)),
      Effect.suspend(() => {
        workers -= 1
        // More may have come while it ended.
        return start
      })
    ).pipe(Effect.provideService(FtpPool.FtpPool, pool))

    const start: Effect.Effect<void> = Effect.suspend(() => {
      const most = Math.min(pool.size, 1 + Math.floor((pending.length - begun) / WORTH_A_LOGIN))
      if (workers >= most || next() === undefined) {
        return Effect.void
      }
      workers += 1
      // It may be started by a finalizer, whose children can't be interrupted either: not even by their own timeouts.
      return Effect.zipRight(Effect.forkIn(Effect.interruptible(worker), scope), start)
    })

    return {
      expect: (paths) =>
        Effect.suspend(() => {
          const found = paths.map(
            (path): Pending => ({ path, listing: Deferred.unsafeMake(FiberId.none), isBegun: false, size: 0 })
          )
          for (const each of found.reverse()) {
            pending.push(each)
          }
          return start
        }),
      take: Effect.suspend(() => {
        const first = pending.at(-1)
        return first === undefined
          ? Effect.dieMessage("no directory is expected")
          : Effect.ensuring(
              Deferred.await(first.listing),
              Effect.suspend(() => {
                pending.pop()
                begun -= Number(first.isBegun)
                entries -= first.size
                return start
              })
            )
      })
    }
  })
