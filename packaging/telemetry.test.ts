import * as Fs from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { readJson, root, run } from "./packed.ts"
import { addSources, compile, install, serving } from "./projects.ts"

const installed = (name: string): string => readJson(join(root, "node_modules", name, "package.json")).version

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

it("the recipe with OpenTelemetry is compiled, and exports the spans and metrics of a transfer", async () => {
  const project = await install("npm", "telemetry", ["core", "node", "cli"], {
    ...TELEMETRY,
    "@types/node": installed("@types/node"),
    effect: installed("effect"),
    "@effect/platform": installed("@effect/platform")
  })
  addSources(project, ["packaging/consumers/telemetry.ts"])
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
})
