import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { settle, start } from "../../support/faulty.ts"
import { dial, download, drain, login, passive } from "../../support/rawClient.ts"
import { over } from "../../support/servedTree.ts"

describe("faults of the data connection", () => {
  it.scoped("DropData resets a download after so many bytes", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "DropData", afterBytes: 4, times: 1 })
      const { end, final } = yield* download(client, "RETR b")
      assert.strictEqual(end, "Reset")
      assert.match(final, /^426 /)
      assert.strictEqual((yield* download(client, "RETR b")).text, "0123456789")
    }).pipe(over)
  )

  it.scoped("DropData can look like the end, and even be called a success", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "DropData", afterBytes: 4, how: "End", reply: "226 Done." })
      const { end, final, text } = yield* download(client, "RETR b")
      assert.deepStrictEqual([text, end, final], ["0123", "FIN", "226 Done."])
    }).pipe(over)
  )

  it.scoped("DropData spares a transfer that is shorter", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "DropData", afterBytes: 6, how: "End" })
      assert.match((yield* download(client, "RETR a")).final, /^226 /)
      assert.strictEqual((yield* download(client, "RETR b")).text, "012345")
    }).pipe(over)
  )

  it.scoped("regression: DropData that another upload has used up takes nothing from this one", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "DropData", afterBytes: 4 })
      const other = yield* login(server)
      const [mine, theirs] = [yield* passive(client), yield* passive(other)]
      yield* client.ask("STOR mine")
      yield* other.ask("STOR theirs")
      yield* theirs.write(Buffer.from("abcd"))
      assert.match(yield* other.hear, /^426 /)
      yield* mine.write(Buffer.from("abcdefgh"))
      yield* mine.endOutput
      assert.match(yield* client.hear, /^226 /)
      assert.strictEqual(new TextDecoder().decode(yield* server.read("mine")), "abcdefgh")
    }).pipe(over)
  )

  it.scoped("DropData keeps so many bytes of an upload", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "DropData", afterBytes: 4 })
      const data = yield* passive(client)
      yield* client.ask("STOR new")
      yield* data.write(Buffer.from("abcdefgh"))
      assert.match(yield* client.hear, /^426 /)
      assert.strictEqual((yield* drain(data)).end, "Reset")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("new")), "abcd")
    }).pipe(over)
  )

  it.scoped("EmptyData closes without a byte and says 226", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "EmptyData", verb: "RETR" })
      const { end, final, text } = yield* download(client, "RETR a")
      assert.deepStrictEqual([text, end, final], ["", "FIN", "226 Transfer complete."])
    }).pipe(over)
  )

  it.scoped("KeepDataOpen leaves the data connection up after a 550", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "KeepDataOpen" })
      const data = yield* passive(client)
      assert.match(yield* client.ask("RETR nope"), /^550 /)
      const reading = yield* Effect.fork(data.read)
      yield* settle
      assert.isTrue(Option.isNone(yield* reading.poll))
      yield* client.ask("QUIT")
      expect(yield* Effect.flatten(reading.await)).toEqual(Option.none())
    }).pipe(over)
  )

  it.scoped("DeafEpsv names a port without a listener", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "DeafEpsv" })
      assert.match(yield* client.ask("PASV"), /^227 /)
      const port = Number(/\|(\d+)\|/.exec(yield* client.ask("EPSV"))?.[1])
      const error = yield* Effect.flip(dial("127.0.0.1", port, "Data"))
      assert.strictEqual(error.reason, "Refused")
      assert.strictEqual((yield* download(client, "RETR a")).text, "hello")
    }).pipe(over)
  )

  it.scoped("ForeignPasv names another host with the right port", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "ForeignPasv", host: "10.255.255.1" })
      const [, high, low] = /\(10,255,255,1,(\d+),(\d+)\)/.exec(yield* client.ask("PASV")) ?? []
      const data = yield* dial("127.0.0.1", Number(high) * 256 + Number(low), "Data")
      yield* client.ask("RETR a")
      assert.strictEqual((yield* drain(data)).text, "hello")
    }).pipe(over)
  )
})

describe("faults of the replies to a transfer", () => {
  it.scoped("WithholdFinal: the 226 never comes, the session stays usable", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "WithholdFinal", verb: "RETR" })
      const data = yield* passive(client)
      yield* client.ask("RETR a")
      yield* drain(data)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("EarlyFinal: 226 comes before the data", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "EarlyFinal" })
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      assert.match(yield* client.ask("RETR big"), /^150 /)
      assert.match(yield* client.hear, /^226 /)
      assert.strictEqual((yield* drain(data)).text.length, 1_000_000)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("FinalAfterClose: 226 waits for the client's FIN", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "FinalAfterClose" })
      const data = yield* passive(client)
      yield* client.ask("RETR a")
      assert.deepStrictEqual(yield* drain(data), { text: "hello", end: "FIN" })
      const final = yield* Effect.fork(client.hear)
      yield* settle
      assert.isTrue(Option.isNone(yield* final.poll))
      yield* data.endOutput
      assert.match(yield* Effect.flatten(final.await), /^226 /)
    }).pipe(over)
  )

  it.scoped("LatePreliminary: 150 comes after the data", () =>
    Effect.gen(function* () {
      const { client } = yield* start({ _tag: "LatePreliminary", verb: "RETR" })
      const data = yield* passive(client)
      yield* client.say("RETR a")
      assert.strictEqual((yield* drain(data)).text, "hello")
      assert.match(yield* client.hear, /^150 /)
      assert.match(yield* client.hear, /^226 /)
    }).pipe(over)
  )

  it.scoped("NoPreliminary, DoublePreliminary and DoubleFinal change their number", () =>
    Effect.gen(function* () {
      const { client, server } = yield* start({ _tag: "NoPreliminary" })
      const without = yield* passive(client)
      assert.match(yield* client.ask("RETR a"), /^226 /)
      assert.strictEqual((yield* drain(without)).text, "hello")
      yield* server.fault({ _tag: "DoublePreliminary" })
      yield* server.fault({ _tag: "DoubleFinal", verb: "RETR" })
      yield* passive(client)
      yield* client.say("RETR a")
      const heard = [yield* client.hear, yield* client.hear, yield* client.hear, yield* client.hear]
      assert.deepStrictEqual(
        heard.map((reply) => reply.slice(0, 3)),
        ["150", "150", "226", "226"]
      )
    }).pipe(over)
  )
})
