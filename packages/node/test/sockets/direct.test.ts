import { once } from "node:events"
import type { AddressInfo } from "node:net"
import * as Tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
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
    const { port } = (yield* hasty(certificates)).address() as AddressInfo
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
