/**
 * The question how a server writes paths, asked once, before the first command whose path could be one of OpenVMS or
 * z/OS with slashes after it:
 *
 *     C: PWD
 *     S: 257 "DISK:[ANNA]"         OpenVMS; 'ANNA.' is of z/OS
 *     S: 257 "/u/anna"             slashes, but data sets may be there too
 *     C: SYST
 *     S: 215 MVS is the operating system of this server.        z/OS; VMS: OpenVMS; all else: slashes alone
 *
 * A server that answers neither has slashes.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExchangeError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Reply from "../protocol/Reply.ts"
import type { ChannelState } from "./channelState.ts"
import * as PathSyntax from "./pathSyntax.ts"
import * as Writer from "./writer.ts"

export const learn = (
  state: ChannelState,
  write: Writer.Write,
  commands: ReadonlyArray<Command.Command>
): Effect.Effect<void, ExchangeError> =>
  Effect.suspend(() =>
    commands.some((command) => PathSyntax.isUnknown(state, command)) ? question(state, write) : Effect.void
  )

const question = (state: ChannelState, write: Writer.Write): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const { paths } = state
    const ask = (command: Command.Command) => {
      const sent = Writer.prepare(state, command)
      return Effect.zipRight(write([sent]), state.pending.final(sent.pending, state.timeouts.reply))
    }
    const home = RemotePath.fromReply257(yield* ask(Command.pwd))
    if (Option.isSome(home)) {
      PathSyntax.learn(paths, home.value)
    }
    if (paths.system === "Unknown") {
      paths.system = systemOf(yield* ask(Command.syst))
    }
  })

/** By the first line of the reply to SYST (RFC 959 §4.1.3). */
const systemOf = (reply: Reply.Reply): "Slashes" | "Vms" | "Mvs" =>
  !Reply.isCompletion(reply)
    ? "Slashes"
    : /\bVMS\b|\bOpenVMS\b/i.test(reply.lines[0])
      ? "Vms"
      : /\bMVS\b|\bz\/OS\b/i.test(reply.lines[0])
        ? "Mvs"
        : "Slashes"
