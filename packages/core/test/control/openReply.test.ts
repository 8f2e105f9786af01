/** Replies of several lines whose own end does not come: silence ends them. */
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { channel } from "../support/scripted.ts"

const inMemory = Effect.provide(MemoryTransport.layer)

/** What comes of the effect after so much silence. */
const after = <A, E, R>(silence: Duration.DurationInput, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(self)
    yield* TestClock.adjust(Duration.subtract(Duration.decode(silence), Duration.millis(1)))
    expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
    yield* TestClock.adjust("1 milli")
    return yield* Fiber.join(fiber)
  })

/** The same while the clock moves on in these steps. */
const during = <A, E, R>(steps: ReadonlyArray<Duration.DurationInput>, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(self)
    yield* Effect.forEach(steps, TestClock.adjust)
    return yield* Fiber.join(fiber)
  })

describe("a reply whose last line looks like an end, after 3 seconds of silence", () => {
  for (const [what, line, command, lines, expected] of [
    [
      "is the reply that it began as, if both codes say the same",
      "FEAT",
      Command.feat,
      ["211-Features:", " MDTM", "221 End"],
      { code: 211, lines: ["Features:", " MDTM", "End"] }
    ],
    [
      "ends at its own code without a space",
      "FEAT",
      Command.feat,
      ["211-Features:", " MDTM", "211End"],
      { code: 211, lines: ["Features:", " MDTM", "End"] }
    ],
    [
      "is the reply that its last line is, if that says something else",
      "DELE a",
      Command.dele("a"),
      ["250-Deleting", "550 no such file"],
      { code: 550, lines: ["Deleting", "no such file"] }
    ],
    [
      "is the reply that it began as, if its last line can't answer the command",
      "RNFR a",
      Command.rnfr("a"),
      ["350-more", "226 x"],
      { code: 350, lines: ["more", "x"] }
    ],
    [
      "keeps the lines inside that look like ends",
      "PWD",
      Command.pwd,
      ['257-"/"', "226 fake", "250 apples", "", "200 z"],
      { code: 257, lines: ['"/"', "226 fake", "250 apples", "", "z"] }
    ]
  ] as const) {
    it.scoped(what, () =>
      Effect.gen(function* () {
        const said = lines.map((text) => `S: ${text}`).join("\n")
        const { control } = yield* channel(`S: 220 hi\nC: ${line}\n${said}\nC: NOOP\nS: 200 ok`)
        expect(yield* after("3 seconds", control.send(command))).toEqual(expected)
        // Its own end may come yet.
        expect(yield* control.inStep).toBe(true)
      }).pipe(inMemory)
    )
  }

  it.scoped("begins a transfer: the upload is neither refused nor sent twice (glftpd)", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        "S: 220 hi\nC: STOR a\nS: 553-\nS: 553- Excluded (precheck).\nS: 150 go\n-- wait 10 seconds\nS: 226 stored"
      )
      const exchange = yield* after("3 seconds", control.begin(Command.stor("a")))
      expect(Option.map(exchange.first, ({ code }) => code)).toEqual(Option.some(150))
      expect(yield* during(["10 seconds"], exchange.watch)).toEqual({ code: 226, lines: ["stored"] })
    }).pipe(inMemory)
  )

  it.scoped("holds the answers to the other commands of a burst", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        "S: 220 hi\nC: FEAT\nC: TYPE I\nC: NOOP\nS: 211-Features:\nS:  MDTM\nS: 221 End\nS: 200 binary\nS: 502 what"
      )
      const replies = yield* after("3 seconds", control.sendAll([Command.feat, Command.type("I"), Command.noop]))
      expect(replies).toEqual([
        { code: 211, lines: ["Features:", " MDTM", "End"] },
        { code: 200, lines: ["binary"] },
        { code: 502, lines: ["what"] }
      ])
    }).pipe(inMemory)
  )

  it.scoped("does not end while more lines come", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        "S: 220 hi\nC: PWD\nS: 257-a\nS: 226 x\n-- wait 2 seconds\nS: 226 y\n-- wait 2 seconds\nS: 257 b"
      )
      const reply = yield* during(["2 seconds", "2 seconds"], control.send(Command.pwd))
      expect(reply).toEqual({ code: 257, lines: ["a", "226 x", "226 y", "b"] })
      expect(yield* control.inStep).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("does not end in the middle of a line", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        "S: 220 hi\nC: PWD\nS: 257-a\nS: 226 x\nS~ 25\n-- wait 4 seconds\nS~ 7 b\\r\\n"
      )
      const reply = yield* during(["4 seconds"], control.send(Command.pwd))
      expect(reply).toEqual({ code: 257, lines: ["a", "226 x", "b"] })
    }).pipe(inMemory)
  )
})

describe("a reply that has begun, and in which nothing looks like an end", () => {
  it.scoped("counts as it is at the limit of its command, and leaves the channel in doubt", () =>
    Effect.gen(function* () {
      const { control } = yield* channel("S: 220 hi\nC: DELE a\nS: 550-No such file\nC: NOOP\nS: 200 ok")
      expect(yield* after("30 seconds", control.send(Command.dele("a")))).toEqual({
        code: 550,
        lines: ["No such file"]
      })
      expect(yield* control.inStep).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("is lost if it still drips at the limit", () =>
    Effect.gen(function* () {
      const { control } = yield* channel(
        "S: 220 hi\nC: PWD\nS: 257-a\n-- wait 14 seconds\nS: b\n-- wait 14 seconds\nS: c\n-- wait 14 seconds"
      )
      const lost = Effect.flip(control.send(Command.pwd))
      expect(yield* during(["14 seconds", "14 seconds", "2 seconds"], lost)).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "TimedOut"
      })
      yield* TestClock.adjust("12 seconds")
    }).pipe(inMemory)
  )
})
