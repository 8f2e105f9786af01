/** Two ends of a connection over TLS. Real time: sockets don't run by the TestClock. */
import { assert, it } from "@effect/vitest"
import type {
  Connection,
  FtpTransport,
  FtpTransportError,
  TlsClientOptions,
  TlsInfo,
  TlsServerOptions
} from "@ftp-effect/core/FtpTransport"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { pair, pattern, STILL, turns } from "../../../core/test/suites/transport/wire.ts"
import * as Certificates from "./Certificates.ts"

const sockets = () => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name))

export const nothingOpen = Effect.gen(function* () {
  for (let turn = 0; sockets().length > 0 && turn < STILL; turn++) {
    yield* turns(1)
  }
  assert.deepStrictEqual(sockets(), [])
})

/** A client that shakes hands as it dials, and its server. */
export const protectedPair = (client: TlsClientOptions, server: TlsServerOptions) =>
  Effect.gen(function* () {
    const { accepted, dialled } = yield* pair({ tls: client })
    return { client: dialled, server: yield* accepted.startTls(server) }
  })

export const infoOf = (connection: Connection): Effect.Effect<TlsInfo, FtpTransportError> =>
  Effect.map(connection.tls, Option.getOrThrow)

/** Bytes there and back, so that what the server sends after the handshake has come. */
export const exchange = ({ client, server }: { readonly client: Connection; readonly server: Connection }) =>
  Effect.gen(function* () {
    yield* client.write(pattern(3, 1))
    yield* server.read
    yield* server.write(pattern(3, 2))
    yield* client.read
  })

// Real time: sockets don't run by the TestClock.
export const test = (
  name: string,
  body: (certificates: Certificates.Certificates) => Effect.Effect<void, FtpTransportError, FtpTransport | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.flatMap(Certificates.make, (certificates) => Effect.scoped(body(certificates))).pipe(
      Effect.zipRight(nothingOpen),
      Effect.provide(NodeFtpTransport.layer)
    )
  )
