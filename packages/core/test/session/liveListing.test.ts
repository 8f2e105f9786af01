/** Listings whose entries are handed out while others are still to come. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, login, ready, session } from "../support/scripted.ts"

const MLSD = `${ready("MLST type*;")}${begun("MLSD")}`
const send = (...names: ReadonlyArray<string>) => names.map((name) => `D: send type=file; ${name}\\r\\n\n`).join("")
const BYE = "C: QUIT\nS: 221 bye"

/** The names that come, and how the stream ends. */
const collected = (from: FtpSession.FtpSession, options?: FtpSession.EntriesOptions) => {
  const names: Array<string> = []
  return Effect.map(
    Effect.either(
      Stream.runForEach(FtpSession.entries(from, "", options), ({ name }) => Effect.sync(() => names.push(name)))
    ),
    (end) => ({ names, end })
  )
}

describe("a live listing", () => {
  it.scoped("hands an entry out before the next one is there", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${MLSD}${send("a")}-- wait 20 seconds\n${send("b")}D: end\nS: 226 ok\n${BYE}`
      )
      const first = yield* Deferred.make<string>()
      const fiber = yield* Effect.fork(
        Stream.runCount(Stream.tap(FtpSession.entries(made, ""), ({ name }) => Deferred.succeed(first, name)))
      )
      expect(yield* Deferred.await(first)).toBe("a")
      expect((yield* Fiber.status(fiber))._tag).not.toBe("Done")
      expect(yield* inTime(Fiber.join(fiber))).toBe(2)
      expect(yield* made.reusable).toBe(true)
    }).pipe(Effect.provide(services))
  )

  it.scoped("waits for its consumer, for longer than a listing may take", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${MLSD}${send("a")}-- wait 1 second\n${send("b")}D: end\nS: 226 ok\n${BYE}`
      )
      const delivered: Array<string> = []
      const slow = made.listInto("", (entries) =>
        Effect.delay(
          Effect.sync(() => delivered.push(...entries.map(({ name }) => name))),
          "50 seconds"
        )
      )
      const { entries, unreadCount } = yield* inTime(slow, "5 minutes", 60)
      expect([...delivered, ...entries.map(({ name }) => name)]).toEqual(["a", "b"])
      expect(unreadCount).toBe(0)
    }).pipe(Effect.provide(FtpTimeouts.layer({ listing: Duration.seconds(20) })), Effect.provide(services))
  )

  it.scoped("ends after the limit of listings if it is the server that takes its time", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${MLSD}${`${send("a")}-- wait 8 seconds\n`.repeat(2)}-- wait 30 seconds`
      )
      const error = yield* inTime(Effect.flip(made.listInto("", () => Effect.sleep("1 second"))), "1 minute", 60)
      expect(error).toMatchObject({ _tag: "FtpConnectionLost", detail: "no end of the listing for 20 s" })
      yield* TestClock.adjust("1 minute")
    }).pipe(Effect.provide(FtpTimeouts.layer({ listing: Duration.seconds(20) })), Effect.provide(services))
  )

  for (const [what, end, error] of [
    ["is cut short by the server's own word", "D: end\nS: 226 Output truncated to 2 matches", { reason: "CutShort" }],
    ["ends in a reset", "-- wait 1 second\nD: reset\nS: 426 aborted", { _tag: "FtpRejected" }],
    ["ends in a refusal", "D: end\nS: 550 it broke", { _tag: "FtpRejected" }],
    ["can't be listed for now", "D: end\nS: 450 busy", { _tag: "FtpRejected" }],
    ["ends in a refusal of the verb", "D: end\nS: 502 no MLSD", { _tag: "FtpRejected" }]
  ] as const) {
    it.scoped(`that ${what} fails after its entries, and is not asked for in another way`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`${MLSD}${send("a", "b")}${end}\n${BYE}`)
        const { end: ended, names } = yield* inTime(collected(made))
        expect(names).toEqual(["a", "b"])
        expect(ended).toMatchObject({ _tag: "Left", left: error })
      }).pipe(Effect.provide(services))
    )
  }

  it.scoped("reports what could not be read at its end, which may fail it", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${MLSD}${send("a")}D: send what\\r\\n\nD: end\nS: 226 ok\n${BYE}`)
      const seen: Array<number> = []
      const { names } = yield* collected(made, {
        onEnd: ({ unreadCount }) => Effect.sync(() => void seen.push(unreadCount))
      })
      expect({ names, seen }).toEqual({ names: ["a"], seen: [1] })
    }).pipe(Effect.provide(services))
  )

  it.scoped("of which no line can be read is asked for by LIST, as any other", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${MLSD}D: send what\\r\\n\nD: end\nS: 226 ok
        ${begun("LIST -a")}D: send -rw-r--r-- 1 u g 1 Jan 01 2020 x\\r\\n\nD: end\nS: 226 ok
        ${begun("LIST")}D: send -rw-r--r-- 1 u g 1 Jan 01 2020 x\\r\\n\nD: end\nS: 226 ok\n${BYE}`
      )
      expect(yield* collected(made)).toMatchObject({ names: ["x"], end: { _tag: "Right" } })
    }).pipe(Effect.provide(services))
  )

  it.scoped("that is left early resets the data connection, and the session is fit for the next command", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(
        `${MLSD}${send("a")}-- wait 100 millis\nS: 426 aborted\nC: PWD\nS: 257 "/"\n${BYE}`
      )
      const names = yield* inTime(
        Stream.runCollect(Stream.map(Stream.take(FtpSession.entries(made, ""), 1), ({ name }) => name)),
        "2 seconds"
      )
      expect(Array.from(names)).toEqual(["a"])
      expect(yield* made.workingDirectory).toBe("/")
    }).pipe(Effect.provide(services))
  )

  it.scoped("by LIST hands entries out once the server is known, and no earlier", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 300 }, (_, index) => `-rw-r--r-- 1 u g 1 Jan 01 2020 f${index}`)
      const listing = (end: string) =>
        `${begun("LIST")}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: ${end}\n`
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      const script = yield* FtpScript.make(`${ready("UTF8")}${listing("226 ok")}${BYE}`)
      const made = yield* login(script, { user: "ann", password: "secret" }, capabilities)
      let early = 0
      const rest = yield* inTime(
        made.listInto("", (entries) =>
          Effect.sync(() => {
            early += entries.length
          })
        )
      )
      expect(early).toBeGreaterThan(200)
      expect(early + rest.entries.length).toBe(300)
    }).pipe(Effect.provide(services))
  )

  it.scoped("by LIST is read whole while the zone of its times can be found out by it", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 300 }, (_, index) => `-rw-r--r-- 1 u g 1 Jan 01 2020 f${index}`)
      const capabilities = ServerCapabilities.make()
      capabilities.set("LIST -a", false)
      const script = yield* FtpScript.make(
        `${ready("MDTM")}${begun("LIST")}${lines.map((line) => `D: send ${line}\\r\\n\n`).join("")}D: end\nS: 226 ok\n${BYE}`
      )
      const made = yield* login(script, { user: "ann", password: "secret" }, capabilities)
      const rest = yield* inTime(made.listInto("", () => Effect.dieMessage("nothing is to be delivered")))
      expect(rest.entries).toHaveLength(300)
    }).pipe(Effect.provide(services))
  )
})
