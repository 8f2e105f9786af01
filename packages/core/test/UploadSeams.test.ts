import { assert, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Embedded from "./support/embedded.ts"
import { inTime } from "./support/inTime.ts"

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
