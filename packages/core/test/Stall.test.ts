/** The longest pause of a data connection. The scripts are scoped: what they expect and never hear fails the test. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { services } from "./support/embedded.ts"
import { ready, session } from "./support/scripted.ts"

const inMemory = Effect.provide(services)

const retr = (rest: string) => `
  ${ready()}
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR a
  D: accept
  S: 150 here
  ${rest}
`

describe("a data connection that pauses for 60 seconds", () => {
  it.scoped("ends the download then and not before, and says what it waited for", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("D: send hello\n-- wait 2 minutes\nS: 426 broken"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          yield* TestClock.adjust("59 seconds")
          expect(Option.isSome(yield* read)).toBe(true)
          const waiting = yield* Effect.fork(Effect.flip(read))
          yield* TestClock.adjust("59999 millis")
          expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(waiting)
          yield* TestClock.adjust("1 seconds")
          expect(error).toMatchObject({
            _tag: "ConnectionLost",
            channel: "Data",
            reason: "TimedOut",
            detail: "no data for 60 s"
          })
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("is told as the stall, not as what the server says about our reset", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("-- wait 61 seconds\nS: 426 broken"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          const waiting = yield* Effect.fork(Effect.flip(read))
          yield* TestClock.adjust("60 seconds")
          yield* TestClock.adjust("1 seconds")
          expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "ConnectionLost", reason: "TimedOut" })
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("does not end a download that nobody reads meanwhile", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("D: send hello\nD: end\nS: 226 done"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          expect(Option.isSome(yield* read)).toBe(true)
          yield* TestClock.adjust("10 minutes")
          expect(Option.isNone(yield* read)).toBe(true)
        })
      )
    }).pipe(inMemory)
  )

  it.scoped("does not end a download whose reader was interrupted and comes back later", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(retr("-- wait 10 minutes\nD: send hello\nD: end\nS: 226 done"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { read } = yield* made.receive(Command.retr("a"))
          const waiting = yield* Effect.fork(read)
          yield* TestClock.adjust("30 seconds")
          yield* Fiber.interrupt(waiting)
          yield* TestClock.adjust("10 minutes")
          expect(Option.isSome(yield* read)).toBe(true)
          expect(Option.isNone(yield* read)).toBe(true)
        })
      )
    }).pipe(inMemory)
  )
})
