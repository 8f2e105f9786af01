// Real time: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import type { FtpSecurity } from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ServerCapabilities from "../../core/src/base/serverCapabilities.ts"
import * as Certificates from "./support/Certificates.ts"
import { layerExplicit, layerImplicit, trusting } from "./support/dataModes.ts"
import { download, endpointOf, HELLO, type On, type Server, serve, services, stored } from "./support/secured.ts"

const SECRET = "secret bytes"
const encode = (text: string) => new TextEncoder().encode(text)

/** A session with a server of which it is known that it answers EPSV. */
const open = (server: Server, security: Layer.Layer<FtpSecurity, FtpUsageError>, on: On = {}) => {
  const capabilities = ServerCapabilities.make()
  capabilities.set("EPSV", true)
  const session = FtpSession.make({ endpoint: endpointOf(server, on.host), capabilities })
  return Effect.provide(
    // The questions of a new session are answered then.
    Effect.tap(session, ({ size }) => size("a.txt")),
    services(security, { timeouts: { preliminary: Duration.millis(500), dataStall: Duration.millis(500) }, ...on })
  )
}

const retrieve = (session: FtpSession.FtpSession) =>
  Effect.map(session.retrieveSmall({ path: "a.txt", size: HELLO.length, wantsTime: false }), (small) =>
    small === "Long" || "_tag" in small ? small : new TextDecoder().decode(small.bytes)
  )

const store = (session: FtpSession.FtpSession, text = SECRET) =>
  Effect.map(session.storeSmall({ path: "up.txt", bytes: encode(text) }), (stored) =>
    stored === "Long" ? stored : stored.size?.code
  )

/** Nothing, if not even the file is there. */
const storedBy = (server: Server) =>
  Effect.catchIf(
    stored(server, "/up.txt"),
    (error) => error.reason === "NotFound",
    () => Effect.succeed("")
  )

describe("a small file over a protected data connection", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const requireReuse of ["vsftpd", "ProFTPD", undefined] as const) {
      for (const mode of ["Explicit", "Implicit"] as const) {
        const strict = requireReuse === undefined ? "" : `, to ${requireReuse}, which demands the session of control`
        it.scopedLive(`${version}, ${mode}${strict}: goes the short way, again and again`, () =>
          Effect.gen(function* () {
            const { authority } = yield* Certificates.make
            const server = yield* serve(() => ({ mode, requireReuse, minVersion: version, maxVersion: version }))
            const layer = mode === "Explicit" ? layerExplicit : layerImplicit
            const session = yield* open(server, layer({ authorities: [authority] }))
            for (let round = 0; round < 5; round++) {
              assert.strictEqual(yield* retrieve(session), HELLO)
              assert.strictEqual(yield* store(session, `round ${round}`), 213)
              assert.strictEqual(yield* stored(server, "/up.txt"), `round ${round}`)
              assert.isTrue(yield* session.reusable)
            }
          })
        )
      }
    }
  }

  it.scopedLive("of many pieces is whole in both directions", () =>
    Effect.gen(function* () {
      const text = "0123456789abcdef".repeat(16_384)
      const server = yield* serve(undefined, { root: { "a.txt": text } })
      const session = yield* open(server, yield* trusting)
      const small = yield* session.retrieveSmall({ path: "a.txt", size: text.length, wantsTime: false })
      assert.isTrue(small !== "Long" && "bytes" in small && new TextDecoder().decode(small.bytes) === text)
      assert.strictEqual(yield* store(session, text), 213)
      assert.isTrue((yield* stored(server, "/up.txt")) === text)
    })
  )

  for (const identity of ["wrongName", "expired", "selfSigned", "unknownAuthority"] as const) {
    it.scopedLive(`is neither taken nor sent if the server shows another certificate: ${identity}`, () =>
      Effect.gen(function* () {
        const { [identity]: dataIdentity } = yield* Certificates.make
        const server = yield* serve(() => ({ dataIdentity }))
        const up = yield* open(server, yield* trusting)
        assert.strictEqual(yield* store(up), "Long")
        assert.notInclude(yield* storedBy(server), "secret")
        assert.strictEqual(yield* retrieve(yield* open(server, yield* trusting)), "Long")
      })
    )
  }

  it.scopedLive("is neither taken nor sent if any certificate is good, and the data connection shows another", () =>
    Effect.gen(function* () {
      const server = yield* serve(({ other }) => ({ dataIdentity: other }))
      const careless = layerExplicit({ certificates: "DangerouslyAcceptAny" })
      assert.strictEqual(yield* store(yield* open(server, careless)), "Long")
      assert.notInclude(yield* storedBy(server), "secret")
      assert.strictEqual(yield* retrieve(yield* open(server, careless)), "Long")
    })
  )

  for (const how of ["Refuse", "Withhold", "Clear"] as const) {
    it.scopedLive(`is neither taken nor sent without a handshake: ${how}`, () =>
      Effect.gen(function* () {
        const server = yield* serve()
        yield* server.fault({ _tag: "BadHandshake", verb: ["RETR", "STOR"], how, times: 2 })
        assert.strictEqual(yield* retrieve(yield* open(server, yield* trusting)), "Long")
        assert.strictEqual(yield* store(yield* open(server, yield* trusting)), "Long")
        assert.notInclude(yield* storedBy(server), "secret")
      })
    )
  }

  it.scopedLive("takes the long way after a data connection that was reset, until one has ended well", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const session = yield* open(server, yield* trusting)
      yield* server.fault({ _tag: "DropData", afterBytes: 5, how: "Reset" })
      assert.strictEqual(yield* retrieve(session), "Long")
      const sent = yield* server.commands
      assert.strictEqual(yield* retrieve(session), "Long")
      assert.deepStrictEqual(sent.length, (yield* server.commands).length)
      assert.strictEqual(yield* download(session), HELLO)
      assert.strictEqual(yield* retrieve(session), HELLO)
    })
  )
})
