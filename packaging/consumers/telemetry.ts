import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { FtpClient } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor, ConsoleSpanExporter } from "@opentelemetry/sdk-trace-base"
import { Effect } from "effect"

// In production: the exporters of @opentelemetry/exporter-trace-otlp-http and exporter-metrics-otlp-http.
const Telemetry = NodeSdk.layer(() => ({
  resource: { serviceName: "reports" },
  spanProcessor: new BatchSpanProcessor(new ConsoleSpanExporter()),
  metricReader: new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
}))

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  yield* ftp.toFile("pub/report.csv", "report.csv")
}).pipe(Effect.withSpan("fetch the report"))

await Effect.runPromise(program.pipe(Effect.provide(NodeFtp.layerConfig()), Effect.provide(Telemetry)))
