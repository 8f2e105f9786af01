/** One passive port of a server can't be reached: a firewall takes 5060 for SIP. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const stage = layer({ server: { root: { "sub/b": "world" }, denied: ["MLST", "SIZE"] }, pool: { maxPerHost: 1 } })

const afterOneListing = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const server = yield* FtpTestServer.FtpTestServer
  yield* inTime(client.list(""))
  return { client, deafen: (times: number) => server.fault({ _tag: "DeafEpsv", verb: "EPSV", times }) }
})

describe("a passive port that refuses connections", () => {
  it.effect("is followed by another one in a listing", () =>
    Effect.gen(function* () {
      const { client, deafen } = yield* afterOneListing
      yield* deafen(2)
      expect((yield* inTime(client.list("sub"))).map(({ name }) => name)).toEqual(["b"])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is followed by another one in a walk", () =>
    Effect.gen(function* () {
      const { client, deafen } = yield* afterOneListing
      yield* deafen(1)
      const found = yield* inTime(Stream.runCollect(client.walk("")))
      expect(Chunk.toReadonlyArray(found).map(({ path }) => path)).toEqual(["sub", "sub/b"])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is followed by another one in a stat that needs a listing", () =>
    Effect.gen(function* () {
      const { client, deafen } = yield* afterOneListing
      yield* deafen(1)
      expect(yield* inTime(client.stat("sub/b"))).toMatchObject({ name: "b", type: "File" })
    }).pipe(Effect.provide(stage))
  )

  it.effect("is an error if no port can be reached", () =>
    Effect.gen(function* () {
      const { client, deafen } = yield* afterOneListing
      yield* deafen(Number.POSITIVE_INFINITY)
      expect(yield* inTime(Effect.flip(client.list("sub")))).toMatchObject({
        _tag: "FtpConnectError",
        channel: "Data",
        reason: "Refused"
      })
    }).pipe(Effect.provide(stage))
  )

  it.effect("ends a download that finds each of three dead, with the reason", () =>
    Effect.gen(function* () {
      const { deafen } = yield* afterOneListing
      yield* deafen(Number.POSITIVE_INFINITY)
      const server = yield* FtpTestServer.FtpTestServer
      const before = (yield* server.commands).length
      const error = yield* inTime(Effect.flip(Stream.runDrain(FtpTransfer.download("sub/b"))))
      expect(error).toMatchObject({ _tag: "FtpConnectError", channel: "Data", reason: "Refused" })
      const asked = (yield* server.commands).slice(before).filter((command) => command === "EPSV")
      expect(asked).toHaveLength(3)
    }).pipe(Effect.provide(stage))
  )

  it.effect("is followed by another one in a download", () =>
    Effect.gen(function* () {
      const { deafen } = yield* afterOneListing
      yield* deafen(2)
      const bytes = yield* inTime(Stream.runCollect(FtpTransfer.download("sub/b")))
      expect(new TextDecoder().decode(Chunk.toReadonlyArray(bytes)[0])).toBe("world")
    }).pipe(Effect.provide(stage))
  )
})
