/**
 * Commands and replies as plain calls, for an exchange that is one effect as a whole (`session/express`). In step with
 * all others: the pending replies are the same.
 *
 *     send ──► write, push ──► on(1yz) ──► on(2yz to 5yz)        the channel dies: on(undefined)
 */
import type * as Fiber from "effect/Fiber"
import * as Bytes from "../base/bytes.ts"
import * as Observability from "../base/observability.ts"
import type { Connection, DirectConnection } from "../platform/FtpTransport.ts"
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
  /** The same, which shows what it sends in the log of a fiber that is tracing; `die` gets what a logger throws. */
  readonly tracedBy: (fiber: Fiber.RuntimeFiber<unknown, unknown>, die: (defect: unknown) => void) => DirectControl
}

/** Gives those of the connection that the state has now; `undefined` where it has no such calls. */
export const make = (state: ChannelState): (() => DirectControl | undefined) => {
  let made: { readonly connection: Connection; readonly control: DirectControl } | undefined
  return () => {
    const { connection } = state
    if (made?.connection !== connection) {
      const { direct } = connection
      made = direct === undefined ? undefined : { connection, control: controlOf(state, direct) }
    }
    return made?.control
  }
}

const controlOf = (state: ChannelState, connection: DirectConnection): DirectControl => {
  const { pending } = state
  const control: DirectControl = {
    ticket: connection.ticket,
    isIdle: () =>
      pending.death === undefined && pending.all.every(({ kind }) => kind === "Unawaited") && !pending.isInDoubt,
    isInDoubt: () => pending.isInDoubt,
    send: (...commands) => {
      const bytes = pending.death === undefined ? begin(state, commands) : undefined
      if (bytes === undefined) {
        return false
      }
      connection.write(bytes)
      return true
    },
    tracedBy: (fiber, die) => ({
      ...control,
      send: (...commands) => {
        const isSent = control.send(...commands)
        if (isSent) {
          try {
            Observability.traceSent(fiber, state, commands.map(shown))
          } catch (defect) {
            die(defect)
          }
        }
        return isSent
      }
    })
  }
  return control
}

const shown = ({ command }: DirectCommand) => ({ command: Command.toLog(command), verb: command.verb })

/** Pushes the pending replies and returns the bytes of the commands; neither if one can't be sent. */
const begin = (state: ChannelState, commands: ReadonlyArray<DirectCommand>): Uint8Array | undefined => {
  const isPlain = PathSyntax.isPlain(state)
  const lines: Array<Uint8Array> = []
  const added: Array<PendingReply.PendingReply> = []
  for (const { command: asked, on } of commands) {
    if (!isPlain && PathSyntax.isUnknown(state, asked)) {
      return undefined
    }
    const command = isPlain ? asked : PathSyntax.translate(state, asked)
    const line = "_tag" in command ? command : ByteFf.encode(state, command)
    if ("_tag" in command || "_tag" in line || (line.includes(ByteFf.FF) && ByteFf.isUnknown(state, command))) {
      return undefined
    }
    if (Command.isSecret(command)) {
      state.secrets.learn(command)
    }
    lines.push(line)
    added.push(PendingReply.makeHeard(Command.toLog(command), command.verb, on))
  }
  state.pending.push(added)
  return lines.length === 1 ? lines[0] : Bytes.concat(lines)
}
