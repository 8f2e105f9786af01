/**
 * The question how a server reads the byte FF, asked once, before the first command that has it:
 *
 *     C: TYPE <FF FC 01>I    WONT ECHO, which Telnet takes out; the session is in TYPE I anyway
 *     S: 504                 plain: it was taken for a type
 *     S: 200                 Telnet, or a server that takes any type
 *     C: TYPE <FF FF>I
 *     S: 504                 doubled: this is no type in Telnet either
 *     S: 200                 any type is taken, so the same is asked by a verb
 *     C: NO<FF FC 01>OP      500: plain
 *     C: NO<FF FF>OP         500 after a 200: doubled; 200: unclear
 *     C: TYPE I              whatever those types did
 *
 * No name is asked for, as an answer about a name proves nothing: both `a<FF>b` and `a<FF FF>b` may be there, and BSD's
 * ftpd reads `a<FF>b` as `a`. The verb is not asked by first, as Pure-FTPd leaves such a verb unanswered. Before the
 * login, and in TYPE A, nothing is asked.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ExchangeError } from "../base/FtpError.ts"
import type { ByteFf } from "../base/serverCapabilities.ts"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import { isUnknown } from "./byteFf.ts"
import type { ChannelState } from "./channelState.ts"
import * as PendingReply from "./PendingReply.ts"
import type { Sent, Write } from "./writer.ts"

/** Asks the server, if one of the commands has the byte and the form is not known. */
export const learn = (
  state: ChannelState,
  write: Write,
  commands: ReadonlyArray<Command.Command>
): Effect.Effect<void, ExchangeError> =>
  Effect.suspend(() => {
    const { byteFf } = state
    return commands.some((command) => isUnknown(state, command))
      ? Effect.tapBoth(question(state, write), {
          onFailure: () =>
            Effect.sync(() => {
              byteFf.failures++
            }),
          onSuccess: (form) =>
            Effect.sync(() => {
              byteFf.form = form
              byteFf.failures += form === "Unknown" ? 1 : 0
            })
        })
      : Effect.void
  })

const question = (state: ChannelState, write: Write): Effect.Effect<ByteFf["form"], ExchangeError> =>
  Effect.gen(function* () {
    const ask = (head: string, tail: string) => compare((bytes) => put(state, write, line(head, bytes, tail)))
    const byType = yield* ask("TYPE ", "I")
    if (byType === "Plain" || byType === "Doubled") {
      return byType
    }
    const byVerb = yield* ask("NO", "OP")
    const restored = yield* put(state, write, line("TYPE ", [], "I"))
    if (!isAccepted(restored)) {
      state.pending.die(state.pending.violation("200 in answer to TYPE I", String(restored.code)))
    }
    return byVerb
  })

const compare = (
  ask: (bytes: ReadonlyArray<number>) => Effect.Effect<Reply.Reply, ExchangeError>
): Effect.Effect<ByteFf["form"], ExchangeError> =>
  Effect.gen(function* () {
    const withCommand = yield* ask(WONT_ECHO)
    if (!isAccepted(withCommand)) {
      return refused(withCommand, "Plain")
    }
    const withByte = yield* ask(IAC_IAC)
    return isAccepted(withByte) ? "Unclear" : refused(withByte, "Doubled")
  })

/** A server that is busy is asked again; another code says nothing of the command. */
const refused = ({ code }: Reply.Reply, form: "Plain" | "Doubled"): ByteFf["form"] =>
  NOT_TAKEN.has(code) ? form : code < 500 ? "Unknown" : "Unclear"

/** Telnet, RFC 854 and RFC 857. A refusal of an option that is off anyway needs no answer. */
const WONT_ECHO = [0xff, 0xfc, 0x01]
const IAC_IAC = [0xff, 0xff]

const isAccepted = ({ code }: Reply.Reply): boolean => code >= 200 && code < 300

/** Unknown, wrong, or not here (RFC 959 §4.2.1). */
const NOT_TAKEN: ReadonlySet<number> = new Set([500, 501, 502, 504])

const line = (head: string, bytes: ReadonlyArray<number>, tail: string): Uint8Array =>
  Uint8Array.from([...encoder.encode(head), ...bytes, ...encoder.encode(`${tail}\r\n`)])

const encoder = new TextEncoder()

const put = (state: ChannelState, write: Write, bytes: Uint8Array): Effect.Effect<Reply.Reply, ExchangeError> => {
  const { pending, timeouts } = state
  const text = String.fromCharCode(...bytes.subarray(0, -2))
  const sent: Sent = { command: Command.raw("TYPE I"), pending: PendingReply.make(shown(text), "TYPE"), line: bytes }
  return Effect.zipRight(
    write([sent]),
    pending.final(sent.pending, Duration.min(timeouts.reply, timeouts.optionalReply))
  )
}

const shown = (text: string): string =>
  text.replace(/[^ -~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)
