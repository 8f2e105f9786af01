import "reflect-metadata"
import { webcrypto } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import { FtpTransport, type TlsClientOptions, type TlsIdentity } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { MIB, pattern, readAll } from "../../../core/test/suites/transport/wire.ts"
import { scripted } from "../support/ProxyServer.ts"
import { dial, HOST, kinds, nothingOpen } from "../support/proxyKinds.ts"

/** A certificate for `files.test` that is its own authority. */
const makeIdentity: Effect.Effect<TlsIdentity> = Effect.promise(async () => {
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import("@peculiar/x509")
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=files.test",
      keys,
      signingAlgorithm: algorithm,
      extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: "files.test" }])]
    },
    webcrypto
  )
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)
  return { certificate: certificate.toString("pem"), key: Redacted.make(PemConverter.encode(key, "PRIVATE KEY")) }
})

const clientOf = (identity: TlsIdentity): TlsClientOptions => ({
  role: "Client",
  host: "files.test",
  authorities: [identity.certificate],
  identity: Option.none(),
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  ticket: Option.none()
})

// Real time: sockets don't run by the TestClock.
for (const kind of kinds) {
  describe(`TLS through ${kind.name}`, () => {
    const open = Effect.gen(function* () {
      const identity = yield* makeIdentity
      const proxy = yield* kind.serve({ names: { "files.test": HOST } })
      const listener = yield* NodeFtpTransport.make().listen({ host: HOST, ports: "Any" })
      const transport = yield* kind.make({ host: HOST, port: proxy.port })
      const { port } = listener.address
      const secure = Effect.flatMap(listener.accept, (connection) =>
        connection.startTls({
          role: "Server",
          identity,
          minVersion: "TLSv1.2",
          maxVersion: "TLSv1.3",
          sessions: {},
          clientAuthorities: []
        })
      )
      const connect = (over: Parameters<typeof dial>[0] = {}) =>
        Effect.provideService(dial({ host: "files.test", port, ...over }), FtpTransport, transport)
      return { connect, identity, listener, port, proxy, secure }
    })

    it.scopedLive("begins where the tunnel is open already, with the server's certificate", () =>
      Effect.gen(function* () {
        const { connect, identity, listener, port, secure } = yield* open
        const plain = yield* connect()
        const server = yield* secure
        const client = yield* plain.startTls(clientOf(identity))
        const found = Option.getOrThrow(yield* client.tls)
        expect(found.problem).toEqual(Option.none())
        expect(Option.getOrThrow(found.peer).names.join()).toContain("files.test")
        expect(client.remote).toEqual({ host: "files.test", port, family: "IPv4" })
        expect(listener.address.port).toBe(port)
        yield* Effect.zipRight(server.write(Buffer.from("220 hi")), server.endOutput)
        expect((yield* readAll(client)).toString()).toBe("220 hi")
      })
    )

    it.scopedLive("begins at once where it is asked for, though the server may be in no hurry", () =>
      Effect.gen(function* () {
        const { connect, identity, secure } = yield* open
        const client = yield* connect({ role: "Data", tls: clientOf(identity) })
        const server = yield* secure
        expect(Option.getOrThrow(yield* client.tls).problem).toEqual(Option.none())
        const bytes = pattern(3 * MIB, 3)
        const [received] = yield* Effect.all(
          [readAll(client), Effect.zipRight(server.write(bytes), server.endOutput)],
          { concurrency: 2 }
        )
        expect(received.equals(bytes)).toBe(true)
      })
    )

    for (const [mode, layerOf] of [
      ["Explicit", FtpSecurity.layerExplicit],
      ["Implicit", FtpSecurity.layerImplicit]
    ] as const) {
      it.scopedLive(`${mode} FTPS, with a server that wants the session of control on data`, () =>
        Effect.gen(function* () {
          const identity = yield* makeIdentity
          const proxy = yield* kind.serve({ names: { "files.test": HOST } })
          const server = yield* Effect.provide(
            FtpTestServer.make({
              users: { ann: "secret" },
              root: { "a.bin": pattern(2 * MIB, 1) },
              tls: { mode, identity, required: true, requireReuse: "vsftpd" }
            }),
            NodeFtpTransport.layer
          )
          const { port } = server.address
          const layer = FtpClient.layerPooled({
            endpoints: [FtpEndpoint.make({ host: "files.test", port, user: "ann", password: "secret" })]
          }).pipe(
            Layer.provide([layerOf({ authorities: [identity.certificate] }), FtpDataChannel.layerPassive]),
            Layer.provide(kind.layer({ host: HOST, port: proxy.port }))
          )
          const bytes = pattern(1 * MIB, 2)
          const [entries, parts] = yield* Effect.flatMap(FtpClient.FtpClient, (client) =>
            Effect.all([
              client.list("/"),
              Stream.runCollect(client.download("a.bin")),
              client.upload("b.bin", FtpSource.fromBytes(bytes))
            ])
          ).pipe(Effect.provide(layer))
          expect(entries.map(({ name }) => name)).toEqual(["a.bin"])
          expect(Buffer.concat([...parts]).equals(pattern(2 * MIB, 1))).toBe(true)
          expect(Buffer.compare(yield* server.read("/b.bin"), bytes)).toBe(0)
          expect(proxy.asked.length).toBe(4)
          expect(proxy.faults).toEqual([])
          yield* nothingOpen(proxy)
        })
      )
    }

    it.scopedLive("a failed handshake names the proxy, and leaves nothing open", () =>
      Effect.gen(function* () {
        const { connect, identity, listener, proxy } = yield* open
        const error = yield* Effect.scoped(
          Effect.gen(function* () {
            const client = yield* connect({ role: "Data", tls: clientOf(identity) })
            const server = yield* listener.accept
            yield* server.write(Buffer.from("220 I speak no TLS\r\n"))
            return yield* Effect.flip(client.read)
          })
        )
        expect(error.reason).toBe("Tls")
        expect(error.message).toBe(
          `through the proxy ${HOST} port ${proxy.port}: the peer does not speak TLS here (ERR_SSL_WRONG_VERSION_NUMBER)`
        )
        yield* nothingOpen(proxy)
      })
    )
  })
}

it.scopedLive("unencrypted bytes after the proxy's answer are not taken for protected", () =>
  Effect.gen(function* () {
    const proxy = yield* scripted(["HTTP/1.1 200 OK\r\n\r\n220 injected\r\n"])
    const identity = yield* makeIdentity
    const transport = yield* kinds[1].make({ host: HOST, port: proxy.port })
    const connect = (over: Parameters<typeof dial>[0]) => Effect.provideService(dial(over), FtpTransport, transport)
    const asked = yield* Effect.flip(connect({ tls: clientOf(identity) }))
    const later = yield* Effect.flip(Effect.flatMap(connect({}), ({ startTls }) => startTls(clientOf(identity))))
    for (const { message, reason } of [asked, later]) {
      expect(reason).toBe("Tls")
      expect(message).toMatch(/: unencrypted bytes came before the TLS handshake$/)
    }
  })
)
