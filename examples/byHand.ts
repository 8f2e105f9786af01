import { FtpClient, FtpDataChannel, FtpEndpoint, FtpSecurity, FtpSource, FtpTimeouts } from "@ftp-effect/core"
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
  yield* ftp.upload("inbox/today/hello.txt", FtpSource.fromString("hello\n"))
})

await Effect.runPromise(Effect.provide(program, Live))
