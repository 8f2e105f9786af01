/**
 * The fiber that reads replies for the life of a connection:
 *
 *     read ──bytes──► decode ──► conceal secrets ──► the pending reply that it answers ──► read on
 *       │                 │                               └─none: dropped, logged
 *       │                 └─a reply whose own end does not come──silence──► ended where it is
 *       └─end of file, error, malformed reply──► the channel is dead, and says why
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Observability from "../base/observability.ts"
import type { DirectConnection, FtpTransportError } from "../platform/FtpTransport.ts"
import type * as Reply from "../protocol/Reply.ts"
import type * as ReplyDecoder from "../protocol/ReplyDecoder.ts"
import type { ChannelState } from "./channelState.ts"
import * as PendingReply from "./PendingReply.ts"

/** Starts to read the connection that the state has now. */
export const start = (state: ChannelState): Effect.Effect<Fiber.RuntimeFiber<void>> => {
  state.endOpen = Effect.suspend(() => (state.isSilent ? endOpen(state) : Effect.void))
  // Of a logger that throws. Without a reader every command would wait for its deadline.
  const reading = Effect.tapDefect(readOn(state), () =>
    Effect.sync(() => state.pending.die(state.pending.lost("Closed", "its replies are not read any more")))
  )
  return Effect.forkIn(Effect.uninterruptible(reading), state.scope)
}

/** A connection that has plain calls reports its bytes by one: most replies cost no effect then. */
const readOn = (state: ChannelState): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const { direct } = state.connection
    return direct === undefined ? readInSteps(state) : listenOn(state, direct, traceOf(state, fiber))
  })

/** Shows a reply in the log. */
type Trace = (reply: Reply.Reply) => void

/** `undefined` if the log takes none. */
const traceOf = (state: ChannelState, fiber: Fiber.RuntimeFiber<unknown, unknown>): Trace | undefined =>
  Observability.isTracing(fiber) ? (reply) => Observability.traceReceived(fiber, state, reply) : undefined

/** Listens until something is to be done that takes an effect, does it, and listens on. */
const listenOn = (state: ChannelState, connection: DirectConnection, trace: Trace | undefined): Effect.Effect<void> =>
  Effect.flatten(
    Effect.interruptible(
      Effect.async<Effect.Effect<void>>((resume) => {
        const stop = connection.listen({
          bytes: (bytes) => {
            let taken: Taken
            try {
              taken = take(state, state.decoder.push(bytes), trace)
            } catch (defect) {
              stop()
              resume(Effect.die(defect))
              return
            }
            if (state.pending.death !== undefined || taken.dropped !== undefined || isSilenceAwaited(state)) {
              stop()
              resume(
                Effect.succeed(
                  Effect.zipRight(
                    report(state, taken),
                    goOn(
                      state,
                      Effect.suspend(() => listenOn(state, connection, trace))
                    )
                  )
                )
              )
            }
          },
          ended: (error) => resume(Effect.succeed(end(state, error)))
        })
        return Effect.sync(stop)
      })
    )
  )

/** What was read is taken in whatever happens: an upgrade must know of every byte that came unencrypted. */
const readInSteps = (state: ChannelState): Effect.Effect<void> => {
  const loop: Effect.Effect<void> = Effect.suspend(() =>
    Effect.matchEffect(Effect.interruptible(state.connection.read), {
      onFailure: (error) => end(state, error),
      onSuccess: Option.match({
        onNone: () => end(state),
        onSome: (bytes) => Effect.zipRight(takeIn(state, state.decoder.push(bytes)), goOn(state, loop))
      })
    })
  )
  return loop
}

/** After bytes were taken in. */
const goOn = (state: ChannelState, loop: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.suspend(() =>
    state.pending.death !== undefined
      ? Effect.void
      : isSilenceAwaited(state)
        ? Effect.zipRight(watchSilence(state), loop)
        : loop
  )

const isSilenceAwaited = ({ decoder, silence }: ChannelState): boolean =>
  decoder.open !== "None" || silence !== undefined

/**
 * How long a server may pause within a reply before that counts as over. More than a lost packet takes to be sent
 * again, and less than `preliminary`, so that an upload waits for what the server means by it.
 */
const SILENCE = Duration.seconds(3)

/** From the last byte on, while a reply is open. */
const watchSilence = (state: ChannelState): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.deadlines.clear(state.silence)
    state.silence = undefined
    state.isSilent = false
    const over = Effect.suspend(() => {
      state.isSilent = true
      return state.decoder.open === "MayBeOver" ? endOpen(state) : Effect.void
    })
    return state.decoder.open === "None"
      ? Effect.void
      : Effect.map(state.deadlines.set(SILENCE, over), (deadline) => {
          state.silence = deadline
        })
  })

/** The end of the reply may come yet, and would be taken for another one. */
const endOpen = (state: ChannelState): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { decoder, pending } = state
    const open = pending.all.length
    const fits = (code: number) => open === 0 || PendingReply.owner(pending.all, { code }) !== undefined
    const ended = decoder.open === "None" ? [] : decoder.endOpen(Math.max(open, 1), fits)
    if (ended.length > 0) {
      pending.doubt()
    }
    return takeIn(state, ended)
  })

type Decoded = ReadonlyArray<Reply.Reply | ReplyDecoder.Malformed>

interface Taken {
  /** Those that belong to no command; `undefined` for none. */
  readonly dropped: ReadonlyArray<Reply.Reply> | undefined
}

const takeIn = (state: ChannelState, decoded: Decoded): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => report(state, take(state, decoded, traceOf(state, fiber))))

/** What is received is shown before anything is sent because of it. */
const take = ({ deadlines, pending, secrets }: ChannelState, decoded: Decoded, trace: Trace | undefined): Taken => {
  const now = deadlines.clock.unsafeCurrentTimeMillis()
  let dropped: Array<Reply.Reply> | undefined
  for (const raw of decoded) {
    const asked = "_tag" in raw ? pending.all[0] : PendingReply.owner(pending.all, raw)
    const item = secrets.conceal(raw, asked)
    if ("_tag" in item) {
      pending.die(pending.violation(item.expected, item.received, item.peer))
      continue
    }
    trace?.(item)
    if (pending.deliver(item, asked, now) === "Dropped") {
      dropped ??= []
      dropped.push(item)
    }
  }
  return { dropped }
}

const report = (state: ChannelState, { dropped }: Taken): Effect.Effect<void> =>
  dropped === undefined ? Effect.void : Observability.dropped(state, dropped)

const end = (state: ChannelState, error?: FtpTransportError): Effect.Effect<void> =>
  Effect.zipRight(
    takeIn(state, state.decoder.end()),
    Effect.sync(() => {
      const { pending } = state
      pending.blame("HungUp")
      pending.die(
        error === undefined
          ? pending.lost("Closed", `the server closed the connection${afterLastWords(pending.lastWords())}`)
          : pending.lost(error.reason === "TimedOut" ? "TimedOut" : "Reset", error.detail)
      )
    })
  )

/** A server that says why it goes, though it was not asked. */
const afterLastWords = (words: string | undefined): string => (words === undefined ? "" : ` after ${words}`)
