/**
 * What an operator can see: names of spans and attributes, and the dialogue as trace logs. Commands are masked by
 * `Command.toLog` before they come here, and replies know what may be shown of them.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
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

/** The span that the fiber is in, if a tracer other than Effect's own sees it. */
const seenSpan = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.Span | undefined => {
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
export const isSeen = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => fiber.currentTracer !== NATIVE

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
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.currentDefaultServices, Clock.Clock)

/** The session that a line of the log is about. */
export interface Origin {
  /** `user@host:port`. */
  readonly label: string
  readonly number: number
}

/** One trace line for each command, `> ` before it, and one event of the span that it is sent in. */
export const sent = (
  origin: Origin,
  commands: ReadonlyArray<{ readonly command: string; readonly verb: string | undefined }>
): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const span = seenSpan(fiber)
    if (span !== undefined) {
      for (const { verb } of commands) {
        span.event("ftp.command", clockOf(fiber).unsafeCurrentTimeNanos(), { [Attribute.verb]: verb })
      }
    }
    return isTracing(fiber) ? log(origin, () => commands.map(({ command }) => `> ${command}`)) : Effect.void
  })

/** One trace line for each line of the replies, `< ` before it. */
export const received = (origin: Origin, replies: ReadonlyArray<Reply.Reply | { readonly _tag: string }>) =>
  dialogue(origin, () => replies.flatMap((reply) => ("_tag" in reply ? [] : linesOf(reply))))

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
export const isTraced: Effect.Effect<boolean> = Effect.withFiberRuntime((fiber) => Effect.succeed(isTracing(fiber)))

/** The same by a plain call. */
export const isTracing = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Trace)

/** Without a listener, which is nearly always, the lines are not even made. */
const dialogue = (origin: Origin, lines: () => ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.flatMap(isTraced, (isTraced) => (isTraced ? log(origin, lines) : Effect.void))

const log = (origin: Origin, lines: () => ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.annotateLogs(
    Effect.forEach(lines(), (line) => Effect.logTrace(line), { discard: true }),
    annotationsOf(origin)
  )

const annotationsOf = ({ label, number }: Origin) => ({ [Attribute.server]: label, [Attribute.session]: number })
