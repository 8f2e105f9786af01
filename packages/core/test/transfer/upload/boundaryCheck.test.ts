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

/** Different at every place. */
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

/** The second attempt begins the file anew with what belongs behind it; the third goes on where that one seems to be. */
const splice: ReadonlyArray<Fault> = [
  { _tag: "DropData", verb: "STOR", afterBytes: CUT, times: 2 },
  { _tag: "IgnoreRest", verb: "REST" }
]

it.effect("an upload that went on over a REST that was ignored is sent anew", () => uploadUnder(splice))

it.effect("regression: it is sent anew also where the look at the seam is interrupted, and all is there by then", () =>
  uploadUnder([...splice, { _tag: "DropData", verb: "RETR", afterBytes: 100 }])
)

it.effect("and where the last word of the attempt is lost before the seam is looked at", () =>
  uploadUnder([...splice, { _tag: "CloseControl", verb: "RETR", how: "Reset" }])
)

describe("an upload to a server that fills with zeros up to the offset is sent anew", () => {
  const LENGTH = 4_000_000
  const image = (fill: number, from: number, to: number) =>
    Uint8Array.from({ length: LENGTH }, (_, at) => (at >= from && at < to ? fill : (at * 5) ^ (at >> 8)))
  const stage = Layer.unwrapEffect(
    Effect.map(zeroFilling({ pub: { content: "" } }), (root) => Embedded.layer({ server: { root } }))
  )

  const sentAnew = (content: Uint8Array) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const client = yield* FtpClient.FtpClient
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2_000_000, how: "End" })
      yield* inTime(client.upload("a", FtpSource.fromBytes(content)))
      assert.isTrue((yield* server.commands).some((line) => line.startsWith("REST")))
      assert.strictEqual(Buffer.compare(yield* server.read("a"), content), 0)
    }).pipe(Effect.provide(stage))

  it.effect("where its bytes differ", () => sentAnew(image(0, 0, 0)))

  it.effect("regression: where all bytes at the seam are zeros", () => sentAnew(image(0, 1_000_000, 3_000_000)))

  it.effect("where only the very first byte before it is none", () => {
    const content = image(0, 0, 3_000_000)
    content[0] = 1
    return sentAnew(content)
  })

  it.effect("where all bytes at the seam are alike, and no zeros, after a beginning of zeros", () => {
    const content = image(0xff, 1_000_000, 3_000_000)
    content.fill(0, 0, 1_000_000)
    return sentAnew(content)
  })

  it.effect("but not where there is nothing but zeros before the seam, which is as it should be", () =>
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
