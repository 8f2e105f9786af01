import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { download, drain, passive, upload } from "../../support/rawClient.ts"
import { loggedIn, MAY, over } from "../../support/servedTree.ts"

describe("transfers", () => {
  it.scoped("RETR sends a large file whole", () =>
    Effect.gen(function* () {
      const content = "0123456789abcdef".repeat(200_000)
      const { client, server } = yield* loggedIn()
      yield* server.write("big/file", content)
      const { end, final, first, text } = yield* download(client, "RETR big/file")
      assert.match(first, /^150 .*\(3200000 bytes\)/)
      assert.isTrue(text === content)
      assert.strictEqual(end, "FIN")
      assert.match(final, /^226 /)
    }).pipe(over)
  )

  it.scoped("REST makes RETR start there, once, and outlives other commands (RFC 3659 §5)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("REST 3"), /^350 .*\(3\)/)
      yield* client.ask("PWD")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "lo")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("REST -1"), /^501 /)
      yield* client.ask("REST 5")
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "")
      yield* client.ask("REST 6")
      assert.match(yield* client.ask("RETR a.txt"), /^554 /)
    }).pipe(over)
  )

  it.scoped("STOR replaces, APPE adds, and after REST both write in place", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      const content = Effect.map(server.read("up"), (bytes) => new TextDecoder().decode(bytes))
      yield* TestClock.setTime(MAY.getTime())
      const { final, first } = yield* upload(client, "STOR up", "first version")
      assert.match(first, /^150 /)
      assert.match(final, /^226 /)
      assert.strictEqual(yield* content, "first version")
      assert.strictEqual(yield* client.ask("MDTM up"), "213 20240506070809")
      yield* upload(client, "STOR up", "2nd")
      assert.strictEqual(yield* content, "2nd")
      yield* upload(client, "APPE up", "+more")
      assert.strictEqual(yield* content, "2nd+more")
      yield* client.ask("REST 4")
      yield* upload(client, "STOR up", "MO")
      assert.strictEqual(yield* content, "2nd+MOre")
      yield* client.ask("REST 8")
      yield* upload(client, "APPE up", "!")
      assert.strictEqual(yield* content, "2nd+MOre!")
      yield* client.ask("REST 100")
      assert.match(yield* client.ask("STOR up"), /^554 /)
      assert.match((yield* upload(client, "APPE fresh", "x")).final, /^226 /)
    }).pipe(over)
  )

  it.scoped("STOU chooses a name and gives it in the 150 (RFC 1123 §4.1.2.9)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      assert.strictEqual((yield* upload(client, "STOU", "one")).first, "150 FILE: STOU")
      assert.strictEqual((yield* upload(client, "STOU", "two")).first, "150 FILE: STOU.1")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("STOU.1")), "two")
    }).pipe(over)
  )

  it.scoped("a tree given by the caller is never written to", () =>
    Effect.gen(function* () {
      const mine = new TextEncoder().encode("mine")
      const { client, server } = yield* loggedIn({ root: { f: mine } })
      yield* client.ask("REST 1")
      yield* upload(client, "STOR f", "XX")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("f")), "mXXe")
      assert.strictEqual(new TextDecoder().decode(mine), "mine")
    }).pipe(over)
  )

  it.scoped("TYPE A turns LF into CRLF and back (RFC 959 §3.1.1.1)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* client.ask("TYPE A")
      assert.strictEqual((yield* download(client, "RETR pub/b.txt")).text, "line 1\r\nline 2\r\n")
      yield* upload(client, "STOR t", "a\r\nb\rc\r\r\n\r")
      assert.strictEqual(new TextDecoder().decode(yield* server.read("t")), "a\nb\rc\r\n\r")
    }).pipe(over)
  )

  it.scoped("beyond the quota there is 552, and what fitted stays", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn({ root: { old: "12345" }, quota: 10 })
      assert.match((yield* upload(client, "STOR new", "123456789")).final, /^552 /)
      assert.strictEqual((yield* server.read("new")).byteLength, 5)
      yield* client.ask("DELE new")
      assert.match((yield* upload(client, "STOR new", "12345")).final, /^226 /)
    }).pipe(over)
  )

  it.scoped("what cannot be opened is 550 before any data connection, whose port is closed", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const data = yield* passive(client)
      assert.strictEqual(yield* client.ask("RETR nope"), "550 nope: No such file or directory")
      assert.strictEqual((yield* drain(data)).end, "Reset")
      assert.strictEqual(yield* client.ask("RETR pub"), "550 pub: Not a regular file")
      assert.strictEqual(yield* client.ask("STOR pub"), "550 pub: Is a directory")
      assert.match(yield* client.ask("STOR no/where"), /^550 /)
      assert.match(yield* client.ask("LIST nope"), /^550 /)
      assert.match(yield* client.ask("MLSD a.txt"), /^501 /)
    }).pipe(over)
  )

  it.scoped("an upload that is reset is 426 and leaves what came", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      const data = yield* passive(client)
      yield* client.ask("STOR part")
      yield* data.write(Buffer.from("some"))
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      yield* data.reset
      assert.match(yield* client.hear, /^426 /)
      assert.strictEqual((yield* server.read("part")).byteLength, 4)
    }).pipe(over)
  )

  it.scoped("a download whose client leaves is 426, and the session stays usable", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      yield* client.ask("RETR big")
      yield* data.reset
      assert.match(yield* client.hear, /^426 /)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("ABOR stops a transfer under way: 426, then 226 (RFC 959 §4.1.3)", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      assert.match(yield* client.ask("RETR big"), /^150 /)
      assert.strictEqual((yield* server.connections).transfers, 1)
      assert.match(yield* client.ask("\xff\xf4\xff\xf2ABOR"), /^426 /)
      assert.match(yield* client.hear, /^226 /)
      assert.strictEqual((yield* drain(data)).end, "Reset")
      assert.strictEqual((yield* server.connections).transfers, 0)
      assert.match(yield* client.ask("ABOR"), /^225 /)
    }).pipe(over)
  )

  it.scoped("a control connection that is lost takes its transfer with it", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn()
      yield* server.write("big", new Uint8Array(1_000_000))
      const data = yield* passive(client)
      yield* client.ask("RETR big")
      yield* client.control.reset
      assert.strictEqual((yield* drain(data)).end, "Reset")
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      assert.strictEqual((yield* server.connections).current, 0)
    }).pipe(over)
  )

  it.scoped("pipelined commands are answered in order, those behind a transfer after it", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const data = yield* passive(client)
      yield* client.say("PWD\r\nRETR a.txt\r\nNOOP\r\nSYST")
      const codes: Array<string> = []
      for (let count = 0; count < 5; count += 1) {
        codes.push((yield* client.hear).slice(0, 3))
      }
      assert.deepStrictEqual(codes, ["257", "150", "226", "200", "215"])
      assert.strictEqual((yield* drain(data)).text, "hello")
    }).pipe(over)
  )
})
