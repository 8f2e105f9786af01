/**
 * Spans of a promise client, for a tracer of OpenTelemetry or of Effect. `FtpPromise` is the public module.
 *
 *     a call ──► span, its parent the active span of the caller ──► spans of what it does, their parents ours
 *
 * OpenTelemetry is met by its shape alone, so that nothing of it has to be installed.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"

/**
 * The part of a span of OpenTelemetry that is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenTelemetrySpan {
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number }
  setAttribute(key: string, value: AttributeValue): unknown
  addEvent(name: string, attributes?: Record<string, AttributeValue>, time?: [number, number]): unknown
  setStatus(status: { code: number; message?: string }): unknown
  end(time?: [number, number]): void
}

/**
 * A tracer as `trace.getTracer` of `@opentelemetry/api` returns it.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenTelemetryTracer {
  startSpan(
    name: string,
    options?: { kind?: number; attributes?: Record<string, AttributeValue>; startTime?: [number, number] },
    context?: unknown
  ): OpenTelemetrySpan
}

type AttributeValue = string | number | boolean

/**
 * Who gets the spans.
 *
 * @since 0.1.0
 * @category models
 */
export interface TracingOptions {
  /**
   * Where the spans of calls, transfers and logins go: a tracer of OpenTelemetry, or one of Effect. The span that is
   * active when a method is called is the parent of its span. Default none, and no span is made.
   */
  readonly tracer?: OpenTelemetryTracer | Tracer.Tracer | undefined
}

/** The effect, and whatever is run by a runtime that it makes, with spans for this tracer. */
export const traced =
  ({ tracer }: TracingOptions) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    tracer === undefined ? self : Effect.withTracer(self, isEffects(tracer) ? tracer : fromOpenTelemetry(tracer))

const isEffects = (tracer: OpenTelemetryTracer | Tracer.Tracer): tracer is Tracer.Tracer =>
  Predicate.hasProperty(tracer, Tracer.TracerTypeId)

const fromOpenTelemetry = (tracer: OpenTelemetryTracer): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind) =>
      new TracedSpan(tracer, { name, parent, context, links, startTime, kind }),
    context: (f) => f()
  })

interface Begun extends Pick<Tracer.Span, "name" | "parent" | "links" | "kind"> {
  readonly context: Context.Context<never>
  readonly startTime: bigint
}

/** `SpanKind` of OpenTelemetry. */
const KIND: { readonly [K in Tracer.SpanKind]: number } = {
  internal: 0,
  server: 1,
  client: 2,
  producer: 3,
  consumer: 4
}

/** `SpanStatusCode.ERROR`; that of a success is left to the program. */
const ERROR = 2

/** `TraceFlags.SAMPLED`. */
const SAMPLED = 1

class TracedSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly parent: Tracer.Span["parent"]
  readonly context: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  readonly spanId: string
  readonly traceId: string
  readonly sampled: boolean
  readonly attributes = new Map<string, unknown>()
  readonly open: OpenTelemetrySpan
  status: Tracer.SpanStatus

  constructor(tracer: OpenTelemetryTracer, { context, kind, links, name, parent, startTime }: Begun) {
    this.name = name
    this.parent = parent
    this.context = context
    this.links = [...links]
    this.kind = kind
    this.status = { _tag: "Started", startTime }
    const options = { kind: KIND[kind], startTime: timeOf(startTime) }
    const above = Option.getOrUndefined(parent)
    // Without a context OpenTelemetry takes the active one.
    this.open =
      above instanceof TracedSpan
        ? tracer.startSpan(name, options, ContextOf.span(above.open))
        : tracer.startSpan(name, options)
    const { spanId, traceFlags, traceId } = this.open.spanContext()
    this.spanId = spanId
    this.traceId = traceId
    this.sampled = (traceFlags & SAMPLED) === SAMPLED
  }

  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
    this.open.setAttribute(key, valueOf(value))
  }

  event(name: string, startTime: bigint, attributes: Record<string, unknown> = {}): void {
    const values = Object.entries(attributes).map(([key, value]) => [key, valueOf(value)] as const)
    this.open.addEvent(name, Object.fromEntries(values), timeOf(startTime))
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
    if (Exit.isFailure(exit)) {
      if (Cause.isInterruptedOnly(exit.cause)) {
        this.open.setAttribute("ftp.outcome", "Interrupted")
      } else {
        const error = Cause.squash(exit.cause)
        this.open.setAttribute("error.type", typeOf(error))
        this.open.setStatus({ code: ERROR, message: error instanceof Error ? error.message : String(error) })
      }
    }
    this.open.end(timeOf(endTime))
  }
}

const typeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") ? String(error._tag) : error instanceof Error ? error.name : "unknown"

const valueOf = (value: unknown): AttributeValue =>
  typeof value === "number" || typeof value === "boolean" ? value : String(value)

const NANOS_PER_SECOND = 1_000_000_000n

/** Since 1970, in seconds and nanoseconds. */
const timeOf = (nanos: bigint): [number, number] => [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)]

/** Where `@opentelemetry/api` 1 looks for the parent in a context: its `trace.setSpan` writes it there. */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN")

/** A context of OpenTelemetry: values under keys, never changed. */
class ContextOf {
  private readonly values: ReadonlyMap<symbol, unknown>
  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.values = values
  }
  static span(span: OpenTelemetrySpan): ContextOf {
    return new ContextOf(new Map([[SPAN, span]]))
  }
  getValue(key: symbol): unknown {
    return this.values.get(key)
  }
  setValue(key: symbol, value: unknown): ContextOf {
    return new ContextOf(new Map([...this.values, [key, value]]))
  }
  deleteValue(key: symbol): ContextOf {
    return new ContextOf(new Map([...this.values].filter(([each]) => each !== key)))
  }
}
