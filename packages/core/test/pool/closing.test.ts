import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { hold, useOnce, useOnceOf } from "../support/borrowing.ts"
import { endpoint, layer, PASSWORD } from "../support/embedded.ts"
import { connections } from "../support/server.ts"

describe("FtpPool when its scope closes", () => {
  it.effect("closes everything with its scope", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      yield* Effect.scoped(
        Effect.gen(function* () {
          const context = yield* Layer.build(FtpPool.layer({ endpoints: [yield* endpoint] }))
          yield* Effect.forEach(Array.from({ length: 4 }), () => useOnce, { concurrency: 4 }).pipe(
            Effect.provide(context)
          )
        })
      )
      yield* TestClock.adjust(Duration.seconds(5))
      expect(yield* network.openEnds).toBe(0)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("waits 3 seconds for the sessions that are lent when its scope closes, and hangs up then", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(FtpPool.make({ endpoints: [yield* endpoint] }), scope)
      const held = yield* Deferred.make<void>()
      const holding = yield* Effect.fork(
        Effect.scoped(
          Effect.gen(function* () {
            const session = yield* pool.borrow()
            yield* Deferred.succeed(held, undefined)
            yield* Effect.sleep("1 minute")
            return yield* session.workingDirectory
          })
        )
      )
      yield* Deferred.await(held)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("2900 millis")
      expect(yield* Fiber.poll(closing)).toEqual(Option.none())
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(closing)
      yield* TestClock.adjust("1 seconds")
      expect(yield* network.openEnds).toBe(0)
      yield* TestClock.adjust("1 minute")
      expect(yield* Effect.flip(Fiber.join(holding))).toMatchObject({ _tag: "FtpConnectionLost" })
      expect(Exit.isInterrupted(yield* Effect.exit(useOnceOf(pool)))).toBe(true)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("closes as soon as the last session is returned", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(FtpPool.make({ endpoints: [yield* endpoint] }), scope)
      const letGo = yield* Effect.provideService(hold, FtpPool.FtpPool, pool)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow()
      yield* letGo
      yield* Fiber.join(closing)
      expect((yield* connections).peak).toBe(1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("keeps no session that is opened after its scope has closed", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const network = yield* MemoryTransport.MemoryNetwork
      yield* server.fault({ _tag: "Delay", verb: "PASS", duration: "20 seconds" })
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(FtpPool.make({ endpoints: [yield* endpoint] }), scope)
      const dialling = yield* Effect.fork(useOnceOf(pool))
      yield* TestClock.adjust("100 millis")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(closing)
      yield* TestClock.adjust("30 seconds")
      expect(Exit.isInterrupted(yield* Fiber.await(dialling))).toBe(true)
      expect(yield* network.openEnds).toBe(0)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("dials no more for those who wait for a first dial that ends after its scope has closed", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Delay", verb: "PASS", duration: "20 seconds" })
      const scope = yield* Scope.make()
      const pool = yield* Scope.extend(FtpPool.make({ endpoints: [yield* endpoint] }), scope)
      const dialling = yield* Effect.forkAll([useOnceOf(pool), useOnceOf(pool), useOnceOf(pool)])
      yield* TestClock.adjust("100 millis")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(closing)
      yield* TestClock.adjust("30 seconds")
      expect(Exit.isInterrupted(yield* Fiber.await(dialling))).toBe(true)
      expect((yield* server.commands).filter((line) => line.startsWith("USER"))).toHaveLength(1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a program ends though a fiber that it has forked still uploads", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const { host, port } = yield* endpoint
      const program = Effect.gen(function* () {
        const ftp = yield* FtpClient.FtpClient
        yield* Effect.fork(
          ftp.upload(
            "endless",
            Stream.repeatValue(new Uint8Array(1)).pipe(Stream.schedule(Schedule.spaced("1 seconds")))
          )
        )
        yield* Effect.repeat(Effect.yieldNow(), {
          until: () => Effect.map(server.commands, (lines) => lines.some((line) => line.startsWith("STOR")))
        })
      })
      const files = FtpEndpoint.make({ host, port, user: "ann", password: PASSWORD })
      const running = yield* Effect.fork(Effect.provide(program, FtpClient.layerPooled({ endpoints: [files] })))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(running)
    }).pipe(Effect.provide(layer()))
  )
})
