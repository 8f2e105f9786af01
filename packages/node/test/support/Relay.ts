/**
 * A relay between a client and a server: it passes bytes on until a test makes it do something worse to the client.
 */
import * as Net from "node:net"
import type { Address } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Relay {
  readonly address: Address
  /** In clear, and then the end. */
  readonly say: (text: string) => Effect.Effect<void>
  readonly close: Effect.Effect<void>
  readonly reset: Effect.Effect<void>
}

/** To a port on loopback. What it is told to do is done to all its connections. */
export const make = (port: number): Effect.Effect<Relay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const clients = new Set<Net.Socket>()
    const relay = Net.createServer((client) => {
      const server = Net.connect(port, "127.0.0.1")
      clients.add(client)
      for (const [from, to] of [
        [client, server],
        [server, client]
      ] as const) {
        from.pipe(to)
        from.on("error", () => {})
        from.on("close", () => to.destroy())
      }
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        relay.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          relay.close()
          for (const client of clients) {
            client.destroy()
          }
        })
    )
    const at = relay.address()
    const toAll = (act: (client: Net.Socket) => void) =>
      Effect.sync(() => {
        for (const client of clients) {
          act(client)
        }
      })
    return {
      address: { host: "127.0.0.1", port: at !== null && typeof at === "object" ? at.port : 0, family: "IPv4" },
      say: (text) => toAll((client) => client.end(text)),
      close: toAll((client) => client.end()),
      reset: toAll((client) => client.resetAndDestroy())
    }
  })
