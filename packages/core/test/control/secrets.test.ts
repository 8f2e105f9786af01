/** What a server makes of a password in its replies goes nowhere that people look. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { services } from "../support/embedded.ts"
import { channel, login, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const failureOf = <A, E>(exit: Exit.Exit<A, E>): unknown =>
  Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined

/** Every text in an error, its message included. */
const stringsOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? [
          ...(value instanceof Error ? [value.message, String(value.stack)] : []),
          ...Object.values(value).flatMap(stringsOf)
        ]
      : []

/** Runs it, and returns everything that was logged, and what it failed with in every form that an error has. */
const seen = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => {
      lines.push(String(message))
    })
    const exit = yield* Effect.exit(self).pipe(
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
    const failure = Exit.isFailure(exit) ? [Cause.pretty(exit.cause), ...stringsOf(failureOf(exit))] : []
    return { exit, text: [...failure, ...lines].join("\n") }
  })

describe("a secret that the server repeats", () => {
  it.scoped("is masked in the refusal of a login, its transcript and the log", () =>
    Effect.gen(function* () {
      const { exit, text } = yield* seen(
        session(
          "S: 220 hi\nC: USER ann\nS: 331 go on\nC: PASS s3cret\nS: 530-Login\nS: 530 for PASS s3cret incorrect",
          {
            user: "ann",
            password: "s3cret"
          }
        )
      )
      expect(failureOf(exit)).toMatchObject({
        _tag: "FtpAuthError",
        reply: { code: 530, lines: ["Login", "for PASS **** incorrect"] },
        transcript: expect.arrayContaining(["< 530 for PASS **** incorrect"])
      })
      expect(text).toContain("< 530 for PASS **** incorrect")
      expect(text).not.toContain("s3cret")
    }).pipe(inMemory)
  )

  it.scoped("is masked in replies to the login if it is an account, and if it is short", () =>
    Effect.gen(function* () {
      const { text } = yield* seen(
        session(
          "S: 220 hi\nC: USER ann\nS: 332 account\nC: ACCT x7\nS: 331 x7 is fine\nC: PASS q\nS: 530 not q, for x7",
          {
            user: "ann",
            password: "q",
            account: "x7"
          }
        )
      )
      expect(text).toContain("530 not ****, for ****")
      expect(text).toContain("331 **** is fine")
    }).pipe(inMemory)
  )

  it.scoped("is masked later too, but leaves the sense of a reply alone", () =>
    Effect.gen(function* () {
      const dialogue = `${ready().replaceAll("secret", "file")}
        C: SIZE a\nS: 550 file: No such file\nC: SIZE b\nS: 213 1234\nC: PWD\nS: 257 "/my files" is it`
      const { exit, text } = yield* seen(
        Effect.gen(function* () {
          const { session: ann } = yield* session(dialogue, { user: "ann", password: "file" })
          return [yield* Effect.flip(ann.size("a")), yield* ann.size("b"), yield* ann.workingDirectory]
        })
      )
      expect(exit).toMatchObject({
        value: [
          {
            reason: "NotFound",
            reply: { lines: ["****: No such ****"] },
            transcript: expect.arrayContaining(["< 550 ****: No such ****"])
          },
          1234,
          "/my files"
        ]
      })
      expect(text).toContain('< 257 "/my ****s" is it')
    }).pipe(inMemory)
  )

  it.scoped("is not masked in later replies if it is short: every reply would be", () =>
    Effect.gen(function* () {
      const { session: ann } = yield* session(`${ready().replaceAll("secret", "o")}C: SIZE a\nS: 550 No`, {
        user: "ann",
        password: "o"
      })
      expect((yield* seen(ann.size("a"))).text).toContain("550 No")
    }).pipe(inMemory)
  )

  it.scoped("is masked when the caller sends PASS himself", () =>
    Effect.gen(function* () {
      const { session: ann } = yield* session(
        `${ready()}C: PASS another\nS: 230 Password another taken\nC: NOOP\nS: 500 another`
      )
      expect(yield* ann.run(Command.raw("PASS another"))).toEqual({ code: 230, lines: ["Password **** taken"] })
      expect((yield* seen(ann.run(Command.noop))).text).not.toContain("another")
    }).pipe(inMemory)
  )

  it.scoped("is masked when the caller changes the password with SITE, the old and the new one", () =>
    Effect.gen(function* () {
      const { session: ann } = yield* session(
        `${ready()}C: SITE PSWD old-one new-one\nS: 200 Changed from old-one to new-one\nC: NOOP\nS: 500 new-one`
      )
      const { text } = yield* seen(
        Effect.zipRight(ann.run(Command.raw("SITE PSWD old-one new-one")), ann.run(Command.noop))
      )
      expect(text).toContain("> SITE ****")
      expect(text).toContain("200 Changed from **** to ****")
      expect(text).not.toMatch(/old-one|new-one/)
    }).pipe(inMemory)
  )

  it.scoped("is masked in what is no reply", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: PASS s3cret\nS: PASS s3cret: what is that?")
      const { exit, text } = yield* seen(control.send(Command.raw("PASS s3cret")))
      expect(failureOf(exit)).toMatchObject({ _tag: "FtpProtocolViolation", received: "PASS ****: what is that?" })
      expect(text).not.toContain("s3cret")
    }).pipe(inMemory)
  )

  it.scoped("is masked if a line that is no reply is cut off in its middle", () =>
    Effect.gen(function* () {
      const before = "x".repeat(74)
      const { control } = yield* channel(`S: 220 hi\nC: PASS s3cret-and-long\nS: ${before}s3cret-and-long`)
      const { exit } = yield* seen(control.send(Command.raw("PASS s3cret-and-long")))
      expect(failureOf(exit)).toMatchObject({ received: `${before}****...` })
    }).pipe(inMemory)
  )

  /** Begins with what stands in no message of ours, and holds what means something to a search. */
  const secret = FastCheck.stringMatching(/^Q[QZ0-9$^.*+?()[\]{}|\\&'"é€ -]{3,12}Z$/)
  const around = FastCheck.stringMatching(/^[a-z0-9 "/();=,-]{0,10}$/)
  const echo = FastCheck.record({
    code: FastCheck.constantFrom(150, 200, 213, 221, 226, 230, 250, 257, 331, 332, 350, 421, 450, 500, 530, 550),
    texts: FastCheck.array(FastCheck.tuple(around, around), { minLength: 1, maxLength: 3 }),
    isReply: FastCheck.integer({ min: 0, max: 9 }).map((dice) => dice > 0)
  })

  const said = ({ code, isReply, texts }: typeof echo extends FastCheck.Arbitrary<infer A> ? A : never, it: string) =>
    texts.map(([before, after], at) => {
      const mark = isReply ? `${code}${at === texts.length - 1 ? " " : "-"}` : ""
      return FtpScript.say(`${mark}${before}${it}${after}`)
    })

  const operations = {
    "": () => Effect.void,
    "SIZE a": (ann: FtpSession.FtpSession) => ann.size("a"),
    "MDTM a": (ann: FtpSession.FtpSession) => ann.modified("a"),
    "DELE a": (ann: FtpSession.FtpSession) => ann.removeFile("a"),
    "MKD a": (ann: FtpSession.FtpSession) => ann.makeDirectory("a"),
    "MLST a": (ann: FtpSession.FtpSession) => ann.stat("a"),
    "RNFR a": (ann: FtpSession.FtpSession) => ann.rename("a", "b"),
    NOOP: (ann: FtpSession.FtpSession) => ann.run(Command.noop)
  } as const
  const operation = FastCheck.constantFrom(...(Object.keys(operations) as ReadonlyArray<keyof typeof operations>))

  it.effect.prop(
    "is in no error, transcript or log, whatever the server makes of it",
    [secret, operation, echo],
    ([secret, operation, echo]) =>
      Effect.gen(function* () {
        const password = FtpScript.expect(`PASS ${secret}`)
        const beginning = "S: 220 hi\nC: USER ann\nS: 331 go on"
        const dialogue =
          operation === ""
            ? [beginning, password, ...said(echo, secret), "-- close"]
            : [
                beginning,
                password,
                ready("MLST type*;size*;").split("C: PASS secret")[1] ?? "",
                FtpScript.expect(operation),
                ...said(echo, secret),
                "-- close"
              ]
        const { text } = yield* seen(
          Effect.flatMap(FtpScript.make(dialogue), (script) =>
            Effect.flatMap(login(script, { user: "ann", password: secret }), operations[operation])
          )
        )
        const [[before, after] = ["", ""]] = echo.texts
        expect(text).toContain(`${echo.isReply ? before : ""}****${after}`)
        expect(text).not.toContain(secret)
      }).pipe(Effect.scoped, inMemory),
    { fastCheck: { numRuns: 50 } }
  )
})
