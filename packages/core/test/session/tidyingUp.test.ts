/** Steps that only tidy up, after the result is there: they decide about the session, not about the result. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, ready, session, sessionInSteps } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const entered = `${ready()}\nC: PWD\nS: 257 "/gone"\nC: CWD sub\nS: 250 ok`

const resolving = `
  ${ready()}
  C: PWD
  S: 257 "/gone"
  C: CWD sub
  C: PWD
  C: CWD /gone
  C: NOOP
`

describe("a CWD back to a directory that can't be entered again", () => {
  for (const [what, answer] of [
    ["is refused", "S: 550 No such directory"],
    ["is refused for now", "S: 450 busy"],
    ["is answered by the end of the connection", "-- close"],
    ["is answered by 421", "S: 421 bye"],
    ["is answered by garbage", "S: what?"]
  ] as const) {
    it.scoped(`leaves the answer as it is if it ${what}, and the session is not used again`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${entered}\nC: CWD /gone\n${answer}`)
        expect(yield* made.isDirectory("sub")).toBe(true)
        expect(yield* made.reusable).toBe(false)
        // A relative path would be another file from there.
        const error = yield* Effect.flip(made.removeFile("a"))
        expect(error).toMatchObject({ outcome: "NotApplied" })
      }).pipe(inMemory)
    )
  }

  it.scoped("is the reason why the next command fails", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${entered}\nC: CWD /gone\nS: 550 No such directory`)
      yield* made.isDirectory("sub")
      expect(yield* made.closedByServer).toBe(false)
      expect(yield* Effect.flip(made.removeFile("a"))).toMatchObject({
        _tag: "FtpConnectionLost",
        detail: expect.stringMatching(/no way back: .*550 No such directory/)
      })
    }).pipe(inMemory)
  )

  it.scoped("does not lose the path of a directory that was resolved", () =>
    Effect.gen(function* () {
      const { session: made } = yield* sessionInSteps(
        `${entered}\nC: PWD\nS: 257 "/home/sub"\nC: CWD /gone\nS: 550 No such directory`
      )
      expect(yield* made.resolveDirectory("sub", "/other")).toBe("/home/sub")
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("does not lose the path of a directory that was resolved in one burst", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${resolving}
        S: 250 ok
        S: 257 "/home/sub"
        S: 550 No such directory
        S: 200 ok
      `)
      expect(yield* made.resolveDirectory("sub", "/other")).toBe("/home/sub")
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("does not replace the failure inside, which reports what ended the session", () =>
    Effect.gen(function* () {
      const { session: made } = yield* sessionInSteps(`${entered}\nC: PWD\n-- close`)
      expect(yield* Effect.flip(made.resolveDirectory("sub", "/other"))).toMatchObject({
        _tag: "FtpConnectionLost",
        command: "PWD",
        outcome: "Unknown"
      })
    }).pipe(inMemory)
  )

  it.scoped("does not replace the refusal of a directory that is resolved in one burst", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${resolving}
        S: 550 No such directory
        S: 257 "/gone"
        S: 450 busy
        S: 200 ok
      `)
      expect(yield* Effect.flip(made.resolveDirectory("sub", "/other"))).toMatchObject({
        _tag: "FtpRejected",
        command: "CWD sub",
        reason: "NotFound"
      })
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("is lost with the burst that resolves a directory, which is an error that may be tried again", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${resolving}\nS: 250 ok\n-- close`)
      expect(yield* Effect.flip(made.resolveDirectory("sub", "/other"))).toMatchObject({
        _tag: "FtpConnectionLost",
        isRetryable: true
      })
    }).pipe(inMemory)
  )

  it.scoped("does not lose a listing that has arrived", () =>
    Effect.gen(function* () {
      const list = `${begun("LIST")}D: send -rw-r--r-- 1 a a 5 Mar 14 12:00 x\\r\\n\nD: end\nS: 226 done`
      const all = `${begun("LIST -a")}D: send -rw-r--r-- 1 a a 5 Mar 14 12:00 x\\r\\n\nD: end\nS: 226 done`
      const { session: made } = yield* session(
        `${ready("SIZE")}\nC: PWD\nS: 257 "/gone"\nC: CWD a b\nS: 250 ok${all}${list}\nC: CWD /gone\nS: 550 No such directory`
      )
      const { entries } = yield* inTime(made.list("a b"))
      expect(entries.map(({ name }) => name)).toEqual(["x"])
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )
})

describe("an OPTS HASH that puts the server's own choice back", () => {
  for (const [what, answer] of [
    ["is refused", "S: 501 no"],
    ["is superfluous", "S: 202 not needed"],
    ["is answered by the end of the connection", "-- close"]
  ] as const) {
    it.scoped(`leaves the hash as it is if it ${what}, and the session is not used again`, () =>
      Effect.gen(function* () {
        const value = "a".repeat(64)
        const { session: made } = yield* session(
          `${ready("HASH SHA-1*;SHA-256")}
           C: OPTS HASH SHA-256
           S: 200 SHA-256
           C: HASH a
           S: 213 SHA-256 0-5 ${value} a
           C: OPTS HASH SHA-1
           ${answer}`
        )
        expect(yield* made.hash("a", "SHA-256")).toMatchObject({ value })
        expect(yield* made.reusable).toBe(false)
      }).pipe(inMemory)
    )
  }
})
