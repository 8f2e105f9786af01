import { FtpClient, FtpMetrics } from "@ftp-effect/core"
import { NodeFtp } from "@ftp-effect/node"
import { Effect, Layer, Logger, LogLevel, Metric, Tracer } from "effect"

// Every span, as it ends: in a real program this is the layer of @effect/opentelemetry or of another exporter.
const Spans = Layer.unwrapEffect(
  Effect.map(Effect.tracer, (tracer) =>
    Layer.setTracer(
      Tracer.make({
        ...tracer,
        span: (...args) => {
          const span = tracer.span(...args)
          const end = span.end.bind(span)
          span.end = (time, exit) => {
            end(time, exit)
            console.log(`span ${span.name}: ${JSON.stringify(Object.fromEntries(span.attributes))}`)
          }
          return span
        }
      })
    )
  )
)

const program = Effect.gen(function* () {
  const ftp = yield* FtpClient.FtpClient
  yield* ftp.toFile("pub/report.csv", "report.csv")
  const live = yield* Metric.value(FtpMetrics.sessionsLive)
  yield* Effect.log(`${live.value} sessions are open`)
}).pipe(Effect.withSpan("fetch the report"))

await Effect.runPromise(
  program.pipe(
    Effect.provide(NodeFtp.layerConfig()),
    // Trace has the whole dialogue with the server, with secrets masked.
    Effect.provide([Spans, Logger.json, Logger.minimumLogLevel(LogLevel.Trace)])
  )
)
