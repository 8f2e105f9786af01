import { describe, expect, it } from "@effect/vitest"
import { FtpConnectionLost, FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import * as Resuming from "../src/copying/Resuming.ts"
import { folder, jsonLines, run, serve } from "./support/cli.ts"
import * as SlowStore from "./support/slowStore.ts"

const at = (offset: number) =>
  new FtpTransferInterrupted({
    path: "x",
    direction: "Download",
    offset,
    transferred: 1,
    cause: new FtpConnectionLost({
      channel: "Data",
      reason: "Reset",
      phase: "Transfer",
      detail: "connection reset",
      outcome: "Unknown",
      endpoint: "h:21",
      transcript: []
    }),
    outcome: "Unknown"
  })

describe("Resuming.announced", () => {
  it.effect("a notice is printed before each attempt, and not at the end", () =>
    Effect.gen(function* () {
      const told: Array<number> = []
      const schedule = Resuming.announced(Schedule.recurs(2), ({ offset }) => Effect.sync(() => told.push(offset)))
      const driver = yield* Schedule.driver(schedule)
      yield* driver.next(at(1))
      yield* driver.next(at(2))
      expect(Either.isLeft(yield* Effect.either(driver.next(at(3))))).toBe(true)
      expect(told).toEqual([1, 2])
    })
  )
})

// Real time: sockets don't run by the TestClock, and the schedule waits half a second.
describe("an interrupted download", () => {
  // Slowly, so that most has been read before the connection breaks.
  const broken = Effect.gen(function* () {
    const tree = { "report.bin": new Uint8Array(3_000_000).fill(5) }
    const root = yield* SlowStore.make(tree, { bytes: 100_000, pauseMillis: 10 })
    const served = yield* serve({ root })
    yield* served.server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 2_000_000, how: "End" })
    return served
  })

  it.scopedLive("an interrupted download resumes, with a notice on a terminal", () =>
    Effect.gen(function* () {
      const { url } = yield* broken
      const here = yield* folder
      const ran = yield* run(["get", `${url}report.bin`, here], { terminal: { answer: "" } })
      expect(ran.code).toBe(0)
      expect(ran.error).toMatch(/^resuming report\.bin at 1\.\d MiB: .+$/m)
      expect(ran.error.match(/^resuming/gm)).toHaveLength(1)
    })
  )

  it.scopedLive("an interrupted download prints a notice with --verbose or --json, but not in a plain pipe", () =>
    Effect.gen(function* () {
      for (const [flag, expected] of [
        ["--verbose", 1],
        ["--quiet", 0],
        ["--json", 0]
      ] as const) {
        const { url } = yield* broken
        const ran = yield* run(["get", flag, `${url}report.bin`, yield* folder])
        expect(ran.code).toBe(0)
        expect(ran.error.match(/^resuming/gm) ?? []).toHaveLength(expected)
        const lines = flag === "--json" ? jsonLines(ran.out).filter(({ kind }) => kind === "resuming") : []
        expect(lines).toHaveLength(flag === "--json" ? 1 : 0)
      }
    })
  )

  it.scopedLive("--retry-time 0 gives up at once, and keeps the partial file for the same command", () =>
    Effect.gen(function* () {
      const { server, url } = yield* broken
      const here = yield* folder
      const first = yield* run(["get", "--retry-time", "0", `${url}report.bin`, here])
      expect(first).toMatchObject({ code: 10, error: expect.stringContaining("the same command resumes it") })
      const second = yield* run(["get", `${url}report.bin`, here])
      expect(second.code).toBe(0)
      expect((yield* server.commands).filter((line) => line.startsWith("REST")).length).toBe(1)
    })
  )

  it.scopedLive("an interrupted cat resumes, and prints each byte once", () =>
    Effect.gen(function* () {
      const { url } = yield* broken
      const ran = yield* run(["cat", "--verbose", `${url}report.bin`])
      expect(ran).toMatchObject({ code: 0, error: expect.stringMatching(/^resuming report\.bin at 1\.\d MiB: .+$/m) })
      expect(ran.out).toHaveLength(3_000_000)
    })
  )
})
