/** Replies that belong to no command: what is dropped, what it costs, and what still ends the channel. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { channel, open } from "../support/scripted.ts"

const inMemory = Effect.provide(MemoryTransport.layer)

const code = <E, R>(sent: Effect.Effect<{ readonly code: number }, E, R>) => Effect.map(sent, ({ code }) => code)

/** Lets the reader take in what is on its way. */
const arrived = TestClock.adjust("1 milli")

describe("more 220s before the first command is answered (embedded servers)", () => {
  for (const [how, dialogue] of [
    ["in one packet", "S~ 220 a\\r\\n220 b\\r\\n220 c\\r\\n\nC: USER ann\nS: 331 go on\nC: PASS x\nS: 230 in"],
    [
      "when USER has gone out",
      "S: 220 a\nC: USER ann\nS: 220 b\nS: 220-c\nS: 220 d\nS: 331 go on\nC: PASS x\nS: 230 in"
    ],
    ["when PASS has gone out", "S: 220 a\nC: USER ann\nS: 331 go on\nC: PASS x\nS: 220 b\nS: 230 in"],
    [
      "as lines without a code after it",
      "S~ 220 a\\r\\nhello\\r\\n  there\\r\\n\nC: USER ann\nS: 331 ok\nC: PASS x\nS: 230 in"
    ]
  ] as const) {
    it.scoped(`are part of the greeting ${how}`, () =>
      Effect.gen(function* () {
        const { control } = yield* channel(dialogue)
        yield* arrived
        expect(control.greeting).toMatchObject({ code: 220, lines: ["a"] })
        expect(yield* code(control.send(Command.user("ann")))).toBe(331)
        expect(yield* code(control.send(Command.pass(Redacted.make("x"))))).toBe(230)
      }).pipe(inMemory)
    )
  }

  it.scoped("cost no NOOP: nothing was answered yet", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S~ 220 a\\r\\n220 b\\r\\n\nC: AUTH TLS\nS: 220 c\nS: 500 no")
      yield* arrived
      expect(yield* code(control.send(Command.auth("TLS")))).toBe(500)
      expect(yield* control.inStep).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("are all in the transcript", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S~ 220 a\\r\\n220 b\\r\\n")
      yield* arrived
      expect(yield* control.transcript).toEqual(["< 220 a", "< 220 b"])
    }).pipe(inMemory)
  )
})

describe("lines without a code before the greeting", () => {
  it.scoped("are the beginning of its text", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: Welcome\nS: to the board\nS: 220 ready\nC: NOOP\nS: 200 ok")
      expect(control.greeting).toEqual({ code: 220, lines: ["Welcome", "to the board", "ready"] })
      expect(yield* code(control.send(Command.noop))).toBe(200)
    }).pipe(inMemory)
  )

  it.scoped("alone are no FTP server, which is known after 3 seconds of silence", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make("S: * OK IMAP4rev1 ready")
      const opening = yield* Effect.fork(Effect.flip(open(script.address)))
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(opening)).toMatchObject({
        _tag: "FtpProtocolViolation",
        received: "* OK IMAP4rev1 ready"
      })
    }).pipe(inMemory)
  )
})

