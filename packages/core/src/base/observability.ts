/**
 * What an operator can see: names of spans and attributes, and the dialogue as trace logs. Commands are masked by
 * `Command.toLog` before they come here, and replies know what may be shown of them.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as LogLevel from "effect/LogLevel"
import * as Tracer from "effect/Tracer"
import * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"
import type { FtpEndpoint } from "./FtpEndpoint.ts"

/** Names of span attributes and log annotations. */
export const Attribute = {
  /** Of logs: the label of an endpoint. */
  server: "ftp.server",
  /** Of logs: which session of this process it is, from 1 on. */
  session: "ftp.session",
  address: "server.address",
  port: "server.port",
  protocol: "network.protocol.name",
  path: "ftp.path",
  bytes: "ftp.bytes",
  evidence: "ftp.evidence",
  /** How often an operation or a transfer was begun, resumed ones included. */
  attempts: "ftp.attempts",
  /** Over how many sessions at once a download came at most. */
  segments: "ftp.segments",
  /** Of mirrors: both trees, how many steps were done or planned, and how many have failed. */
  source: "ftp.source",
  target: "ftp.target",
  steps: "ftp.steps",
  failures: "ftp.failures",
  verb: "ftp.verb",
  offset: "ftp.offset"
} as const

/** Where an operation goes, as far as it is known before it begins: a pool may have several hosts. */
export const whereTo = (endpoints: ReadonlyArray<FtpEndpoint>): Readonly<Record<string, string | number>> => {
  const [first, ...others] = endpoints
  return first === undefined || others.length > 0 ? { [Attribute.protocol]: "ftp" } : whereAt(first)
}

export const whereAt = ({ host, port }: FtpEndpoint): Readonly<Record<string, string | number>> => ({
  [Attribute.protocol]: "ftp",
  [Attribute.address]: host,
  [Attribute.port]: port
})

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** The span that the fiber is in, if a tracer other than Effect's own sees it. */
const seenSpan = (fiber: AnyFiber): Tracer.Span | undefined => {
  const span = fiber.currentSpan
  return span?._tag === "Span" && fiber.currentTracer !== NATIVE ? span : undefined
}

const NATIVE = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** The first one if a tracer other than Effect's own is there. */
export const ifSeen = <A, E, R>(
  seen: () => Effect.Effect<A, E, R>,
  unseen: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.withFiberRuntime((fiber) => (isSeen(fiber) ? seen() : unseen))

/** Whether a tracer other than Effect's own is there. */
export const isSeen = (fiber: AnyFiber): boolean => fiber.currentTracer !== NATIVE

/** Attributes for the current span, if it is seen. */
export const annotate = (attributes: () => Readonly<Record<string, unknown>>): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const span = seenSpan(fiber)
    if (span !== undefined) {
      for (const [name, value] of Object.entries(attributes())) {
        span.attribute(name, value)
      }
    }
    return Effect.void
  })

/** Something that happens within the current span, if it is seen. */
export const event = (name: string, attributes: () => Record<string, unknown>): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const span = seenSpan(fiber)
    if (span !== undefined) {
      span.event(name, clockOf(fiber).unsafeCurrentTimeNanos(), attributes())
    }
    return Effect.void
  })

/** The clock of the fiber. */
export const clockOf = (fiber: AnyFiber): Clock.Clock => Context.get(fiber.currentDefaultServices, Clock.Clock)

/** The session that a line of the log is about. */
export interface Origin {
  /** `user@host:port`. */
  readonly label: string
  readonly number: number
}

/** What is sent, as the log and spans may have it. */
interface Sent {
  readonly command: string
  readonly verb: string | undefined
}

/** One trace line for each command, and one event of the span that it is sent in. */
export const sent = (origin: Origin, commands: ReadonlyArray<Sent>): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const span = seenSpan(fiber)
    if (span !== undefined) {
      for (const { verb } of commands) {
        span.event("ftp.command", clockOf(fiber).unsafeCurrentTimeNanos(), { [Attribute.verb]: verb })
      }
    }
    if (isTracing(fiber)) {
      traceSent(fiber, origin, commands)
    }
    return Effect.void
  })

/** One trace line for each command, `> ` before it. For a fiber that is tracing. */
export const traceSent = (fiber: AnyFiber, origin: Origin, commands: ReadonlyArray<Sent>): void =>
  trace(
    fiber,
    origin,
    commands.map(({ command }) => `> ${command}`)
  )

/** One trace line for each line of the reply, `< ` before it. For a fiber that is tracing. */
export const traceReceived = (fiber: AnyFiber, origin: Origin, reply: Reply.Reply): void =>
  trace(fiber, origin, linesOf(reply))

/** One line for each reply that belongs to no command. */
export const dropped = (origin: Origin, replies: ReadonlyArray<Reply.Reply>): Effect.Effect<void> =>
  Effect.annotateLogs(
    Effect.forEach(
      replies,
      (reply) =>
        Effect.logInfo(`a reply that belongs to no command is dropped: ${WireText.toDisplay(Reply.toLine(reply))}`),
      { discard: true }
    ),
    annotationsOf(origin)
  )

const linesOf = (reply: Reply.Reply): ReadonlyArray<string> => {
  const { code, lines } = Reply.toShown(reply)
  return lines.map((line, index) => `< ${code}${index === lines.length - 1 ? " " : "-"}${WireText.toDisplay(line)}`)
}

/** A limit in words: "0.75 s", "30 s". */
export const seconds = (duration: Duration.Duration): string => `${Duration.toMillis(duration) / 1000} s`

/** A span, if a tracer other than Effect's own is there to see it: a small file costs less than one. */
export const spannedIfSeen =
  (name: string, path: string, endpoints: ReadonlyArray<FtpEndpoint>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tracerWith((tracer) =>
      tracer === NATIVE
        ? self
        : Effect.withSpan(self, name, {
            captureStackTrace: false,
            kind: "client",
            attributes: { ...whereTo(endpoints), [Attribute.path]: path }
          })
    )

/** Whether the fiber's log takes the dialogue. */
export const isTracing = (fiber: AnyFiber): boolean =>
  LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Trace)

/** As `Effect.logTrace` does it. A logger that throws makes this throw. */
const trace = (fiber: AnyFiber, origin: Origin, lines: ReadonlyArray<string>): void => {
  const annotations = HashMap.union(
    fiber.getFiberRef(FiberRef.currentLogAnnotations),
    HashMap.fromIterable<string, unknown>(Object.entries(annotationsOf(origin)))
  )
  const options = {
    fiberId: fiber.id(),
    logLevel: LogLevel.Trace,
    cause: Cause.empty,
    context: fiber.getFiberRefs(),
    spans: fiber.getFiberRef(FiberRef.currentLogSpan),
    annotations,
    date: new Date(clockOf(fiber).unsafeCurrentTimeMillis())
  }
  for (const line of lines) {
    for (const logger of fiber.getFiberRef(FiberRef.currentLoggers)) {
      logger.log({ ...options, message: [line] })
    }
  }
}

const annotationsOf = ({ label, number }: Origin) => ({ [Attribute.server]: label, [Attribute.session]: number })
