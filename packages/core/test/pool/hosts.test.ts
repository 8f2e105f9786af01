import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { useOnceOf } from "../support/borrowing.ts"
import { PASSWORD, services } from "../support/embedded.ts"
import { nothingInUseOf } from "../support/pool.ts"

type Server = FtpTestServer.FtpTestServer

const at = ({ address }: Pick<Server, "address">) =>
  FtpEndpoint.make({ host: address.host, port: address.port, user: "ann", password: PASSWORD })

/** A port without a listener. */
const closed = FtpEndpoint.make({ host: "127.0.0.1", port: 1, user: "ann", password: PASSWORD })

const serve = (options: FtpTestServer.Options = {}) => FtpTestServer.make({ users: { ann: PASSWORD }, ...options })

const poolOf = (...endpoints: FtpPool.Options["endpoints"]) => FtpPool.make({ endpoints, maxPerHost: 2 })

const two = (options: FtpTestServer.Options = {}) =>
  Effect.gen(function* () {
    const first = yield* serve(options)
    const second = yield* serve()
    const pool = yield* poolOf(at(first), at(second))
    return { first, second, pool }
  })

const useAtOnce = (pool: FtpPool.FtpPool, callers: number) =>
  Effect.forEach(Array.from({ length: callers }), () => useOnceOf(pool), { concurrency: "unbounded", discard: true })

const deaf = { _tag: "CloseControl", verb: "CONNECT", times: Number.POSITIVE_INFINITY } as const

const logins = (server: Server) =>
  Effect.map(server.commands, (lines) => lines.filter((line) => line.startsWith("PASS")).length)

/** Both sessions of the second of two hosts, while the first is gone; what lets them go. */
const holdSecond = (pool: FtpPool.FtpPool) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const sessions = yield* Scope.extend(Effect.all([pool.borrow(), pool.borrow()]), scope)
    expect(sessions.map(({ endpoint }) => endpoint)).toEqual([pool.endpoints[1], pool.endpoints[1]])
    return Scope.close(scope, Exit.void)
  })

