// Real time: sockets don't run by the TestClock.
import { once } from "node:events"
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { FtpTransport, type FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The plain calls of a connection, and the socket of its peer. */
const pair = Effect.gen(function* () {
  const accepted = yield* Deferred.make<Net.Socket>()
  const server = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const listening = Net.createServer((socket) => Deferred.unsafeDone(accepted, Effect.succeed(socket)))
      listening.listen(0, "127.0.0.1")
      await once(listening, "listening")
      return listening
    }),
    (listening) => Effect.promise(() => new Promise((closed) => listening.close(closed)))
  )
  const { port } = server.address() as Net.AddressInfo
  const transport = yield* FtpTransport
  const timeout = Duration.seconds(5)
  const connection = yield* transport.connect({ host: "127.0.0.1", port, family: "Any", timeout, role: "Control" })
  const peer = yield* Effect.acquireRelease(Deferred.await(accepted), (peer) => Effect.sync(() => peer.destroy()))
  return { direct: connection.direct, reset: connection.reset, peer }
}).pipe(Effect.provide(NodeFtpTransport.layer))

/** What ends it, after what was done with it in one turn. */
const endAfter = (direct: Effect.Effect.Success<typeof pair>["direct"], act: () => void) =>
  Effect.async<FtpTransportError | undefined>((resume) => {
    direct?.listen({ bytes: () => {}, ended: (error) => resume(Effect.succeed(error)) })
    act()
  })

describe("the plain calls of a connection", () => {
  it.scopedLive("report a write that fails to the one who listens", () =>
    Effect.gen(function* () {
      const { direct, peer } = yield* pair
      const error = yield* endAfter(direct, () => {
        peer.resetAndDestroy()
        direct?.write(new TextEncoder().encode("NOOP\r\n"))
      })
      assert.deepInclude(error, { reason: "Reset" })
    })
  )

  it.scopedLive("write nothing more once the connection is reset here", () =>
    Effect.gen(function* () {
      const { direct, peer, reset } = yield* pair
      const error = yield* endAfter(direct, () => {
        Effect.runSync(reset)
        direct?.write(new TextEncoder().encode("NOOP\r\n"))
      })
      assert.deepInclude(error, { reason: "Closed" })
      assert.strictEqual(peer.bytesRead, 0)
    })
  )
})
