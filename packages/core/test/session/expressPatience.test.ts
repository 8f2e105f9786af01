import { assert, describe, it } from "@effect/vitest"
import { defaults, type Timeouts } from "@ftp-effect/core/FtpTimeouts"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Patience from "#core/session/expressPatience"

/** What was run when the patience ended, if it has. */
const begin = (timeouts: Partial<Timeouts> = {}) =>
  Effect.gen(function* () {
    const ends: Array<"OnlyThisFile" | "AllFiles"> = []
    const clock = yield* Effect.clock
    const after = (limit: Duration.Duration, run: Effect.Effect<void>) => {
      let isStopped = false
      const unlessStopped = Effect.suspend(() => (isStopped ? Effect.void : run))
      const stop = () => {
        isStopped = true
      }
      return { stop, wake: Effect.asVoid(Effect.forkDaemon(Effect.delay(unlessStopped, limit))) }
    }
    const patience = Patience.begin({ after }, { ...defaults, ...timeouts }, clock, (isServersWay) =>
      ends.push(isServersWay ? "AllFiles" : "OnlyThisFile")
    )
    yield* patience.wake ?? Effect.void
    return { ends, ...patience }
  })

const wait = (seconds: number) => TestClock.adjust(Duration.seconds(seconds))

describe("the patience with a small file", () => {
  it.effect("ends if the server does not begin within two waits for a preliminary reply, whatever was sent", () =>
    Effect.gen(function* () {
      const { ends, moved } = yield* begin()
      yield* wait(9)
      moved(1000)
      assert.deepStrictEqual(ends, [])
      yield* wait(1)
      assert.deepStrictEqual(ends, ["AllFiles"])
    })
  )

  it.effect("lasts as long as bytes move, however long that is, and ends for this file after a pause", () =>
    Effect.gen(function* () {
      const { ends, enter, moved } = yield* begin()
      enter("Moving")
      for (let at = 0; at < 30; at++) {
        yield* wait(59)
        moved(4096)
      }
      assert.deepStrictEqual(ends, [])
      yield* wait(59)
      assert.deepStrictEqual(ends, [])
      yield* wait(1)
      assert.deepStrictEqual(ends, ["OnlyThisFile"])
    })
  )

  it.effect("ends if fewer bytes move than the minimum rate has", () =>
    Effect.gen(function* () {
      const minimumRate = { bytesPerSecond: 100, over: Duration.seconds(60) }
      const { ends, enter, moved } = yield* begin({ minimumRate })
      enter("Moving")
      yield* wait(50)
      for (const [bytes, rounds] of [
        [1001, 12],
        [999, 5]
      ] as const) {
        for (let at = 0; at < rounds; at++) {
          moved(bytes)
          yield* wait(10)
        }
      }
      assert.deepStrictEqual(ends, [])
      moved(999)
      yield* wait(10)
      assert.deepStrictEqual(ends, ["OnlyThisFile"])
    })
  )

  it.effect("waits for the final reply as long as for that of a long file, without a rate", () =>
    Effect.gen(function* () {
      const minimumRate = { bytesPerSecond: 100, over: Duration.seconds(20) }
      const { ends, enter, moved } = yield* begin({ minimumRate })
      enter("Moving")
      moved(10)
      enter("Ending")
      yield* wait(59)
      assert.deepStrictEqual(ends, [])
      yield* wait(1)
      assert.deepStrictEqual(ends, ["OnlyThisFile"])
    })
  )

  it.effect("waits for the last bytes after the final reply while they move, and then ends for all files", () =>
    Effect.gen(function* () {
      const { ends, enter, moved } = yield* begin()
      enter("Moving")
      enter("Closing")
      for (let at = 0; at < 5; at++) {
        yield* wait(9)
        moved(1000)
      }
      assert.deepStrictEqual(ends, [])
      yield* wait(10)
      assert.deepStrictEqual(ends, ["AllFiles"])
    })
  )

  it.effect("does nothing any more once it is stopped", () =>
    Effect.gen(function* () {
      const { ends, enter, stop } = yield* begin()
      enter("Moving")
      yield* wait(30)
      stop()
      yield* wait(1000)
      assert.deepStrictEqual(ends, [])
    })
  )
})
