/**
 * What an operator can see: names of spans and attributes, and the dialogue as trace logs. Commands are masked by
 * `Command.toLog` before they come here, and replies know what may be shown of them.
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Tracer from "effect/Tracer"
import * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"

/** Names of span attributes and log annotations. */
export const Attribute = {
  server: "ftp.server",
  path: "ftp.path"
} as const

/** One trace line for each command, `> ` before it. */
export const sent = (server: string, commands: ReadonlyArray<{ readonly command: string }>): Effect.Effect<void> =>
  dialogue(server, () => commands.map(({ command }) => `> ${command}`))

/** One trace line for each line of the replies, `< ` before it. */
export const received = (server: string, replies: ReadonlyArray<Reply.Reply | { readonly _tag: string }>) =>
  dialogue(server, () => replies.flatMap((reply) => ("_tag" in reply ? [] : linesOf(reply))))

/** One line for each reply that belongs to no command. */
export const dropped = (server: string, replies: ReadonlyArray<Reply.Reply>): Effect.Effect<void> =>
  Effect.annotateLogs(
    Effect.forEach(
      replies,
      (reply) =>
        Effect.logInfo(`a reply that belongs to no command is dropped: ${WireText.toDisplay(Reply.toLine(reply))}`),
      { discard: true }
    ),
    Attribute.server,
    server
  )

const linesOf = (reply: Reply.Reply): ReadonlyArray<string> => {
  const { code, lines } = Reply.toShown(reply)
  return lines.map((line, index) => `< ${code}${index === lines.length - 1 ? " " : "-"}${WireText.toDisplay(line)}`)
}

/** A limit in words: "0.75 s", "30 s". */
export const seconds = (duration: Duration.Duration): string => `${Duration.toMillis(duration) / 1000} s`

/** A span, if a tracer other than Effect's own is there to see it: a small file costs less than one. */
export const spannedIfSeen =
  (name: string, path: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tracerWith((tracer) =>
      tracer === Context.get(DefaultServices.liveServices, Tracer.Tracer)
        ? self
        : Effect.withSpan(self, name, { captureStackTrace: false, attributes: { [Attribute.path]: path } })
    )

/** Whether the fiber's log takes the dialogue. */
export const isTraced: Effect.Effect<boolean> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Trace))
)

/** Without a listener, which is nearly always, the lines are not even made. */
const dialogue = (server: string, lines: () => ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.flatMap(isTraced, (isTraced) =>
    isTraced
      ? Effect.annotateLogs(
          Effect.forEach(lines(), (line) => Effect.logTrace(line), { discard: true }),
          Attribute.server,
          server
        )
      : Effect.void
  )
