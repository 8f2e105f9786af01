import { FtpPromise } from "@ftp-effect/node"
import { trace } from "@opentelemetry/api"

const tracer = trace.getTracer("reports")

await tracer.startActiveSpan("fetch the report", async (span) => {
  await using ftp = await FtpPromise.connect({ url: process.env.FTP_URL ?? "", tracer })
  await ftp.toFile("pub/report.csv", "report.csv")
  span.end()
})
