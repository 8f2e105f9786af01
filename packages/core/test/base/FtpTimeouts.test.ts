import { assert, describe, it } from "@effect/vitest"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

describe("limits", () => {
  it("are given as durations, milliseconds or words, and the rest is the default", () => {
    const made = FtpTimeouts.make({
      reply: "5 seconds",
      quit: 100,
      settle: Duration.zero,
      connect: undefined,
      keepAlive: "1 minute",
      minimumRate: { bytesPerSecond: 10, over: "2 minutes" }
    })
    assert.deepStrictEqual(made, {
      ...FtpTimeouts.defaults,
      reply: Duration.seconds(5),
      quit: Duration.millis(100),
      settle: Duration.zero,
      keepAlive: Duration.minutes(1),
      minimumRate: { bytesPerSecond: 10, over: Duration.minutes(2) }
    })
  })

  it.effect("are provided by a layer", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* FtpTimeouts.FtpTimeouts).reply, Duration.seconds(7))
    }).pipe(Effect.provide(FtpTimeouts.layer({ reply: "7 seconds" })))
  )
})
