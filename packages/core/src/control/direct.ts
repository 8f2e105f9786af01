/**
 * Commands and replies as plain calls, for an exchange that is one effect as a whole (`session/express`). In step with
 * all others: the pending replies are the same.
 *
 *     send ──► write, push ──► on(1yz) ──► on(2yz to 5yz)        the channel dies: on(undefined)
 */
import * as Either from "effect/Either"
import * as Bytes from "../base/bytes.ts"
import type { DirectConnection } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ByteFf from "./byteFf.ts"
import type { ChannelState } from "./channelState.ts"
import * as PendingReply from "./PendingReply.ts"
import * as PathSyntax from "./pathSyntax.ts"

/**
 * A command; `on` gets each of its replies, or `undefined` if none will come, as the channel is dead.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectCommand {
  readonly command: Command.Command
  readonly on: (reply: Reply.Reply | undefined) => void
}

/**
 * The plain calls of a control channel, without an effect for each: for the exchange of a small file.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectControl {
  /** Only if TLS protects the connection: the newest ticket that the server gave on it. */
  readonly ticket: DirectConnection["ticket"]
  /** Alive and in step, and no reply is pending but of a command whose reply nobody awaits. */
  readonly isIdle: () => boolean
  /** Whether a reply came that belongs to no command: the next ones may belong to others than it seems. */
  readonly isInDoubt: () => boolean
  /**
   * Writes all of them at once. False if nothing was written: a command has a CR, LF or NUL, or a byte FF of which it
   * is not known how the server reads it, a path can't be written as the server writes them, or the channel is dead. No `on` is called before this returns.
   */
  readonly send: (...commands: ReadonlyArray<DirectCommand>) => boolean
}

/** `undefined` where the connection has no such calls. */
export const make = (state: ChannelState): DirectControl | undefined =>
  state.connection.direct === undefined
    ? undefined
    : {
        ticket: state.connection.direct.ticket,
        isIdle: () =>
          state.pending.death() === undefined &&
          state.pending.all().every(({ kind }) => kind === "Unawaited") &&
          !state.pending.isInDoubt(),
        isInDoubt: state.pending.isInDoubt,
        send: (...commands) => send(state, commands)
      }

const send = (state: ChannelState, commands: ReadonlyArray<DirectCommand>): boolean => {
  const { connection, pending, secrets, transcript } = state
  if (pending.death() !== undefined || connection.direct === undefined) {
    return false
  }
  const lines: Array<Uint8Array> = []
  const wired: Array<DirectCommand> = []
  for (const { command: asked, on } of commands) {
    const translated = PathSyntax.isUnknown(state, asked) ? undefined : PathSyntax.translate(state, asked)
    if (translated === undefined || Either.isLeft(translated)) {
      return false
    }
    const command = translated.right
    const line = ByteFf.encode(state, command)
    if (Either.isLeft(line) || ByteFf.isUnknown(state, command)) {
      return false
    }
    lines.push(line.right)
    wired.push({ command, on })
  }
  const [first] = lines
  pending.push(
    wired.map(({ command, on }) => {
      secrets.learn(command)
      const sent = PendingReply.makeHeard(Command.toLog(command), command.verb, on)
      transcript.sent(sent.command)
      return sent
    })
  )
  connection.direct.write(lines.length === 1 && first !== undefined ? first : Bytes.concat(lines), (error) =>
    pending.die(pending.lost("Reset", error.detail))
  )
  return true
}
