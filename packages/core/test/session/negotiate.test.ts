/** FEAT, TYPE and OPTS in one burst, and servers that do not bear it. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a server that takes a burst for one command", () => {
  const one = (round: string) => `
    S: 220 hi
    C: USER ann
    S: 331 go on
    C: PASS secret
    ${round}
    S: 230 in
    C: FEAT
    C: TYPE I
    C: OPTS UTF8 ON
    ${round}
    S: 500 FEAT TYPE I OPTS UTF8 ON not understood
  `

  it.scoped("is noticed a second after its only answer, and the next session asks step by step", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`
        ${one("")}
        -- end of input
        -- next connection
        S: 220 hi
        C: USER ann
        S: 230 in
        C: FEAT
        S: 500 what
        C: TYPE I
        S: 200 ok
        C: OPTS UTF8 ON
        S: 500 what
      `)
      const capabilities = ServerCapabilities.make()
      const opening = yield* Effect.fork(Effect.flip(Effect.scoped(login(script, undefined, capabilities))))
      yield* TestClock.adjust("999 millis")
      expect(Option.isNone(yield* Fiber.poll(opening))).toBe(true)
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(opening)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
      yield* login(script, undefined, capabilities)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped(
    "is distinguished from a line that is slow: the second answer may take four times as long as the first",
    () =>
      Effect.gen(function* () {
        const script = yield* FtpScript.make(`${one("-- wait 700 millis")}
        -- wait 2700 millis
        S: 200 ok
        S: 500 what
      `)
        const opening = yield* Effect.fork(login(script))
        yield* TestClock.adjust("700 millis")
        yield* TestClock.adjust("700 millis")
        yield* TestClock.adjust("2700 millis")
        yield* Fiber.join(opening)
        yield* script.done
      }).pipe(inMemory)
  )
})

describe("the last answer of the burst (vsftpd gives it a round trip later)", () => {
  const early = ready().replace("S: 200 utf8", "")

  it.scoped("is not waited for", () =>
    Effect.gen(function* () {
      const { script, session: made } = yield* session(`${early}\nC: SIZE a\nS: 200 utf8\nS: 213 5`)
      expect(yield* made.size("a")).toBe(5)
      expect(yield* made.reusable).toBe(true)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("keeps no session from going back to the pool, or from QUIT", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${early}\nC: QUIT\nS: 200 utf8\nS: 221 bye`)
      expect(yield* Effect.scoped(Effect.flatMap(login(script), ({ reusable }) => reusable))).toBe(true)
      yield* script.done
    }).pipe(inMemory)
  )

  for (const reply of [
    "250 Always in UTF-8 mode",
    "226 OK",
    "257 UTF8",
    "229 on",
    "300 UTF8 on",
    "202 no",
    "500 what"
  ]) {
    it.scoped(`may be ${reply}: no other command that is open is answered so`, () =>
      Effect.gen(function* () {
        const before = yield* session(`${early}\nS: ${reply}\nC: SIZE a\nS: 213 5`)
        expect(yield* before.session.size("a")).toBe(5)
        const beside = yield* session(`${early}\nC: SIZE a\nS: ${reply}\nS: 213 5`)
        expect(yield* beside.session.size("a")).toBe(5)
        expect(yield* beside.session.reusable).toBe(true)
      }).pipe(inMemory)
    )
  }

  it.scoped("is missed when another comes in its place, and the next session asks step by step", () =>
    Effect.gen(function* () {
      const learned: Array<readonly [fact: string, works: boolean]> = []
      const memory = {
        ...ServerCapabilities.make(),
        get: () => (learned.at(-1)?.[1] === false ? ("Fails" as const) : ("Unknown" as const)),
        set: (fact: string, works: boolean) => void learned.push([fact, works])
      }
      const first = yield* FtpScript.make(`${early}\nC: SIZE a\nS: 213 5`)
      const made = yield* login(first, undefined, memory)
      expect(yield* Effect.flip(made.size("a"))).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
      expect(learned).toEqual([
        ["Login", true],
        ["Pipelining", true],
        ["Pipelining", false]
      ])
      const second = yield* FtpScript.make(`
        S: 220 hi
        C: USER ann
        S: 230 in
        C: FEAT
        S: 211 none
        C: TYPE I
        S: 200 binary
        C: OPTS UTF8 ON
        S: 200 utf8
      `)
      yield* login(second, undefined, memory)
      yield* second.done
    }).pipe(inMemory)
  )
})
