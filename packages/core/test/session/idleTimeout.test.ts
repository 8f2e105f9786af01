/** The longest pause of a data connection. The scripts are scoped: what they expect and never hear fails the test. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpRate from "@ftp-effect/core/FtpRate"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const retr = (rest: string) => `${ready()}${begun("RETR a")}${rest}`

describe("a data connection that pauses for 60 seconds", () => {
  it.scoped("ends the download then and not before, and says what it waited for", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("D: send hello\n-- wait 2 minutes\nS: 426 broken"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          yield* TestClock.adjust("59 seconds")
          expect(Option.isSome(yield* read)).toBe(true)
          const waiting = yield* Effect.fork(Effect.flip(read))
          yield* TestClock.adjust("59999 millis")
          expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(waiting)
          yield* TestClock.adjust("1 seconds")
          expect(error).toMatchObject({
            _tag: "FtpConnectionLost",
            channel: "Data",
            reason: "TimedOut",
            detail: "no data for 60 s"
          })
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("is reported as the stall, not as what the server says about our reset", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("-- wait 61 seconds\nS: 426 broken"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          const waiting = yield* Effect.fork(Effect.flip(read))
          yield* TestClock.adjust("60 seconds")
          yield* TestClock.adjust("1 seconds")
          expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("does not end a download that is not read meanwhile", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("D: send hello\nD: end\nS: 226 done"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          expect(Option.isSome(yield* read)).toBe(true)
          yield* TestClock.adjust("10 minutes")
          expect(Option.isNone(yield* read)).toBe(true)
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("does not end a download whose reader was interrupted and comes back later", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("-- wait 10 minutes\nD: send hello\nD: end\nS: 226 done"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          const waiting = yield* Effect.fork(read)
          yield* TestClock.adjust("30 seconds")
          yield* Fiber.interrupt(waiting)
          yield* TestClock.adjust("10 minutes")
          expect(Option.isSome(yield* read)).toBe(true)
          expect(Option.isNone(yield* read)).toBe(true)
        })
      )
    }).pipe(inMemory)
  )
})

/** At least 100 bytes a second, over 20 seconds. */
const atLeast = FtpTimeouts.layer({ minimumRate: { bytesPerSecond: 100, over: Duration.seconds(20) } })

const hundred = "0123456789".repeat(10)

