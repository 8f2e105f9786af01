import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpRate from "@ftp-effect/core/FtpRate"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { KIB } from "../support/bytes.ts"
import { layer } from "../support/embedded.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { seconds } from "../support/seconds.ts"

const RATE = 100 * KIB
const CONTENT = new Uint8Array(200 * KIB).fill(7)

const stage = (pool: Partial<FtpPool.Options> = {}) =>
  layer({ server: { root: { a: CONTENT, b: CONTENT } }, pool }).pipe(Layer.provideMerge(MemoryFiles.layer))

const shared = Layer.unwrapEffect(Effect.map(FtpRate.make(RATE), (rate) => stage({ rate })))

const download = (options: FtpTransfer.TransferOptions = {}, path = "a") =>
  Effect.flatMap(FtpClient.FtpClient, (client) => Stream.runDrain(client.download(path, options)))

describe("a transfer with a limit", () => {
  it.effect("takes as long as its bytes do: downloads, files, uploads", () =>
    Effect.gen(function* () {
      const options = { rate: RATE }
      expect(yield* seconds(download(options))).toBeCloseTo(2, 0)
      expect(yield* seconds(FtpTransfer.toFile("a", "a", options))).toBeCloseTo(2, 0)
      expect(yield* seconds(FtpTransfer.fromFile("a", "c", options))).toBeCloseTo(2, 0)
      const { read } = yield* FtpTestServer.FtpTestServer
      expect(Buffer.compare(yield* read("/c"), CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("moves all the time, not in gulps", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const fiber = yield* Effect.fork(download({ rate: RATE, onProgress: ({ bytes }) => void seen.push(bytes) }))
      for (let at = 0; at < 25; at++) {
        yield* TestClock.adjust("100 millis")
      }
      yield* Fiber.join(fiber)
      expect(seen.length).toBeGreaterThanOrEqual(32)
      expect(Math.max(...seen.map((bytes, at) => bytes - (seen[at - 1] ?? 0)))).toBeLessThanOrEqual(RATE / 16 + 1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("of the pool goes as fast as all of the pool may, and shares alike", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const ends: Array<number> = []
      const began = yield* Clock.currentTimeMillis
      const ended = Effect.map(Clock.currentTimeMillis, (now) => void ends.push((now - began) / 1000))
      const elapsed = yield* seconds(
        Effect.all(
          [
            Effect.zipRight(download(), ended),
            Effect.zipRight(client.upload("c", FtpSource.fromBytes(CONTENT)), ended)
          ],
          { concurrency: 2 }
        )
      )
      expect(elapsed).toBeCloseTo(4, 0)
      // One after the other would be two seconds apart.
      expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeLessThan(1)
    }).pipe(Effect.provide(shared))
  )

  it.effect("of its own and of the pool keeps to both", () =>
    Effect.gen(function* () {
      expect(yield* seconds(download({ rate: RATE * 10 }))).toBeCloseTo(2, 0)
      expect(yield* seconds(download({ rate: RATE / 2 }))).toBeCloseTo(4, 0)
    }).pipe(Effect.provide(shared))
  )

  it.effect("may share it with others by hand", () =>
    Effect.gen(function* () {
      const rate = yield* FtpRate.make(RATE)
      const elapsed = yield* seconds(Effect.all([download({ rate }), download({ rate }, "b")], { concurrency: 2 }))
      expect(elapsed).toBeCloseTo(4, 0)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not taken for one that stands still", () =>
    Effect.gen(function* () {
      expect(yield* seconds(download({ rate: RATE / 5 }))).toBeCloseTo(10, 0)
      const { commands } = yield* FtpTestServer.FtpTestServer
      expect((yield* commands).filter((line) => line.startsWith("RETR")).length).toBe(1)
    }).pipe(Effect.provide(Layer.provide(stage(), FtpTimeouts.layer({ dataStall: Duration.seconds(3) }))))
  )
})
