import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { settle, start } from "../../support/faulty.ts"
import { connect, download, drain, login, passive, upload } from "../../support/rawClient.ts"
import { over } from "../../support/servedTree.ts"

describe("when a fault strikes", () => {
  it.scoped("once by default, as often as it says, and only at its verbs", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "Refuse", reply: "450 busy", verb: ["SIZE", "MDTM"], times: 2 })
      assert.match(yield* client.ask("PWD"), /^257 /)
      assert.strictEqual(yield* client.ask("SIZE a"), "450 busy")
      assert.strictEqual(yield* client.ask("MDTM a"), "450 busy")
      assert.match(yield* client.ask("SIZE a"), /^213 /)
      yield* server.fault({ _tag: "Refuse", reply: "451-odd\n things\n451 happen" })
      assert.strictEqual(yield* client.ask("PWD"), "451-odd\n things\n451 happen")
      assert.match(yield* client.ask("PWD"), /^257 /)
    }).pipe(over)
  )

  it.scoped("the same one set twice strikes twice, and clearing forgets them all", () =>
    Effect.gen(function* () {
      const fault = { _tag: "Refuse", reply: "450 busy" } as const
      const { client, server } = yield* start(fault, fault)
      assert.match(yield* client.ask("PWD"), /^450 /)
      assert.match(yield* client.ask("PWD"), /^450 /)
      assert.match(yield* client.ask("PWD"), /^257 /)
      yield* server.fault({ ...fault, times: Number.POSITIVE_INFINITY })
      assert.match(yield* client.ask("PWD"), /^450 /)
      yield* server.clearFaults
      assert.match(yield* client.ask("PWD"), /^257 /)
    }).pipe(over)
  )

  it.scoped("at the greeting only when it names CONNECT", () =>
    Effect.gen(function* () {
      const { server } = yield* start({ _tag: "Refuse", reply: "450 busy" })
      yield* server.fault({ _tag: "Refuse", reply: "421 come back later", verb: "CONNECT" })
      const refused = yield* connect(server)
      assert.strictEqual(yield* refused.hear, "421 come back later")
      assert.strictEqual(yield* refused.hear, "(end)")
      yield* server.fault({ _tag: "Refuse", reply: "120 in a minute", verb: "CONNECT" })
      const slow = yield* connect(server)
      assert.deepStrictEqual([yield* slow.hear, yield* slow.hear], ["120 in a minute", "220 Service ready."])
      assert.match(yield* slow.ask("NOOP"), /^450 /)
    }).pipe(over)
  )
})

describe("faults of what the server knows", () => {
  it.scoped("IgnoreRest: 350, and then everything from the start", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "IgnoreRest" })
      assert.match(yield* client.ask("REST 5"), /^350 .*5/)
      assert.strictEqual((yield* download(client, "RETR b")).text, "0123456789")
      yield* client.ask("REST 5")
      assert.strictEqual((yield* download(client, "RETR b")).text, "56789")
    }).pipe(over)
  )

  it.scoped("WrongSize: SIZE lies, listings only when they are named", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "WrongSize", by: 7 })
      assert.match(yield* client.ask("MLST a"), /size=5;/)
      assert.strictEqual(yield* client.ask("SIZE a"), "213 12")
      assert.strictEqual(yield* client.ask("SIZE a"), "213 5")
      yield* server.fault({ _tag: "WrongSize", by: -1, verb: ["MLST", "MLSD"], times: 2 })
      assert.match(yield* client.ask("MLST a"), /size=4;/)
      assert.match((yield* download(client, "MLSD")).text, /size=4;.* a\r\n/)
    }).pipe(over)
  )
})

