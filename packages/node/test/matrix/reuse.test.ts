/**
 * That the servers really demand what the matrix says they do: without the control connection's TLS session on the data
 * connection they move no byte. What a client makes of that is tested here too.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { text } from "../../../core/test/suites/client/Check.ts"
import * as Certificates from "../support/Certificates.ts"
import * as RealServer from "../support/RealServer.ts"

const SLOW_START_MILLIS = 30_000

/** Begins a new TLS session on each data connection. */
const forgetful = Layer.map(NodeFtpTransport.layer, (context) => {
  const { connect, listen } = Context.get(context, FtpTransport)
  return Context.make(
    FtpTransport,
    FtpTransport.of({
      connect: ({ tls, ...options }) =>
        connect({ ...options, tls: tls === undefined ? undefined : { ...tls, ticket: Option.none() } }),
      listen
    })
  )
})

const download = (
  name: RealServer.ServerName,
  tls: Pick<RealServer.Tls, "requireReuse" | "versions">,
  transport: Layer.Layer<FtpTransport>
) =>
  Effect.gen(function* () {
    const { authority, server: identity } = yield* Certificates.make
    const server = yield* RealServer.make(name, {
      tls: { mode: "Explicit", certificate: identity.certificate, key: Redacted.value(identity.key), ...tls }
    })
    yield* server.write("file", "content")
    return yield* Effect.gen(function* () {
      const session = yield* FtpSession.make({ endpoint: FtpEndpoint.make(server) })
      const fetch = Effect.scoped(
        Effect.flatMap(session.receive(Command.retr("file")), (incoming) => text(FtpSession.toStream(incoming)))
      )
      return [yield* Effect.either(fetch), yield* session.reusable] as const
    }).pipe(
      Effect.provide(
        Layer.mergeAll(FtpSecurity.layerExplicit({ authorities: [authority] }), FtpDataChannel.layerPassive).pipe(
          Layer.provideMerge(transport)
        )
      )
    )
  })

for (const name of ["vsftpd", "proftpd"] as const) {
  for (const versions of ["1.2", "1.3"] as const) {
    describe.skipIf(RealServer.isSkipped)(`${RealServer.titleOf(name)} over TLS ${versions}`, () => {
      it.scopedLive(
        "transfers nothing without the control connection's session if it demands that",
        () =>
          Effect.gen(function* () {
            const [result] = yield* download(name, { versions, requireReuse: true }, forgetful)
            assert.strictEqual(result._tag, "Left")
          }),
        SLOW_START_MILLIS
      )

      it.scopedLive(
        "is content with a new session where it is not",
        () =>
          Effect.gen(function* () {
            const [result, isReusable] = yield* download(name, { versions, requireReuse: false }, forgetful)
            assert.deepStrictEqual([result._tag === "Right" && result.right, isReusable], ["content", true])
          }),
        SLOW_START_MILLIS
      )
    })
  }
}
