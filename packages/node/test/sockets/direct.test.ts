// Real time: sockets don't run by the TestClock.
import { once } from "node:events"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { direct } from "../../src/sockets/direct.ts"
import * as Certificates from "../support/Certificates.ts"
import { clientOf } from "../support/tlsOptions.ts"

/** Its first bytes come in one packet with the end of the handshake. */
const hasty = ({ server }: Certificates.Certificates) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const identity = { cert: server.certificate, key: Redacted.value(server.key) }
      const listening = Tls.createServer({ ...identity, maxVersion: "TLSv1.2" }, (socket) => {
        socket.on("error", () => socket.destroy())
        socket.end("hasty")
      })
      listening.listen(0, "127.0.0.1")
      await once(listening, "listening")
      return listening
    }),
    (listening) => Effect.promise(() => new Promise((closed) => listening.close(closed)))
  )

/** What a connection calls back, in order. */
const calls = (way: "receive" | "collect", accepts: boolean) =>
  Effect.gen(function* () {
    const certificates = yield* Certificates.make
    const { port } = (yield* hasty(certificates)).address() as Net.AddressInfo
    const options = clientOf(certificates)
    const seen: Array<string> = []
    const transport = direct.protectedBy?.({
      options,
      accepts: () => {
        seen.push("judged")
        return accepts
      }
    })
    const address = { host: "127.0.0.1", port }
    const connected = () => {}
    yield* Effect.async<void>((resume) => {
      const ended = (result: unknown) => {
        seen.push(result instanceof Error ? "failed" : "ended")
        resume(Effect.void)
      }
      const bytes = (bytes: Uint8Array) => seen.push(`${bytes.byteLength} bytes`) > 0
      if (way === "receive") {
        transport?.receive(address, { connected, ended, bytes })
      } else {
        transport?.collect(address, 100, { connected, ended, moved: (count) => seen.push(`${count} bytes`) })
      }
    })
    return seen
  })

describe("a protected connection that gives what comes", () => {
  for (const way of ["receive", "collect"] as const) {
    it.scopedLive(`gives no byte before the server is accepted: ${way}`, () =>
      Effect.map(calls(way, true), (seen) => assert.deepStrictEqual(seen, ["judged", "5 bytes", "ended"]))
    )

    it.scopedLive(`gives none at all if it is not accepted: ${way}`, () =>
      Effect.map(calls(way, false), (seen) => assert.deepStrictEqual(seen, ["judged", "failed"]))
    )
  }
})

/** Both ends of a connection on which bytes are to be sent; neither has done anything yet. */
const delivery = Effect.gen(function* () {
  const accepted = yield* Deferred.make<Net.Socket>()
  const server = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const listening = Net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
        Deferred.unsafeDone(accepted, Effect.succeed(socket))
      )
      listening.listen(0, "127.0.0.1")
      await once(listening, "listening")
      return listening
    }),
    (listening) => Effect.promise(() => new Promise((closed) => listening.close(closed)))
  )
  const { port } = server.address() as Net.AddressInfo
  const connected = yield* Deferred.make<(bytes: Uint8Array) => void>()
  const failure = yield* Deferred.make<FtpTransportError>()
  const moved: Array<number> = []
  const handle = yield* Effect.acquireRelease(
    Effect.sync(() =>
      direct.deliver(
        { host: "127.0.0.1", port },
        {
          connected: (send) => Deferred.unsafeDone(connected, Effect.succeed(send)),
          moved: (count) => moved.push(count),
          failed: (error) => Deferred.unsafeDone(failure, Effect.succeed(error))
        }
      )
    ),
    (handle) => Effect.sync(handle.reset)
  )
  const send = yield* Deferred.await(connected)
  const peer = yield* Effect.acquireRelease(Deferred.await(accepted), (peer) => Effect.sync(() => peer.destroy()))
  return { handle, peer, send, moved, failure: Deferred.await(failure) }
})

const content = (size: number) => Uint8Array.from({ length: size }, (_, index) => index % 251)

/** All that comes until the end of the connection, whichever that is. */
const received = (peer: Net.Socket) =>
  Effect.async<Buffer>((resume) => {
    const parts: Array<Buffer> = []
    const end = () => resume(Effect.sync(() => Buffer.concat(parts)))
    peer.on("data", (part: Buffer) => parts.push(part))
    peer.on("end", end)
    peer.on("error", end)
    peer.resume()
  })

/** Writes until that fails. */
const whenGone = (peer: Net.Socket) =>
  Effect.async<void>((resume) => {
    const write = () => peer.write("x", (error) => (error ? resume(Effect.void) : setImmediate(write)))
    write()
  })

describe("a connection on which bytes are sent", () => {
  it.scopedLive("is gone when the system has a small file, which its peer gets all the same", () =>
    Effect.gen(function* () {
      const { moved, peer, send } = yield* delivery
      const bytes = content(1024)
      send(bytes)
      assert.deepStrictEqual(moved, [bytes.byteLength])
      assert.isTrue((yield* received(peer)).equals(bytes))
      yield* whenGone(peer)
    })
  )

  it.scopedLive("brings a larger file to a peer that ends it then", () =>
    Effect.gen(function* () {
      const { moved, peer, send } = yield* delivery
      const bytes = content(200_000)
      send(bytes)
      assert.isTrue((yield* received(peer)).equals(bytes))
      assert.strictEqual(
        moved.reduce((sum, count) => sum + count, 0),
        bytes.byteLength
      )
      peer.end()
      yield* Effect.promise(() => once(peer, "close"))
    })
  )

  it.scopedLive("can be reset as long as a larger file has not left", () =>
    Effect.gen(function* () {
      const { handle, peer, send } = yield* delivery
      const bytes = content(2_000_000)
      send(bytes)
      handle.reset()
      assert.isBelow((yield* received(peer)).byteLength, bytes.byteLength)
    })
  )

  it.scopedLive("fails if its peer has reset it before the bytes", () =>
    Effect.gen(function* () {
      const { failure, moved, peer, send } = yield* delivery
      // In one turn: the client has not heard of it yet.
      peer.resetAndDestroy()
      send(content(1024))
      assert.deepInclude(yield* failure, { reason: "Reset" })
      assert.deepStrictEqual(moved, [])
    })
  )
})
