/**
 * Work that makes more work: directories that are listed while the files found so far are on their way.
 *
 *     directories ──┐
 *                   ├──► N workers ──► children, back into the queues
 *     files ────────┘
 *
 * Up to half of the workers list, so that the size of the whole is known early; the rest transfer. Until there is a file, all
 * list, or as many as a pace allows: the others have no session then. A worker that goes on
 * with work of the same kind keeps its session. No directory is listed while more files wait than memory should hold. A job that fails is handed to `onFailure`, which may end everything by
 * failing itself.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as FtpPool from "../pool/FtpPool.ts"
import type { NextFile } from "./copyModel.ts"
import * as ListingPace from "./listingPace.ts"

/**
 * Files that wait, of some 4 KiB each: a directory is listed in a moment, so that more would make nothing faster and take
 * more memory.
 */
const AHEAD = 5000

/**
 * One piece of work; what it gives back is to be done too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job<E, R> {
  readonly kind: "Directory" | "File"
  readonly run: Effect.Effect<ReadonlyArray<Job<E, R>>, E, R>
  /** How a file is done that others may follow in the same effect, in place of `run`. Default: each has its own. */
  readonly flow?: FlowOf<E, R> | undefined
  /** For messages. */
  readonly subject: string
  /** Prepares for the work that this job is expected to make, while the first one of this kind runs: see `FtpPool.warm`. */
  readonly warm?: ((workers: number) => Effect.Effect<void, never, Scope.Scope>) | undefined
}

/**
 * A file that others may follow in one effect, as long as all goes well.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlowOf<E, R> {
  readonly file: NextFile
  /** `next` gives another one once the one before is done; it is to be tried, and what comes of the effect is about it. */
  readonly run: (next: () => NextFile | undefined) => Effect.Effect<void, E, R>
}

/**
 * Does all the jobs and theirs, with `workers` at once. A worker does files one after the other with the same session, and
 * so it does directories, whose jobs return it before they ask for another one. It has none when it waits. `onAllListed` is
 * called when the last directory is done. `pace` bounds how many list, until there is a file.
 */
