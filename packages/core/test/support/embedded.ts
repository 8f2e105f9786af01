/**
 * A client over the embedded server in memory, for tests that need both: the server to misbehave, the client to be
 * asked.
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import type * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const PASSWORD = "correct horse"

export const services = Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerPassive).pipe(
  Layer.provideMerge(MemoryTransport.layer)
)

/** The endpoint of the server in the context, as user `ann`. */
export const endpoint = Effect.map(FtpTestServer.FtpTestServer, ({ address }) =>
  FtpEndpoint.make({ host: address.host, port: address.port, user: "ann", password: PASSWORD })
)

/** Server, pool and client; the server's user is `ann`. */
export const layer = (
  options: { readonly server?: FtpTestServer.Options; readonly pool?: Partial<FtpPool.Options> } = {}
) =>
  Layer.unwrapEffect(
    Effect.map(endpoint, (endpoint) => FtpClient.layerPooled({ endpoints: [endpoint], ...options.pool }))
  ).pipe(
    Layer.provideMerge(FtpTestServer.layer({ users: { ann: PASSWORD }, ...options.server })),
    Layer.provideMerge(services)
  )
