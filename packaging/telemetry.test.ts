import * as Fs from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { run } from "./packed.ts"
import { addSources, compile, install, installed, NODE_TYPES, serving } from "./projects.ts"

/** Their peers are fixed to what `@effect/opentelemetry` asks for. */
const TELEMETRY = {
  "@effect/opentelemetry": "0.64.1",
  "@opentelemetry/api": "^1.9",
  "@opentelemetry/resources": "^2.0.0",
  "@opentelemetry/sdk-logs": ">=0.203.0 <0.300.0",
  "@opentelemetry/sdk-metrics": "^2.0.0",
  "@opentelemetry/sdk-trace-base": "^2.0.0",
  "@opentelemetry/sdk-trace-node": "^2.0.0",
  "@opentelemetry/sdk-trace-web": "^2.0.0",
  "@opentelemetry/semantic-conventions": "^1.33.0"
}

/** What a program that uses OpenTelemetry loads first. */
const REGISTER = `
import { ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] }).register()
`

it("the recipes with OpenTelemetry are compiled, and export the spans and metrics of a transfer", async () => {
  const project = await install("npm", "telemetry", ["core", "node", "cli"], {
    ...TELEMETRY,
    ...NODE_TYPES,
    effect: installed("effect"),
    "@effect/platform": installed("@effect/platform")
  })
  addSources(project, ["packaging/consumers/telemetry.ts", "packaging/consumers/tracedPromises.ts"])
  await compile(project, "newest", "nodenext")
  const report = join(project.folder, "served/pub/report.csv")
  Fs.mkdirSync(join(report, ".."), { recursive: true })
  Fs.writeFileSync(report, "day,files\n1,200\n")
  const output = await serving(project, (FTP_URL) =>
    run(project.folder, [process.execPath, "out/telemetry.js"], { FTP_URL, FTP_PASSWORD: undefined })
  )
  for (const text of [
    "name: 'fetch the report'",
    "name: 'FtpTransfer.toFile'",
    "'server.address': '127.0.0.1'",
    "'ftp.bytes': 16",
    "'ftp.client.transfers'"
  ]) {
    assert.include(output, text)
  }
  Fs.writeFileSync(join(project.folder, "register.mjs"), REGISTER)
  const promised = await serving(project, (FTP_URL) =>
    run(project.folder, [process.execPath, "--import", "./register.mjs", "out/tracedPromises.js"], { FTP_URL })
  )
  const spans = promised.split(/(?=^\{$)/m)
  const idOf = (name: string, key: string) =>
    spans.flatMap((span) =>
      span.includes(`name: '${name}'`) ? [new RegExp(`\\b${key}: '(\\w+)'`).exec(span)?.[1]] : []
    )
  const [transfer] = spans.filter((span) => span.includes("'ftp.bytes': 16"))
  assert.include(transfer, "name: 'FtpTransfer.toFile'")
  assert.include(transfer, `spanId: '${idOf("fetch the report", "id")[0]}'`)
  assert.deepStrictEqual(idOf("FtpTransfer.toFile", "traceId").slice(-1), idOf("fetch the report", "traceId"))
})