export const run = <E, R, E2, R2>(
  jobs: ReadonlyArray<Job<E, R>>,
  workers: number,
  onFailure: (error: E, job: Job<E, R>) => Effect.Effect<void, E2, R2>,
  onAllListed: () => void = () => {},
  pace?: ListingPace.ListingPace | undefined
): Effect.Effect<void, E2, R | R2 | FtpPool.FtpPool> =>
  Effect.scopedWith((scope) => {
    let isWarm = false
    const directories = new Backlog<Job<E, R>>()
    const files = new Backlog<Job<E, R>>()
    const idle = new Set<() => void>()
    const maxListing = Math.max(1, Math.floor(workers / 2))
    let open = 0
    let listing = 0
    let hasFailed = false
    let mayList = pace === undefined ? workers : 0
    let isWatched = false

    const add = (more: ReadonlyArray<Job<E, R>>) => {
      open += more.length
      for (const job of more) {
        mayList = job.kind === "File" ? workers : mayList
        ;(job.kind === "Directory" ? directories : files).add(job)
      }
    }
    const wakeAll = () => {
      for (const wake of [...idle]) {
        wake()
      }
    }
    const isOver = () => hasFailed || open === 0
    /** No interruption reaches the others if the caller can't be interrupted: each ends after its job then. */
    const fail = Effect.sync(() => {
      hasFailed = true
      wakeAll()
    })
    const wantsLister = () => listing < Math.min(maxListing, mayList) && !directories.isEmpty() && files.size() < AHEAD
    const isDirectoryNext = () => wantsLister() || (files.isEmpty() && listing < mayList)
    const nextDirectory = (): Job<E, R> | undefined => {
      const job = isDirectoryNext() ? directories.take() : undefined
      listing += job === undefined ? 0 : 1
      return job
    }
    const nextFile = () => (wantsLister() ? undefined : files.take())

    const pause = Effect.async<void>((resume) => {
      // A worker may have been held up since it found nothing to do, and have missed the call.
      if (isOver() || (!directories.isEmpty() && isDirectoryNext()) || !files.isEmpty()) {
        resume(Effect.void)
        return undefined
      }
      const wake = () => {
        idle.delete(wake)
        resume(Effect.void)
      }
      idle.add(wake)
      return Effect.sync(() => idle.delete(wake))
    })

    const learnPace = Effect.map(pace?.sessions ?? Effect.succeed(workers), (sessions) => {
      mayList = Math.max(mayList, sessions)
    })
    /** One of those that have no session waits for more to be allowed. */
    const watch = (pace: ListingPace.ListingPace) =>
      Effect.suspend(() => {
        isWatched = true
        return ListingPace.isMoreBefore(pace, pause)
      }).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            isWatched = false
          })
        ),
        Effect.flatMap((isMore) => (isMore ? Effect.map(learnPace, wakeAll) : Effect.void))
      )

    const done = (job: Job<E, R>, more: ReadonlyArray<Job<E, R>>) => {
      listing -= job.kind === "Directory" ? 1 : 0
      add(more)
      open--
      if (job.kind === "Directory" && listing === 0 && directories.isEmpty()) {
        onAllListed()
      }
      if (more.length > 0 || open === 0) {
        wakeAll()
      }
    }
    const warm = ({ warm }: Job<E, R>): Effect.Effect<void> => {
      isWarm = true
      return warm === undefined ? Effect.void : Scope.extend(warm(workers), scope)
    }
    const perform = (first: Job<E, R>): Effect.Effect<void, E2, R | R2> => {
      let job = first
      const following = () => {
        const next = hasFailed || wantsLister() ? undefined : files.first()
        if (next?.flow === undefined) {
          return undefined
        }
        files.take()
        done(job, [])
        job = next
        return next.flow.file
      }
      const ran = first.flow === undefined ? first.run : Effect.as(first.flow.run(following), [])
      const outcome = Effect.matchEffect(ran, {
        onFailure: (error) => Effect.map(onFailure(error, job), () => done(job, [])),
        onSuccess: (more) => {
          done(job, more)
          return Effect.void
        }
      })
      return isWarm || first.warm === undefined ? outcome : Effect.zipRight(warm(first), outcome)
    }

    const inTurn = (first: Job<E, R>, next: () => Job<E, R> | undefined) =>
      FtpPool.keepSession(
        Effect.suspend(() => {
          let job: Job<E, R> | undefined = first
          return Effect.whileLoop({
            while: () => job !== undefined && !hasFailed,
            body: () => (job === undefined ? Effect.void : perform(job)),
            step: () => {
              job = next()
            }
          })
        })
      )

    const worker = Effect.gen(function* () {
      while (!isOver()) {
        const directory = nextDirectory()
        const file = directory === undefined ? files.take() : undefined
        if (directory !== undefined) {
          yield* inTurn(directory, nextDirectory)
        } else if (file !== undefined) {
          yield* inTurn(file, nextFile)
        } else {
          yield* pace === undefined || isWatched || directories.isEmpty() ? pause : watch(pace)
        }
      }
    })

    add(jobs)
    return Effect.zipRight(
      learnPace,
      Effect.all(
        Array.from({ length: workers }, () => Effect.onError(worker, () => fail)),
        { concurrency: "unbounded", discard: true }
      )
    )
  })

/** First in, first out, without moving what waits. */
class Backlog<A> {
  private items: Array<A> = []
  private taken = 0
  add(item: A): void {
    this.items.push(item)
  }
  isEmpty(): boolean {
    return this.taken === this.items.length
  }
  size(): number {
    return this.items.length - this.taken
  }
  first(): A | undefined {
    return this.items[this.taken]
  }
  take(): A | undefined {
    const item = this.first()
    if (item === undefined) {
      return undefined
    }
    this.taken++
    if (this.taken * 2 > this.items.length) {
      this.items = this.items.slice(this.taken)
      this.taken = 0
    }
    return item
  }
}
