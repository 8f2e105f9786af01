/**
 * A server that demands the control connection's TLS session on data connections, and takes it no longer, as it has
 * become too old: OpenSSL keeps none for longer than SSL_CTX_set_timeout says. Real time: sockets don't run by the
 * TestClock.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Certificates from "../support/Certificates.ts"
import { active, endpointOf, passive, type Server, serve, services, stored } from "../support/secured.ts"

const LARGE = "0123456789".repeat(20_000)

const textOf = (bytes: Stream.Stream<Uint8Array, unknown>) =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat([...chunks]).toString())

const trusting = Effect.map(Certificates.make, ({ authority }) =>
  FtpSecurity.layerExplicit({ authorities: [authority] })
)

const dataModes = [
  ["passive", passive],
  ["active", active]
] as const

const versions = ["TLSv1.2", "TLSv1.3"] as const

interface On {
  readonly requireReuse: "vsftpd" | "ProFTPD"
  readonly version: (typeof versions)[number]
  readonly data: typeof passive
}

/** One session that has moved a file, and whose server then forgets its tickets. Nobody has any patience. */
const onStage = (
  { data, requireReuse, version }: On,
  use: (server: Server, client: FtpClient.FtpClient) => Effect.Effect<void, unknown>
) =>
  Effect.gen(function* () {
    const server = yield* serve(() => ({ requireReuse, minVersion: version, maxVersion: version }), {
      root: { "a.txt": LARGE }
    })
    const pooled = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 1 })
    yield* Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      assert.strictEqual(yield* textOf(client.download("a.txt")), LARGE)
      yield* server.fault({ _tag: "ForgetTickets" })
      yield* use(server, client)
      assert.strictEqual((yield* server.connections).total, 2)
      assert.strictEqual(yield* textOf(client.download("a.txt")), LARGE)
      assert.strictEqual((yield* server.connections).total, 2)
    }).pipe(
      Effect.provide(
        Layer.provide(pooled, [
          services(yield* trusting, { data }),
          FtpRetry.layer({ resume: Schedule.stop, busy: Schedule.stop })
        ])
      )
    )
  })

describe("a server that never took the TLS session of the control connection", () => {
  for (const [requireReuse, code] of [
    ["vsftpd", 522],
    ["ProFTPD", 425]
  ] as const) {
    it.scopedLive(`as ${requireReuse}: would not take that of a new session either, and its refusal is reported`, () =>
      Effect.gen(function* () {
        const server = yield* serve(({ server: dataIdentity }) => ({ requireReuse, dataIdentity }))
        const pooled = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 1 })
        const layers = [services(yield* trusting), FtpRetry.layer({ resume: Schedule.stop })] as const
        const error = yield* Effect.flatMap(FtpClient.FtpClient, ({ download }) =>
          Effect.flip(textOf(download("a.txt")))
        ).pipe(Effect.provide(Layer.provide(pooled, layers)))
        assert.match(String(error), new RegExp(`answered RETR a.txt with ${code}`))
        assert.strictEqual((yield* server.connections).total, 1)
      })
    )
  }
})

describe("a server that takes the TLS session of the control connection no longer", () => {
  for (const version of versions) {
    for (const requireReuse of ["vsftpd", "ProFTPD"] as const) {
      for (const [mode, data] of dataModes) {
        const on: On = { requireReuse, version, data }
        const name = (what: string) => `${version}, as ${requireReuse}, ${mode}: ${what}`

        it.scopedLive(name("a download is done over a new session, at once"), () =>
          onStage(on, (_, { download }) =>
            Effect.map(textOf(download("a.txt")), (text) => assert.strictEqual(text, LARGE))
          )
        )

        it.scopedLive(name("an upload is done over a new session, at once"), () =>
          onStage(on, (server, { upload }) =>
            Effect.gen(function* () {
              yield* upload("up.txt", FtpSource.fromString(LARGE))
              assert.strictEqual(yield* stored(server, "/up.txt"), LARGE)
            })
          )
        )

        it.scopedLive(name("a listing is done over a new session, at once"), () =>
          onStage(on, (_, { list }) =>
            Effect.map(list(""), (entries) => {
              assert.deepStrictEqual(
                entries.map((entry) => entry.name),
                ["a.txt"]
              )
            })
          )
        )

        it.scopedLive(name("an upload of what can be read once fails, and says why"), () =>
          onStage(on, (server, { upload }) =>
            Effect.gen(function* () {
              const source = FtpSource.fromStream(Stream.make(Buffer.from(LARGE)))
              const error = yield* Effect.flip(upload("up.txt", source))
              assert.strictEqual(error._tag, "FtpTransferInterrupted", error.message)
              assert.match(
                error.message,
                /(522 SSL connection failed: session reuse required|425 Unable to build data)/
              )
              assert.strictEqual(yield* stored(server, "/up.txt"), "")
              yield* upload("up.txt", FtpSource.fromString(LARGE))
            })
          )
        )
      }
    }
  }

  it.scopedLive(
    "any number of sessions side by side is replaced, each when it is next used, if need be over and over",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(() => ({ requireReuse: "vsftpd" }), { root: { "a.txt": LARGE } })
        const pooled = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 4 })
        const layers = [services(yield* trusting), FtpRetry.layer({ resume: Schedule.stop })] as const
        yield* Effect.gen(function* () {
          const { download } = yield* FtpClient.FtpClient
          yield* server.fault({ _tag: "ForgetTickets", times: Number.POSITIVE_INFINITY })
          const all = yield* Effect.replicateEffect(textOf(download("a.txt")), 16, { concurrency: 8 })
          assert.deepStrictEqual(new Set(all), new Set([LARGE]))
          assert.isAtMost((yield* server.connections).peak, 4)
        }).pipe(Effect.provide(Layer.provide(pooled, layers)))
      })
  )
})
