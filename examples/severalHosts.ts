import { FtpClient } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Config, Effect, Stream } from "effect"

const fetchAll = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  const files = Stream.filter(ftp.walk("pub"), ({ type }) => type === "File")
  yield* Stream.runForEach(
    Stream.mapEffect(files, ({ name, path }) => ftp.toFile(path, `in/${encodeURIComponent(name)}`), {
      concurrency: 8
    }),
    ({ bytes, evidence }) => Effect.log(`${bytes} bytes, verified by ${evidence._tag}`)
  )
})

const Live = NodeFtp.layerConfig({
  url: Config.string("FTP_URL"),
  password: Config.redacted("FTP_PASSWORD"),
  mirrors: Config.array(Config.string(), "FTP_MIRRORS"),
  maxPerHost: Config.succeed(4)
})

await Effect.runPromise(Effect.provide(fetchAll, Live))
