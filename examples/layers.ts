import { FtpClient, FtpTransfer } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Effect, Stream } from "effect"

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient

  // Every entry below pub, the directories listed in parallel.
  yield* Stream.runForEach(ftp.walk("pub"), (entry) => Effect.log(`${entry.type} ${entry.path}`))

  // Verified, and under its final name only when whole.
  yield* FtpTransfer.toFile("pub/report.csv", "report.csv").pipe(
    Effect.catchTag("FtpRejected", (rejected) => Effect.log(`no report today: ${rejected.reason}`))
  )
})

// FTP_URL and FTP_PASSWORD, through Effect's Config.
await Effect.runPromise(Effect.provide(program, NodeFtp.layerConfig()))
