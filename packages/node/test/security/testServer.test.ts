import { assert, describe, it } from "@effect/vitest"
import type { TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { connect, type RawClient } from "../../../core/test/support/rawClient.ts"
import * as Certificates from "../support/Certificates.ts"
import { serve, transport } from "../support/secured.ts"
import { clientOf } from "../support/tlsOptions.ts"

/** A client that sends the lines it is given, unencrypted or protected. */
const greeted = (tls: Partial<TlsSettings> = {}) =>
  Effect.gen(function* () {
    const client = yield* connect(yield* serve(() => tls))
    assert.match(yield* client.hear, /^220 /)
    return client
  })

/** AUTH, and the same client over the protected connection. */
const secured = (client: RawClient) =>
  Effect.gen(function* () {
    assert.match(yield* client.ask("AUTH TLS"), /^234 /)
    const control = yield* client.control.startTls(clientOf(yield* Certificates.make))
    yield* control.tls
    return (line: string) =>
      Effect.gen(function* () {
        yield* control.write(Buffer.from(`${line}\r\n`))
        const reply = yield* control.read
        return reply._tag === "Some" ? Buffer.from(reply.value).toString().trimEnd() : "(end)"
      })
  })

const test = (name: string, body: Effect.Effect<void, unknown, Effect.Effect.Context<ReturnType<typeof greeted>>>) =>
  it.live(name, () => Effect.provide(Effect.scoped(body), transport))

// Real time: sockets don't run by the TestClock.
describe("the test server's TLS (RFC 4217)", () => {
  test(
    "is listed in FEAT, and only as AUTH if it is explicit",
    Effect.gen(function* () {
      const { ask } = yield* greeted()
      const features = (yield* ask("FEAT")).split("\n")
      assert.includeMembers(features, [" AUTH TLS", " PBSZ", " PROT"])
    })
  )

  test(
    "takes PBSZ and PROT behind AUTH, in that order, and no second AUTH",
    Effect.gen(function* () {
      const client = yield* greeted()
      assert.match(yield* client.ask("PBSZ 0"), /^503 /)
      assert.match(yield* client.ask("PROT P"), /^503 /)
      assert.match(yield* client.ask("AUTH GSSAPI"), /^504 /)
      const ask = yield* secured(client)
      assert.match(yield* ask("AUTH TLS"), /^503 /)
      assert.match(yield* ask("PROT P"), /^503 /)
      assert.match(yield* ask("PBSZ x"), /^501 /)
      assert.match(yield* ask("PBSZ 0"), /^200 /)
      assert.match(yield* ask("PROT S"), /^536 /)
      assert.match(yield* ask("PROT X"), /^504 /)
      assert.match(yield* ask("PROT P"), /^200 /)
      assert.match(yield* ask("PROT C"), /^200 /)
    })
  )

  test(
    "refuses an unencrypted login and unencrypted data if TLS is required",
    Effect.gen(function* () {
      const client = yield* greeted({ required: true })
      assert.match(yield* client.ask("USER ann"), /^530 /)
      const ask = yield* secured(client)
      assert.match(yield* ask("USER ann"), /^331 /)
      assert.match(yield* ask("PASS secret"), /^230 /)
      yield* ask("EPSV")
      assert.match(yield* ask("RETR a.txt"), /^522 /)
      assert.match(yield* ask("PBSZ 0"), /^200 /)
      assert.match(yield* ask("PROT C"), /^534 /)
    })
  )

  test(
    "takes no unencrypted bytes after AUTH for a command",
    Effect.gen(function* () {
      const client = yield* greeted()
      yield* client.control.write(Buffer.from("AUTH TLS\r\nUSER mallory\r\n"))
      assert.match(yield* client.hear, /^234 /)
      const control = yield* client.control.startTls(clientOf(yield* Certificates.make))
      yield* control.write(Buffer.from("NOOP\r\n"))
      const reply = yield* control.read
      assert.match(reply._tag === "Some" ? Buffer.from(reply.value).toString() : "", /^200 NOOP/)
    })
  )
})