describe("a reply too many between two commands", () => {
  it.scoped("answers no later command (CVE-2021-22947's class)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: NOOP\nS: 200 ok\nS: 226 from nowhere\nC: DELE a\nS: 550 no")
      yield* control.send(Command.noop)
      yield* arrived
      expect(yield* code(control.send(Command.dele("a")))).toBe(550)
    }).pipe(inMemory)
  )

  for (const [line, command, stray, own] of [
    ["SIZE a", Command.size("a"), "226 done", "213 5"],
    ["CWD a", Command.cwd("a"), "226 done", "250 ok"],
    ["PASV", Command.pasv, "226 done", "227 ok (1,2,3,4,5,6)"],
    ["TYPE I", Command.type("I"), "230 in", "200 ok"],
    ["PWD", Command.pwd, "230 in", '257 "/"'],
    ["FEAT", Command.feat, "230 in", "500 what"],
    ["DELE a", Command.dele("a"), "213 5", "550 no"],
    ["RNTO b", Command.rnto("b"), "257 made", "553 no"],
    ["RMD a", Command.rmd("a"), "229 ok (|||5|)", "550 no"],
    ["MKD a", Command.mkd("a"), "215 UNIX", "550 no"],
    ["MDTM a", Command.mdtm("a"), "220 hi", "213 20260102030405"]
  ] as const) {
    it.scoped(`is not taken for the answer to ${line} if it is a ${stray.slice(0, 3)}`, () =>
      Effect.gen(function* () {
        const { control } = yield* channel(`S: 220 hi\nC: NOOP\nS: 200 ok\nC: ${line}\nS: ${stray}\nS: ${own}`)
        yield* control.send(Command.noop)
        expect(yield* code(control.send(command))).toBe(Number(own.slice(0, 3)))
      }).pipe(inMemory)
    )
  }

  it.scoped("is not taken for the beginning of a transfer if it is the last one's end", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: RETR a\nS: 213 5\nS: 150 here\nS: 226 done")
      const exchange = yield* control.begin(Command.retr("a"))
      expect(Option.map(exchange.first, ({ code }) => code)).toEqual(Option.some(150))
      expect(yield* code(exchange.watch)).toBe(226)
    }).pipe(inMemory)
  )

  it.scoped("is a second 350 to REST, and no answer to the transfer", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: REST 5\nS: 350 at 5\nC: RETR a\nS: 350 at 5\nS: 226 done")
      yield* control.send(Command.rest(5))
      expect(yield* code(control.send(Command.retr("a")))).toBe(226)
    }).pipe(inMemory)
  )

  it.scoped("any other code answers the one command that is open: servers choose them freely", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: SIZE a\nS: 250 5\nC: DELE a\nS: 200 gone\nC: SYST\nS: 220 x")
      expect(yield* code(control.send(Command.size("a")))).toBe(250)
      expect(yield* code(control.send(Command.dele("a")))).toBe(200)
      expect(yield* code(control.send(Command.syst))).toBe(220)
      expect(yield* control.inStep).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("does not hide a 230 to AUTH, by which a client is let in unprotected", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: AUTH TLS\nS: 230 in")
      expect(yield* code(control.send(Command.auth("TLS")))).toBe(230)
    }).pipe(inMemory)
  )

  it.scoped("is named if no other reply comes within the limit", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: SIZE a\nS: 226 done")
      const reply = yield* Effect.fork(Effect.flip(control.send(Command.size("a"))))
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(reply)).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "TimedOut",
        detail: "no reply within 10 s, but 226 done"
      })
    }).pipe(inMemory)
  )

  it.scoped("may be 220 to EPSV ALL (Pure-FTPd)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: EPSV ALL\nS: 220 ok")
      expect(yield* code(control.send(Command.raw("EPSV ALL")))).toBe(220)
    }).pipe(inMemory)
  )

  it.scoped("is logged", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ logLevel, message }) => lines.push(`${logLevel.label} ${String(message)}`))
      )
      yield* Effect.gen(function* () {
        const { control } = yield* channel("S: 220 hi\nC: NOOP\nS: 200 ok\nS: 226 from nowhere")
        yield* control.send(Command.noop)
        yield* arrived
      }).pipe(Effect.provide(logger))
      expect(lines).toEqual(["INFO a reply that belongs to no command is dropped: 226 from nowhere"])
    }).pipe(inMemory)
  )

  it.scoped("is no end of a control connection, but said with it: a server may say why it goes", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: NOOP\nS: 200 ok\nS: 530 Your address is banned\n-- close")
      yield* control.send(Command.noop)
      yield* arrived
      expect(yield* Effect.flip(control.send(Command.noop))).toMatchObject({
        _tag: "FtpConnectionLost",
        detail: "the server closed the connection after 530 Your address is banned"
      })
    }).pipe(inMemory)
  )

  it.scoped("ends the channel if it is one of a flood", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(["S: 220 hi", FtpScript.sayBytes(encoded("226 x\r\n".repeat(1001)))])
      yield* arrived
      expect(yield* Effect.flip(control.send(Command.noop))).toMatchObject({
        _tag: "FtpProtocolViolation",
        received: "226 x"
      })
    }).pipe(inMemory)
  )
})

describe("after a reply too many", () => {
  const inDoubt = "S: 220 hi\nC: NOOP\nS: 200 ok\nS: 226 from nowhere"

  it.scoped("commands go out in one burst only when a NOOP has been answered", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`${inDoubt}
        C: NOOP
        S: 226 once more
        S: 250 and more
        S: 200 ok
        C: SIZE a
        C: MDTM a
        S: 213 5
        S: 213 20260102030405
        C: SIZE a
        C: MDTM a
        S: 213 6
        S: 213 20260102030406`)
      yield* control.send(Command.noop)
      yield* arrived
      const both = control.sendAll([Command.size("a"), Command.mdtm("a")])
      expect((yield* both).map(({ lines }) => lines[0])).toEqual(["5", "20260102030405"])
      expect((yield* both).map(({ lines }) => lines[0])).toEqual(["6", "20260102030406"])
    }).pipe(inMemory)
  )

  it.scoped("REST goes out with its transfer only when a NOOP has been answered", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        `${inDoubt}\nC: NOOP\nS: 500 what\nC: REST 5\nC: RETR a\nS: 350 at 5\nS: 150 here\nS: 226 done`
      )
      yield* control.send(Command.noop)
      yield* arrived
      const exchange = yield* control.begin(Command.retr("a"), Command.rest(5))
      expect(Option.map(exchange.ahead, ({ code }) => code)).toEqual(Option.some(350))
    }).pipe(inMemory)
  )

  it.scoped("one command alone goes out at once: its answer is known by its code", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`${inDoubt}\nC: SIZE a\nS: 213 5`)
      yield* control.send(Command.noop)
      yield* arrived
      expect(yield* code(control.send(Command.size("a")))).toBe(213)
    }).pipe(inMemory)
  )

  it.scoped("the channel is in step when a NOOP has been answered, and asks no second time", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`${inDoubt}\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/"`)
      yield* control.send(Command.noop)
      yield* arrived
      expect([yield* control.inStep, yield* control.inStep]).toEqual([true, true])
      yield* control.send(Command.pwd)
    }).pipe(inMemory)
  )

  it.scoped("the channel is not in step if NOOP is answered twice", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`${inDoubt}\nC: NOOP\nS~ 200 ok\\r\\n200 ok\\r\\n`)
      yield* control.send(Command.noop)
      yield* arrived
      expect(yield* control.inStep).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("the channel is not in step if NOOP is not answered for 3 seconds", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`${inDoubt}\nC: NOOP`)
      yield* control.send(Command.noop)
      yield* arrived
      const inStep = yield* Effect.fork(control.inStep)
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(inStep)).toBe(false)
      expect(yield* Effect.flip(control.send(Command.noop))).toMatchObject({ outcome: "NotApplied" })
    }).pipe(inMemory)
  )
})

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)
