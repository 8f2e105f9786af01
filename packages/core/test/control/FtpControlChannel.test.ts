import { describe, expect, it } from "@effect/vitest"
import * as FtpControlChannel from "@ftp-effect/core/FtpControlChannel"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { channel, open } from "../support/scripted.ts"

const TIMEOUTS = FtpTimeouts.defaults

const inMemory = Effect.provide(MemoryTransport.layer)

describe("FtpControlChannel", () => {
  it.scoped("waits for 220 after a 120 (RFC 959 §5.4)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 120 in a minute
        S: 220-welcome
        S: 220 ready
      `)
      expect(control.greeting).toEqual({ code: 220, lines: ["welcome", "ready"] })
    }).pipe(inMemory)
  )

  it.scoped("gives each reply to its command when several are on their way (RFC 959 §5.4)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: SIZE a
        C: MDTM a
        C: NOOP
        S~ 213 4711\\r\\n213 2026
        S: 0102030405
        S: 200 ok
      `)
      const replies = yield* control.sendAll([Command.size("a"), Command.mdtm("a"), Command.noop])
      expect(replies.map(({ lines }) => lines[0])).toEqual(["4711", "20260102030405", "ok"])
    }).pipe(inMemory)
  )

  it.scoped("drops the reply of an interrupted command, so the next one is in step", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: PWD
        -- wait 1 second
        S: 257 "/"
        C: SYST
        S: 215 UNIX Type: L8
      `)
      const first = yield* Effect.fork(control.send(Command.pwd))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(first)
      expect(yield* control.settled).toBe(false)
      const settled = yield* Effect.fork(control.settle(Duration.seconds(5)))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(settled)).toBe(true)
      expect((yield* control.send(Command.syst)).code).toBe(215)
    }).pipe(inMemory)
  )

  it.scoped("is spent when the server stays silent for longer than it may take to settle", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: PWD
      `)
      const first = yield* Effect.fork(control.send(Command.pwd))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(first)
      const settled = yield* Effect.fork(control.settle(Duration.seconds(1)))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(settled)).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("notices while idle that the server closed, and says so to the next command without sending it", () =>
    Effect.gen(function* () {
      const { control, script } = yield* channel(`
        S: 220 hi
        S: 421 Idle for too long
        -- close
      `)
      yield* script.done
      yield* TestClock.adjust("1 milli")
      expect(yield* control.settled).toBe(false)
      expect(yield* Effect.flip(control.send(Command.noop))).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "ServiceClosing",
        outcome: "NotApplied",
        detail: "421 Idle for too long"
      })
    }).pipe(inMemory)
  )

  it.scoped("reports an unknown outcome when the answer to a command is lost", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: RNTO b
        -- reset
      `)
      expect(yield* Effect.flip(control.send(Command.rnto("b")))).toMatchObject({
        _tag: "FtpConnectionLost",
        channel: "Control",
        command: "RNTO b",
        outcome: "Unknown"
      })
    }).pipe(inMemory)
  )

  it.scoped("reads the tail that a dying server sends without CRLF (vsftpd's 500 OOPS)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: NOOP
        S~ 500 OOPS: child died
        -- close
      `)
      expect(yield* control.send(Command.noop)).toEqual({ code: 500, lines: ["OOPS: child died"] })
    }).pipe(inMemory)
  )

  it.scoped("bounds the wait for a reply, and is dead afterwards, as a late reply would answer another command", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: PWD
      `)
      const reply = yield* Effect.fork(Effect.flip(control.send(Command.pwd)))
      yield* TestClock.adjust("30 seconds")
      expect(yield* Fiber.join(reply)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
      expect(yield* Effect.flip(control.send(Command.noop))).toMatchObject({ outcome: "NotApplied" })
    }).pipe(inMemory)
  )

  it.scoped("bounds the final reply after a preliminary one", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: SITE INDEX
        S: 150 wait
      `)
      const fiber = yield* Effect.fork(Effect.flip(control.send(Command.raw("SITE INDEX"))))
      yield* TestClock.adjust("30 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
    }).pipe(inMemory)
  )

  it.scoped("forgets a limit that was kept, and counts the next one from its own beginning", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: PWD
        -- wait 20 seconds
        S: 257 "/"
        C: SYST
        -- wait 20 seconds
        S: 215 UNIX
        C: PWD
      `)
      const fiber = yield* Effect.fork(
        Effect.all([
          Effect.map(control.send(Command.pwd), ({ code }) => code),
          Effect.map(control.send(Command.syst), ({ code }) => code),
          Effect.map(Effect.flip(control.send(Command.pwd)), ({ _tag }) => _tag)
        ])
      )
      yield* TestClock.adjust("20 seconds")
      yield* TestClock.adjust("20 seconds")
      yield* TestClock.adjust("29 seconds")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fiber)).toEqual([257, 215, "FtpConnectionLost"])
    }).pipe(inMemory)
  )

  it.scoped("bounds the wait for room to send, by a reset", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make("S: 220 hi")
      const transport = yield* FtpTransport.FtpTransport
      const { host, port } = script.address
      const open = yield* transport.connect({ host, port, family: "Any", timeout: TIMEOUTS.connect, role: "Control" })
      const reset = yield* Deferred.make<void, FtpTransport.FtpTransportError>()
      const broken = new FtpTransport.FtpTransportError({ reason: "Reset", detail: "reset here" })
      const full = { ...open, write: () => Deferred.await(reset), reset: Effect.asVoid(Deferred.fail(reset, broken)) }
      const control = yield* FtpControlChannel.make(full, { label: "ann@host:21", timeouts: TIMEOUTS })
      const fiber = yield* Effect.fork(Effect.flip(control.send(Command.noop)))
      yield* TestClock.adjust(TIMEOUTS.reply)
      const error = yield* Fiber.join(fiber)
      expect(error).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
      expect(error.message).toContain("no room to send a command")
      expect(yield* control.settled).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("bounds a reply that drips, as a whole and not between bytes", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: NOOP
        S~ 2
        -- wait 20 seconds
        S~ 0
        -- wait 20 seconds
        S~ 0
      `)
      const reply = yield* Effect.fork(Effect.flip(control.send(Command.noop)))
      yield* TestClock.adjust("20 seconds")
      yield* TestClock.adjust("20 seconds")
      expect(yield* Fiber.join(reply)).toMatchObject({ _tag: "FtpConnectionLost", reason: "TimedOut" })
    }).pipe(inMemory)
  )

  for (const [what, greeting, expected] of [
    ["an SSH server", "SSH-2.0-OpenSSH_9.2", /SSH/],
    ["an HTTP server", "HTTP/1.1 400 Bad Request", /HTTP/]
  ] as const) {
    it.scoped(`says that ${what} is no FTP server`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(channel(`S: ${greeting}`))
        expect(error).toMatchObject({ _tag: "FtpProtocolViolation" })
        expect("message" in error && error.message).toMatch(expected)
      }).pipe(inMemory)
    )
  }

  it.scoped("bounds the wait for the greeting", () =>
    Effect.gen(function* () {
      const transport = yield* FtpTransport.FtpTransport
      const silent = yield* transport.listen({ host: "127.0.0.1", ports: "Any" })
      const made = yield* Effect.fork(Effect.flip(open(silent.address)))
      yield* TestClock.adjust("31 seconds")
      expect(yield* Fiber.join(made)).toMatchObject({ _tag: "FtpConnectError", reason: "TimedOut" })
    }).pipe(inMemory)
  )

  it.scoped("refuses CR, LF and NUL in an argument before a byte of it leaves", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: NOOP
        S: 200 ok
      `)
      for (const path of ["a\r\nDELE b", "a\nb", "a\0b"]) {
        expect(yield* Effect.flip(control.send(Command.retr(path)))).toMatchObject({ _tag: "FtpUsageError" })
      }
      yield* control.send(Command.noop)
    }).pipe(inMemory)
  )

  it.scoped("masks secrets in the transcript and in errors", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: PASS hunter2
        -- reset
      `)
      const error = yield* Effect.flip(control.send(Command.pass(Redacted.make("hunter2"))))
      expect(JSON.stringify(error) + String(error) + (yield* control.transcript).join()).not.toContain("hunter2")
      expect(yield* control.transcript).toContain("> PASS ****")
    }).pipe(inMemory)
  )

  it.scoped("hands a transfer command's preliminary and final reply out one by one", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(`
        S: 220 hi
        C: RETR a
        S: 150 here it comes
        -- wait 1 second
        S: 226 done
      `)
      const exchange = yield* control.begin(Command.retr("a"))
      expect(Option.map(exchange.first, ({ code }) => code)).toEqual(Option.some(150))
      const final = yield* Effect.fork(exchange.final(Duration.seconds(5)))
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(final)).code).toBe(226)
    }).pipe(inMemory)
  )
})
