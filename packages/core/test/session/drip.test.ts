/** A server that keeps each single limit and never comes to an end. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, fetch, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const drip = (count: number) => `D: send x\n-- wait 50 seconds\n`.repeat(count)

const transfer = (command: string, rest: string) => `${ready("MLST type*;")}${begun(command)}${rest}`

const took = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const error = yield* inTime(Effect.flip(self), "30 minutes")
    const seconds = ((yield* Clock.currentTimeMillis) - before) / 1000
    // The rest of the script.
    yield* TestClock.adjust("1 minutes")
    return { error, seconds }
  })

describe("a server that keeps every single limit and never ends", () => {
  it.scoped("a listing ends after its own limit, however much it moves", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(transfer("MLSD", drip(3)))
      const { error, seconds } = yield* took(made.list(""))
      expect(error).toMatchObject({ _tag: "FtpConnectionLost", detail: "no end of the listing for 120 s" })
      expect(seconds).toBeLessThan(150)
    }).pipe(Effect.provide(FtpTimeouts.layer({ listing: Duration.minutes(2) })), inMemory)
  )

  it.scoped("a download that moves less than 64 bytes a second for 10 minutes is given up", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(transfer("RETR a", drip(12)))
      const { error } = yield* took(fetch(made, "a"))
      expect(error).toMatchObject({
        _tag: "FtpConnectionLost",
        channel: "Data",
        reason: "TimedOut",
        detail: "only 12 bytes, less than 64 in a second, for 600 s"
      })
    }).pipe(inMemory)
  )

  it.scoped("a login ends after its own limit, though each of its replies comes in time", () =>
    Effect.gen(function* () {
      const { error, seconds } = yield* took(
        session(
          `S: 220 hi
           C: USER ann
           -- wait 29 seconds
           S: 332 account
           C: ACCT dep7
           -- wait 29 seconds
           S: 331 password
           C: PASS secret
           -- wait 29 seconds`,
          { user: "ann", password: "secret", account: "dep7" }
        )
      )
      expect(error).toMatchObject({ detail: expect.stringContaining("no finished login within 60 s") })
      expect(seconds).toBeLessThan(70)
    }).pipe(Effect.provide(FtpTimeouts.layer({ login: Duration.minutes(1) })), inMemory)
  )
})
