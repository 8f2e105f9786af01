/** Work that makes more work, done by several workers. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Effect from "effect/Effect"
import * as Jobs from "#core/mirror/jobs"

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
})
