import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { services } from "../support/embedded.ts"
import { login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const after = (login: string) => `
  S: 220 hi
  ${login}
  C: FEAT
  C: TYPE I
  C: OPTS UTF8 ON
  S: 500 what
  S: 200 ok
  S: 500 what
`

describe("logging in (RFC 959 §5.4)", () => {
  it.scoped("sends USER and PASS, each after the reply to the one before", () =>
    Effect.gen(function* () {
      const { script } = yield* session(ready())
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("sends no password if none is asked for (230 after USER)", () =>
    Effect.gen(function* () {
      const { script } = yield* session(after(`C: USER ann\nS: 230 in`))
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("takes 202 after PASS for being in", () =>
    Effect.gen(function* () {
      yield* session(after(`C: USER ann\nS: 331 go on\nC: PASS secret\nS: 202 superfluous`))
    }).pipe(inMemory)
  )

  it.scoped("answers 332 after PASS with ACCT", () =>
    Effect.gen(function* () {
      const { script } = yield* session(
        after(`C: USER ann\nS: 331 go on\nC: PASS secret\nS: 332 account\nC: ACCT dep7\nS: 230 in`),
        { user: "ann", password: "secret", account: "dep7" }
      )
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("answers 332 after USER with ACCT", () =>
    Effect.gen(function* () {
      const { script } = yield* session(after(`C: USER ann\nS: 332 account\nC: ACCT dep7\nS: 230 in`), {
        user: "ann",
        password: "secret",
        account: "dep7"
      })
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("sends an empty password with its space", () =>
    Effect.gen(function* () {
      const { script } = yield* session(after(`C: USER ann\nS: 331 go on\nC: PASS\\x20\nS: 230 in`), {
        user: "ann",
        password: ""
      })
      yield* script.done
    }).pipe(inMemory)
  )

  for (const [what, dialogue, expected] of [
    ["a wrong password", `C: USER ann\nS: 331 go on\nC: PASS secret\nS: 530 Login incorrect.`, "Credentials"],
    ["a missing account", `C: USER ann\nS: 332 account`, "AccountNeeded"],
    [
      "a server that wants TLS (vsftpd)",
      `C: USER ann\nS: 530 Non-anonymous sessions must use encryption.`,
      "TlsRequired"
    ]
  ] as const) {
    it.scoped(`fails with FtpAuthError ${expected} on ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(session(`S: 220 hi\n${dialogue}`))
        expect(error).toMatchObject({ _tag: "FtpAuthError", reason: expected, isRetryable: false })
        expect(JSON.stringify(error)).not.toContain("secret")
      }).pipe(inMemory)
    )
  }

  it.scoped("fails with FtpAuthError PasswordNeeded on a refusal if no password was given", () =>
    Effect.gen(function* () {
      const dialogue = `S: 220 hi\nC: USER ann\nS: 331 go on\nC: PASS\\x20\nS: 530 Login incorrect.`
      const error = yield* Effect.flip(session(dialogue, { user: "ann", password: "" }))
      expect(error).toMatchObject({ _tag: "FtpAuthError", reason: "PasswordNeeded", isRetryable: false })
    }).pipe(inMemory)
  )

  it.scoped("distinguishes a full server from a wrong password", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        session(`
          S: 220 hi
          C: USER ann
          S: 331 go on
          C: PASS secret
          S: 530 Sorry, the maximum number of clients (2) from your host are already connected.
        `)
      )
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "TooManyConnections" })
    }).pipe(inMemory)
  )

  it.scoped("refuses a greeting of 5yz", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(session("S: 554 go away"))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "Greeting" })
    }).pipe(inMemory)
  )

  it.scoped("gives a burst that loses commands up in time", () =>
    Effect.gen(function* () {
      const opening = yield* Effect.fork(
        Effect.flip(
          session(`
            S: 220 hi
            C: USER ann
            S: 230 in
            C: FEAT
            S: 211 none
            C: TYPE I
            C: OPTS UTF8 ON
          `)
        )
      )
      yield* TestClock.adjust("6 seconds")
      expect(yield* Fiber.join(opening)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
    }).pipe(inMemory)
  )
})

describe("session state", () => {
  it.scoped("says QUIT when its scope closes, and does not wait for ever for the answer", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${ready()}\nC: QUIT\n-- wait 1 hour`)
      const scope = yield* Scope.make()
      yield* Scope.extend(login(script), scope)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      yield* TestClock.adjust("1 hour")
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("refuses a command on a session whose data connection is open", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        -- wait 1 second
        D: send hello
        D: end
        S: 226 done
      `)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const incoming = yield* made.receive(Command.retr("a"))
          expect(yield* Effect.flip(made.run(Command.noop))).toMatchObject({ _tag: "FtpUsageError" })
          yield* TestClock.adjust("1 second")
          yield* incoming.read
          yield* incoming.read
        })
      )
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("turns every 4yz and 5yz into FtpRejected with the reply", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: DELE a
        S: 550 a: No such file or directory
      `)
      expect(yield* Effect.flip(made.removeFile("a"))).toMatchObject({
        _tag: "FtpRejected",
        reason: "NotFound",
        command: "DELE a",
        path: "a",
        reply: { code: 550 },
        outcome: "NotApplied"
      })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is asked for a way to set times before a transfer, once, and by a name that is not there", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("SIZE")}
        C: SITE UTIME unused 19700101000000 19700101000000 19700101000000 UTC
        S: 500 what
        C: SITE UTIME 19700101000000 unused
        S: 504 what
      `)
      const asked = Effect.flip(made.expectSetsModified("unused", DateTime.unsafeMake(0)))
      expect(yield* asked).toMatchObject({ _tag: "FtpRejected", reason: "Unsupported", outcome: "NotApplied" })
      expect(yield* asked).toMatchObject({ _tag: "FtpRejected", reason: "Unsupported" })
    }).pipe(inMemory)
  )

  it.scoped("may set times if it knows SITE UTIME, or lists MFMT or MDTM", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("SIZE")}
        C: SITE UTIME unused 19700101000000 19700101000000 19700101000000 UTC
        S: 550 no such file
      `)
      yield* made.expectSetsModified("unused", DateTime.unsafeMake(0))
      for (const feature of ["MFMT", "MDTM"]) {
        const other = yield* session(ready(feature))
        yield* other.session.expectSetsModified("unused", DateTime.unsafeMake(0))
      }
    }).pipe(inMemory)
  )

  it.scoped("keeps times the way the server knows: MFMT, else SITE UTIME, else MDTM with a time (vsftpd)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: MFMT 19700101000000 a
        S: 500 Unknown command.
        C: SITE UTIME a 19700101000000 19700101000000 19700101000000 UTC
        S: 500 Unknown SITE command.
        C: SITE UTIME 19700101000000 a
        S: 500 Unknown SITE command.
        C: MDTM 19700101000000 a
        S: 213 File modification time set.
      `)
      yield* made.setModified("a", DateTime.unsafeMake(0))
    }).pipe(inMemory)
  )
})
