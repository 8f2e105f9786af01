import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

// The new tree is made beside the old one. Then two renames exchange them: between the two there is no `www`.
const { published } = await ftp.uploadTree("dist", "www", { swap: "KeepPrevious", delete: "Extra" })

if (published._tag === "Swapped" && published.previousPath !== undefined) {
  // Whatever shows that the new version works: here, that its first page is whole.
  const works = (await ftp.readFileString("www/index.html")).includes("</html>")
  if (works) {
    await ftp.remove(published.previousPath, { recursive: true })
  } else {
    // Back to the old version, by two renames again. The new one stays, to be looked at.
    await ftp.rename("www", "www.failed")
    await ftp.rename(published.previousPath, "www")
  }
}
