// Real time: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Certificates from "../support/Certificates.ts"
import { dataModes, layerExplicit, layerImplicit, textOf, trusting } from "../support/dataModes.ts"
import { download, endpointOf, HELLO, type On, open, serve, services, stored, upload } from "../support/secured.ts"

describe("a server that wants the control connection's TLS session on data connections", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const requireReuse of ["vsftpd", "ProFTPD"] as const) {
      for (const [mode, data] of dataModes) {
        it.scopedLive(`${version}, as ${requireReuse}, ${mode}: gets it again and again, for nothing at all too`, () =>
          Effect.gen(function* () {
            const server = yield* serve(() => ({ requireReuse, minVersion: version, maxVersion: version }))
            const session = yield* open(server, yield* trusting, { data })
            for (let round = 0; round < 5; round++) {
              assert.strictEqual(yield* download(session), HELLO)
              assert.strictEqual(yield* download(session, "empty"), "")
              assert.strictEqual(yield* upload(session, "up.txt", `round ${round}`), 7)
              assert.strictEqual(yield* stored(server, "/up.txt"), `round ${round}`)
              yield* upload(session, "nothing.txt", "")
            }
            assert.strictEqual(yield* stored(server, "/nothing.txt"), "")
            assert.isTrue(yield* session.reusable)
          })
        )
      }
    }

    it.scopedLive(`${version}, implicit, by a numeric address: gets it too`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({
          mode: "Implicit",
          requireReuse: "vsftpd",
          minVersion: version,
          maxVersion: version
        }))
        const session = yield* open(server, layerImplicit({ authorities: [authority] }), { host: "127.0.0.1" })
        assert.strictEqual(yield* download(session), HELLO)
        assert.strictEqual(yield* download(session), HELLO)
      })
    )

    it.scopedLive(`${version}: gets it from eight sessions side by side, each its own, and after a pause`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => ({ requireReuse: "ProFTPD", minVersion: version, maxVersion: version }))
        const client = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 8 })
        yield* Effect.gen(function* () {
          const { download } = yield* FtpClient.FtpClient
          const eight = Effect.replicateEffect(textOf(download("a.txt")), 16, { concurrency: 8 })
          assert.deepStrictEqual(new Set(yield* eight), new Set([HELLO]))
          assert.strictEqual((yield* server.connections).peak, 8)
          // The age of a ticket is counted in seconds, by OpenSSL's own clock.
          yield* Effect.sleep("1100 millis")
          assert.deepStrictEqual(new Set(yield* eight), new Set([HELLO]))
          assert.strictEqual((yield* server.connections).total, 8)
        }).pipe(Effect.provide(Layer.provide(client, services(yield* trusting))))
      })
    )
  }

  for (const [requireReuse, code] of [
    ["vsftpd", 522],
    ["ProFTPD", 425]
  ] as const) {
    it.scopedLive(`and has no ticket to reuse says so: ${code}, in its own words, and the session stays usable`, () =>
      Effect.gen(function* () {
        const server = yield* serve(({ server: dataIdentity }) => ({ requireReuse, dataIdentity }))
        const session = yield* open(server, yield* trusting)
        const error = yield* Effect.flip(download(session))
        assert.strictEqual(error._tag, "FtpRejected", error.message)
        assert.strictEqual(error._tag === "FtpRejected" ? error.reply.code : 0, code)
        assert.strictEqual(yield* session.size("a.txt"), HELLO.length)
      })
    )
  }
})

describe("the certificate of a data connection that does not go on with the session", () => {
  type Data = Exclude<keyof Certificates.Certificates, "authority" | "otherAuthority">
  const refused = (
    dataIdentity: Data,
    security: (certificates: Certificates.Certificates) => FtpSecurity.ExplicitOptions,
    on: On
  ) =>
    Effect.gen(function* () {
      const certificates = yield* Certificates.make
      const server = yield* serve(() => ({ dataIdentity: certificates[dataIdentity] }))
      const session = yield* open(server, layerExplicit(security(certificates)), on)
      const error = yield* Effect.flip(upload(session, "up.txt", "secret bytes"))
      assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", channel: "Data" }, error.message)
      assert.include(error.message, `sha256:${certificates[dataIdentity].fingerprint}`)
      assert.notInclude(yield* stored(server, "/up.txt"), "secret")
      return error
    })

  const bad: ReadonlyArray<readonly [identity: Data, words: RegExp]> = [
    ["wrongName", /is for other\.test, not for files\.test/],
    ["expired", /expired on/],
    ["selfSigned", /is self-signed/],
    ["unknownAuthority", /signed by an authority that is not trusted/]
  ]
  for (const [mode, data] of dataModes) {
    for (const [identity, words] of bad) {
      it.scopedLive(`${mode}: ${identity} is refused before a byte of the file has left`, () =>
        Effect.gen(function* () {
          const error = yield* refused(identity, ({ authority }) => ({ authorities: [authority] }), { data })
          assert.match(error.message, words)
        })
      )
    }
  }

  it.scopedLive("may be another good one for the name", () =>
    Effect.gen(function* () {
      const server = yield* serve(({ other }) => ({ dataIdentity: other }))
      assert.strictEqual(yield* download(yield* open(server, yield* trusting)), HELLO)
    })
  )

  it.scopedLive("must be pinned where the other one is", () =>
    Effect.gen(function* () {
      const error = yield* refused("other", ({ server }) => ({ pins: [`sha256:${server.fingerprint}`] }), {})
      assert.match(error.message, /not the pinned one/)
    })
  )

  it.scopedLive("must be the control connection's where any is accepted", () =>
    Effect.gen(function* () {
      const any: FtpSecurity.ExplicitOptions = { certificates: "DangerouslyAcceptAny" }
      const error = yield* refused("other", () => any, {})
      assert.match(error.message, /shows another certificate than the control connection/)
      const server = yield* serve(({ server: dataIdentity }) => ({ dataIdentity }))
      assert.strictEqual(yield* download(yield* open(server, layerExplicit(any))), HELLO)
    })
  )
})
