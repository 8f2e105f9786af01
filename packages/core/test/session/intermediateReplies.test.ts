/** 3yz asks for the next command: in answer to commands that no other follows (RFC 959 §5.4). */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { channel, fetch, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const transfer = `
  ${ready()}
  C: EPSV
  S: 229 ok (|||{port}|)
`

const violation = { _tag: "FtpProtocolViolation", outcome: "Unknown", isRetryable: false }

describe("a 3yz in answer to a command that no other follows (RFC 959 §5.4)", () => {
  for (const [line, command] of [
    ["DELE a", Command.dele("a")],
    ["RMD a", Command.rmd("a")],
    ["MKD a", Command.mkd("a")],
    ["CWD a", Command.cwd("a")],
    ["TYPE A", Command.type("A")],
    ["RNTO b", Command.rnto("b")],
    ["SITE CHMOD 644 a", Command.siteChmod(0o644, "a")],
    ["SIZE a", Command.size("a")],
    ["NOOP", Command.noop]
  ] as const) {
    it.scoped(`is a violation after ${line}, and the session is not used again`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${ready()}\nC: ${line}\nS: 350 and now`)
        const error = yield* Effect.flip(made.run(command))
        expect(error).toMatchObject({ ...violation, command: line, received: "350 and now" })
        expect(yield* made.reusable).toBe(false)
      }).pipe(inMemory)
    )
  }

  it.scoped("is a violation after RETR, at once", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${transfer}\nC: RETR a\nS: 331 who are you`)
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject(violation)
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("is a violation after the data of RETR: half a file is no download", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${transfer}\nC: RETR a\nD: accept\nS: 150 here\nD: send hel\nD: end\nS: 350 the rest is to follow`
      )
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject(violation)
    }).pipe(inMemory)
  )

  it.scoped("ends a download whose data connection stays open and silent", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${transfer}\nC: RETR a\nD: accept\nS: 150 here\nD: send hel\nS: 350 the rest is to follow`
      )
      expect(yield* inTime(Effect.flip(fetch(made, "a")), "10 seconds")).toMatchObject(violation)
    }).pipe(inMemory)
  )

  for (const [when, reply] of [
    ["before the data", "S: 332 account"],
    ["after the data", "D: accept\nS: 150 go on\nD: expect end\nS: 350 and now"]
  ] as const) {
    it.scoped(`is a violation ${when} of STOR, and its outcome is unknown`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${transfer}\nC: STOR a\n${reply}`)
        const sending = made.transmit(Command.stor("a"), Effect.succeedNone)
        expect(yield* inTime(Effect.flip(sending))).toMatchObject(violation)
      }).pipe(inMemory)
    )
  }

  it.scoped("is a violation after EPSV, even if it holds a port", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}\nC: EPSV\nS: 314 (|||4711|)`)
      expect(yield* inTime(Effect.flip(fetch(made, "a")))).toMatchObject({ _tag: "FtpProtocolViolation" })
    }).pipe(inMemory)
  )

  for (const [line, command] of [
    ["USER ann", Command.user("ann")],
    ["ACCT dep7", Command.acct(Redacted.make("dep7"))],
    ["RNFR a", Command.rnfr("a")],
    ["REST 5", Command.rest(5)],
    ["RANG 0 5", Command.rang(0, 5)],
    ["AUTH GSSAPI", Command.auth("GSSAPI")],
    ["ADAT aGk=", { verb: "ADAT", argument: Redacted.make("aGk=") }]
  ] as const) {
    it.scoped(`is an answer to ${line}, which another command follows`, () =>
      Effect.gen(function* () {
        const { control } = yield* channel(`S: 220 hi\nC: ${line}\nS: 350 go on`)
        expect(yield* control.send(command)).toMatchObject({ code: 350 })
        expect(yield* control.settled).toBe(true)
      }).pipe(inMemory)
    )
  }
})

describe("a login that never ends", () => {
  for (const reply of ["331 once more", "350 and now", "300 go on"]) {
    it.scoped(`does not send the password again after ${reply}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(session(`S: 220 hi\nC: USER ann\nS: 331 go on\nC: PASS secret\nS: ${reply}`))
        expect(error).toMatchObject({ _tag: "FtpAuthError", isRetryable: false })
        expect(error.message).toContain(reply)
      }).pipe(inMemory)
    )
  }

  it.scoped("does not send the account again after another 332", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        session(`S: 220 hi\nC: USER ann\nS: 331 go on\nC: PASS secret\nS: 332 more\nC: ACCT dep7\nS: 332 more`, {
          user: "ann",
          password: "secret",
          account: "dep7"
        })
      )
      expect(error).toMatchObject({ _tag: "FtpAuthError" })
    }).pipe(inMemory)
  )

  it.scoped("sends the password after an account that was asked for first", () =>
    Effect.gen(function* () {
      const { script } = yield* session(
        `S: 220 hi
         C: USER ann
         S: 332 account
         C: ACCT dep7
         S: 331 password
         C: PASS secret
         S: 230 in
         C: FEAT
         C: TYPE I
         C: OPTS UTF8 ON
         S: 500 what
         S: 200 ok
         S: 500 what`,
        { user: "ann", password: "secret", account: "dep7" }
      )
      yield* script.done
    }).pipe(inMemory)
  )
})
