/** Sessions that are opened before they are asked for. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { hold, noRetry, useOnce } from "../support/borrowing.ts"
import { layer } from "../support/embedded.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, withFault } from "../support/server.ts"

const status = Effect.flatMap(FtpPool.FtpPool, (pool) => Effect.map(pool.status, ([first]) => first))

const warm = (sessions: number) => Effect.flatMap(FtpPool.FtpPool, (pool) => pool.warm(sessions))

/** Ample for a login. */
const SOON = Duration.seconds(1)

const stage = (options: Parameters<typeof layer>[0] = {}) =>
  layer({ ...options, pool: { maxPerHost: 4, ...options.pool } }).pipe(Layer.provide(noRetry))

describe("FtpPool.warm", () => {
  it.effect("regression: ends with its scope if no login is ever accepted and the caller can't be interrupted", () =>
    Effect.gen(function* () {
      yield* Effect.uninterruptible(Effect.scoped(warm(4)))
      expect((yield* connections).total).toBe(0)
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("dials nothing before the first login was accepted, and then what is missing", () =>
    Effect.gen(function* () {
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect((yield* connections).total).toBe(0)
      const letGo = yield* hold
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 4, inUse: 1 })
      yield* letGo
      yield* nothingInUse
      yield* Effect.forEach(Array.from({ length: 4 }), () => useOnce, { concurrency: 4, discard: true })
      expect((yield* connections).total).toBe(4)
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("dials as soon as the first login was accepted, before that session is ready", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "FEAT", duration: "3 seconds", times: 1 })
      yield* warm(4)
      const borrower = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(SOON)
      expect((yield* connections).total).toBe(4)
      expect(yield* status).toMatchObject({ live: 3, inUse: 1 })
      yield* TestClock.adjust(Duration.seconds(3))
      yield* Fiber.join(borrower)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("a server that is full meanwhile lowers the limit too", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "FEAT", duration: "3 seconds", times: 1 })
      yield* warm(4)
      const borrower = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 0, inUse: 1, limit: 1 })
      yield* TestClock.adjust(Duration.seconds(3))
      yield* Fiber.join(borrower)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ server: { limit: { connections: 1 } } })))
  )

  it.scoped("has the port for a small file, where the server is known to give one", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* client.list("")
      const before = (yield* commandsLike(/^EPSV/)).length
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect((yield* commandsLike(/^EPSV/)).length - before).toBe(3)
      expect(yield* status).toMatchObject({ live: 4, inUse: 0 })
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("opens no more than it is asked for, those that are there included", () =>
    Effect.gen(function* () {
      yield* useOnce
      yield* warm(2)
      yield* TestClock.adjust(SOON)
      yield* warm(2)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 2, inUse: 0 })
      expect((yield* connections).total).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("counts what another caller has asked for at the same moment", () =>
    Effect.gen(function* () {
      yield* useOnce
      yield* Effect.all([warm(3), warm(3)], { concurrency: 2 })
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 3, inUse: 0 })
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 4, inUse: 0 })
      expect((yield* connections).total).toBe(4)
    }).pipe(Effect.provide(stage({ pool: { maxPerHost: 8 } })))
  )

  it.scoped("counts none that a caller has asked for who was interrupted at that moment", () =>
    Effect.gen(function* () {
      yield* useOnce
      const scope = yield* Scope.make()
      const pool = yield* FtpPool.FtpPool
      const interrupted = () => {
        Effect.runFork(Scope.close(scope, Exit.void))
        return 4
      }
      yield* Scope.extend(pool.warm(interrupted), scope)
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 4, inUse: 0 })
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("a borrower that comes meanwhile gets the session that is being opened", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "10 seconds", times: Number.POSITIVE_INFINITY })
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 1, inUse: 4 })
      const borrowers = yield* Effect.forEach(Array.from({ length: 3 }), () => Effect.fork(useOnce))
      yield* TestClock.adjust(Duration.seconds(30))
      yield* Effect.forEach(borrowers, Fiber.join)
      expect((yield* connections).total).toBe(4)
      yield* letGo
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("takes no place while a borrower waits", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      const borrower = yield* Effect.fork(useOnce)
      yield* Effect.yieldNow()
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect((yield* connections).total).toBe(1)
      yield* letGo
      yield* Fiber.join(borrower)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ pool: { maxPerHost: 1 } })))
  )

  it.scoped("a server that is full lowers the limit, and no borrower fails", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect(yield* status).toMatchObject({ live: 1, limit: 1 })
      yield* letGo
      yield* Effect.forEach(Array.from({ length: 4 }), () => useOnce, { concurrency: 4, discard: true })
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ server: { limit: { connections: 1 } } })))
  )

  it.scoped("stays below a limit that is known", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 4 }), () => useOnce, { concurrency: 4, discard: true })
      expect(yield* status).toMatchObject({ limit: 1 })
      const before = (yield* connections).total
      yield* warm(4)
      yield* TestClock.adjust(SOON)
      expect((yield* connections).total).toBe(before)
    }).pipe(Effect.provide(stage({ server: { limit: { connections: 1 } } })))
  )

  it.scoped("sends no password when the login is refused", () =>
    Effect.gen(function* () {
      yield* warm(4)
      expect(yield* Effect.flip(useOnce)).toMatchObject({ _tag: "FtpAuthError", reason: "Credentials" })
      yield* TestClock.adjust(SOON)
      expect((yield* commandsLike(/^PASS/)).length).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ server: { users: { ann: "another" } } })))
  )

  it.scoped("what it has begun to open goes to the next caller when its scope has closed", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "10 seconds", times: Number.POSITIVE_INFINITY })
      yield* Effect.scoped(Effect.zipRight(warm(4), TestClock.adjust(SOON)))
      expect(yield* status).toMatchObject({ live: 1, inUse: 4 })
      const borrowers = yield* Effect.forEach(Array.from({ length: 3 }), () => Effect.fork(useOnce))
      yield* TestClock.adjust(Duration.seconds(30))
      yield* Effect.forEach(borrowers, Fiber.join)
      expect((yield* connections).total).toBe(4)
      yield* letGo
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.scoped("a borrower waits for a session that is being opened, although it may have one of its own", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "10 seconds", times: 1 })
      yield* warm(2)
      yield* TestClock.adjust(SOON)
      const borrower = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(SOON)
      expect((yield* connections).total).toBe(2)
      yield* Effect.fork(useOnce)
      yield* TestClock.adjust(SOON)
      // Nobody else can have that one.
      expect((yield* connections).total).toBe(3)
      yield* TestClock.adjust(Duration.seconds(10))
      yield* Fiber.join(borrower)
      expect((yield* connections).total).toBe(3)
      yield* letGo
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ pool: { maxPerHost: 8 } })))
  )

  it.scoped("a borrower dials if the session that it waits for can't be opened, or does not wait any longer", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "2 seconds", times: 2 })
      yield* withFault({ _tag: "CloseControl", verb: "TYPE", times: 1 })
      yield* warm(3)
      yield* TestClock.adjust(SOON)
      const [one, other] = [yield* Effect.fork(useOnce), yield* Effect.fork(useOnce)]
      yield* TestClock.adjust(Duration.millis(500))
      yield* Fiber.interrupt(other)
      yield* TestClock.adjust(Duration.seconds(10))
      yield* Fiber.join(one)
      yield* letGo
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.scoped(
    "a borrower whose session the server did not let in waits for one that is there, and dials no other one",
    () =>
      Effect.gen(function* () {
        const letGo = yield* hold
        yield* withFault({ _tag: "Delay", verb: "PASS", duration: "3 seconds", times: 1 })
        yield* warm(2)
        yield* TestClock.adjust(SOON)
        expect(yield* status).toMatchObject({ live: 1, inUse: 2, limit: 4 })
        const borrower = yield* Effect.fork(useOnce)
        yield* TestClock.adjust(Duration.seconds(5))
        expect(yield* status).toMatchObject({ live: 1, limit: 1 })
        expect((yield* connections).total).toBe(2)
        yield* letGo
        yield* Fiber.join(borrower)
        expect((yield* connections).total).toBe(2)
        yield* nothingInUse
      }).pipe(Effect.provide(stage({ server: { limit: { connections: 1, like: "ProFTPD" } } })))
  )

  it.scoped("a session that is lost while its port is asked for is not lent to the borrower that waits for it", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(FtpClient.FtpClient, (client) => client.list(""))
      const letGo = yield* hold
      // The first one at the login, after which it is asked for on its own.
      yield* withFault({ _tag: "CloseControl", verb: "EPSV", times: 2 })
      yield* warm(2)
      yield* TestClock.adjust(SOON)
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "2 seconds", times: 1 })
      yield* warm(2)
      yield* TestClock.adjust(SOON)
      const borrower = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(Duration.seconds(10))
      yield* letGo
      yield* Fiber.join(borrower)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("the pool gives up what is still being opened when it closes", () =>
    Effect.gen(function* () {
      const outer = yield* Scope.make()
      const context = yield* Layer.buildWithScope(stage(), outer)
      yield* Effect.gen(function* () {
        const letGo = yield* hold
        yield* withFault({ _tag: "Delay", verb: "PASS", duration: "10 seconds", times: Number.POSITIVE_INFINITY })
        yield* warm(4)
        yield* TestClock.adjust(SOON)
        expect(yield* status).toMatchObject({ live: 1, inUse: 4 })
        yield* letGo
      }).pipe(Effect.scoped, Effect.provide(context))
      const closing = yield* Effect.fork(Scope.close(outer, Exit.void))
      yield* TestClock.adjust(SOON)
      yield* Fiber.join(closing)
    })
  )
})
