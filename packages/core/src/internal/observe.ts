/**
 * What an operator can see: names of spans and attributes, and the dialogue as trace logs. Commands are masked by
 * `Command.toLog` before they come here.
 *
 * It does NOT decide where logs and spans go: the application's layers do.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"

/** Names after OpenTelemetry's `server.*`; the rest are ours. */
export const Attribute = {
  server: "ftp.server",
  direction: "ftp.direction",
  path: "ftp.path",
  offset: "ftp.offset",
  bytes: "ftp.bytes"
} as const

/** One trace line for each command, `> ` before it. */
export const commandsSent = (
  server: string,
  commands: ReadonlyArray<{ readonly command: string }>
): Effect.Effect<void> => Effect.forEach(commands, ({ command }) => wire(server, `> ${command}`), { discard: true })

/** One trace line for each line of the reply, `< ` before it. */
export const replyReceived = (server: string, reply: Reply.Reply): Effect.Effect<void> =>
  reply.lines.length === 1
    ? wire(server, `< ${reply.code} ${WireText.toDisplay(reply.lines[0])}`)
    : Effect.forEach(
        reply.lines,
        (line, index) =>
          wire(server, `< ${reply.code}${index === reply.lines.length - 1 ? " " : "-"}${WireText.toDisplay(line)}`),
        { discard: true }
      )

/** A limit in words: "0.75 s", "30 s". */
export const seconds = (duration: Duration.Duration): string => `${Duration.toMillis(duration) / 1000} s`

const wire = (server: string, line: string): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logTrace(line), Attribute.server, server)