describe("faults of the control connection", () => {
  it.scoped("Delay waits by the Clock", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "Delay", duration: "10 seconds", verb: "PWD" })
      yield* client.say("PWD")
      const reply = yield* Effect.fork(client.hear)
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* reply.poll))
      yield* TestClock.adjust("1 second")
      assert.match(yield* Effect.flatten(reply.await), /^257 /)
    }).pipe(over)
  )

  it.scoped("Silence: nothing is said any more, and the session ends with the client", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "Silence", verb: "PWD" })
      yield* client.say("PWD\r\nNOOP")
      const reply = yield* Effect.fork(client.hear)
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Option.isNone(yield* reply.poll))
      assert.strictEqual((yield* server.connections).current, 1)
      yield* client.control.endOutput
      assert.strictEqual(yield* Effect.flatten(reply.await), "(end)")
      yield* settle
      assert.strictEqual((yield* server.connections).current, 0)
    }).pipe(over)
  )

  for (const announce of [true, false]) {
    it.scoped(`CloseControl at a command, ${announce ? "with" : "without"} a 421`, () =>
      Effect.gen(function* () {
        const { client } = yield* start({ _tag: "CloseControl", announce, verb: "MKD" })
        yield* client.say("MKD d")
        if (announce) {
          assert.match(yield* client.hear, /^421 /)
        }
        assert.strictEqual(yield* client.hear, "(end)")
      }).pipe(over)
    )
  }

  it.scoped("CloseControl in place of the final reply: the upload is there, the 226 is not", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "CloseControl", at: "FinalReply", how: "Reset", verb: "STOR" })
      const { final, first } = yield* upload(client, "STOR new", "content")
      assert.match(first, /^150 /)
      assert.strictEqual(final, "(lost)")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("new")), "content")
    }).pipe(over)
  )

  it.scoped("Garbage comes in place of the first reply", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "Garbage" })
      assert.notMatch(yield* client.ask("PWD"), /^\d\d\d/)
      yield* server.fault({ _tag: "Garbage", text: "SSH-2.0-OpenSSH_9.2", verb: "CONNECT" })
      assert.strictEqual(yield* (yield* connect(server)).hear, "SSH-2.0-OpenSSH_9.2")
    }).pipe(over)
  )

  it.scoped("ManyGreetings: lines before and after the 220, at once or by and by", () =>
    Effect.gen(function* () {
      const { server } = yield* start()
      yield* server.fault({ _tag: "ManyGreetings", verb: "CONNECT", before: ["Hi"], after: ["220 b", "220 c"] })
      const client = yield* connect(server)
      assert.deepStrictEqual(
        [yield* client.hear, yield* client.hear, yield* client.hear, yield* client.hear],
        ["Hi", "220 Service ready.", "220 b", "220 c"]
      )
      yield* server.fault({ _tag: "ManyGreetings", verb: "CONNECT", after: ["220 b", "220 c"], apart: "1 second" })
      const early = yield* connect(server)
      assert.strictEqual(yield* early.hear, "220 Service ready.")
      assert.match(yield* early.ask("NOOP"), /^200 /)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* early.hear, "220 b")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* early.hear, "220 c")
    }).pipe(over)
  )

  it.scoped("ForeignEnd and NoEnd: a reply of several lines without its own end", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "NoEnd", verb: "MKD", lines: ["553-", "553 x"] })
      assert.strictEqual(yield* client.ask("MKD d"), "553-\n553 x")
      assert.match(yield* client.hear, /^257 /)
      yield* server.fault({ _tag: "ForeignEnd", verb: "NOOP", line: "200 its own" })
      assert.match(yield* client.ask("NOOP"), /^200-.*\n200 its own$/)
    }).pipe(over)
  )

  it.scoped("TinyWrites: a reply arrives byte by byte", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "TinyWrites" })
      const before = client.reads()
      assert.match(yield* client.ask("PWD"), /^257 "\/" is/)
      assert.isAbove(client.reads() - before, 20)
    }).pipe(over)
  )

  it.scoped("Flood: a reply is huge, in lines or in one", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "Flood", bytes: 100_000 })
      const lines = yield* client.ask("PWD")
      assert.isAtLeast(lines.replaceAll("\n", "\r\n").length, 100_000)
      assert.match(lines, /^257-"\/" is.*\n(.*\n)+257 End$/)
      yield* server.fault({ _tag: "Flood", bytes: 100_000, shape: "OneLine" })
      assert.strictEqual(yield* client.ask("PWD"), `257 ${"x".repeat(100_000)}`)
    }).pipe(over)
  )

  it.scoped("LosePipelined: what arrived behind the command is gone", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "LosePipelined", verb: "PWD" })
      yield* client.say("PWD\r\nSYST\r\nNOOP")
      assert.match(yield* client.hear, /^257 /)
      assert.match(yield* client.ask("TYPE I"), /^200 Switching/)
      assert.notInclude(yield* server.commands, "SYST")
    }).pipe(over)
  )

  it.scoped("ResetAll and resetConnections: every connection is reset, new ones are welcome", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start()
      yield* server.write("big", new Uint8Array(1_000_000))
      const other = yield* login(server)
      const data = yield* passive(other)
      yield* other.ask("RETR big")
      yield* server.fault({ _tag: "ResetAll", verb: "NOOP" })
      yield* client.say("NOOP")
      assert.deepStrictEqual([yield* client.hear, yield* other.hear], ["(lost)", "(lost)"])
      assert.strictEqual((yield* drain(data)).end, "Reset")
      yield* settle
      assert.strictEqual((yield* server.connections).current, 0)
      const third = yield* login(server)
      yield* server.resetConnections
      assert.strictEqual(yield* third.hear, "(lost)")
      assert.match(yield* (yield* login(server)).ask("NOOP"), /^200 /)
    }).pipe(over)
  )
})
