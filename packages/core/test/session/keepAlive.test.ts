/** NOOP beside a transfer, answered as servers do (RFC 959 §5.4 allows none of it; see each test). */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { services } from "../support/embedded.ts"
import { begun, fetch, ready, session } from "../support/scripted.ts"

const every = (seconds: number) =>
  Effect.provide(Layer.merge(services, FtpTimeouts.layer({ keepAlive: Duration.seconds(seconds) })))

const transfer = (command: string, rest: string) => `${ready()}${begun(command)}${rest}`

/** Downloads `a` while time goes by, and says whether the session can be used by others then. */
const download = (rest: string, next = "") =>
  Effect.gen(function* () {
    const { script, session: made } = yield* session(`${transfer("RETR a", rest)}\n${next}`)
    const reading = yield* Effect.fork(fetch(made, "a"))
    yield* Effect.repeatN(TestClock.adjust("1 second"), 40)
    const text = yield* Fiber.join(reading)
    return { text, script, made, reusable: yield* made.reusable }
  })

describe("NOOP beside a transfer", () => {
  it.scoped("may be answered at once", () =>
    Effect.gen(function* () {
      const { made, reusable, text } = yield* download(
        `
        D: send hello
        C: NOOP
        S: 200 ok
        D: send world
        C: NOOP
        S: 200 ok
        D: end
        S: 226 done
        `,
        "C: SIZE a\nS: 213 10"
      )
      expect(text).toBe("helloworld")
      expect(reusable).toBe(true)
      expect(yield* made.size("a")).toBe(10)
    }).pipe(every(10))
  )

  it.scoped(
    "may be answered after the end of the transfer (vsftpd, ProFTPD), and the next reply is the next command's",
    () =>
      Effect.gen(function* () {
        const { made, reusable } = yield* download(
          "D: send hello\nC: NOOP\nD: end\nS: 226 done\nS: 200 ok",
          "C: SIZE a\nS: 213 5"
        )
        expect(reusable).toBe(true)
        expect(yield* made.size("a")).toBe(5)
      }).pipe(every(10))
  )

  it.scoped("is waited for when its answer is late, before another command goes out", () =>
    Effect.gen(function* () {
      const { made, reusable } = yield* download(
        "D: send hello\nC: NOOP\nD: end\nS: 226 done\n-- wait 2 seconds\nS: 200 ok",
        "C: SIZE a\nS: 213 5"
      )
      expect(reusable).toBe(true)
      expect(yield* made.size("a")).toBe(5)
    }).pipe(every(10))
  )

  it.scoped("may be answered between the end of the data and that of the transfer", () =>
    Effect.gen(function* () {
      const { reusable, text } = yield* download(
        "D: send hello\nC: NOOP\nD: end\nS: 200 ok\n-- wait 3 seconds\nS: 226 done"
      )
      expect({ reusable, text }).toEqual({ reusable: true, text: "hello" })
    }).pipe(every(10))
  )

  it.scoped("may be refused before the end of the transfer (Pure-FTPd)", () =>
    Effect.gen(function* () {
      const { reusable, text } = yield* download("D: send hello\nC: NOOP\nS: 500 ?\nD: send world\nD: end\nS: 226 done")
      expect({ reusable, text }).toEqual({ reusable: true, text: "helloworld" })
    }).pipe(every(10))
  )

  it.scoped("costs the session and nothing else when it is never answered (IIS), and is not sent twice", () =>
    Effect.gen(function* () {
      const { made, reusable, text } = yield* download(
        "D: send hello\nC: NOOP\n-- wait 15 seconds\nD: end\nS: 226 done"
      )
      expect({ reusable, text }).toEqual({ reusable: false, text: "hello" })
      expect(yield* Effect.flip(made.size("a"))).toMatchObject({
        _tag: "FtpConnectionLost",
        outcome: "NotApplied",
        detail: "no answer to NOOP within 3 s"
      })
    }).pipe(every(10))
  )

  it.scoped("does not hide that the server broke the transfer off", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        transfer("STOR a", "D: expect hello\nC: NOOP\nS: 452 disk full\nS: 200 ok")
      )
      let isFirst = true
      const pull = Effect.suspend(() => {
        const wait = isFirst ? Effect.void : Effect.sleep("20 seconds")
        isFirst = false
        return Effect.as(wait, Option.some(new TextEncoder().encode("hello")))
      })
      const sending = yield* Effect.fork(Effect.flip(made.transmit(Command.stor("a"), pull)))
      yield* Effect.repeatN(TestClock.adjust("1 second"), 60)
      expect(yield* Fiber.join(sending)).toMatchObject({ _tag: "FtpRejected", reason: "StorageFull" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(every(10))
  )

  it.scoped("is heard out together with the transfer that is left early", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        transfer("RETR a", "D: send hello\nC: NOOP\n-- wait 3 seconds\nS: 200 ok\n-- wait 300 millis\nS: 426 broken")
      )
      const left = yield* Effect.fork(
        Effect.scoped(
          Effect.gen(function* () {
            const { read } = yield* made.receive(Command.retr("a"))
            yield* read
            yield* Effect.sleep("12900 millis")
          })
        )
      )
      yield* Effect.repeatN(TestClock.adjust("100 millis"), 200)
      yield* Fiber.join(left)
      expect(yield* made.reusable).toBe(true)
    }).pipe(every(10))
  )

  it.scoped("is not sent unless it is asked for", () =>
    Effect.gen(function* () {
      const { reusable } = yield* download("D: send hello\n-- wait 30 seconds\nD: end\nS: 226 done")
      expect(reusable).toBe(true)
    }).pipe(Effect.provide(services))
  )
})
