/** A reply to PWD that names no path (RFC 959 appendix II): what it says would go into later commands. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { ready, session, sessionInSteps } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

describe("a reply to PWD that names no path", () => {
  for (const [what, reply] of [
    ["no quote at its end", `257 "/home`],
    ["a control character", `257 "/ho\\x1b[2Jme" is the current directory`],
    ["nothing", `257`],
    ["more than PATH_MAX", `257 "/${"x".repeat(5000)}"`]
  ] as const) {
    it.scoped(`is a violation when the working directory is asked for (${what})`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${ready()}\nC: PWD\nS: ${reply}`)
        expect(yield* Effect.flip(made.workingDirectory)).toMatchObject({
          _tag: "FtpProtocolViolation",
          expected: "a path in the reply to PWD"
        })
      }).pipe(inMemory)
    )

    it.scoped(`moves no session out of a directory that it could not return to (${what})`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${ready()}\nC: PWD\nS: ${reply}`)
        expect(yield* Effect.flip(made.isDirectory("a"))).toMatchObject({ _tag: "FtpProtocolViolation" })
        expect(yield* made.reusable).toBe(true)
      }).pipe(inMemory)
    )

    it.scoped(`is no proof of a directory's path (${what})`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* sessionInSteps(`
          ${ready()}
          C: PWD
          S: 257 "/home"
          C: CWD a
          S: 250 ok
          C: PWD
          S: ${reply}
          C: CWD /home
          S: 250 ok
        `)
        expect(yield* Effect.flip(made.resolveDirectory("a", "/home/a"))).toMatchObject({
          _tag: "FtpProtocolViolation"
        })
        expect(yield* made.reusable).toBe(true)
      }).pipe(inMemory)
    )

    it.scoped(`is no proof of a directory's path in one burst (${what})`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`
          ${ready()}
          C: PWD
          S: 257 "/home"
          C: CWD a
          C: PWD
          C: CWD /home
          C: NOOP
          S: 250 ok
          S: ${reply}
          S: 250 ok
          S: 200 ok
        `)
        expect(yield* Effect.flip(made.resolveDirectory("a", "/home/a"))).toMatchObject({
          _tag: "FtpProtocolViolation"
        })
        expect(yield* made.reusable).toBe(true)
      }).pipe(inMemory)
    )
  }

  it.scoped("is understood without quotes (IBM i)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\nC: PWD\nS: 257 /home is the current directory`)
      expect(yield* made.workingDirectory).toBe("/home")
    }).pipe(inMemory)
  )
})
