import { readFile } from "node:fs/promises"
import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect({
  url: process.env.FTP_URL ?? "ftpes://ann@ftp.example.com",
  tls: { authorities: [await readFile(process.env.FTP_CA ?? "authority.pem", "utf8")] }
})
await ftp.toFile("pub/report.csv", "report.csv")