describe("a minimum rate of 100 bytes a second over 20 seconds", () => {
  const readAll = (dialogue: string) =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr(dialogue))
      return yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          let bytes = 0
          while (true) {
            const chunk = yield* read
            if (Option.isNone(chunk)) {
              return bytes
            }
            bytes += chunk.value.byteLength
          }
        })
      )
    })

  const trickle = (times: number, chunk: string, pause: string) =>
    Array.from({ length: times }, () => `D: send ${chunk}\n-- wait ${pause}`).join("\n")

  it.scoped("ends a download that trickles, though it never pauses for long, as a stall", () =>
    Effect.gen(function* () {
      const reading = yield* Effect.fork(
        Effect.flip(readAll(`${trickle(11, hundred, "2 seconds")}\n-- wait 2 minutes\nS: 426 broken`))
      )
      yield* Effect.repeatN(TestClock.adjust("500 millis"), 60)
      expect(yield* Fiber.join(reading)).toMatchObject({
        _tag: "FtpConnectionLost",
        channel: "Data",
        reason: "TimedOut",
        detail: "only 1100 bytes, less than 100 in a second, for 20 s"
      })
      yield* TestClock.adjust("3 minutes")
    }).pipe(Effect.provide(atLeast), inMemory)
  )

  it.scoped("does not end a download that reaches it, even by leaps", () =>
    Effect.gen(function* () {
      const leaps = trickle(12, hundred.repeat(10), "8 seconds")
      const reading = yield* Effect.fork(readAll(`${leaps}\nD: end\nS: 226 done`))
      yield* Effect.repeatN(TestClock.adjust("500 millis"), 200)
      expect(yield* Fiber.join(reading)).toBe(12_000)
    }).pipe(Effect.provide(atLeast), inMemory)
  )

  it.scoped("does not hurry a server that takes its time to begin", () =>
    Effect.gen(function* () {
      const reading = yield* Effect.fork(readAll("-- wait 50 seconds\nD: send hello\nD: end\nS: 226 done"))
      yield* TestClock.adjust("51 seconds")
      expect(yield* Fiber.join(reading)).toBe(5)
    }).pipe(Effect.provide(atLeast), inMemory)
  )

  it.scoped("does not hurry a reader", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        retr(`D: send hello\n-- wait 1 seconds\nD: send hello\nD: end\nS: 226 done`)
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          expect(Option.isSome(yield* read)).toBe(true)
          yield* TestClock.adjust("10 minutes")
          expect(Option.isSome(yield* read)).toBe(true)
          expect(Option.isNone(yield* read)).toBe(true)
        })
      )
    }).pipe(Effect.provide(atLeast), inMemory)
  )

  it.scoped("ends an upload when the server takes too little of it", () =>
    Effect.gen(function* () {
      // What the server does not read is soon more than the connection holds.
      const { session: made } = yield* session(`${ready()}${begun("STOR a")}-- wait 10 minutes\nS: 426 broken`)
      let left = 1000
      const pull = Effect.sync(() => (left-- > 0 ? Option.some(new Uint8Array(64 * 1024)) : Option.none()))
      const sending = yield* Effect.fork(Effect.flip(made.transmit(Command.stor("a"), pull)))
      yield* Effect.repeatN(TestClock.adjust("500 millis"), 100)
      expect(yield* Fiber.join(sending)).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "TimedOut",
        detail: expect.stringMatching(/^only 0 bytes, less than 100 in a second, for 20 s$/)
      })
      yield* TestClock.adjust("10 minutes")
    }).pipe(Effect.provide(atLeast), inMemory)
  )

  const CONTENT = new Uint8Array(1600).fill(7)

  const stage = (root: FtpTestServer.Options["root"], minimum = atLeast) =>
    layer({ server: { root } }).pipe(
      Layer.provide(minimum),
      Layer.provide(FtpRetry.layer({ resume: FtpRetry.whileProgress }))
    )

  const restarts = Effect.flatMap(FtpTestServer.FtpTestServer, ({ commands }) =>
    Effect.map(commands, (lines) => lines.filter((line) => line.startsWith("REST")))
  )

  const download = (options: FtpTransfer.TransferOptions = {}) =>
    inTime(
      Stream.runFold(FtpTransfer.download("a", options), 0, (sum, chunk) => sum + chunk.byteLength),
      "200 seconds"
    )

  it.effect("is not missed by a limit of ours that is below it, in either direction", () =>
    Effect.gen(function* () {
      const rate = yield* FtpRate.make(50)
      expect(yield* download({ rate })).toBe(CONTENT.length)
      const up = FtpTransfer.upload("b", FtpSource.fromBytes(CONTENT), { rate })
      expect(yield* inTime(up, "200 seconds")).toMatchObject({ bytes: CONTENT.length })
      expect(yield* restarts).toEqual([])
    }).pipe(Effect.provide(stage({ a: CONTENT })))
  )

  const MIB = 1024 * 1024
  const LARGE = Uint8Array.from({ length: 8 * MIB }, (_, at) => (at * 7) ^ (at >> 9))

  /** A quarter of a mebibyte each second, the first time that it is read; afterwards as fast as can be. */
  const slowOnce = Effect.map(FtpTestServer.memory({ a: LARGE }), (store): FtpTestServer.FileStore => {
    let isFirst = true
    return {
      ...store,
      openReader: (path, offset) =>
        Effect.map(store.openReader(path, offset), (reader) => {
          if (!isFirst) {
            return reader
          }
          isFirst = false
          let at = offset
          return {
            size: reader.size,
            pull: Effect.map(Effect.sleep("1 second"), () => {
              const bytes = LARGE.subarray(at, at + MIB / 4)
              at += bytes.byteLength
              return bytes.byteLength === 0 ? Option.none() : Option.some(bytes)
            })
          }
        })
    }
  })

  it.effect("lets a download resume where it was", () =>
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      expect(yield* download()).toBe(LARGE.length)
      expect((yield* Clock.currentTimeMillis) - began).toBeLessThan(30_000)
      const [restart = ""] = yield* restarts
      expect(Number(restart.slice("REST ".length))).toBeGreaterThan(4 * MIB)
    }).pipe(
      Effect.provide(
        Layer.unwrapEffect(
          Effect.map(slowOnce, (store) =>
            stage(store, FtpTimeouts.layer({ minimumRate: { bytesPerSecond: MIB, over: Duration.seconds(20) } }))
          )
        )
      )
    )
  )
})
