/** How often a pool sends a password: servers lock accounts and addresses after a few failed logins. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpError } from "@ftp-effect/core/FtpError"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { hold, useOnce } from "../support/borrowing.ts"
import { layer } from "../support/embedded.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, withFault } from "../support/server.ts"

const passwords = Effect.map(commandsLike(/^PASS/), (lines) => lines.length)

/** Longer than all retries together. */
const LONG = Duration.minutes(5)

const errorOf = (exit: Exit.Exit<unknown, FtpError>): FtpError | undefined =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined

/** So many callers at once; what each failed with, in the end. */
const useAtOnce = (callers: number) =>
  Effect.gen(function* () {
    const fibers = yield* Effect.forEach(Array.from({ length: callers }), () => Effect.fork(Effect.exit(useOnce)))
    yield* TestClock.adjust(LONG)
    return (yield* Effect.forEach(fibers, Fiber.join)).map(errorOf)
  })

const wrongPassword = layer({ server: { users: { ann: "another" } } })

describe("the password of a pool", () => {
  it.effect("a wrong password is sent once, however many borrow at once and later, and each gets the refusal", () =>
    Effect.gen(function* () {
      const errors = yield* useAtOnce(10)
      const later = yield* useAtOnce(1)
      const refusal = { _tag: "FtpAuthError", reason: "Credentials", reply: { code: 530 } }
      expect([...errors, ...later]).toMatchObject(Array.from({ length: 11 }, () => refusal))
      expect(yield* passwords).toBe(1)
      expect((yield* connections).total).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(wrongPassword))
  )

  it.effect.each([
    "421 Service not available, closing control connection.",
    "450 Try later.",
    "331 Password required.",
    "350 And now?"
  ])("a password that was answered with %s is not sent again", (reply) =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "PASS", reply, times: Number.POSITIVE_INFINITY })
      const errors = yield* useAtOnce(4)
      expect(errors.map((error) => error?.isRetryable)).toEqual([false, false, false, false])
      expect(yield* passwords).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect.each(["Silence", "CloseControl"] as const)("a password that got no answer (%s) is not sent again", (_tag) =>
    Effect.gen(function* () {
      yield* withFault({ _tag, verb: "PASS", times: Number.POSITIVE_INFINITY })
      const unconfirmed = { _tag: "FtpConnectError", reason: "LoginUnconfirmed", stage: "Login", isRetryable: false }
      expect(yield* useAtOnce(4)).toMatchObject([unconfirmed, unconfirmed, unconfirmed, unconfirmed])
      expect(yield* passwords).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a connection that is lost before the password is sent is dialled again", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "USER" })
      expect(yield* useAtOnce(1)).toEqual([undefined])
      expect(yield* passwords).toBe(1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a server that is full says nothing about the password, which is sent again later", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "PASS", reply: "530 Sorry, too many users are connected." })
      expect(yield* useAtOnce(1)).toEqual([undefined])
      expect(yield* passwords).toBe(2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect.each(["Silence", "CloseControl"] as const)(
    "a password that was accepted before is sent again after no answer (%s)",
    (_tag) =>
      Effect.gen(function* () {
        const letGo = yield* hold
        yield* withFault({ _tag, verb: "PASS" })
        expect(yield* useAtOnce(1)).toEqual([undefined])
        expect(yield* passwords).toBe(3)
        yield* letGo
      }).pipe(Effect.provide(layer()))
  )

  it.effect("an idle session is lent though the password was refused in the meantime", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* useOnce
      const scope = yield* Scope.make()
      yield* Scope.extend(pool.borrow(), scope)
      yield* withFault({ _tag: "Refuse", verb: "PASS", reply: "530 Login incorrect." })
      expect(yield* useAtOnce(1)).toMatchObject([{ _tag: "FtpAuthError" }])
      expect(yield* passwords).toBe(2)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.exit(useOnce)).toMatchObject({ _tag: "Success" })
    }).pipe(Effect.provide(layer({ pool: { timeToLive: "1 hour", probeAfter: "1 hour" } })))
  )
})

describe("the first dial of a host", () => {
  it.effect("no second connection is dialled until the first has logged in, and then all are at once", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "PASS", duration: "2 seconds" })
      const fibers = yield* Effect.forEach([1, 2, 3, 4], () =>
        Effect.fork(
          Effect.scoped(
            Effect.zipRight(
              Effect.flatMap(FtpPool.FtpPool, (pool) => pool.borrow()),
              Effect.sleep("1 minute")
            )
          )
        )
      )
      yield* TestClock.adjust("1999 millis")
      expect((yield* connections).total).toBe(1)
      yield* TestClock.adjust("1 second")
      expect((yield* connections).total).toBe(4)
      yield* TestClock.adjust("1 minute")
      yield* Effect.forEach(fibers, Fiber.join)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("the next borrower dials when the first is interrupted", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Silence", verb: "USER" })
      const first = yield* Effect.fork(useOnce)
      yield* TestClock.adjust("1 second")
      const second = yield* Effect.fork(useOnce)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      yield* Fiber.join(second)
      expect(yield* passwords).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(layer()))
  )

  it.effect("those who waited for a dial that timed out do not wait for another one each", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Silence", verb: "CONNECT", times: Number.POSITIVE_INFINITY })
      const fibers = yield* Effect.forEach([1, 2, 3, 4], () => Effect.fork(Effect.exit(useOnce)))
      // Four tries of one second, and three pauses of at most 0.6, 1.2 and 2.4 seconds.
      yield* TestClock.adjust("10 seconds")
      const exits = yield* Effect.forEach(fibers, Fiber.poll)
      expect(exits.every(Option.isSome)).toBe(true)
      yield* nothingInUse
    }).pipe(Effect.provide(layer().pipe(Layer.provide(FtpTimeouts.layer({ greeting: Duration.seconds(1) })))))
  )
})
