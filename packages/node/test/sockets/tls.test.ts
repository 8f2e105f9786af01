import { assert, describe, expect } from "@effect/vitest"
import type { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { connectTo, listenOn, pair, pattern, readAll, STILL, turns } from "../../../core/test/suites/transport/wire.ts"
import type * as Certificates from "../support/Certificates.ts"
import { exchange, infoOf, protectedPair, test } from "../support/protectedPair.ts"
import { clientOf, serverOf } from "../support/tlsOptions.ts"

const failureOf = <A, R>(self: Effect.Effect<A, FtpTransportError, R>) =>
  Effect.matchEffect(self, {
    onFailure: ({ detail, reason }) => Effect.succeed({ reason, detail }),
    onSuccess: () => Effect.dieMessage("should have failed")
  })

describe("a TLS handshake", () => {
  test("shows the certificate, its pins and how the connection is protected", (certificates) =>
    Effect.gen(function* () {
      const ends = yield* protectedPair(clientOf(certificates), serverOf(certificates))
      const info = yield* infoOf(ends.client)
      assert.strictEqual(info.version, "TLSv1.3")
      assert.isFalse(info.resumed)
      expect(info.problem).toEqual(Option.none())
      const peer = Option.getOrThrow(info.peer)
      assert.strictEqual(peer.subject, "CN=files.test")
      assert.strictEqual(peer.issuer, "CN=ftp-effect test authority")
      assert.deepStrictEqual(peer.names, ["localhost", "files.test", "127.0.0.1", "0:0:0:0:0:0:0:1"])
      assert.strictEqual(peer.fingerprint, certificates.server.fingerprint)
      assert.strictEqual(peer.keyFingerprint, certificates.server.keyFingerprint)
      assert.isBelow(peer.validFrom.getTime(), Date.now())
      assert.isAbove(peer.validTo.getTime(), Date.now())
      expect((yield* infoOf(ends.server)).peer).toEqual(Option.none())
    }))

  const problems: ReadonlyArray<
    readonly [identity: keyof Certificates.Certificates, host: string, problem: RegExp | undefined]
  > = [
    ["server", "127.0.0.1", undefined],
    ["server", "::1", undefined],
    ["server", "0:0:0:0:0:0:0:1", undefined],
    ["server", "localhost", undefined],
    ["server", "FILES.test.", undefined],
    ["addressOnly", "127.0.0.1", undefined],
    [
      "server",
      "127.0.0.2",
      /^the certificate is for localhost, files\.test, 127\.0\.0\.1, [0:]*1, not for 127\.0\.0\.2$/
    ],
    ["addressOnly", "files.test", /^the certificate is for 127\.0\.0\.1, [0:]*1, not for files\.test$/],
    ["wrongName", "files.test", /^the certificate is for other\.test, not for files\.test$/],
    ["expired", "127.0.0.1", /^the certificate expired on \d{4}-\d\d-\d\d$/],
    ["future", "127.0.0.1", /^the certificate is not valid before \d{4}-\d\d-\d\d$/],
    ["selfSigned", "127.0.0.1", /^the certificate is self-signed$/],
    ["unknownAuthority", "127.0.0.1", /^the certificate is signed by an authority that is not trusted$/],
    ["selfSigned", "h.test", /^the certificate is self-signed and is for localhost, .* not for h\.test$/]
  ]
  for (const [name, host, expected] of problems) {
    test(`says of the certificate "${name}" for ${host}: ${expected?.source ?? "nothing"}`, (certificates) =>
      Effect.gen(function* () {
        const identity = certificates[name]
        assert.isObject(identity)
        const server = serverOf(certificates, typeof identity === "string" ? {} : { identity })
        const { problem } = yield* infoOf((yield* protectedPair(clientOf(certificates, { host }), server)).client)
        if (expected === undefined) {
          expect(problem).toEqual(Option.none())
        } else {
          assert.match(Option.getOrThrow(problem).detail, expected)
        }
      }))
  }

  test("as a server finds the certificate of the client, and what is wrong with it", (certificates) =>
    Effect.gen(function* () {
      const server = serverOf(certificates, { clientAuthorities: [certificates.authority] })
      const problemOf = (identity: Option.Option<Certificates.Identity>) =>
        Effect.gen(function* () {
          const ends = yield* protectedPair(clientOf(certificates, { identity }), server)
          const { peer, problem } = yield* infoOf(ends.server)
          return [Option.map(peer, ({ subject }) => subject), problem]
        })
      expect(yield* problemOf(Option.some(certificates.client))).toEqual([Option.some("CN=ann"), Option.none()])
      expect(yield* problemOf(Option.none())).toEqual([Option.none(), Option.none()])
      expect(yield* problemOf(Option.some(certificates.selfSignedClient))).toEqual([
        Option.some("CN=ann"),
        Option.some({
          reasons: ["UnknownAuthority"] as const,
          detail: "the certificate is signed by an authority that is not trusted"
        })
      ])
    }))

  test("with a peer that speaks no TLS fails in words", (certificates) =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* pair({ tls: clientOf(certificates) })
      yield* accepted.write(Buffer.from("220 ready\r\n"))
      const { detail, reason } = yield* failureOf(dialled.tls)
      assert.strictEqual(reason, "Tls")
      assert.include(detail, "the peer does not speak TLS here")
      assert.strictEqual((yield* failureOf(dialled.read)).reason, "Tls")
      assert.strictEqual((yield* failureOf(dialled.write(pattern(1, 1)))).reason, "Tls")
    }))

  test("without a version in common fails in words, on both ends", (certificates) =>
    Effect.gen(function* () {
      const { client, server } = yield* protectedPair(
        clientOf(certificates, { maxVersion: "TLSv1.2" }),
        serverOf(certificates, { minVersion: "TLSv1.3" })
      )
      for (const end of [client, server]) {
        const { detail, reason } = yield* failureOf(end.tls)
        assert.strictEqual(reason, "Tls")
        assert.include(detail, "no version of TLS in common")
      }
    }))

  for (const how of ["reset", "endOutput"] as const) {
    test(`that the peer ends by ${how} is a lost connection`, (certificates) =>
      Effect.gen(function* () {
        const { accepted, dialled } = yield* pair({ tls: clientOf(certificates) })
        yield* accepted[how]
        const { detail, reason } = yield* failureOf(dialled.tls)
        assert.strictEqual(reason, "Reset")
        assert.include(detail, "closed the connection during the TLS handshake")
      }))
  }

  test("with a certificate or key that can't be read is not begun", (certificates) =>
    Effect.gen(function* () {
      const broken = { certificate: "nonsense", key: Redacted.make("nonsense") }
      const listener = yield* listenOn("127.0.0.1")
      const tls = clientOf(certificates, { identity: Option.some(broken) })
      const dialling = yield* failureOf(
        Effect.scoped(connectTo(listener, { tls })).pipe(Effect.provide(NodeFtpTransport.layer))
      )
      const { accepted } = yield* pair()
      const serving = yield* failureOf(Effect.scoped(accepted.startTls(serverOf(certificates, { identity: broken }))))
      for (const { detail, reason } of [dialling, serving]) {
        assert.strictEqual(reason, "Tls")
        assert.include(detail, "can't be used")
      }
    }))

  test("of a client refuses unencrypted bytes that came before it", (certificates) =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* pair({ role: "Control" })
      yield* accepted.write(Buffer.from("200 injected\r\n"))
      yield* turns(STILL)
      const { detail, reason } = yield* failureOf(Effect.scoped(dialled.startTls(clientOf(certificates))))
      assert.strictEqual(reason, "Tls")
      assert.include(detail, "unencrypted bytes came before the TLS handshake")
    }))

  test("that is interrupted frees its socket, and never looks like an end to the peer's handshake", (certificates) =>
    Effect.gen(function* () {
      const listener = yield* listenOn("127.0.0.1")
      const waiting = yield* Effect.fork(
        Effect.scoped(Effect.flatMap(connectTo(listener, { tls: clientOf(certificates) }), ({ read }) => read))
      )
      const accepted = yield* listener.accept
      // The ClientHello, and then nothing that would let the handshake go on.
      assert.isTrue(Option.isSome(yield* accepted.read))
      yield* Fiber.interrupt(waiting)
      assert.isTrue(Option.isNone(yield* accepted.read))
    }))

  test("is finished by an upload of nothing", (certificates) =>
    Effect.gen(function* () {
      const { client, server } = yield* protectedPair(clientOf(certificates), serverOf(certificates))
      yield* client.endOutput
      assert.isFalse((yield* infoOf(server)).resumed)
      assert.isTrue(Option.isNone(yield* server.read))
    }))

  test("leaves the connection that it was begun on good for a reset only", (certificates) =>
    Effect.gen(function* () {
      const { accepted, dialled } = yield* pair()
      const server = yield* accepted.startTls(serverOf(certificates))
      const client = yield* dialled.startTls(clientOf(certificates))
      yield* exchange({ client, server })
      assert.strictEqual((yield* failureOf(dialled.read)).reason, "Closed")
      assert.strictEqual((yield* failureOf(dialled.write(pattern(1, 1)))).reason, "Closed")
      yield* dialled.reset
      assert.strictEqual((yield* failureOf(client.read)).reason, "Closed")
      assert.strictEqual((yield* failureOf(readAll(server))).reason, "Reset")
    }))

  test("is forgotten by a connection whose scope below closes: a FIN without close_notify", (certificates) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const listener = yield* listenOn("127.0.0.1")
      const [client, below] = yield* Effect.all(
        [connectTo(listener, { tls: clientOf(certificates) }), Scope.extend(listener.accept, scope)],
        { concurrency: 2 }
      )
      const server = yield* below.startTls(serverOf(certificates))
      yield* exchange({ client, server })
      yield* server.write(pattern(1000, 4))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* readAll(client)).byteLength, 1000)
    }))
})
