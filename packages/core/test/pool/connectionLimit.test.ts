import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { hold, noRetry, useOnce } from "../support/borrowing.ts"
import { layer } from "../support/embedded.ts"
import { nothingInUse } from "../support/pool.ts"
import { connections } from "../support/server.ts"

describe("FtpPool at a server's connection limit", () => {
  for (const like of ["vsftpd", "Pure-FTPd", "ProFTPD"] as const) {
    it.effect(`makes do with the sessions that a full server grants (one like ${like})`, () =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 12 }), () => useOnce, { concurrency: 12, discard: true })
        const pool = yield* FtpPool.FtpPool
        const [status] = yield* pool.status
        expect(status?.limit).toBe(2)
        yield* nothingInUse
      }).pipe(
        Effect.provide(
          layer({
            server: { limit: { connections: 2, like } },
            pool: { maxPerHost: 6 }
          }).pipe(Layer.provide(noRetry))
        )
      )
    )
  }

  for (const at of ["CONNECT", "PASS"] as const) {
    for (const concurrency of [1, 8]) {
      it.effect(`regression: runs no more into a limit that it knows (${at}, ${concurrency} borrowers at a time)`, () =>
        Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: 4 }), () => useOnce, { concurrency: 4, discard: true })
          const pool = yield* FtpPool.FtpPool
          expect((yield* pool.status)[0]).toMatchObject({ live: 1, limit: 1 })
          const before = (yield* connections).total
          yield* Effect.forEach(Array.from({ length: 20 }), () => useOnce, { concurrency, discard: true })
          expect((yield* connections).total).toBe(before)
          yield* nothingInUse
        }).pipe(
          Effect.provide(
            layer({ server: { limit: { connections: 1, like: at === "PASS" ? "ProFTPD" : "vsftpd" } } }).pipe(
              Layer.provide(noRetry)
            )
          )
        )
      )
    }
  }

  it.effect(
    "regression: a connection is refused to no more borrowers than had a place before the limit was known",
    () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        const letGo = yield* hold
        yield* server.fault({
          _tag: "Refuse",
          verb: "CONNECT",
          reply: "421 There are too many connections from your internet address.",
          times: Number.POSITIVE_INFINITY
        })
        const waiters = yield* Effect.forEach(Array.from({ length: 12 }), () => Effect.fork(useOnce))
        yield* TestClock.adjust(Duration.seconds(1))
        expect((yield* connections).total).toBe(1 + 3)
        yield* letGo
        yield* Effect.forEach(waiters, Fiber.join)
        expect((yield* connections).total).toBe(1 + 3)
        yield* nothingInUse
      }).pipe(Effect.provide(layer()))
  )

  it.effect("tries one connection more after the limit has stood for five minutes", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 6 }), () => useOnce, { concurrency: 6, discard: true })
      const pool = yield* FtpPool.FtpPool
      expect((yield* pool.status)[0]?.limit).toBe(2)
      yield* TestClock.adjust(Duration.minutes(6))
      yield* useOnce
      expect((yield* pool.status)[0]?.limit).toBe(3)
    }).pipe(
      Effect.provide(
        layer({ server: { limit: { connections: 2 } }, pool: { maxPerHost: 4 } }).pipe(Layer.provide(noRetry))
      )
    )
  )

  it.effect("waits and tries again while a server that has no session of ours is full", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({
        _tag: "Refuse",
        verb: "PASS",
        reply: "530 Sorry, the maximum number of clients is connected."
      })
      const fiber = yield* Effect.fork(useOnce)
      yield* TestClock.adjust(Duration.seconds(2))
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer()))
  )
})