describe("FtpPool over several hosts", () => {
  it.scoped("spreads sessions over the hosts", () =>
    Effect.gen(function* () {
      const { first, second, pool } = yield* two()
      yield* Effect.scoped(Effect.all(Array.from({ length: 4 }, () => pool.borrow())))
      expect((yield* first.connections).total).toBe(2)
      expect((yield* second.connections).total).toBe(2)
    }).pipe(Effect.provide(services))
  )

  it.scoped("uses the other host when one is gone, without an error", () =>
    Effect.gen(function* () {
      const { first, second, pool } = yield* two()
      yield* first.fault(deaf)
      yield* Effect.forEach(Array.from({ length: 5 }), () => useOnceOf(pool))
      expect((yield* second.connections).total).toBeGreaterThan(0)
      expect((yield* first.connections).total).toBeLessThanOrEqual(1)
    }).pipe(Effect.provide(services))
  )

  it.scoped("regression: a host that is gone causes no error, however many ask at once", () =>
    Effect.gen(function* () {
      const pool = yield* poolOf(closed, at(yield* serve()))
      yield* useAtOnce(pool, 64)
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("fails everybody when all hosts are gone", () =>
    Effect.gen(function* () {
      const pool = yield* poolOf(closed, FtpEndpoint.make({ host: "127.0.0.1", port: 2 }))
      const errors = yield* Effect.forEach(Array.from({ length: 16 }), () => Effect.flip(useOnceOf(pool)), {
        concurrency: "unbounded"
      })
      expect(errors).toMatchObject(errors.map(() => ({ _tag: "FtpConnectError", reason: "Refused" })))
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("tries a host that was gone with one borrower at a time, when the others are full", () =>
    Effect.gen(function* () {
      const { first, pool } = yield* two()
      yield* first.fault(deaf)
      const letGo = yield* holdSecond(pool)
      const gone = (yield* first.connections).total
      yield* first.clearFaults
      yield* first.fault({ _tag: "Silence", verb: "CONNECT", times: Number.POSITIVE_INFINITY })
      const waiters = yield* Effect.forEach(Array.from({ length: 5 }), () => Effect.fork(useOnceOf(pool)))
      yield* TestClock.adjust(Duration.seconds(29))
      expect((yield* first.connections).total).toBe(gone)
      yield* TestClock.adjust(Duration.seconds(1))
      expect((yield* first.connections).total).toBe(gone + 1)
      yield* letGo
      yield* TestClock.adjust(FtpTimeouts.defaults.greeting)
      // He who tried it had no luck, and is served by the other.
      yield* Effect.forEach(waiters, Fiber.join)
      expect((yield* first.connections).total).toBe(gone + 1)
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("is back with all sessions on a host that is there again", () =>
    Effect.gen(function* () {
      const { first, pool } = yield* two()
      yield* first.fault(deaf)
      const letGo = yield* holdSecond(pool)
      yield* first.clearFaults
      const waiters = yield* Effect.forEach(Array.from({ length: 5 }), () => Effect.fork(useOnceOf(pool)))
      yield* TestClock.adjust(Duration.seconds(30))
      yield* Effect.forEach(waiters, Fiber.join)
      expect((yield* pool.status)[0]?.live).toBe(2)
      yield* letGo
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("regression: a login that one host refuses causes no error, is logged once, and not repeated", () => {
    const told: Array<string> = []
    return Effect.gen(function* () {
      const { first, pool } = yield* two({ users: { ann: "another" } })
      yield* useAtOnce(pool, 8)
      const refused = yield* logins(first)
      expect(refused).toBeLessThanOrEqual(2)
      yield* TestClock.adjust(Duration.hours(1))
      yield* useAtOnce(pool, 8)
      expect(yield* logins(first)).toBe(refused)
      expect(told).toHaveLength(1)
      expect(told[0]).toContain(`refused the login (Credentials)`)
      yield* nothingInUseOf(pool)
    }).pipe(
      Effect.provide(services),
      Effect.provide(
        Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ logLevel, message }) => void (logLevel.label === "WARN" && told.push(String(message))))
        )
      )
    )
  })

  it.scoped("fails when every host refuses the login, after one try with each", () =>
    Effect.gen(function* () {
      const first = yield* serve({ users: { ann: "another" } })
      const second = yield* serve({ users: { ann: "another" } })
      const pool = yield* poolOf(at(first), at(second))
      const error = yield* Effect.flip(useOnceOf(pool))
      expect(error).toMatchObject({ _tag: "FtpAuthError", reason: "Credentials" })
      expect([yield* logins(first), yield* logins(second)]).toEqual([1, 1])
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("does not log in again to a host that refused the login when the other host is gone later", () =>
    Effect.gen(function* () {
      const { first, second, pool } = yield* two({ users: { ann: "another" } })
      yield* useAtOnce(pool, 4)
      const refused = yield* logins(first)
      yield* second.resetConnections
      yield* second.fault({ _tag: "CloseControl", verb: "CONNECT", times: 2 })
      const waiting = yield* Effect.fork(useOnceOf(pool))
      yield* TestClock.adjust(Duration.seconds(10))
      yield* Fiber.join(waiting)
      expect(yield* logins(first)).toBe(refused)
    }).pipe(Effect.provide(services))
  )

  it.scoped("pins a borrower to the host that it names", () =>
    Effect.gen(function* () {
      const { pool } = yield* two()
      for (const host of pool.endpoints) {
        const session = yield* Effect.scoped(pool.borrow({ host }))
        expect(session.endpoint).toBe(host)
      }
    }).pipe(Effect.provide(services))
  )

  it.scoped("lets no borrower of one host wait for borrowers of another", () =>
    Effect.gen(function* () {
      const { first, pool } = yield* two()
      yield* first.fault(deaf)
      const letGo = yield* holdSecond(pool)
      yield* first.clearFaults
      const anywhere = yield* Effect.fork(useOnceOf(pool))
      yield* Effect.yieldNow()
      // He came later, and is not kept back by one who waits for the other host.
      yield* Effect.scoped(pool.borrow({ host: at(first) }))
      yield* letGo
      yield* Fiber.join(anywhere)
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )

  it.scoped("regression: knows the host that a borrower names by its parts, and no other", () =>
    Effect.gen(function* () {
      const { second, pool } = yield* two()
      const session = yield* Effect.scoped(pool.borrow({ host: at(second) }))
      expect(session.endpoint).toBe(pool.endpoints[1])
      const { address } = second
      const stranger = FtpEndpoint.make({ ...address, user: "ann", password: Redacted.make("not hers") })
      const error = yield* Effect.flip(Effect.scoped(pool.borrow({ host: stranger })))
      expect(error).toMatchObject({ _tag: "FtpUsageError", argument: "host" })
      expect(error.message).not.toContain("not hers")
      yield* nothingInUseOf(pool)
    }).pipe(Effect.provide(services))
  )
})
