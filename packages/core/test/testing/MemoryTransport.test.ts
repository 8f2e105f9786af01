import { assert, describe, it } from "@effect/vitest"
import { type ConnectOptions, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { transportSuite } from "../suites/transportSuite.ts"

const { MemoryNetwork } = MemoryTransport

transportSuite("MemoryTransport", MemoryTransport.layer, {
  mostBuffered: 64 * 1024,
  bothFamilies: "localhost",
  nothingOpen: Effect.gen(function* () {
    const network = yield* MemoryNetwork
    assert.deepStrictEqual([yield* network.openEnds, yield* network.listeners], [0, 0])
  })
})

const connectTo = (port: number, over: Partial<ConnectOptions> = {}) =>
  Effect.flatMap(FtpTransport, (transport) =>
    transport.connect({
      host: "localhost",
      port,
      family: "Any",
      timeout: Duration.seconds(10),
      role: "Data",
      ...over
    })
  )

const pair = (over: Partial<ConnectOptions> = {}) =>
  Effect.gen(function* () {
    const listener = yield* (yield* FtpTransport).listen({ host: "::1", ports: "Any" })
    const dialled = yield* connectTo(listener.address.port, over)
    return { dialled, accepted: yield* listener.accept }
  })

const bytes = (length: number) => new Uint8Array(length).fill(7)

describe("MemoryNetwork", () => {
  it.effect("an unroutable host times out when the clock says so", () =>
    Effect.gen(function* () {
      yield* (yield* MemoryNetwork).unroutable("192.0.2.1")
      const dialling = yield* Effect.fork(Effect.flip(Effect.scoped(connectTo(21, { host: "192.0.2.1" }))))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(dialling)))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(dialling)
      assert.strictEqual(error.reason, "TimedOut")
      assert.strictEqual(error.message, "no answer within 10s")
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("a silent first address gives way to the next after a quarter of a second", () =>
    Effect.gen(function* () {
      const network = yield* MemoryNetwork
      yield* network.name("files.example", ["2001:db8::1", "192.0.2.7"])
      yield* network.unroutable("2001:db8::1")
      const listener = yield* (yield* FtpTransport).listen({ host: "192.0.2.7", ports: [21, 21] })
      const dialling = yield* Effect.fork(connectTo(listener.address.port, { host: "files.example" }))
      yield* TestClock.adjust("250 millis")
      assert.strictEqual((yield* Fiber.join(dialling)).remote.host, "192.0.2.7")
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("bytes and the end behind them arrive after the latency", () =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* pair()
      yield* (yield* MemoryNetwork).delay("100 millis")
      yield* dialled.write(bytes(10))
      yield* dialled.endOutput
      const reading = yield* Effect.fork(accepted.read)
      yield* TestClock.adjust("99 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(reading)))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isSome(yield* Fiber.join(reading)))
      assert.isTrue(Option.isNone(yield* accepted.read))
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("a connect takes the latency there and back", () =>
    Effect.gen(function* () {
      yield* (yield* MemoryNetwork).delay("100 millis")
      const opening = yield* Effect.fork(pair())
      yield* TestClock.adjust("199 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(opening)))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(opening)
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("resetAll breaks readers that wait for bytes under way", () =>
    Effect.gen(function* () {
      const network = yield* MemoryNetwork
      const { accepted, dialled } = yield* pair()
      yield* network.delay("1 hour")
      yield* dialled.write(bytes(10))
      const readings = yield* Effect.fork(
        Effect.all([Effect.flip(accepted.read), Effect.flip(dialled.read)], { concurrency: 2 })
      )
      yield* TestClock.adjust("1 second")
      yield* network.resetAll
      const errors = yield* Fiber.join(readings)
      assert.deepStrictEqual(
        errors.map((error) => error.reason),
        ["Reset", "Reset"]
      )
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("a cut lets exactly its bytes through, then resets both ends, once", () =>
    Effect.gen(function* () {
      yield* (yield* MemoryNetwork).cut({ after: 1000, how: "Reset", role: "Data" })
      yield* pair({ role: "Control" })
      const { accepted, dialled } = yield* pair()
      const error = yield* Effect.flip(dialled.write(bytes(2000)))
      assert.strictEqual(error.reason, "Reset")
      assert.strictEqual(Option.getOrThrow(yield* accepted.read).byteLength, 1000)
      assert.strictEqual((yield* Effect.flip(accepted.read)).reason, "Reset")
      const whole = yield* pair()
      yield* whole.dialled.write(bytes(2000))
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("a cut by End looks whole to the reader and the writer notices nothing", () =>
    Effect.gen(function* () {
      yield* (yield* MemoryNetwork).cut({ after: 10, how: "End" })
      const { accepted, dialled } = yield* pair()
      yield* dialled.write(bytes(100_000))
      assert.strictEqual(Option.getOrThrow(yield* accepted.read).byteLength, 10)
      assert.isTrue(Option.isNone(yield* accepted.read))
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.scoped("a cut by Silence lets nothing more through, not even the end", () =>
    Effect.gen(function* () {
      yield* (yield* MemoryNetwork).cut({ after: 10, how: "Silence" })
      const { accepted, dialled } = yield* pair()
      yield* dialled.write(bytes(10))
      yield* dialled.endOutput
      yield* accepted.read
      const reading = yield* Effect.fork(accepted.read)
      yield* TestClock.adjust("1 day")
      assert.isTrue(Option.isNone(yield* Fiber.poll(reading)))
    }).pipe(Effect.provide(MemoryTransport.layer))
  )

  it.effect("counts open ends and listeners, none after the scope", () =>
    Effect.gen(function* () {
      const network = yield* MemoryNetwork
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { dialled } = yield* pair()
          yield* pair()
          yield* dialled.reset
          assert.strictEqual(yield* network.openEnds, 3)
          assert.strictEqual(yield* network.listeners, 2)
        })
      )
      assert.strictEqual(yield* network.openEnds, 0)
      assert.strictEqual(yield* network.listeners, 0)
    }).pipe(Effect.provide(MemoryTransport.layer))
  )
})
