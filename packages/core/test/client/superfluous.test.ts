/** Commands that are answered 202, "not implemented, superfluous": what they were to do is not done. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const TIME = DateTime.unsafeMake(0)

type Call = (client: FtpClient.FtpClient) => Effect.Effect<unknown, unknown>

const CALLS: ReadonlyArray<readonly [verb: string, call: Call]> = [
  ["DELE", (client) => client.remove("a")],
  ["RMD", (client) => client.remove("d")],
  ["MKD", (client) => client.makeDirectory("new")],
  ["RNTO", (client) => client.rename("a", "b")],
  ["MFMT", (client) => client.setModified("a", TIME)],
  ["STOR", (client) => client.upload("b", FtpSource.fromString("text"), { verify: "Reply" })]
]

describe("202 in answer to", () => {
  it.effect.each(CALLS)("%s is a refusal", ([verb, call]) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb, reply: "202 Superfluous.", times: Number.POSITIVE_INFINITY })
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(Effect.flip(call(client)))).toMatchObject({ _tag: "FtpRejected", reason: "Unsupported" })
    }).pipe(Effect.provide(layer({ server: { root: { a: "hello", "d/": "" } } })))
  )

  it.effect("TYPE is none: the session is ready", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "TYPE", reply: "202 Superfluous.", times: 9 })
      const client = yield* FtpClient.FtpClient
      expect(yield* client.exists("a")).toBe(true)
    }).pipe(Effect.provide(layer({ server: { root: { a: "hello" } } })))
  )
})
