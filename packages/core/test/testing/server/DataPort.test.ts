import { assert, describe, it } from "@effect/vitest"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { dial, download, drain, login } from "../../support/rawClient.ts"
import { loggedIn, over, served } from "../../support/servedTree.ts"

describe("data connections (RFC 959 §3.2, RFC 2428)", () => {
  it.scoped("150 comes only once the data connection is up", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      const port = Number(/\|(\d+)\|/.exec(yield* client.ask("EPSV"))?.[1])
      yield* client.say("RETR a.txt")
      const waiting = yield* Effect.fork(client.hear)
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      assert.isTrue(Option.isNone(yield* waiting.poll))
      const data = yield* dial("127.0.0.1", port, "Data")
      assert.match(yield* waiting.await.pipe(Effect.flatten), /^150 .*\(5 bytes\)/)
      assert.deepStrictEqual(yield* drain(data), { text: "hello", end: "FIN" })
      assert.match(yield* client.hear, /^226 /)
    }).pipe(over)
  )

  it.scoped("a passive port serves one transfer; without one there is 425", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )

  it.scoped("PRET announces one passive port, by option; without the option it is unknown (DrFTPD)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ pret: true })
      assert.match(yield* client.ask("EPSV"), /^500 .*PRET/)
      assert.match(yield* client.ask("PASV"), /^500 .*PRET/)
      assert.match(yield* client.ask("PRET RETR a.txt"), /^200 /)
      assert.match(yield* client.ask("EPSV"), /^229 /)
      assert.match(yield* client.ask("EPSV"), /^500 .*PRET/)
      const plain = yield* loggedIn()
      assert.match(yield* plain.client.ask("PRET RETR a.txt"), /^500 /)
    }).pipe(over)
  )

  it.scoped("a client that does not dial gets 425 when the time is over", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ dataTimeout: "30 seconds" })
      yield* client.ask("EPSV")
      yield* client.say("RETR a.txt")
      const waiting = yield* Effect.fork(client.hear)
      yield* TestClock.adjust("30 seconds")
      assert.match(yield* waiting.await.pipe(Effect.flatten), /^425 /)
      assert.match(yield* client.ask("NOOP"), /^200 /)
    }).pipe(over)
  )

  it.scoped("PASV names the address in six numbers, or the one of the options", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ passivePorts: [50000, 50001] })
      assert.strictEqual(yield* client.ask("PASV"), "227 Entering Passive Mode (127,0,0,1,195,80).")
      const elsewhere = yield* login(yield* served({ passiveHost: "192.0.2.9" }))
      assert.match(yield* elsewhere.ask("PASV"), /\(192,0,2,9,\d+,\d+\)/)
    }).pipe(over)
  )

  it.scoped("over IPv6 there is EPSV and EPRT only, and EPSV ALL forbids the rest", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn({ host: "::1" })
      assert.match(yield* client.ask("PASV"), /^425 /)
      assert.match(yield* client.ask("EPSV 1"), /^522 .*\(2\)/)
      assert.match(yield* client.ask("EPRT |1|127.0.0.1|5000|"), /^522 .*\(2\)/)
      assert.match(yield* client.ask("EPRT |2|0:0:0:0:0:0:0:1|5000|"), /^200 /)
      assert.strictEqual((yield* download(client, "RETR a.txt")).text, "hello")
      assert.match(yield* client.ask("EPSV ALL"), /^200 /)
      assert.match(yield* client.ask("EPRT |2|::1|5000|"), /^501 /)
      assert.match(yield* client.ask("PASV"), /^501 /)
      assert.match(yield* client.ask("EPSV"), /^229 /)
    }).pipe(over)
  )

  for (const argument of ["PORT 127,0,0,1,195,80", "EPRT |1|127.0.0.1|50000|"]) {
    it.scoped(`the server dials after ${argument}`, () =>
      Effect.gen(function* () {
        const { client } = yield* loggedIn()
        const listener = yield* (yield* FtpTransport).listen({ host: "127.0.0.1", ports: [50000, 50000] })
        assert.match(yield* client.ask(argument), /^200 /)
        yield* client.say("RETR a.txt")
        const data = yield* listener.accept
        assert.match(yield* client.hear, /^150 /)
        assert.strictEqual((yield* drain(data)).text, "hello")
        assert.match(yield* client.hear, /^226 /)
      }).pipe(over)
    )
  }

  it.scoped("PORT to another host or a service's port is refused (RFC 2577 §3)", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      assert.match(yield* client.ask("PORT 192,0,2,1,195,80"), /^500 /)
      assert.match(yield* client.ask("PORT 127,0,0,1,0,25"), /^500 /)
      assert.match(yield* client.ask("PORT 1,2,3"), /^501 /)
      assert.match(yield* client.ask("EPRT |3|x|1|"), /^522 /)
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )

  it.scoped("a client that does not listen in active mode gets 425", () =>
    Effect.gen(function* () {
      const { client } = yield* loggedIn()
      yield* client.ask("PORT 127,0,0,1,195,80")
      assert.match(yield* client.ask("RETR a.txt"), /^425 /)
    }).pipe(over)
  )
})
