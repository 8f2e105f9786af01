import { describe, expect, it } from "@effect/vitest"
import * as FtpRate from "@ftp-effect/core/FtpRate"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { KIB } from "../support/bytes.ts"
import { seconds } from "../support/seconds.ts"

const RATE = 100 * KIB

/** Takes slice after slice until it is interrupted; counts the bytes that it got. */
const taking = (rate: FtpRate.FtpRate, bytes: number) => {
  const got = { bytes: 0 }
  const take = Effect.map(rate.take(bytes), () => {
    got.bytes += bytes
  })
  return { got, run: Effect.forever(take) }
}

describe("FtpRate", () => {
  it.effect("lets as many bytes go in a second, however they are cut", () =>
    Effect.gen(function* () {
      for (const slice of [RATE / 100, RATE / 10, RATE * 3]) {
        const rate = yield* FtpRate.make(RATE)
        const elapsed = yield* seconds(Effect.repeatN(rate.take(slice), (RATE * 3) / slice - 1))
        expect(elapsed).toBeCloseTo(3, 1)
      }
    })
  )

  it.effect("shares alike among those who take, and serves them in turn", () =>
    Effect.gen(function* () {
      const rate = yield* FtpRate.make(RATE)
      const takers = [1, 2, 3, 4].map(() => taking(rate, rate.slice))
      const fibers = yield* Effect.forEach(takers, ({ run }) => Effect.fork(run))
      for (let at = 0; at < 50; at++) {
        yield* TestClock.adjust("100 millis")
      }
      yield* Fiber.interruptAll(fibers)
      const got = takers.map(({ got }) => got.bytes)
      expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(rate.slice)
      const sum = got.reduce((sum, bytes) => sum + bytes, 0)
      expect(Math.abs(sum - RATE * 5)).toBeLessThanOrEqual(rate.slice * 4)
    })
  )

  it.effect("saves what was not used for a tenth of a second, and no longer", () =>
    Effect.gen(function* () {
      const rate = yield* FtpRate.make(RATE)
      yield* seconds(rate.take(RATE))
      yield* TestClock.adjust("1 hour")
      expect(yield* seconds(rate.take(RATE))).toBeCloseTo(0.9, 1)
    })
  )

  it.effect("gives back what an interrupted taker did not get", () =>
    Effect.gen(function* () {
      const rate = yield* FtpRate.make(RATE)
      const fiber = yield* Effect.fork(rate.take(RATE * 1000))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(fiber)
      expect(yield* seconds(rate.take(RATE))).toBeCloseTo(0.9, 1)
    })
  )

  it.effect("is no number of bytes but one above 0", () =>
    Effect.gen(function* () {
      for (const bytes of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(yield* Effect.flip(FtpRate.make(bytes))).toMatchObject({ _tag: "FtpUsageError", argument: "rate" })
      }
    })
  )

  it.effect("together with others is the tightest of them", () =>
    Effect.gen(function* () {
      const rate = FtpRate.all(yield* FtpRate.make(RATE * 4), yield* FtpRate.make(RATE))
      expect(yield* seconds(Effect.repeatN(rate.take(rate.slice), (RATE * 4) / rate.slice - 1))).toBeCloseTo(4, 0)
    })
  )
})
