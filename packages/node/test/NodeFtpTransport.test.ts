import { assert, describe, expect, it, vi } from "@effect/vitest"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { readAll, reasonOf, STILL, turns, untilStill } from "../../core/test/suites/transport/wire.ts"
import { transportSuite } from "../../core/test/suites/transportSuite.ts"

const sockets = () => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name))

/** Not `localhost`: many a hosts file gives it one family only. */
const BOTH_FAMILIES = "both.families.test"

transportSuite(
  "NodeFtpTransport",
  NodeFtpTransport.layerLookup((name, families) =>
    name === BOTH_FAMILIES ? Effect.succeed(["127.0.0.1", "::1"]) : NodeFtpTransport.systemLookup(name, families)
  ),
  {
    // Two kernel buffers of up to 6 MiB, and what each end holds itself.
    mostBuffered: 24 * 1024 * 1024,
    bothFamilies: BOTH_FAMILIES,
    // The event loop frees the last sockets after the scope: a reset's close callback, the peer of a closed one.
    nothingOpen: Effect.gen(function* () {
      for (let turn = 0; sockets().length > 0 && turn < STILL; turn++) {
        yield* turns(1)
      }
      assert.deepStrictEqual(sockets(), [])
    })
  }
)

const connectTo = (host: string, port: number) =>
  Effect.flatMap(FtpTransport, (transport) =>
    Effect.scoped(transport.connect({ host, port, family: "Any", timeout: Duration.seconds(10), role: "Control" }))
  )

describe("NodeFtpTransport", () => {
  it.effect("the limit of time covers the look-up of the name", () =>
    Effect.gen(function* () {
      const dialling = yield* Effect.fork(Effect.flip(connectTo("files.example", 21)))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(dialling)
      assert.strictEqual(error.reason, "TimedOut")
      assert.strictEqual(error.message, "no answer within 10s")
    }).pipe(Effect.provide(NodeFtpTransport.layerLookup(() => Effect.never)))
  )

  // Real time: the sockets refuse when the kernel says so.
  it.live("when every address fails, the error names all of them", () =>
    Effect.gen(function* () {
      const listen = Effect.flatMap(FtpTransport, (transport) => transport.listen({ host: "::", ports: "Any" }))
      const { port } = (yield* Effect.scoped(listen)).address
      const error = yield* Effect.flip(connectTo("files.example", port))
      assert.strictEqual(error.reason, "Refused")
      assert.strictEqual(
        error.message,
        "::1: connection refused (ECONNREFUSED); 127.0.0.1: connection refused (ECONNREFUSED)"
      )
    }).pipe(Effect.provide(NodeFtpTransport.layerLookup(() => Effect.succeed(["127.0.0.1", "::1"]))))
  )

  it.live("what fails does not say again what was asked for", () =>
    Effect.gen(function* () {
      const listen = Effect.flatMap(FtpTransport, (transport) => transport.listen({ host: "127.0.0.1", ports: "Any" }))
      const { port } = (yield* Effect.scoped(listen)).address
      const error = yield* Effect.flip(connectTo("127.0.0.1", port))
      assert.strictEqual(error.message, "connection refused (ECONNREFUSED)")
    }).pipe(Effect.provide(NodeFtpTransport.layer))
  )

  it.effect("a closing scope gives up on a peer that does not take the rest, and never by a clean end", () =>
    Effect.gen(function* () {
      const transport = yield* FtpTransport
      const listener = yield* transport.listen({ host: "127.0.0.1", ports: "Any" })
      const scope = yield* Scope.make()
      const dialled = yield* Scope.extend(
        transport.connect({
          host: "127.0.0.1",
          port: listener.address.port,
          family: "IPv4",
          timeout: Duration.seconds(10),
          role: "Data"
        }),
        scope
      )
      const accepted = yield* listener.accept
      let written = 0
      const writing = yield* Effect.fork(
        Effect.forever(Effect.map(dialled.write(new Uint8Array(1024 * 1024)), () => written++))
      )
      yield* untilStill(() => written)
      yield* Fiber.interrupt(writing)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.strictEqual(yield* reasonOf(readAll(accepted)), "Reset")
    }).pipe(Effect.scoped, Effect.provide(NodeFtpTransport.layer))
  )

  it.effect("a scope closed by an interruption frees its socket", () =>
    Effect.gen(function* () {
      const transport = yield* FtpTransport
      const listener = yield* transport.listen({ host: "127.0.0.1", ports: "Any" })
      const holding = yield* Effect.fork(
        transport
          .connect({
            host: "127.0.0.1",
            port: listener.address.port,
            family: "Any",
            timeout: Duration.infinity,
            role: "Data"
          })
          .pipe(Effect.zipRight(Effect.never), Effect.scoped)
      )
      const accepted = yield* listener.accept
      yield* Fiber.interrupt(holding)
      assert.strictEqual((yield* accepted.read)._tag, "None")
    }).pipe(Effect.scoped, Effect.provide(NodeFtpTransport.layer))
  )

  it.effect("bytes of an accepted control connection are read without a wait for more", () =>
    Effect.gen(function* () {
      const transport = yield* FtpTransport
      const listener = yield* transport.listen({ host: "127.0.0.1", ports: "Any", role: "Control" })
      const { port } = listener.address
      const client = yield* transport.connect({
        host: "127.0.0.1",
        port,
        family: "Any",
        timeout: Duration.infinity,
        role: "Control"
      })
      const accepted = yield* listener.accept
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.useFakeTimers({ toFake: ["setTimeout"] })),
        () => Effect.sync(() => vi.useRealTimers())
      )
      yield* client.write(new Uint8Array([78]))
      expect(Option.map(yield* accepted.read, Array.from)).toEqual(Option.some([78]))
    }).pipe(Effect.scoped, Effect.provide(NodeFtpTransport.layer))
  )

  // In real time, which is what it measures.
  it.live("knows for how long the thread only waited, which work is not", () =>
    Effect.gen(function* () {
      const { idle = () => Number.NaN } = yield* FtpTransport
      yield* Effect.sleep(1)
      const begun = idle()
      yield* Effect.sleep(40)
      const waited = idle()
      const until = performance.now() + 40
      while (performance.now() < until) {}
      expect([waited - begun > 20, idle() - waited < 10]).toEqual([true, true])
    }).pipe(Effect.provide(NodeFtpTransport.layer))
  )

  it.live("counts all time as waiting where the runtime counts none, as Bun and Deno do", () =>
    Effect.gen(function* () {
      const { idle = () => Number.NaN } = yield* FtpTransport
      const nothing = { active: 0, idle: 0, utilization: 0 }
      const counted = vi.spyOn(performance, "eventLoopUtilization").mockReturnValue(nothing)
      const begun = idle()
      yield* Effect.sleep(40)
      const waited = idle() - begun
      counted.mockRestore()
      expect(waited).toBeGreaterThan(20)
    }).pipe(Effect.provide(NodeFtpTransport.layer))
  )
})
