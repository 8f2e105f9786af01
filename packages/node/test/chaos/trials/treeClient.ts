/** The client of the trials that mirror trees: as anybody would make it, but for its patience; and it can die. */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import type { FtpTestServer } from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

/** When a client is cut off for good. */
export interface Ends {
  isDead: boolean
}

export const never = (): Ends => ({ isDead: false })

const HERE = Clock.make()

const gone = new FtpTransport.FtpTransportError({ reason: "Reset", detail: "the process is gone" })

/** Nothing goes to the server any more, and nothing comes, once it has ended. The network has the time of this machine. */
const mortal = (transport: FtpTransport.FtpTransport, ends: Ends): FtpTransport.FtpTransport => {
  const alive = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() =>
      ends.isDead ? gone : Effect.tap(Effect.withClock(effect, HERE), () => (ends.isDead ? gone : Effect.void))
    )
  return {
    ...transport,
    connect: (options) =>
      Effect.map(alive(transport.connect(options)), (connection) => ({
        ...connection,
        read: alive(connection.read),
        write: (bytes) => alive(connection.write(bytes)),
        endOutput: alive(connection.endOutput)
      }))
  }
}

/** Of the runs in which connections break: what is silent is soon given up. */
export const impatient: Partial<FtpTimeouts.Timeouts> = {
  preliminary: Duration.millis(250),
  settle: Duration.millis(250),
  finalReply: Duration.millis(800),
  quit: Duration.millis(100)
}

/** Of one of these servers at a time. */
export const of = (
  [first, ...others]: readonly [FtpTestServer, ...Array<FtpTestServer>],
  timeouts: Partial<FtpTimeouts.Timeouts>,
  ends: Ends = never()
) => {
  const endpoint = ({ address }: FtpTestServer) => FtpEndpoint.make({ host: address.host, port: address.port })
  return FtpClient.layerPooled({ endpoints: [endpoint(first), ...others.map(endpoint)] }).pipe(
    Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
    Layer.provide(FtpTimeouts.layer(timeouts)),
    Layer.provide(
      FtpRetry.layer({ connect: Schedule.recurs(1), busy: Schedule.recurs(1), resume: Schedule.recurs(1) })
    ),
    Layer.provide(
      Layer.effect(
        FtpTransport.FtpTransport,
        Effect.map(FtpTransport.FtpTransport, (transport) => mortal(transport, ends))
      )
    ),
    Layer.merge(NodeFtpFile.layer),
    Layer.merge(NodeFtpHasher.layer)
  )
}
