import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { hold, noRetry, useOnce } from "../support/borrowing.ts"
import { endpoint, layer } from "../support/embedded.ts"
import { nothingInUse } from "../support/pool.ts"
import { connections } from "../support/server.ts"

describe("FtpPool", () => {
  it.effect("dials nothing before the first borrow, and then keeps the session for the next borrower", () =>
    Effect.gen(function* () {
      expect((yield* connections).total).toBe(0)
      yield* useOnce
      yield* useOnce
      expect((yield* connections).total).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("lends no more than maxPerHost sessions, and serves those who wait in their order", () =>
    Effect.gen(function* () {
      const order: Array<number> = []
      const letGo = yield* hold
      const waiters = yield* Effect.forEach([1, 2, 3], (index) =>
        Effect.zipLeft(Effect.fork(Effect.tap(useOnce, () => Effect.sync(() => order.push(index)))), Effect.yieldNow())
      )
      yield* letGo
      yield* Effect.forEach(waiters, Fiber.join)
      expect(order).toEqual([1, 2, 3])
      expect((yield* connections).peak).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 1 } })))
  )

  it.effect("lends what is given back while a new place is made (Effect's own Pool waits for ever here)", () =>
    Effect.gen(function* () {
      for (let turns = 0; turns < 60; turns++) {
        const letGo = yield* hold
        const other = yield* Effect.fork(useOnce)
        yield* Effect.repeatN(Effect.yieldNow(), turns)
        yield* Effect.all([letGo, Fiber.join(other)], { concurrency: "unbounded" })
        // Everything idle is closed: the next turn has places to make again.
        yield* TestClock.adjust("46 seconds")
        expect((yield* Effect.flatMap(FtpPool.FtpPool, ({ status }) => status))[0]?.live).toBe(0)
      }
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 2 } })))
  )

  it.effect("wakes every waiter when the dial of another fails (goftp's pool hangs here)", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "CONNECT", times: 2 })
      const fibers = yield* Effect.forEach(Array.from({ length: 6 }), () => Effect.fork(Effect.exit(useOnce)))
      const exits = yield* Effect.forEach(fibers, Fiber.join)
      expect(exits.filter(Exit.isFailure).length).toBe(2)
      expect(exits.filter(Exit.isSuccess).length).toBe(4)
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 1 } }).pipe(Layer.provide(noRetry))))
  )

  it.effect("fails every waiter, none left behind, when the server is gone", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "CONNECT", times: Number.POSITIVE_INFINITY })
      const fibers = yield* Effect.forEach(Array.from({ length: 9 }), () => Effect.fork(Effect.flip(useOnce)))
      const errors = yield* Effect.forEach(fibers, Fiber.join)
      expect(errors.map((error) => error._tag)).toEqual(errors.map(() => "FtpConnectError"))
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 2 } }).pipe(Layer.provide(noRetry))))
  )

  it.effect("closes a session that is left out of step, and lends a new one", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* useOnce
      yield* server.fault({ _tag: "Silence", verb: "PWD" })
      const pool = yield* FtpPool.FtpPool
      const stuck = yield* Effect.fork(
        Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.run(Command.pwd)))
      )
      yield* TestClock.adjust(Duration.millis(10))
      const interruption = yield* Effect.fork(Fiber.interrupt(stuck))
      yield* TestClock.adjust(Duration.seconds(1))
      yield* Fiber.join(interruption)
      yield* useOnce
      expect((yield* connections).total).toBe(2)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("keeps a session whose interrupted command is answered in time", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* useOnce
      yield* server.fault({ _tag: "Delay", verb: "PWD", duration: Duration.millis(300) })
      const pool = yield* FtpPool.FtpPool
      const slow = yield* Effect.fork(
        Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.run(Command.pwd)))
      )
      yield* TestClock.adjust(Duration.millis(10))
      const interruption = yield* Effect.fork(Fiber.interrupt(slow))
      yield* TestClock.adjust(Duration.millis(400))
      yield* Fiber.join(interruption)
      yield* useOnce
      expect((yield* connections).total).toBe(1)
    }).pipe(Effect.provide(layer()))
  )

  for (const [what, command] of [
    ["TYPE A", Command.type("A")],
    ["another directory", Command.cwd("/deep")],
    ["a pending REST", Command.rest(5)],
    ["a pending RNFR", Command.rnfr("/deep")]
  ] as const) {
    it.effect(`does not lend on a session that was left with ${what}`, () =>
      Effect.gen(function* () {
        const pool = yield* FtpPool.FtpPool
        yield* Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.run(command)))
        yield* useOnce
        expect((yield* connections).total).toBe(2)
      }).pipe(Effect.provide(layer({ server: { root: { "deep/": {} } } })))
    )
  }

  it.effect("notices that the server closed an idle session, and lends a new one without an error", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* useOnce
      yield* server.resetConnections
      yield* TestClock.adjust(Duration.seconds(1))
      yield* useOnce
      expect((yield* connections).total).toBe(2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("probes a session that sat idle, and replaces one that no longer answers", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* useOnce
      yield* TestClock.adjust(Duration.seconds(20))
      yield* useOnce
      expect((yield* connections).total).toBe(1)
      yield* server.fault({ _tag: "Silence", verb: "NOOP" })
      yield* TestClock.adjust(Duration.seconds(20))
      const second = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(Duration.seconds(5))
      yield* Fiber.join(second)
      expect((yield* connections).total).toBe(2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("says QUIT to sessions that stay unused for timeToLive", () =>
    Effect.gen(function* () {
      yield* useOnce
      yield* TestClock.adjust(Duration.seconds(100))
      yield* TestClock.adjust(Duration.seconds(1))
      expect((yield* connections).current).toBe(0)
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* server.commands).toContain("QUIT")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("lends the session that was used last", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      // Three that are idle.
      yield* Effect.scoped(Effect.all([pool.borrow(), pool.borrow(), pool.borrow()]))
      yield* TestClock.adjust(Duration.seconds(1))
      const last = yield* Effect.scoped(pool.borrow())
      yield* TestClock.adjust(Duration.seconds(1))
      expect(yield* Effect.scoped(pool.borrow())).toBe(last)
      expect(yield* Effect.scoped(pool.borrow())).toBe(last)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect.each([
    ["", Effect.interruptible],
    [", also where it can't be interrupted", Effect.uninterruptible]
  ] as const)("gives up waiting after acquireTimeout, with a typed error%s", ([, region]) =>
    Effect.gen(function* () {
      const letGo = yield* hold
      const waiter = yield* Effect.fork(region(Effect.flip(useOnce)))
      yield* TestClock.adjust(Duration.seconds(10))
      const error = yield* Fiber.join(waiter)
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "NoSessionFree" })
      yield* letGo
      yield* useOnce
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 1, acquireTimeout: "10 seconds" } })))
  )

  it.effect("lets a borrower be interrupted while it waits, dials or logs in, and is whole afterwards", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      for (const verb of ["CONNECT", "USER", "PASS", "FEAT"]) {
        yield* server.fault({ _tag: "Silence", verb })
        const stuck = yield* Effect.fork(useOnce)
        yield* TestClock.adjust(Duration.millis(50))
        const waiting = yield* Effect.fork(useOnce)
        yield* TestClock.adjust(Duration.millis(50))
        const interruption = yield* Effect.fork(Fiber.interruptAll([stuck, waiting]))
        yield* TestClock.adjust(Duration.seconds(1))
        yield* Fiber.join(interruption)
        yield* nothingInUse
      }
      yield* useOnce
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 1 } })))
  )

  it.effect("interrupts a dial that a black hole swallows within a second", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      const { host } = yield* endpoint
      yield* network.unroutable(host)
      const stuck = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(Duration.seconds(1))
      yield* Fiber.interrupt(stuck)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("never repeats a login that was refused", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const { host, port } = yield* endpoint
      const context = yield* Layer.build(
        FtpPool.layer({ endpoints: [FtpEndpoint.make({ host, port, user: "ann", password: "wrong" })] })
      )
      const error = yield* Effect.flip(Effect.provide(useOnce, context))
      expect(error).toMatchObject({ _tag: "FtpAuthError", reason: "Credentials" })
      expect((yield* server.commands).filter((line) => line.startsWith("PASS")).length).toBe(1)
    }).pipe(Effect.scoped, Effect.provide(layer()))
  )

  it.effect("takes leave of all its servers at once", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const network = yield* MemoryTransport.MemoryNetwork
      yield* server.fault({ _tag: "Silence", verb: "QUIT", times: 4 })
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(FtpPool.make({ endpoints: [yield* endpoint] }), scope)
      yield* Effect.scoped(Effect.all(Array.from({ length: 4 }, () => pool.borrow())))
      const leaving = yield* Effect.fork(Scope.close(scope, Exit.void))
      // As long as one of them may take.
      yield* TestClock.adjust(FtpTimeouts.defaults.quit)
      yield* Fiber.join(leaving)
      expect((yield* connections).total).toBe(4)
      yield* TestClock.adjust(Duration.seconds(5))
      expect(yield* network.openEnds).toBe(0)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("regression: an interruption while a session is given back loses no slot", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Silence", verb: "QUIT" })
      const pool = yield* FtpPool.FtpPool
      // MODE makes it unfit for others, so that it is closed, and its QUIT is not answered.
      const giving = yield* Effect.fork(
        Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.run(Command.mode("S"))))
      )
      yield* Effect.repeat(Effect.yieldNow(), {
        until: () => Effect.map(server.commands, (lines) => lines.includes("QUIT"))
      })
      yield* Fiber.interruptFork(giving)
      yield* TestClock.adjust(FtpTimeouts.defaults.quit)
      yield* Fiber.await(giving)
      yield* nothingInUse
      yield* useOnce
    }).pipe(Effect.provide(layer({ pool: { maxPerHost: 1 } })))
  )
})
