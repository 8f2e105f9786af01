import { FtpClient, FtpDataChannel, FtpEndpoint, FtpSecurity, FtpTimeouts } from "@ftp-effect/core"
import { NodeFtpTransport } from "@ftp-effect/node"
import { Config, Duration, Effect, Layer } from "effect"

// To use TLS, active mode or other timeouts, change one layer.
const Live = Layer.unwrapEffect(
  Effect.gen(function* () {
    const host = yield* Config.string("FTP_HOST")
    const port = yield* Config.integer("FTP_PORT")
    const password = yield* Config.redacted("FTP_PASSWORD")
    const files = FtpEndpoint.make({ host, port, user: "ann", password })
    return FtpClient.layerPooled({ endpoints: [files], maxPerHost: 2 })
  })
).pipe(
  Layer.provide([
    FtpSecurity.layerPlain,
    FtpDataChannel.layerPassive,
    FtpTimeouts.layer({ reply: Duration.seconds(10) })
  ]),
  Layer.provide(NodeFtpTransport.layer)
)

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  yield* ftp.makeDirectory("inbox/today", { recursive: true })
  // Text, bytes, a Stream, or a source that can be read again.
  yield* ftp.upload("inbox/today/hello.txt", "hello\n")
  yield* ftp.append("inbox/today/log.txt", "uploaded\n")
  const first = yield* ftp.readFile("inbox/today/hello.txt", { offset: 0, length: 2 })
  yield* Effect.log(`it begins with ${first.byteLength} bytes`)
})

await Effect.runPromise(Effect.provide(program, Live))
