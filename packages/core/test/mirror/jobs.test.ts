/** Work that makes more work, done by several workers. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { FileStep, NextFile } from "#core/mirror/copyModel"
import * as Jobs from "#core/mirror/jobs"
import type * as ListingPace from "#core/mirror/listingPace"
import * as SecondTurn from "#core/mirror/secondTurn"
import * as MemoryFiles from "../support/memoryFiles.ts"

/** A pool that no job asks for a session. */
const pool = { isContended: () => false } as FtpPool.FtpPool

const file = (subject: string, done: Array<string>): Jobs.Job<never, never> => ({
  kind: "File",
  subject,
  run: Effect.map(Effect.yieldNow(), () => {
    done.push(subject)
    return []
  })
})

const directory = (subject: string, done: Array<string>, children: ReadonlyArray<Jobs.Job<never, never>>) => ({
  kind: "Directory" as const,
  subject,
  run: Effect.map(Effect.yieldNow(), () => {
    done.push(subject)
    return children
  })
})

const settled = Effect.repeatN(Effect.yieldNow(), 200)

describe("jobs", () => {
  it.effect("are all done, and the workers end, wherever a worker is held up", () =>
    Effect.gen(function* () {
      for (let ops = 10; ops < 80; ops++) {
        const done: Array<string> = []
        const children = Array.from({ length: 3 }, (_, index) => file(`a/${index}`, done))
        yield* Jobs.run([directory("a", done, [directory("b", done, children)])], 4, () => Effect.void).pipe(
          Effect.withMaxOpsBeforeYield(ops),
          Effect.provideService(FtpPool.FtpPool, pool)
        )
        expect(done.length).toBe(5)
      }
    })
  )

  it.effect("are not found without end: no directory is listed while many files wait", () =>
    Effect.gen(function* () {
      const each = 3000
      let waiting = 0
      let most = 0
      const one: Jobs.Job<never, never> = {
        kind: "File",
        subject: "",
        run: Effect.sync(() => {
          waiting--
          return []
        })
      }
      const many: Jobs.Job<never, never> = {
        kind: "Directory",
        subject: "",
        run: Effect.map(Effect.yieldNow(), () => {
          waiting += each
          most = Math.max(most, waiting)
          return Array.from({ length: each }, () => one)
        })
      }
      yield* Jobs.run(
        Array.from({ length: 8 }, () => many),
        4,
        () => Effect.void
      ).pipe(Effect.provideService(FtpPool.FtpPool, pool))
      expect(waiting).toBe(0)
      // Each worker may have begun to list when no file was there yet.
      expect(most).toBeLessThan(5000 + 4 * each)
    })
  )

  it.effect("are prepared once, by the first that asks for it, until all are done", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const warm = (workers: number) =>
        Effect.acquireRelease(
          Effect.sync(() => log.push(`warm ${workers}`)),
          () => Effect.sync(() => log.push("cold"))
        )
      const tree = (subject: string) => ({
        ...directory(subject, log, [file(`${subject}/f`, log)]),
        warm: (workers: number) => Effect.asVoid(warm(workers))
      })
      yield* Jobs.run([file("alone", log), tree("a"), tree("b")], 1, () => Effect.void).pipe(
        Effect.provideService(FtpPool.FtpPool, pool)
      )
      expect(log.filter((line) => /warm|cold/.test(line))).toEqual(["warm 1", "cold"])
      expect(log.indexOf("warm 1")).toBeLessThan(log.indexOf("a"))
      expect(log.at(-1)).toBe("cold")
    })
  )

  describe("that follow each other in one effect", () => {
    /** Files that are tried in turn; the effect fails with the first one that does. */
    const flowing = (
      subjects: ReadonlyArray<string>,
      attempt: (path: string) => Effect.Effect<void, string>
    ): ReadonlyArray<Jobs.Job<string, never>> =>
      subjects.map((subject) => {
        const file = { step: { path: subject } as FileStep }
        return {
          kind: "File",
          subject,
          run: Effect.dieMessage("it has a flow"),
          flow: {
            file,
            run: (next) =>
              Effect.gen(function* () {
                for (let now: NextFile | undefined = file; now !== undefined; now = next()) {
                  yield* attempt(now.step.path)
                }
              })
          }
        }
      })

    /** Two of five fail, the first time. */
    const doubtful = () => {
      const tried: Array<string> = []
      const jobs = flowing(["a", "b", "c", "d", "e"], (path) => {
        const isBad = (path === "b" || path === "d") && !tried.includes(path)
        tried.push(path)
        return isBad ? Effect.fail(path) : Effect.void
      })
      return { tried, jobs }
    }

    it.effect("fail each for itself, and the others are done", () =>
      Effect.gen(function* () {
        const { jobs, tried } = doubtful()
        const failed: Array<string> = []
        yield* Jobs.run(jobs, 1, (error, { subject }) => Effect.sync(() => failed.push(`${subject} by ${error}`))).pipe(
          Effect.provideService(FtpPool.FtpPool, pool)
        )
        expect(tried).toEqual(["a", "b", "c", "d", "e"])
        expect(failed).toEqual(["b by b", "d by d"])
      })
    )

    it.effect("have a second turn each for itself", () =>
      Effect.gen(function* () {
        const { jobs, tried } = doubtful()
        yield* SecondTurn.run(jobs, 1, Effect.fail, () => true).pipe(
          Effect.provideService(FtpPool.FtpPool, pool),
          Effect.provide(MemoryFiles.layer)
        )
        expect(tried).toEqual(["a", "b", "c", "d", "e", "b", "d"])
      })
    )

    it.effect("are followed by none once another worker has ended all", () =>
      Effect.gen(function* () {
        const [isSlow, hasEnded] = [yield* Effect.makeLatch(), yield* Effect.makeLatch()]
        const tried: Array<string> = []
        const jobs = flowing(["bad", "slow", "rest"], (path) => {
          tried.push(path)
          return path === "bad"
            ? Effect.zipRight(isSlow.await, Effect.fail(path))
            : Effect.zipRight(isSlow.open, hasEnded.await)
        })
        const onFailure = (error: string) =>
          Effect.zipRight(Effect.forkDaemon(Effect.zipRight(settled, hasEnded.open)), Effect.fail(error))
        const run = Effect.provideService(Jobs.run(jobs, 2, onFailure), FtpPool.FtpPool, pool)
        // No interruption reaches the other worker.
        expect(yield* Effect.flip(Effect.uninterruptible(run))).toBe("bad")
        expect(tried).toEqual(["bad", "slow"])
      })
    )
  })

  describe("whose listings have a pace", () => {
    /** Two at first, and all once `open` is. */
    const paceOf = (open: Effect.Latch): ListingPace.ListingPace => {
      let sessions = 2
      return {
        sessions: Effect.sync(() => sessions),
        more: Effect.map(open.await, () => {
          sessions = 6
        })
      }
    }

    /** Directories that end when `release` is open, and how many are listed at once by then. */
    const listings = (release: Effect.Latch, children: ReadonlyArray<Jobs.Job<never, never>>) => {
      const seen = { now: 0, done: 0 }
      const one = (): Jobs.Job<never, never> => ({
        kind: "Directory",
        subject: "",
        run: Effect.zipRight(
          Effect.sync(() => seen.now++),
          Effect.map(release.await, () => {
            seen.now--
            seen.done++
            return children
          })
        )
      })
      return { seen, jobs: Array.from({ length: 8 }, one) }
    }

    it.effect("begin by its number, and go on by that which it is later", () =>
      Effect.gen(function* () {
        const [open, release] = [yield* Effect.makeLatch(), yield* Effect.makeLatch()]
        const { jobs, seen } = listings(release, [])
        const fiber = yield* Effect.fork(
          Jobs.run(jobs, 6, () => Effect.void, undefined, paceOf(open)).pipe(
            Effect.provideService(FtpPool.FtpPool, pool)
          )
        )
        yield* settled
        expect(seen.now).toBe(2)
        yield* open.open
        yield* settled
        expect(seen.now).toBe(6)
        yield* release.open
        yield* Fiber.join(fiber)
        expect(seen.done).toBe(8)
      })
    )

    it.effect("end with the work, also if no more than a few ever list", () =>
      Effect.gen(function* () {
        const [open, release] = [yield* Effect.makeLatch(), yield* Effect.makeLatch(true)]
        const { jobs, seen } = listings(release, [])
        yield* Jobs.run(jobs, 6, () => Effect.void, undefined, paceOf(open)).pipe(
          Effect.uninterruptible,
          Effect.provideService(FtpPool.FtpPool, pool)
        )
        expect(seen).toEqual({ now: 0, done: 8 })
      })
    )

    it.effect("end with a failure, though others wait and the caller can't be interrupted", () =>
      Effect.gen(function* () {
        const open = yield* Effect.makeLatch()
        const jobs = Array.from(
          { length: 8 },
          (): Jobs.Job<string, never> => ({
            kind: "Directory",
            subject: "",
            run: Effect.zipRight(Effect.yieldNow(), Effect.fail("lost"))
          })
        )
        const run = Jobs.run(jobs, 6, Effect.fail, undefined, paceOf(open))
        expect(yield* Effect.flip(Effect.uninterruptible(run)).pipe(Effect.provideService(FtpPool.FtpPool, pool))).toBe(
          "lost"
        )
      })
    )

    it.effect("do not hold files back: once there is one, all workers work", () =>
      Effect.gen(function* () {
        const [open, release] = [yield* Effect.makeLatch(), yield* Effect.makeLatch()]
        let sending = 0
        const sent: Jobs.Job<never, never> = {
          kind: "File",
          subject: "",
          run: Effect.zipRight(
            Effect.sync(() => sending++),
            Effect.as(release.await, [])
          )
        }
        const first = yield* Effect.makeLatch(true)
        const { jobs } = listings(
          first,
          Array.from({ length: 4 }, () => sent)
        )
        const fiber = yield* Effect.fork(
          Jobs.run(jobs, 6, () => Effect.void, undefined, paceOf(open)).pipe(
            Effect.provideService(FtpPool.FtpPool, pool)
          )
        )
        yield* settled
        expect(sending).toBe(6)
        yield* release.open
        yield* Fiber.join(fiber)
      })
    )
  })
})
