/** Callers that can't be interrupted, as finalizers and acquisitions are: limits of time hold for them too. */
import * as Net from "node:net"
import { expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** Says its words, agrees to TLS, and nothing else. */
const silent = (words: string) =>
  Effect.acquireRelease(
    Effect.async<Net.Server>((resume) => {
      const server = Net.createServer((socket) => {
        socket.on("error", () => socket.destroy())
        socket.on("data", (bytes) => String(bytes).startsWith("AUTH") && socket.write("234 go on\r\n"))
        socket.write(words)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

const LIMIT = "200 millis"

for (const [what, scheme, words, detail] of [
  ["no greeting", "ftp", "", /no greeting/],
  ["no reply to USER", "ftp", "220 hello\r\n", /no finished login/],
  ["no handshake", "ftps", "", /no TLS handshake/],
  ["no handshake after AUTH", "ftpes", "220 hello\r\n", /no TLS handshake/]
] as const) {
  it.scopedLive(`a caller that can't be interrupted gets ${what} in time`, () =>
    Effect.gen(function* () {
      const { port } = (yield* silent(words)).address() as Net.AddressInfo
      const layer = NodeFtp.layer({
        url: `${scheme}://u:p@127.0.0.1:${port}`,
        timeouts: { connect: LIMIT, greeting: LIMIT, login: LIMIT, quit: LIMIT },
        retry: { connect: Schedule.stop }
      })
      const error = yield* FtpClient.pipe(
        Effect.flatMap((client) => client.list("/")),
        Effect.flip,
        Effect.uninterruptible,
        Effect.provide(layer)
      )
      expect(error.message).toMatch(detail)
    })
  )
}
