/**
 * pyftpdlib closes a data connection on which bytes arrive before the transfer command, so a TLS handshake must not
 * begin with the connection there. Its greeting says who it is; a server that hides it teaches the same by failing.
 */
import { assert, describe, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Certificates from "../support/Certificates.ts"
import * as RealServer from "../support/RealServer.ts"

/** Real time: a session that waits for a data connection that has broken is given up after a few seconds. */
const SLOW_LESSON_MILLIS = 60_000

describe.skipIf(RealServer.isSkipped)("pyftpdlib over TLS", () => {
  for (const [greeting, banner] of [
    ["its own greeting", []],
    ["a greeting that doesn't name it", ["ready"]]
  ] as const) {
    it.scopedLive(
      `lists and uploads passively, with ${greeting}`,
      () =>
        Effect.gen(function* () {
          const { authority, server: identity } = yield* Certificates.make
          const server = yield* RealServer.make("pyftpdlib", {
            tls: { mode: "Explicit", certificate: identity.certificate, key: Redacted.value(identity.key) },
            extra: banner
          })
          yield* server.write("file", "content")
          const entries = yield* Effect.flatMap(FtpClient, (client) =>
            Effect.gen(function* () {
              const first = yield* client.list("")
              yield* client.upload("copy", FtpSource.fromString("content"))
              return [first, yield* client.list("")].map((entries) => entries.map(({ name }) => name).sort())
            })
          ).pipe(
            Effect.provide(
              NodeFtp.layer({
                url: `ftpes://${server.user}@${server.host}:${server.port}`,
                password: Redacted.make(server.password),
                tls: { authorities: [authority] }
              })
            )
          )
          assert.deepStrictEqual(entries, [["file"], ["copy", "file"]])
        }),
      SLOW_LESSON_MILLIS
    )
  }
})
