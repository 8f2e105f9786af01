/** What a keeper of a session hands on: the session itself whatever happens, since when it is unused, and its place. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike } from "../support/server.ts"

const single = layer({ pool: { maxPerHost: 1 } })

const borrowOnce = () => Effect.scoped(Effect.flatMap(FtpPool.FtpPool, (pool) => pool.borrow()))

describe("a keeper of a session", () => {
  /** More turns of the scheduler than to give a dead session back takes. */
  const TURNS = 30

  const askers: ReadonlyArray<
    readonly [who: string, ask: (pool: FtpPool.FtpPool, kept: FtpPool.FtpPool) => Effect.Effect<unknown, unknown>]
  > = [
    ["a caller that would wait for it", (pool) => Effect.scoped(pool.borrow())],
    ["a caller that gives it back", (_, kept) => kept.giveBack]
  ]

  for (const [who, ask] of askers) {
    it.effect(`regression: a dead session is given back at whatever moment ${who} is interrupted`, () =>
      Effect.gen(function* () {
        for (let turns = 0; turns < TURNS; turns++) {
          yield* Effect.gen(function* () {
            const pool = yield* FtpPool.FtpPool
            yield* FtpPool.keepSession(
              Effect.gen(function* () {
                const kept = yield* FtpPool.FtpPool
                const session = yield* borrowOnce()
                yield* Effect.ignore(session.run(Command.quit))
                const fiber = yield* Effect.fork(ask(pool, kept))
                for (let turn = 0; turn < turns; turn++) {
                  yield* Effect.yieldNow()
                }
                yield* inTime(Fiber.interrupt(fiber), "1 minute")
                expect(yield* inTime(borrowOnce(), "1 minute")).not.toBe(session)
              })
            )
            yield* nothingInUse
          }).pipe(Effect.provide(Layer.fresh(single)))
        }
      })
    )
  }

  it.effect("regression: returns the session that a caller by lend can't use, as making the effect throws", () =>
    Effect.gen(function* () {
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          const kept = yield* FtpPool.FtpPool
          const first = yield* borrowOnce()
          const exit = yield* Effect.exit(
            kept.lend((): Effect.Effect<void> => {
              throw new TypeError("no effect")
            })
          )
          expect(Exit.isFailure(exit) && Cause.isDie(exit.cause)).toBe(true)
          expect(yield* borrowOnce()).toBe(first)
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  const nested = <A, E, R>(self: Effect.Effect<A, E, R>) => FtpPool.keepSession(FtpPool.keepSession(self))

  for (const [how, keeping] of [
    ["a keeper", FtpPool.keepSession],
    ["a keeper within another one", nested]
  ] as const) {
    it.effect(`regression: a session that ${how} has kept unused is probed by the next borrower from the pool`, () =>
      Effect.gen(function* () {
        const first = yield* keeping(
          Effect.gen(function* () {
            yield* borrowOnce()
            yield* TestClock.adjust("20 seconds")
            const first = yield* borrowOnce()
            yield* TestClock.adjust("20 seconds")
            return first
          })
        )
        yield* nothingInUse
        expect(yield* commandsLike(/^NOOP/)).toEqual(["NOOP"])
        expect(yield* borrowOnce()).toBe(first)
        expect(yield* commandsLike(/^NOOP/)).toEqual(["NOOP", "NOOP"])
      }).pipe(Effect.provide(single))
    )

    it.effect(`a session that ${how} has kept counts from its last use on, not from its first`, () =>
      Effect.gen(function* () {
        yield* keeping(
          Effect.gen(function* () {
            for (let uses = 0; uses < 5; uses++) {
              yield* borrowOnce()
              yield* TestClock.adjust("10 seconds")
            }
          })
        )
        yield* borrowOnce()
        expect(yield* commandsLike(/^NOOP/)).toEqual([])
        yield* nothingInUse
      }).pipe(Effect.provide(single))
    )
  }

  it.effect("regression: a keeper that returns its session to another one hands on since when it is unused", () =>
    Effect.gen(function* () {
      yield* FtpPool.keepSession(
        Effect.gen(function* () {
          yield* FtpPool.keepSession(Effect.zipRight(borrowOnce(), TestClock.adjust("20 seconds")))
          yield* borrowOnce()
          expect(yield* commandsLike(/^NOOP/)).toEqual(["NOOP"])
        })
      )
      yield* nothingInUse
    }).pipe(Effect.provide(single))
  )

  for (const how of ["borrow", "lend"] as const) {
    it.effect(`regression: ends the wait of a caller by ${how} for whom its place went through two keepers`, () =>
      Effect.gen(function* () {
        const pool = yield* FtpPool.FtpPool
        const twoMore = Effect.scoped(Effect.zipRight(pool.borrow(), pool.borrow()))
        const failed = yield* FtpPool.keepSession(
          Effect.flatMap(FtpPool.FtpPool, (outer) =>
            FtpPool.withKept(outer, (inner) =>
              Effect.gen(function* () {
                const due = yield* Deferred.make<void>()
                // Before the other places are had: it inherits none of them.
                const caller = yield* Effect.fork(
                  Effect.zipRight(
                    Deferred.await(due),
                    how === "lend" ? inner.lend(() => twoMore) : Effect.scoped(Effect.zipRight(inner.borrow(), twoMore))
                  )
                )
                yield* borrowOnce()
                // Another place is had after that of the outer keeper, which the inner one gets then.
                yield* Effect.scoped(Effect.zipRight(pool.borrow(), Effect.scoped(inner.borrow())))
                yield* Deferred.succeed(due, undefined)
                return yield* inTime(Effect.flip(Fiber.join(caller)), "20 minutes")
              })
            )
          )
        )
        expect(failed).toMatchObject({ _tag: "FtpConnectError", reason: "SessionsHeld", held: 2 })
        yield* nothingInUse
      }).pipe(Effect.provide(layer({ pool: { maxPerHost: 2 } })))
    )
  }
})
