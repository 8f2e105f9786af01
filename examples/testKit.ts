import { FtpClient } from "@ftp-effect/core"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import { Effect } from "effect"

// The code under test.
const archive = (name: string) =>
  Effect.flatMap(FtpClient.FtpClient, (ftp) => ftp.rename(`inbox/${name}`, `done/${name}`))

const program = Effect.gen(function* () {
  yield* archive("a.csv")
  const { read } = yield* FtpTestServer.FtpTestServer
  return new TextDecoder().decode(yield* read("done/a.csv"))
}).pipe(Effect.provide(FtpTestServer.layerClient({ root: { "inbox/a.csv": "1;2", "done/": {} } })))

console.log(await Effect.runPromise(program)) // 1;2
