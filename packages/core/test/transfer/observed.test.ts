/** What a tracer and the metrics see of operations and transfers. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpMetrics from "@ftp-effect/core/FtpMetrics"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { MIB, noise } from "../support/bytes.ts"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import * as Segmented from "../support/segmented.ts"
import { withFault } from "../support/server.ts"

const CONTENT = noise(2 * MIB, 3)

const stage = Layer.merge(
  Embedded.layer({ server: { root: { large: CONTENT, small: "hello" } }, pool: { maxPerHost: 2 } }),
  MemoryFiles.layer
)

interface Seen {
  readonly name: string
  readonly kind: string
  readonly parent: string | undefined
  readonly attributes: Map<string, unknown>
  readonly events: Array<readonly [name: string, attributes: Record<string, unknown>]>
}

/** A tracer that keeps what it is told. */
const watch = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const seen: Array<Seen> = []
    const tracer = Tracer.make({
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const events: Seen["events"] = []
        const above = Option.getOrUndefined(parent)
        seen.push({ name, kind, attributes, events, parent: above?._tag === "Span" ? above.name : undefined })
        return {
          _tag: "Span",
          name,
          spanId: String(seen.length),
          traceId: "trace",
          parent,
          context,
          links: [...links],
          sampled: true,
          status: { _tag: "Started", startTime },
          attributes,
          kind,
          end: () => {},
          attribute: (key, value) => void attributes.set(key, value),
          event: (name, _, attributes = {}) => void events.push([name, attributes]),
          addLinks: () => {}
        }
      },
      context: (f) => f()
    })
    const value = yield* Effect.withTracer(self, tracer)
    return { seen, value, span: (name: string) => seen.find((span) => span.name === name) }
  })

const counter = (metric: Metric.Metric.Counter<number>, ...tags: Array<[string, string]>) =>
  Effect.map(
    Metric.value(
      tags.reduce<Metric.Metric.Counter<number>>((metric, [name, value]) => Metric.tagged(metric, name, value), metric)
    ),
    ({ count }) => count
  )

const entries = (span: Seen | undefined) => Object.fromEntries(span?.attributes ?? [])

describe("spans", () => {
  it.effect("name the server, the path, and how a transfer ended", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const endpoint = yield* Embedded.endpoint
      const where = { "network.protocol.name": "ftp", "server.address": endpoint.host, "server.port": endpoint.port }
      const whole = { "ftp.bytes": CONTENT.byteLength, "ftp.evidence": "Size", "ftp.attempts": 1 }
      const { span, seen } = yield* watch(
        Effect.gen(function* () {
          yield* client.stat("small")
          yield* client.upload("up", CONTENT)
          yield* client.toFile("large", "local", { segments: 2 })
          yield* client.toFile("small", "local2", { expectedSize: 5 })
          yield* Stream.runDrain(client.download("large"))
        })
      )
      assert.deepStrictEqual(entries(span("FtpClient.stat")), { ...where, "ftp.path": "small", "ftp.attempts": 1 })
      assert.deepStrictEqual(entries(span("FtpTransfer.upload")), { ...where, ...whole, "ftp.path": "up" })
      assert.deepStrictEqual(entries(span("FtpTransfer.toFile")), {
        ...where,
        ...whole,
        "ftp.path": "large",
        // The file is too small for a second one.
        "ftp.segments": 1
      })
      const small = seen.filter(({ name }) => name === "FtpTransfer.toFile").map(entries)
      assert.isTrue(small.some((attributes) => attributes["ftp.path"] === "small" && attributes["ftp.bytes"] === 5))
      assert.deepInclude(entries(span("FtpTransfer.download")), { ...where, "ftp.bytes": CONTENT.byteLength })
      assert.deepStrictEqual(span("FtpClient.stat")?.events, [["ftp.command", { "ftp.verb": "MLST" }]])
      assert.strictEqual(span("FtpPool.open")?.kind, "client")
    }).pipe(Effect.provide(stage))
  )

  it.effect("count the attempts of an operation, each time that it is made", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* client.stat("small")
      yield* withFault({ _tag: "Refuse", verb: "MDTM", reply: "450 not now" })
      const { seen } = yield* watch(
        inTime(
          Effect.gen(function* () {
            const modified = client.modified("small")
            yield* modified
            yield* modified
          })
        )
      )
      const attempts = seen.flatMap(({ attributes, name }) =>
        name === "FtpClient.modified" ? [attributes.get("ftp.attempts")] : []
      )
      assert.deepStrictEqual(attempts, [2, 1])
    }).pipe(Effect.provide(stage))
  )

  it.effect("of a mirror name both trees and what was done, and have its transfers below them", () =>
    Effect.gen(function* () {
      const trees = [yield* FtpMirror.remote(""), yield* FtpMirror.local("/copy")] as const
      const { seen, span } = yield* watch(
        inTime(
          Effect.gen(function* () {
            const plan = yield* FtpMirror.plan(...trees)
            yield* FtpMirror.mirror(...trees)
            yield* FtpMirror.apply(plan, ...trees)
          })
        )
      )
      const named = { "ftp.source": trees[0].label, "ftp.target": trees[1].label }
      assert.deepStrictEqual(entries(span("FtpMirror.plan")), { ...named, "ftp.steps": 2 })
      assert.deepStrictEqual(entries(span("FtpMirror.mirror")), {
        ...named,
        "ftp.bytes": CONTENT.byteLength + 5,
        "ftp.steps": 2,
        "ftp.failures": 0
      })
      assert.deepStrictEqual(entries(span("FtpMirror.apply")), {
        ...named,
        "ftp.bytes": 0,
        "ftp.steps": 0,
        "ftp.failures": 0
      })
      const above = seen.flatMap(({ name, parent }) => (name === "FtpTransfer.toFile" ? [parent] : []))
      assert.deepStrictEqual([...new Set(above)], ["FtpMirror.mirror"])
    }).pipe(Effect.provide(stage))
  )

  it.effect("count attempts, and have an event for each interruption; onRetry is called with it", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* withFault({ _tag: "DropData", verb: "RETR", afterBytes: MIB })
      const offsets: Array<number> = []
      const { span } = yield* watch(
        inTime(client.toFile("large", "local", { onRetry: ({ offset }) => void offsets.push(offset) }))
      )
      assert.strictEqual(offsets.length, 1)
      assert.strictEqual(span("FtpTransfer.toFile")?.attributes.get("ftp.attempts"), 2)
      const event = span("FtpTransfer.toFile")?.events.find(([name]) => name === "ftp.interrupted")
      assert.deepInclude(event?.[1], { "ftp.offset": offsets[0] })
    }).pipe(Effect.provide(stage))
  )

  it.effect.each([4, 2, 1])("have the number of sessions that a download of four segments came over: %i", (sessions) =>
    Effect.gen(function* () {
      const { span } = yield* watch(Segmented.inTime(Segmented.fetch({ segments: 4 })))
      assert.strictEqual(span("FtpTransfer.toFile")?.attributes.get("ftp.segments"), sessions)
    }).pipe(Effect.provide(Segmented.stage({ sessions, store: Segmented.slow("1 second") })))
  )

  it.effect("have no session that a download came over if the file is missing", () =>
    Effect.gen(function* () {
      const { span } = yield* watch(Effect.either(FtpTransfer.toFile("missing", "missing", { segments: 4 })))
      assert.strictEqual(span("FtpTransfer.toFile")?.attributes.get("ftp.segments"), 0)
    }).pipe(Effect.provide(Segmented.stage()))
  )

  it.effect("never have a secret", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const { seen } = yield* watch(client.list(""))
      const all = JSON.stringify(seen.map(({ attributes, events }) => [...attributes, events]))
      assert.isFalse(all.includes(Embedded.PASSWORD))
      assert.isTrue(all.includes("PASS"))
    }).pipe(Effect.provide(stage))
  )
})

