import { assert, describe, expect } from "@effect/vitest"
import {
  FtpTransport,
  type TlsClientOptions,
  type TlsServerOptions,
  type TlsVersion
} from "@ftp-effect/core/FtpTransport"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { pair } from "../../core/test/suites/transport/wire.ts"
import { transportSuite } from "../../core/test/suites/transportSuite.ts"
import * as Certificates from "./support/Certificates.ts"
import { exchange, infoOf, nothingOpen, protectedPair, test } from "./support/protectedPair.ts"
import { clientOf, serverOf } from "./support/tlsOptions.ts"

/** Not `localhost`: many a hosts file gives it one family only. */
const BOTH_FAMILIES = "both.families.test"

type Ends = (certificates: Certificates.Certificates) => {
  readonly dialler: "From the first byte" | TlsClientOptions | TlsServerOptions
  readonly listener: TlsClientOptions | TlsServerOptions
}

/** A transport all of whose connections are protected, so that the suite of plain ones runs over TLS unchanged. */
const protectedBy = (ends: Ends): Layer.Layer<FtpTransport> =>
  Layer.effect(
    FtpTransport,
    Effect.map(Certificates.make, (certificates) => {
      const { dialler, listener } = ends(certificates)
      const inner = NodeFtpTransport.make((name, families) =>
        name === BOTH_FAMILIES ? Effect.succeed(["127.0.0.1", "::1"]) : NodeFtpTransport.systemLookup(name, families)
      )
      return FtpTransport.of({
        connect: (options) =>
          dialler === "From the first byte"
            ? inner.connect({ ...options, tls: clientOf(certificates, { host: options.host }) })
            : Effect.flatMap(inner.connect(options), (connection) => connection.startTls(dialler)),
        listen: (options) =>
          Effect.map(inner.listen(options), ({ accept, address }) => ({
            address,
            accept: Effect.flatMap(accept, (connection) => connection.startTls(listener))
          }))
      })
    })
  )

const variants: ReadonlyArray<readonly [name: string, ends: Ends]> = [
  [
    "TLS 1.3 from the first byte",
    (certificates) => ({ dialler: "From the first byte", listener: serverOf(certificates) })
  ],
  [
    "TLS 1.2 on an open connection",
    (certificates) => ({
      dialler: clientOf(certificates, { maxVersion: "TLSv1.2" }),
      listener: serverOf(certificates)
    })
  ],
  [
    "TLS whose client is the one who accepted",
    (certificates) => ({ dialler: serverOf(certificates), listener: clientOf(certificates) })
  ]
]

for (const [name, ends] of variants) {
  transportSuite(`NodeFtpTransport, ${name}`, protectedBy(ends), {
    mostBuffered: 24 * 1024 * 1024,
    bothFamilies: BOTH_FAMILIES,
    nothingOpen
  })
}

describe("a TLS session is resumed", () => {
  const versions: ReadonlyArray<TlsVersion> = ["TLSv1.2", "TLSv1.3"]
  for (const version of versions) {
    for (const host of ["127.0.0.1", "files.test"]) {
      test(`in ${version}, for ${host}: by its ticket, dialled and on open connections, again and again`, (certificates) =>
        Effect.gen(function* () {
          const server = serverOf(certificates, { minVersion: version, maxVersion: version })
          const first = yield* protectedPair(clientOf(certificates, { host }), server)
          assert.isFalse((yield* infoOf(first.client)).resumed)
          yield* exchange(first)
          const ticket = yield* first.client.ticket
          assert.isTrue(Option.isSome(ticket))
          const client = clientOf(certificates, { host, ticket })
          for (let round = 0; round < 3; round++) {
            const { accepted, dialled } = yield* pair()
            const serving = yield* accepted.startTls(server)
            const wrapped = { client: yield* dialled.startTls(client), server: serving }
            for (const ends of [yield* protectedPair(client, server), wrapped]) {
              yield* exchange(ends)
              for (const end of [ends.client, ends.server]) {
                const info = yield* infoOf(end)
                assert.isTrue(info.resumed)
                assert.strictEqual(info.version, version)
                expect([info.peer, info.problem]).toEqual([Option.none(), Option.none()])
              }
            }
          }
        }))
    }

    test(`in ${version}: not with a server that does not share it, which is found by a certificate`, (certificates) =>
      Effect.gen(function* () {
        const over = { minVersion: version, maxVersion: version }
        const first = yield* protectedPair(clientOf(certificates), serverOf(certificates, over))
        yield* exchange(first)
        const ticket = yield* first.client.ticket
        const client = clientOf(certificates, { ticket })
        const other = yield* protectedPair(client, serverOf(certificates, { ...over, identity: certificates.other }))
        const info = yield* infoOf(other.client)
        assert.isFalse(info.resumed)
        const fingerprint = Option.map(info.peer, (peer) => peer.fingerprint)
        expect(fingerprint).toEqual(Option.some(certificates.other.fingerprint))
      }))
  }
})
