import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { hold } from "../support/borrowing.ts"
import { endpoint, layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, withFault } from "../support/server.ts"

const single = layer({ pool: { maxPerHost: 1 } })

const borrowOnce = (options?: Parameters<FtpPool.FtpPool["borrow"]>[0]) =>
  Effect.scoped(Effect.flatMap(FtpPool.FtpPool, (pool) => pool.borrow(options)))

const inUse = Effect.flatMap(FtpPool.FtpPool, ({ status }) => Effect.map(status, ([host]) => host?.inUse))

describe("FtpPool.keepSession", () => {
  it.effect("lends the same session to one borrower after the other, and returns it at its end", () =>
    Effect.gen(function* () {
      const [first, second] = yield* FtpPool.keepSession(Effect.all([borrowOnce(), borrowOnce()]))
      expect(second).toBe(first)
      expect((yield* connections).total).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("regression: lends what it keeps to a borrower who names the host of it", () =>
    Effect.gen(function* () {
      const host = yield* endpoint
      const [first, second] = yield* FtpPool.keepSession(Effect.all([borrowOnce(), borrowOnce({ host })]))
      expect(second).toBe(first)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("gives the session up when another caller waits for one", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          const letGo = yield* hold
          const waiting = yield* Effect.forkDaemon(Effect.scoped(pool.borrow()))
          yield* TestClock.adjust("1 second")
          expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
          yield* letGo
          yield* Fiber.join(waiting)
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("does not lend a session that has changed or died", () =>
    Effect.gen(function* () {
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          const first = yield* borrowOnce()
          yield* Effect.ignore(first.run(Command.quit))
          expect(yield* borrowOnce()).not.toBe(first)
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("regression: returns a session to the pool that an outer scope returns after the end", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* FtpPool.keepSession(Effect.flatMap(FtpPool.FtpPool, (kept) => Scope.extend(kept.borrow(), scope)))
      expect(yield* inUse).toBe(1)
      yield* Scope.close(scope, Exit.void)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("regression: returns the session of a stream that runs after the end to the pool", () =>
    Effect.gen(function* () {
      const stream = yield* FtpPool.keepSession(
        Effect.map(FtpPool.FtpPool, (kept) =>
          Stream.unwrapScoped(Effect.map(kept.borrow(), (session) => Stream.fromEffect(session.list(""))))
        )
      )
      yield* Stream.runDrain(stream)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  for (const how of ["borrow", "lend"] as const) {
    it.effect(`regression: returns a session to the pool after the end that a forked fiber got by ${how}`, () =>
      Effect.gen(function* () {
        const fiber = yield* FtpPool.keepSession(
          Effect.gen(function* () {
            const kept = yield* FtpPool.FtpPool
            // There is one to lend without a scope.
            yield* borrowOnce()
            const second = Effect.sleep("1 second")
            const fiber = yield* Effect.forkDaemon(
              how === "lend" ? kept.lend(() => second) : Effect.scoped(Effect.zipRight(kept.borrow(), second))
            )
            yield* Effect.yieldNow()
            return fiber
          })
        )
        expect(yield* inUse).toBe(1)
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(fiber)
        yield* nothingInUse
      }).pipe(Effect.provide(single))
    )
  }

  for (const how of ["borrow", "lend"] as const) {
    it.effect(`regression: ends the wait of a caller by ${how} that has what an ended fiber borrowed first`, () =>
      Effect.gen(function* () {
        const pool = yield* FtpPool.FtpPool
        const another = Effect.scoped(pool.borrow())
        const failed = yield* FtpPool.keepSession(
          Effect.gen(function* () {
            const kept = yield* FtpPool.FtpPool
            yield* Fiber.join(yield* Effect.fork(borrowOnce()))
            return yield* inTime(
              Effect.flip(
                how === "lend" ? kept.lend(() => another) : Effect.scoped(Effect.zipRight(kept.borrow(), another))
              ),
              "1 second"
            )
          })
        )
        expect(failed).toMatchObject({ _tag: "FtpConnectError", reason: "SessionsHeld", held: 1 })
        yield* nothingInUse
      }).pipe(Effect.provide(single))
    )
  }

  for (const [how, use] of [
    ["borrow", borrowOnce()],
    ["lend", Effect.flatMap(FtpPool.FtpPool, (kept) => kept.lend(Effect.succeed))]
  ] as const) {
    it.effect(`regression: a session that was kept unused is probed before it is had again by ${how}`, () =>
      Effect.gen(function* () {
        yield* FtpPool.keepSession(
          Effect.gen(function* () {
            const first = yield* use
            yield* TestClock.adjust("10 seconds")
            expect(yield* use).toBe(first)
            expect(yield* commandsLike(/^NOOP/)).toEqual([])
            yield* TestClock.adjust("20 seconds")
            expect(yield* use).toBe(first)
            expect(yield* commandsLike(/^NOOP/)).toEqual(["NOOP"])
            yield* withFault({ _tag: "Silence", verb: "NOOP" })
            yield* TestClock.adjust("20 seconds")
            expect(yield* inTime(use, "10 seconds")).not.toBe(first)
          })
        )
        expect((yield* connections).total).toBe(2)
        yield* nothingInUse
      }).pipe(Effect.provide(single))
    )
  }

  for (const [who, run] of [
    ["the same fiber", (self) => self],
    ["a fiber that has ended", (self) => Effect.flatMap(Effect.fork(self), Fiber.join)],
    ["a fiber that nobody has joined", (self) => Effect.flatMap(Effect.forkDaemon(self), Fiber.await)]
  ] as ReadonlyArray<readonly [string, <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<unknown, E, R>]>) {
    it.effect(`gives up what ${who} returned, and no caller has, to one inside that would wait for it`, () =>
      Effect.gen(function* () {
        const pool = yield* FtpPool.FtpPool
        yield* FtpPool.keepSession(Effect.zipRight(run(borrowOnce()), inTime(Effect.scoped(pool.borrow()), "1 second")))
        expect((yield* connections).total).toBe(1)
        yield* nothingInUse
      }).pipe(Effect.provide(single))
    )
  }

  it.effect("returns the session when its effect is interrupted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(FtpPool.keepSession(Effect.zipRight(borrowOnce(), Effect.never)))
      yield* TestClock.adjust("1 second")
      expect(yield* inUse).toBe(1)
      yield* Fiber.interrupt(fiber)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )
})

/** One session by `lend`, for what is done with it. */
const lendTo = <A, E>(use: (session: FtpSession) => Effect.Effect<A, E>) =>
  Effect.flatMap(FtpPool.FtpPool, (pool) => pool.lend(use))

describe("FtpPool.lend", () => {
  it.effect("lends the kept session again after success, failure and interruption", () =>
    Effect.gen(function* () {
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          const first = yield* lendTo(Effect.succeed)
          expect(yield* Effect.flip(lendTo(() => Effect.fail("refused")))).toBe("refused")
          const fiber = yield* Effect.fork(lendTo(() => Effect.never))
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
          expect(yield* lendTo(Effect.succeed)).toBe(first)
          expect(yield* borrowOnce()).toBe(first)
        })
      )
      expect((yield* connections).total).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("gives the session up when another caller waits for one", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          yield* lendTo(() => Effect.void)
          const waiting = yield* lendTo(() =>
            Effect.gen(function* () {
              const waiting = yield* Effect.forkDaemon(Effect.scoped(pool.borrow()))
              yield* TestClock.adjust("1 second")
              expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
              return waiting
            })
          )
          yield* Fiber.join(waiting)
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("does not lend a session that has changed or died", () =>
    Effect.gen(function* () {
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          const first = yield* lendTo((session) => Effect.as(session.run(Command.type("A")), session))
          const second = yield* lendTo((session) => Effect.as(Effect.ignore(session.run(Command.quit)), session))
          expect(second).not.toBe(first)
          expect(yield* lendTo(Effect.succeed)).not.toBe(second)
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  it.effect("returns the session to a pool that keeps none", () =>
    Effect.gen(function* () {
      const first = yield* lendTo(Effect.succeed)
      yield* nothingInUse
      expect(yield* lendTo(Effect.succeed)).toBe(first)
    }).pipe(Effect.provide(single))
  )
})
