import { FtpClient } from "@ftp-effect/core"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { Effect } from "effect"

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  const server = yield* FtpTestServer.FtpTestServer

  // The first download breaks after 1,000 bytes. It is resumed, and the caller sees nothing.
  yield* server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 1_000 })
  const bytes = yield* ftp.readFile("pub/big.bin")

  // The disk of the server is full.
  yield* server.fault({ _tag: "Refuse", verb: "STOR", reply: "552 Disk full.", times: Number.POSITIVE_INFINITY })
  const error = yield* Effect.flip(ftp.upload("pub/new.bin", bytes))
  return error._tag === "FtpRejected" ? error.reason : error._tag
}).pipe(Effect.provide(FtpTestServer.layerClient({ root: { "pub/big.bin": new Uint8Array(100_000) } })))

console.log(await Effect.runPromise(program)) // StorageFull
