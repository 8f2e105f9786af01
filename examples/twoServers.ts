import { FtpMirror } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Config, Context, Effect, Layer } from "effect"

// Each server is a service of its own, with a pool of its own.
class OldServer extends Context.Tag("OldServer")<OldServer, NodeFtp.NodeFtpClient>() {}
class NewServer extends Context.Tag("NewServer")<NewServer, NodeFtp.NodeFtpClient>() {}

// The environment variables OLD_FTP_URL and OLD_FTP_PASSWORD, and NEW_FTP_URL and NEW_FTP_PASSWORD.
const connect = (prefix: string) => Effect.flatMap(Config.nested(NodeFtp.config, prefix), NodeFtp.make)
const Live = Layer.merge(Layer.scoped(OldServer, connect("OLD")), Layer.scoped(NewServer, connect("NEW")))

const move = Effect.gen(function* () {
  const from = yield* OldServer
  const to = yield* NewServer

  // One file: its bytes pass through this program, and are never on its disk.
  yield* to.upload("report.csv", from.download("pub/report.csv"))

  // A tree. `context` provides what the functions of FtpMirror and FtpTransfer need of a client.
  const source = yield* Effect.provide(FtpMirror.remote("pub/photos"), from.context)
  const target = yield* Effect.provide(FtpMirror.remote("photos"), to.context)
  const { bytes, isComplete } = yield* FtpMirror.mirror(source, target)
  yield* Effect.log(`${bytes} bytes copied${isComplete ? "" : ", and something could not be"}`)
})

await Effect.runPromise(Effect.provide(move, Live))
