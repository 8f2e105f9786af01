// Real time: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { dataModes, textOf, trusting } from "../support/dataModes.ts"
import { endpointOf, serve, services } from "../support/secured.ts"

describe("a server that closes a data connection without a TLS handshake if there is nothing to send", () => {
  for (const [mode, data] of dataModes) {
    it.scopedLive(
      `${mode}: has sent an empty file and an empty listing, as its 226 on the control connection shows`,
      () =>
        Effect.gen(function* () {
          const server = yield* serve(undefined, {
            denied: ["MLST", "MLSD"],
            root: { empty: "", "sub/": "", "b/c": "c" }
          })
          yield* server.fault({ _tag: "NoEmptyHandshake", times: Number.POSITIVE_INFINITY })
          const client = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 1 })
          yield* Effect.gen(function* () {
            const { download, list, upload } = yield* FtpClient.FtpClient
            assert.deepStrictEqual(yield* list("sub"), [])
            assert.strictEqual(yield* textOf(download("empty", { retry: Schedule.stop })), "")
            assert.deepStrictEqual(
              (yield* list("b")).map(({ name }) => name),
              ["c"]
            )
            yield* upload("new", FtpSource.fromBytes(new Uint8Array(1)))
          }).pipe(Effect.provide(Layer.provide(client, services(yield* trusting, { data }))))
          assert.strictEqual((yield* server.connections).total, 1)
        })
    )
  }
})
