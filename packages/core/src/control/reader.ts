/**
 * The fiber that reads replies for the life of a connection:
 *
 *     read ──bytes──► decode ──► conceal secrets ──► the pending reply that it answers ──► read on
 *       └─end of file, error, malformed reply──► the channel is dead, and says why
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Observability from "../base/observability.ts"
import type { FtpTransportError } from "../platform/FtpTransport.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ReplyDecoder from "../protocol/ReplyDecoder.ts"
import type { ChannelState } from "./channelState.ts"
import * as PendingReply from "./PendingReply.ts"

/** Starts to read the connection that the state has now. */
export const start = (state: ChannelState): Effect.Effect<Fiber.RuntimeFiber<void>> =>
  Effect.forkIn(Effect.uninterruptible(readOn(state)), state.scope)

/** What was read is taken in whatever happens: an upgrade must know of every byte that came unencrypted. */
const readOn = (state: ChannelState): Effect.Effect<void> => {
  const loop: Effect.Effect<void> = Effect.suspend(() =>
    Effect.matchEffect(Effect.interruptible(state.connection.read), {
      onFailure: (error) => end(state, error),
      onSuccess: Option.match({
        onNone: () => end(state),
        onSome: (bytes) =>
          Effect.zipRight(
            takeIn(state, state.decoder.push(bytes)),
            Effect.suspend(() => (state.pending.death() === undefined ? loop : Effect.void))
          )
      })
    })
  )
  return loop
}

const takeIn = (
  { label, pending, secrets }: ChannelState,
  decoded: ReadonlyArray<Reply.Reply | ReplyDecoder.Malformed>
): Effect.Effect<void> => {
  const seen: Array<Reply.Reply | ReplyDecoder.Malformed> = []
  for (const raw of decoded) {
    const asked = ReplyDecoder.isMalformed(raw) ? pending.all()[0] : PendingReply.owner(pending.all(), raw)
    const item = secrets.conceal(raw, asked)
    seen.push(item)
    if (ReplyDecoder.isMalformed(item)) {
      pending.die(pending.violation(item.expected, item.received, item.peer))
    } else {
      pending.deliver(item)
    }
  }
  return Observability.received(label, seen)
}

const end = (state: ChannelState, error?: FtpTransportError): Effect.Effect<void> =>
  Effect.zipRight(
    takeIn(state, state.decoder.end()),
    Effect.sync(() => {
      const { pending } = state
      pending.die(
        error === undefined
          ? pending.lost("Closed", "the server closed the connection")
          : pending.lost(error.reason === "TimedOut" ? "TimedOut" : "Reset", error.detail)
      )
    })
  )
