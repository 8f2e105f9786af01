import { assert, describe, it } from "@effect/vitest"
import { type Connection, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { dial, drain } from "../support/rawClient.ts"

const over = Effect.provide(MemoryTransport.layer)

const send = (connection: Connection, text: string) => connection.write(Buffer.from(text, "latin1"))

/** The next bytes as text. */
const next = (connection: Connection) =>
  Effect.map(connection.read, (bytes) =>
    Option.match(bytes, { onNone: () => "(end)", onSome: (bytes) => Buffer.from(bytes).toString("latin1") })
  )

const client = (script: FtpScript.FtpScript) => dial(script.address.host, script.address.port, "Control")

/** What the scope of a script that goes wrong dies of. */
const defectOf = <E, R>(test: Effect.Effect<void, E, R>) =>
  Effect.map(Effect.exit(Effect.scoped(test)), (exit) => {
    const defects = Exit.isFailure(exit) ? [...Cause.defects(exit.cause)] : []
    const error = defects.find((defect) => defect instanceof FtpScript.ScriptMismatch)
    assert.isDefined(error, "the scope did not die of a mismatch")
    return error as FtpScript.ScriptMismatch
  })

const GREETING = `
  S: 220 hi
  C: USER ann
  S: 331 go on
`

describe("a script that is followed", () => {
  it.scoped("says and hears its lines in order", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(GREETING)
      const control = yield* client(script)
      assert.strictEqual(yield* next(control), "220 hi\r\n")
      yield* send(control, "USER")
      yield* send(control, " ann\r\n")
      assert.strictEqual(yield* next(control), "331 go on\r\n")
      yield* script.done
    }).pipe(over)
  )

  it.scoped("knows comments, beginnings of lines, raw pieces and escapes", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(String.raw`
        # a greeting in two pieces
        S~ 22
        -- wait 1 second
        S~ 0 hi\r\n
        C: PASS ...
        S: 230 caf\xe9 \\o/
        C: CWD caf\xe9
      `)
      const control = yield* client(script)
      assert.strictEqual(yield* next(control), "22")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* next(control), "0 hi\r\n")
      yield* send(control, "PASS anything\r\n")
      assert.strictEqual(yield* next(control), "230 caf\xe9 \\o/\r\n")
      yield* send(control, "CWD caf\xe9\r\n")
      yield* script.done
    }).pipe(over)
  )

  it.scoped("plays a passive download (RFC 2428 §3)", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(String.raw`
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here it comes
        D: send hello\r\n
        D: end
        S: 226 done
      `)
      const control = yield* client(script)
      yield* send(control, "EPSV\r\n")
      const port = Number(/\|(\d+)\|/.exec(yield* next(control))?.[1])
      const data = yield* dial("127.0.0.1", port, "Data")
      yield* send(control, "RETR a\r\n")
      assert.strictEqual(yield* next(control), "150 here it comes\r\n")
      assert.deepStrictEqual(yield* drain(data), { text: "hello\r\n", end: "FIN" })
      assert.strictEqual(yield* next(control), "226 done\r\n")
    }).pipe(over)
  )

  it.scoped("plays a passive upload behind a 227, however the bytes are cut", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make([
        "C: PASV\nS: 227 ok ({pasv}).\nC: STOR a\nD: accept\nS: 150 go",
        FtpScript.expectData(Buffer.from("hello")),
        "D: expect  world\nD: expect end\nS: 226 done"
      ])
      const control = yield* client(script)
      yield* send(control, "PASV\r\n")
      const [, high, low] = /\(127,0,0,1,(\d+),(\d+)\)/.exec(yield* next(control)) ?? []
      const data = yield* dial("127.0.0.1", Number(high) * 256 + Number(low), "Data")
      yield* send(control, "STOR a\r\n")
      assert.strictEqual(yield* next(control), "150 go\r\n")
      yield* send(data, "hel")
      yield* send(data, "lo wor")
      yield* send(data, "ld")
      yield* data.endOutput
      assert.strictEqual(yield* next(control), "226 done\r\n")
    }).pipe(over)
  )

  it.scoped("dials in active mode, and resets", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`
        C: PORT 127,0,0,1,195,80
        S: 200 ok
        C: RETR a
        D: connect
        S: 150 go
        D: reset
        S: 426 gone
        -- reset
      `)
      const listener = yield* (yield* FtpTransport).listen({ host: "127.0.0.1", ports: [50000, 50000] })
      const control = yield* client(script)
      yield* send(control, "PORT 127,0,0,1,195,80\r\nRETR a\r\n")
      const data = yield* listener.accept
      assert.strictEqual((yield* drain(data)).end, "Reset")
      yield* script.done
      assert.strictEqual((yield* drain(control)).end, "Reset")
    }).pipe(over)
  )

  it.scoped("plays the next connection, and lets the test do something in between", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const script = yield* FtpScript.make([
        "S: 421 not now\n-- next connection",
        FtpScript.run(Effect.sync(() => void seen.push("between"))),
        FtpScript.say("220 hi"),
        FtpScript.expect((line) => /^USER /.test(line), "some USER"),
        FtpScript.sayBytes(Uint8Array.of(0xff)),
        FtpScript.wait("1 minute"),
        "-- end of input\n-- close"
      ])
      assert.deepStrictEqual(yield* drain(yield* client(script)), { text: "421 not now\r\n", end: "FIN" })
      const second = yield* client(script)
      assert.strictEqual(yield* next(second), "220 hi\r\n")
      assert.deepStrictEqual(seen, ["between"])
      yield* send(second, "USER bob\r\n")
      assert.strictEqual(yield* next(second), "\xff")
      yield* second.endOutput
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* next(second), "(end)")
      yield* script.done
    }).pipe(over)
  )

  it.scoped("hears QUIT out when it is over", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make("S: 220 hi")
      const control = yield* client(script)
      yield* next(control)
      yield* send(control, "QUIT\r\n")
      assert.strictEqual(yield* next(control), "221 Goodbye.\r\n")
      assert.strictEqual(yield* next(control), "(end)")
    }).pipe(over)
  )
})