describe("metrics", () => {
  it.effect("count sessions, dials, bytes, transfers, resumes and commands", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const down = ["ftp.direction", "Download"] as [string, string]
      const success = ["ftp.outcome", "Success"] as [string, string]
      const failure = ["ftp.outcome", "FtpRejected"] as [string, string]
      const count = Effect.all({
        dials: counter(FtpMetrics.dials, success),
        bytes: counter(FtpMetrics.bytes, down),
        transfers: counter(FtpMetrics.transfers, down, success),
        failures: counter(FtpMetrics.transfers, down, failure),
        resumes: counter(FtpMetrics.resumes, down),
        live: Effect.map(Metric.value(FtpMetrics.sessionsLive), ({ value }) => value),
        lent: Effect.map(Metric.value(FtpMetrics.sessionsLent), ({ value }) => value),
        retrs: Effect.map(
          Metric.value(Metric.tagged(FtpMetrics.commandDuration, "ftp.verb", "RETR")),
          ({ count }) => count
        )
      })
      const before = yield* count
      yield* withFault({ _tag: "DropData", verb: "RETR", afterBytes: MIB })
      yield* inTime(client.toFile("large", "local"))
      yield* Effect.either(client.toFile("nothing", "local"))
      yield* Effect.either(Stream.runDrain(client.download("nothing")))
      yield* Stream.runDrain(client.download("small"))
      const held = yield* client.withSession(() => count)
      const after = yield* count
      assert.strictEqual(after.bytes - before.bytes, CONTENT.byteLength + 5)
      assert.strictEqual(after.transfers - before.transfers, 2)
      assert.strictEqual(after.failures - before.failures, 2)
      assert.strictEqual(after.resumes - before.resumes, 1)
      assert.isAtLeast(after.dials - before.dials, 1)
      assert.isAtLeast(after.live - before.live, 1)
      assert.strictEqual(held.lent - before.lent, 1)
      assert.strictEqual(after.lent, before.lent)
      assert.isAtLeast(after.retrs - before.retrs, 3)
    }).pipe(Effect.provide(stage))
  )
})

describe("an untraced run", () => {
  it.effect("makes no span for a small file", () =>
    Effect.gen(function* () {
      const span = yield* Effect.option(Effect.currentSpan)
      assert.isTrue(Option.isNone(span))
      const result = yield* FtpTransfer.toFile("small", "local", { expectedSize: 5 })
      assert.strictEqual(result.bytes, 5)
    }).pipe(Effect.provide(stage))
  )
})
