import { FtpPromise } from "@ftp-effect/node"

await using ftp = await FtpPromise.connect(process.env.FTP_URL ?? "ftp://ftp.example.com")

// One file. `total` is undefined if the server reports no size.
await ftp.toFile("pub/report.csv", "report.csv", {
  onProgress: ({ bytes, total }) => console.log(`${bytes} of ${total ?? "?"} bytes`),
  onRetry: ({ message }) => console.warn(`interrupted: ${message}`)
})

// All files of a tree together.
await ftp.downloadTree("pub", "in", {
  onProgress: ({ bytes, files, path, totalBytes, totalFiles }) =>
    console.log(`${files} of ${totalFiles} files, ${bytes} of ${totalBytes} bytes, now ${path}`)
})
