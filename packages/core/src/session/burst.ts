/**
 * Commands that do not depend on each other, many in one round trip:
 *
 *     C: DELE a
 *     C: DELE b
 *     C: NOOP
 *     S: 250 ...
 *     S: 550 ...
 *     S: 200 ok                       as many replies as commands, and the last one may be that to NOOP
 *
 * A reply too many would make each of the following count for the wrong command, and would then stand in the place of
 * that to NOOP. After one too few the last place is taken by silence, or by the 421 of a server that hangs up. If that
 * happens, or the connection ends within a burst, no reply of the burst counts, the session ends, and this server gets
 * one command at a time from then on. Bursts are for servers that have answered the first commands of a session in one
 * (`negotiate`), and that answer NOOP.
 */
import * as Effect from "effect/Effect"
import type { CommandError, ExchangeError } from "../base/FtpError.ts"
import * as Answer from "../protocol/Answer.ts"
import * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { refuseWhileTransferring, type SessionContext, send as sendOne, sendTogether } from "./context.ts"

/**
 * Characters of commands that are sent before their replies are read. So many fit into any socket's buffer, with their
 * replies, so neither side waits for the other to read; and a line of 50 ms carries thousands of commands a second.
 */
const WINDOW = 4096

/** Commands that are answered together. */
type Group = ReadonlyArray<Command.Command>

export interface Burst {
  /** How many groups were sent: the first ones, and at least one. */
  readonly sent: number
  /** Of each of them the replies, which are not judged. `undefined`: they may have been carried out, or not. */
  readonly replies: ReadonlyArray<ReadonlyArray<Reply.Reply>> | undefined
}

export const isBorne = ({ capabilities, control }: SessionContext): boolean =>
  capabilities.get("Pipelining") === "Works" && !control.verbs.isAvoided("NOOP")

/**
 * Sends the first groups in one burst, or the first one alone, step by step. Fails if nothing was sent. Commands that the
 * server need not know get the short time limits of such.
 */
export const send = (
  context: SessionContext,
  groups: ReadonlyArray<Group>,
  verbs: "Known" | "MayBeUnknown" = "Known"
): Effect.Effect<Burst, CommandError> =>
  Effect.suspend(() => {
    const first = isBorne(context) ? groups.slice(0, countOf(groups)) : groups.slice(0, 1)
    const commands = first.flat()
    const [command] = commands
    if (command === undefined) {
      return Effect.succeed({ sent: 0, replies: [] })
    }
    const exchange =
      commands.length === 1 || !isBorne(context)
        ? Effect.map(
            Effect.forEach(commands, (command) => sendOne(context, command)),
            (replies) => ({ sent: 1, replies: [replies] })
          )
        : together(context, first, commands, verbs)
    return Effect.zipRight(refuseWhileTransferring(context, command), exchange)
  })

const countOf = (groups: ReadonlyArray<Group>): number => {
  let characters = 0
  for (let count = 0; count < groups.length; count++) {
    characters += groups[count]?.reduce((sum, { argument, verb }) => sum + verb.length + lengthOf(argument), 0) ?? 0
    if (characters > WINDOW) {
      return Math.max(1, count)
    }
  }
  return groups.length
}

/** With the blank before it and the end of the line. */
const lengthOf = (argument: Command.Command["argument"]): number =>
  (typeof argument === "string" ? argument.length : 0) + " \r\n".length

const together = (
  context: SessionContext,
  groups: ReadonlyArray<Group>,
  commands: ReadonlyArray<Command.Command>,
  verbs: "Known" | "MayBeUnknown"
): Effect.Effect<Burst, ExchangeError> =>
  Effect.matchEffect(sendTogether(context, [...commands, Command.noop], verbs), {
    onFailure: (error): Effect.Effect<Burst, ExchangeError> => {
      if (error._tag !== "FtpUsageError" && error.outcome === "NotApplied") {
        return Effect.fail(error)
      }
      if (error._tag !== "FtpUsageError") {
        context.capabilities.set("Pipelining", false)
      }
      return Effect.succeed({ sent: groups.length, replies: undefined })
    },
    onSuccess: (replies): Effect.Effect<Burst> => {
      const last = replies.at(-1)
      if (last === undefined || !Answer.mayAnswerNoop(last.code) || ReplyMeaning.isServiceClosing(last)) {
        context.capabilities.set("Pipelining", false)
        return Effect.as(context.control.end("the replies are not those to the commands in their order"), {
          sent: groups.length,
          replies: undefined
        })
      }
      let at = 0
      return Effect.succeed({
        sent: groups.length,
        replies: groups.map(({ length }) => {
          at += length
          return replies.slice(at - length, at)
        })
      })
    }
  })
