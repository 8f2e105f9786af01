import { FtpClient, RemotePath } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { DateTime, Effect } from "effect"

const pickUp = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  const archive = `archive/${DateTime.formatIsoDateUtc(yield* DateTime.now)}`

  // A name is chosen by the server: it becomes a local name only if it is safe as one.
  const reports = (yield* ftp.list("out")).filter(
    ({ name, type }) => type === "File" && name.endsWith(".csv") && RemotePath.isSafeName(name)
  )
  yield* ftp.makeDirectory(archive, { recursive: true })

  const [failures, done] = yield* Effect.partition(
    reports,
    ({ name, path }) =>
      // Only a file that was fetched and verified leaves the directory. If the rename fails, the next run fetches it again.
      Effect.zipRight(ftp.toFile(path, `in/${name}`), ftp.rename(path, `${archive}/${name}`)),
    { concurrency: 4 }
  )
  yield* Effect.forEach(failures, (error) => Effect.logError(error.message))
  yield* Effect.log(`${done.length} files fetched, ${failures.length} failed`)
})

await Effect.runPromise(Effect.provide(pickUp, NodeFtp.layerConfig()))
