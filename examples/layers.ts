import { FtpClient } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Effect, Stream } from "effect"

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient

  // Every entry below pub. Directories are listed in parallel.
  yield* Stream.runForEach(ftp.walk("pub"), (entry) => Effect.log(`${entry.type} ${entry.path}`))

  // Resumed, verified, and renamed into place after verification.
  yield* ftp
    .toFile("pub/report.csv", "report.csv")
    .pipe(Effect.catchTag("FtpRejected", (rejected) => Effect.log(`no report today: ${rejected.reason}`)))
})

// FTP_URL and FTP_PASSWORD, through Effect's Config.
await Effect.runPromise(Effect.provide(program, NodeFtp.layerConfig()))
