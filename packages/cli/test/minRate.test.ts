/**
 * What `--min-rate` promises, by the command. It measures for 30 seconds, and sockets don't run by the TestClock: so
 * the command's clock runs twenty times as fast as the server's, and the wait is one and a half seconds.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { folder, run, serve } from "./support/cli.ts"
import * as SlowStore from "./support/slowStore.ts"

const HASTE = 20

const inHaste = <A>(self: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.flatMap(Effect.clock, (clock) => {
    const began = clock.unsafeCurrentTimeMillis()
    const nanosBegan = clock.unsafeCurrentTimeNanos()
    const unsafeCurrentTimeMillis = () => Math.floor(began + (clock.unsafeCurrentTimeMillis() - began) * HASTE)
    const unsafeCurrentTimeNanos = () => nanosBegan + (clock.unsafeCurrentTimeNanos() - nanosBegan) * BigInt(HASTE)
    return Effect.withClock(self, {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis,
      unsafeCurrentTimeNanos,
      currentTimeMillis: Effect.sync(unsafeCurrentTimeMillis),
      currentTimeNanos: Effect.sync(unsafeCurrentTimeNanos),
      sleep: (duration) => clock.sleep(Duration.times(duration, 1 / HASTE))
    })
  })

const CONTENT = Uint8Array.from({ length: 200_000 }, (_, at) => at ^ (at >> 8))

/** What comes at once, before the trickle: enough to resume from. */
const BURST = 100_000

/** The first time that the file is read, after the burst 100 bytes each 50 ms, which are a second to the command. */
const stage = Effect.gen(function* () {
  const tree = { "report.bin": CONTENT }
  const quick = yield* FtpTestServer.memory(tree)
  const slow = yield* SlowStore.make(tree, { bytes: 100, pauseMillis: 1000 / HASTE })
  let isFirst = true
  const root: FtpTestServer.FileStore = {
    ...quick,
    openReader: (path, offset) => {
      if (!isFirst) {
        return quick.openReader(path, offset)
      }
      isFirst = false
      return Effect.map(slow.openReader(path, offset + BURST), (trickle) => {
        let burst = Option.some(CONTENT.subarray(offset, offset + BURST))
        const first = Effect.sync(() => {
          const bytes = burst
          burst = Option.none()
          return bytes
        })
        return {
          size: trickle.size,
          pull: Effect.flatMap(first, (bytes) => (Option.isSome(bytes) ? Effect.succeed(bytes) : trickle.pull))
        }
      })
    }
  }
  const { server, url } = yield* serve({ root })
  const here = yield* folder
  return {
    server,
    here,
    get: (...flags: ReadonlyArray<string>) => inHaste(run(["get", ...flags, `${url}report.bin`, here]))
  }
})

describe("get --min-rate, from a server that is slower", () => {
  it.scopedLive("get --min-rate without retries exits with 10, reports the bytes, and leaves no file", () =>
    Effect.gen(function* () {
      const { get, here } = yield* stage
      const { code, error, out } = yield* get("--min-rate", "10k", "--retry-time", "0")
      expect({ code, out }).toEqual({ code: 10, out: "" })
      const [headline = "", hint = ""] = error.split("\n")
      const [, moved] = /^ftp-effect: .+: only (\d+) bytes, less than 10240 in a second, for 30 s$/.exec(headline) ?? []
      expect(Number(moved)).toBeGreaterThan(BURST)
      expect(Number(moved)).toBeLessThan(BURST + 4000)
      expect(hint.trim()).toBe("hint: try again")
      expect(Fs.readdirSync(here)).toEqual([])
    })
  )

  it.scopedLive("get --min-rate resumes over a new connection at its offset", () =>
    Effect.gen(function* () {
      const { get, here, server } = yield* stage
      const { code, error } = yield* get("--min-rate", "10k", "--verbose")
      expect(code).toBe(0)
      expect(error.match(/^resuming report\.bin at .+ for 30 s$/gm)).toHaveLength(1)
      expect(Fs.readdirSync(here)).toEqual(["report.bin"])
      expect(Buffer.compare(Fs.readFileSync(join(here, "report.bin")), CONTENT)).toBe(0)
      const lines = yield* server.commands
      expect(lines.filter((line) => line.startsWith("REST"))).toHaveLength(1)
      expect(lines.filter((line) => line.startsWith("RETR"))).toHaveLength(2)
    })
  )
})
