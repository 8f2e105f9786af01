import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

for await (const entry of ftp.walk("pub")) {
  console.log(entry.path, entry.size, entry.modified?.at)
}

await ftp.toFile("pub/report.csv", "report.csv", { signal: AbortSignal.timeout(60_000) })
await ftp.upload("inbox/hello.txt", "hello\n")
