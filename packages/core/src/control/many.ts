/**
 * Many commands in one burst, and one wait for all of their replies, which costs no effect for each:
 *
 *     written ──a reply, another one, …──► the last one ──► all replies, in the order of the commands
 *        └──none within the limit, from the last one on; or the channel dies──► the failure of the first that lacks one
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ExchangeError } from "../base/FtpError.ts"
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { ChannelState } from "./channelState.ts"
import type { Deadline } from "./deadlines.ts"
import * as Writer from "./writer.ts"

export const sendMany = (
  state: ChannelState,
  write: (burst: ReadonlyArray<Writer.Sent>) => Effect.Effect<void, ExchangeError>,
  commands: ReadonlyArray<Command.Command>,
  limit: Duration.Duration
): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> =>
  Effect.suspend(() => {
    const { deadlines, pending } = state
    const replies: Array<Reply.Reply> = []
    let isDead = false
    let done = () => {}
    let deadline: Deadline | undefined
    const on = (reply: Reply.Reply | undefined) => {
      if (reply === undefined) {
        isDead = true
        done()
      } else if (!Reply.isPreliminary(reply) && replies.push(reply) === commands.length) {
        done()
      }
    }
    const sent = commands.map((command) => Writer.prepareHeard(state, command, on))
    const watch: Effect.Effect<void> = Effect.suspend(() => {
      const before = replies.length
      const expire = Effect.suspend(() =>
        isDead || replies.length === sent.length
          ? Effect.void
          : replies.length > before
            ? watch
            : pending.silence("reply", limit)
      )
      return Effect.map(deadlines.set(limit, expire), (set) => {
        deadline = set
      })
    })
    const answered = Effect.async<ReadonlyArray<Reply.Reply>, ExchangeError>((resume) => {
      done = () => resume(isDead ? failure(state, sent[replies.length]) : Effect.succeed(replies))
      if (isDead || replies.length === sent.length) {
        done()
      }
    })
    const waited = Effect.ensuring(
      Effect.zipRight(watch, answered),
      Effect.sync(() => deadlines.clear(deadline))
    )
    return sent.length === 0 ? Effect.succeed(replies) : Effect.zipRight(write(sent), waited)
  })

const failure = ({ pending }: ChannelState, unanswered: Writer.Sent | undefined): Effect.Effect<never, ExchangeError> =>
  Effect.fail((pending.death ?? pending.lost("Closed", "the channel is closed"))(unanswered?.pending, true))
