/**
 * Commands onto the wire, one burst at a time, each with its pending reply:
 *
 *     path, encode ──► wait for the turn ──► push the pending replies, write ──► written
 *        └─ CR, LF, NUL, a name that the system can't have: usage error        └─ cut short, no room within `reply`: the channel is dead
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Bytes from "../base/bytes.ts"
import type { ExchangeError, FtpUsageError } from "../base/FtpError.ts"
import * as Observability from "../base/observability.ts"
import * as Command from "../protocol/Command.ts"
import * as ByteFf from "./byteFf.ts"
import type { ChannelState } from "./channelState.ts"
import * as PendingReply from "./PendingReply.ts"
import * as PathSyntax from "./pathSyntax.ts"

/** A command with the reply that it will wait for. */
export interface Sent {
  /** As it goes out. */
  readonly command: Command.Command
  /** Why it can't go out. */
  readonly refused?: FtpUsageError | undefined
  readonly pending: PendingReply.PendingReply
  /** The bytes, if they are not those of the command. */
  readonly line?: Uint8Array
}

/** With its path as the server writes it. */
export const prepare = (state: ChannelState, asked: Command.Command, kind?: PendingReply.Kind): Sent => {
  const { command, refused } = wired(state, asked)
  return { command, refused, pending: PendingReply.make(Command.toLog(command), command.verb, kind) }
}

const wired = (state: ChannelState, asked: Command.Command): Pick<Sent, "command" | "refused"> => {
  const command = PathSyntax.translate(state, asked)
  return "_tag" in command ? { command: asked, refused: command } : { command }
}

/** The same for a listener: see `PendingReply.makeHeard`. */
export const prepareHeard = (
  state: ChannelState,
  asked: Command.Command,
  listener: NonNullable<PendingReply.PendingReply["listener"]>
): Sent => {
  const { command, refused } = wired(state, asked)
  return { command, refused, pending: PendingReply.makeHeard(Command.toLog(command), command.verb, listener) }
}

/** Writes all of them at once. */
export type Write = (burst: ReadonlyArray<Sent>) => Effect.Effect<void, ExchangeError>

export const make = (state: ChannelState): Effect.Effect<Write> =>
  Effect.map(Effect.makeSemaphore(1), (turn) => {
    const { deadlines, decoder, pending, secrets, timeouts } = state

    /** A server that takes no more bytes: the reset is what ends the write. */
    const stuck = Effect.zipRight(
      pending.silence("room to send a command", timeouts.reply),
      Effect.suspend(() => state.connection.reset)
    )

    /**
     * Pending replies are pushed in the order in which the bytes are written. A write that is cut short leaves half a
     * line.
     */
    const put = (added: ReadonlyArray<PendingReply.PendingReply>, bytes: Uint8Array) =>
      Effect.flatMap(deadlines.set(timeouts.reply, stuck), (deadline): Effect.Effect<void, ExchangeError> => {
        const { death } = pending
        if (death !== undefined) {
          deadlines.clear(deadline)
          return Effect.fail(death(added[0], false))
        }
        pending.push(added)
        decoder.endGreeting()
        return Effect.onExit(state.connection.write(bytes), (exit) =>
          Effect.sync(() => {
            deadlines.clear(deadline)
            if (Exit.isFailure(exit)) {
              // The server may have hung up on a command that was sent before.
              if (pending.all[0] !== added[0]) {
                pending.blame("HungUp")
              }
              pending.die(
                Option.match(Cause.failureOption(exit.cause), {
                  onNone: () => pending.lost("Closed", "a command was cut short"),
                  onSome: (error) => pending.lost("Reset", error.detail)
                })
              )
            }
          })
        ).pipe(Effect.ignore)
      })

    return (burst) =>
      Effect.suspend(() => {
        const lines: Array<Uint8Array> = []
        for (const { command, line, refused } of burst) {
          const encoded = refused ?? line ?? ByteFf.encode(state, command)
          if ("_tag" in encoded) {
            return Effect.fail(encoded)
          }
          lines.push(encoded)
        }
        for (const { command } of burst) {
          if (Command.isSecret(command)) {
            secrets.learn(command)
          }
          if (command.verb === "TYPE") {
            state.type = command.argument
          }
        }
        const [first] = lines
        const bytes = lines.length === 1 && first !== undefined ? first : Bytes.concat(lines)
        const added = burst.map((sent) => sent.pending)
        return Effect.zipRight(Observability.sent(state, added), turn.withPermits(1)(put(added, bytes)))
      })
  })
