import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

// The new tree is made beside the old one. Then two renames exchange them: between the two there is no `www`.
const { published } = await ftp.uploadTree("dist", "www", { swap: "KeepPrevious", delete: "Extra" })

if (published._tag === "Swapped" && published.previousPath !== undefined) {
  // Look at the site here, if you like: the old tree is there until it is removed.
  await ftp.remove(published.previousPath, { recursive: true })
}
