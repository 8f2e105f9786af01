// Real time: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { eventually } from "../../../core/test/suites/client/Check.ts"
import { dataModes, textOf, trusting } from "../support/dataModes.ts"
import { endpointOf, open, serve, services, upload } from "../support/secured.ts"

describe("an upload that is given up is never a whole file to the server", () => {
  for (const [mode, data] of dataModes) {
    const replies = (name: string, content: (session: FtpSession.FtpSession) => Effect.Effect<unknown, unknown>) =>
      it.scopedLive(`${mode}: ${name}`, () =>
        Effect.gen(function* () {
          const said: Array<string> = []
          const server = yield* serve(
            ({ selfSigned }) => (name.includes("certificate") ? { dataIdentity: selfSigned } : {}),
            {
              onLine: ({ from, text }) => Effect.sync(() => from === "Server" && said.push(text))
            }
          )
          const session = yield* open(server, yield* trusting, { data })
          yield* content(session)
          yield* eventually(
            "the server's last word",
            Effect.sync(() => said.at(-1)?.slice(0, 3)),
            "426"
          )
        })
      )

    replies("when its source fails", (session) =>
      Effect.scoped(
        Effect.gen(function* () {
          let pulls = 0
          const pull = Effect.suspend(() =>
            pulls++ === 0 ? Effect.succeedSome(new Uint8Array(100_000)) : Effect.fail("the disk is on fire")
          )
          assert.strictEqual(yield* Effect.flip(session.transmit(Command.stor("up.bin"), pull)), "the disk is on fire")
        })
      )
    )

    replies("when it is interrupted", (session) =>
      Effect.gen(function* () {
        const sent = yield* Deferred.make<void>()
        const pull = Effect.suspend(() => {
          const first = Effect.as(Deferred.succeed(sent, undefined), Option.some(new Uint8Array(100_000)))
          return Effect.flatMap(Deferred.isDone(sent), (isSent) => (isSent ? Effect.never : first))
        })
        const uploading = yield* Effect.fork(session.transmit(Command.stor("up.bin"), pull))
        yield* Deferred.await(sent)
        yield* Fiber.interrupt(uploading)
      })
    )

    replies("when the certificate is refused", (session) => Effect.flip(upload(session, "up.bin", "secret bytes")))
  }
})

describe("a download that was cut by a FIN without close_notify", () => {
  const cut = (reply: string): Fault => ({
    _tag: "DropData",
    verb: "RETR",
    afterBytes: 5,
    how: "Cut",
    reply,
    times: Number.POSITIVE_INFINITY
  })
  const cases: ReadonlyArray<readonly [name: string, denied: ReadonlyArray<string>, reply: string]> = [
    ["is no file where the server noticed, with SIZE", [], "426 Connection closed."],
    ["is no file where the server noticed, without SIZE", ["SIZE", "MLST", "MLSD"], "426 Connection closed."],
    ["is no file where the server did not notice: SIZE says so", [], "226 Transfer complete."]
  ]
  for (const [name, denied, reply] of cases) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const server = yield* serve(undefined, { denied })
        yield* server.fault(cut(reply))
        const client = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 1 })
        const failure = yield* Effect.flip(
          Effect.flatMap(FtpClient.FtpClient, ({ download }) =>
            textOf(download("a.txt", { retry: Schedule.stop }))
          ).pipe(Effect.provide(Layer.provide(client, services(yield* trusting))))
        )
        assert.include(
          ["FtpTransferInterrupted", "FtpIntegrityError", "FtpRejected"],
          (failure as { _tag: string })._tag
        )
      })
    )
  }
})
