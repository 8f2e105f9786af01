// A program that depends on @ftp-effect/node alone, and knows nothing of Effect.
import { Command, type FtpEntry, FtpError, FtpPromise, FtpUrl } from "@ftp-effect/node"

const url = process.env.FTP_URL
if (url === undefined) throw new Error("FTP_URL is not set")

await using ftp = await FtpPromise.connect(url)

await ftp.upload("inbox.txt", "from a consumer\n")
await ftp.toFile("inbox.txt", "inbox.txt")

const entries: ReadonlyArray<FtpPromise.Entry> = await ftp.list(".")
const types: ReadonlyArray<FtpEntry.FtpEntry["type"]> = entries.map((entry) => entry.type)
console.log(
  entries
    .map((entry) => entry.name)
    .sort()
    .join(),
  types.join()
)

const code = await ftp.withSession(async (session) => (await session.run(Command.noop)).code)
console.log(code)

try {
  await ftp.stat("not/there")
} catch (error) {
  if (!FtpError.isFtpError(error)) throw error
  console.log(error._tag, error._tag === "FtpRejected" ? error.reason : error.message)
}

console.log(typeof FtpUrl.parse)
