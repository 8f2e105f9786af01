import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

// Visitors see nothing of this: the new version is made beside the old one. A run that failed may have left a part.
await ftp.remove("www.next", { recursive: true, force: true })
await ftp.uploadTree("dist", "www.next", { atomic: false })

// Two renames: for the moment between them there is no `www`.
const hasOld = await ftp.exists("www")
if (hasOld) {
  await ftp.remove("www.old", { recursive: true, force: true })
  await ftp.rename("www", "www.old")
}
try {
  await ftp.rename("www.next", "www")
} catch (error) {
  if (hasOld) {
    await ftp.rename("www.old", "www")
  }
  throw error
}
await ftp.remove("www.old", { recursive: true, force: true })
