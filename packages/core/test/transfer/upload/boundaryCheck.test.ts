import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import { zeroFilling } from "../../support/zeroFilling.ts"

/** No two parts of it are equal. */
const CONTENT = new Uint8Array(Uint32Array.from({ length: 100_000 }, (_, at) => Math.imul(at, 0x9e3779b1)).buffer)
const CUT = 150_000

const uploadUnder = (faults: ReadonlyArray<Fault>) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    const client = yield* FtpClient.FtpClient
    yield* Effect.forEach(faults, server.fault)
    yield* inTime(client.upload("a", FtpSource.fromBytes(CONTENT)))
    assert.strictEqual(Buffer.compare(yield* server.read("a"), CONTENT), 0)
  }).pipe(Effect.provide(Embedded.layer()))

/** The second attempt overwrites the beginning of the file with later bytes; the third resumes after them. */
const splice: ReadonlyArray<Fault> = [
  { _tag: "DropData", verb: "STOR", afterBytes: CUT, times: 2 },
  { _tag: "IgnoreRest", verb: "REST" }
]

it.effect("an upload that resumed over an ignored REST is sent again", () => uploadUnder(splice))

it.effect("regression: an upload over an ignored REST is sent again also if its boundary check is interrupted", () =>
  uploadUnder([...splice, { _tag: "DropData", verb: "RETR", afterBytes: 100 }])
)

it.effect(
  "an upload over an ignored REST is sent again also if the connection is reset ahead of its boundary check",
  () => uploadUnder([...splice, { _tag: "CloseControl", verb: "RETR", how: "Reset" }])
)

describe("an upload to a server that fills with zeros up to the offset", () => {
  const LENGTH = 4_000_000
  const image = (fill: number, from: number, to: number) =>
    Uint8Array.from({ length: LENGTH }, (_, at) => (at >= from && at < to ? fill : (at * 5) ^ (at >> 8)))
  const stage = Layer.unwrapEffect(
    Effect.map(zeroFilling({ pub: { content: "" } }), (root) => Embedded.layer({ server: { root } }))
  )

  const expectSentAgain = (content: Uint8Array) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2_000_000, how: "End" })
      yield* inTime(client.upload("a", FtpSource.fromBytes(content)))
      assert.isTrue((yield* server.commands).some((line) => line.startsWith("REST")))
      assert.strictEqual(Buffer.compare(yield* server.read("a"), content), 0)
    }).pipe(Effect.provide(stage))

  it.effect("is sent again if its bytes differ", () => expectSentAgain(image(0, 0, 0)))

  it.effect("regression: is sent again if all bytes at the boundary are zeros", () =>
    expectSentAgain(image(0, 1_000_000, 3_000_000))
  )

  it.effect("is sent again if only the very first byte is not zero", () => {
    const content = image(0, 0, 3_000_000)
    content[0] = 1
    return expectSentAgain(content)
  })

  it.effect("is sent again if all bytes at the boundary are equal but not zero, after a beginning of zeros", () => {
    const content = image(0xff, 1_000_000, 3_000_000)
    content.fill(0, 0, 1_000_000)
    return expectSentAgain(content)
  })

  it.effect("is not sent again if there are only zeros before the boundary, which is correct", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      const content = image(0, 0, 3_000_000)
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2_000_000, how: "End" })
      yield* inTime(client.upload("a", FtpSource.fromBytes(content)))
      assert.strictEqual((yield* server.commands).filter((line) => line.startsWith("STOR")).length, 2)
      assert.strictEqual(Buffer.compare(yield* server.read("a"), content), 0)
    }).pipe(Effect.provide(stage))
  )
})
