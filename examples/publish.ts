import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

// Sends what is new or changed. Deletes what an earlier run put there and `dist` no longer has, and nothing else.
const { bytes, done } = await ftp.uploadTree("dist", "www", { delete: "Ours", last: ["index.html"] })
console.log(`${done.length} steps, ${bytes} bytes`)