describe("a script that is not followed", () => {
  it.effect("shows what was expected and what came, and breaks the connection", () =>
    Effect.gen(function* () {
      const error = yield* defectOf(
        Effect.gen(function* () {
          const script = yield* FtpScript.make(`${GREETING}\nC: RETR a\nS: 550 no`)
          const control = yield* client(script)
          yield* next(control)
          yield* send(control, "USER ann\r\nSTOR a\r\n")
          assert.strictEqual((yield* drain(control)).end, "Reset")
          assert.strictEqual((yield* Effect.flip(script.done)).received, "C: STOR a")
        })
      )
      assert.strictEqual(
        error.message,
        [
          "expected C: RETR a, got C: STOR a",
          "    S: 220 hi",
          "    C: USER ann",
          "    S: 331 go on",
          "  - C: RETR a",
          "  + C: STOR a",
          "    (not reached) S: 550 no"
        ].join("\n")
      )
    }).pipe(over)
  )

  it.effect("names the steps that the test never reached", () =>
    Effect.gen(function* () {
      const error = yield* defectOf(
        Effect.gen(function* () {
          const control = yield* client(yield* FtpScript.make(GREETING))
          yield* next(control)
        })
      )
      assert.deepStrictEqual(error.missing, ["C: USER ann", "S: 331 go on"])
      assert.match(error.message, /^expected C: USER ann, got the end of input\n/)
    }).pipe(over)
  )

  it.effect("says so when the test is over while it waits", () =>
    Effect.gen(function* () {
      const error = yield* defectOf(Effect.asVoid(FtpScript.make("S: 220 hi")))
      assert.strictEqual(error.received, "nothing more: the test is over")
    }).pipe(over)
  )

  const wrong: ReadonlyArray<readonly [what: string, script: string, said: string, received: string]> = [
    ["a line that ends in LF only", "C: NOOP", "NOOP\n", String.raw`C: NOOP\n`],
    ["a line too many", "C: NOOP", "NOOP\r\nNOOP\r\n", "C: NOOP"],
    ["bytes where the end was expected", "-- end of input", "x", "C: x"],
    ["control characters, made visible", "C: NOOP", "N\u0000\u001b\r\n", String.raw`C: N\x00\x1b`]
  ]
  for (const [what, dialogue, said, received] of wrong) {
    it.effect(`reports ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* defectOf(
          Effect.gen(function* () {
            const control = yield* client(yield* FtpScript.make(dialogue))
            yield* send(control, said)
            yield* drain(control)
          })
        )
        assert.strictEqual(error.received, received)
      }).pipe(over)
    )
  }

  it.effect("reports an end of input that came too soon", () =>
    Effect.gen(function* () {
      const error = yield* defectOf(
        Effect.gen(function* () {
          const control = yield* client(yield* FtpScript.make("C: NOOP"))
          yield* control.endOutput
          yield* drain(control)
        })
      )
      assert.strictEqual(error.received, "the end of input")
    }).pipe(over)
  )

  it.effect("reports a connection too many", () =>
    Effect.gen(function* () {
      const error = yield* defectOf(
        Effect.gen(function* () {
          const script = yield* FtpScript.make("S: 220 hi")
          yield* client(script)
          yield* client(script)
        })
      )
      assert.strictEqual(error.received, "another connection")
    }).pipe(over)
  )

  it.scoped("is refused at once when its text says nothing known", () =>
    Effect.gen(function* () {
      for (const text of ["X: what", "D: fly", "-- dance", "-- wait for it", "D: send"]) {
        const error = yield* Effect.flip(FtpScript.make(text))
        assert.strictEqual(error.message, `dialogue: no such step: ${text}`)
      }
    }).pipe(over)
  )
})
