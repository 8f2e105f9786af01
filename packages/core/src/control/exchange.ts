/**
 * Commands, one or several at once, and the replies that their senders wait for:
 *
 *     in step   C: SIZE a, MDTM a    in one burst
 *     in doubt  C: NOOP              a reply too many has come: is another one on its way?
 *               S: 200 ok            no
 *               C: SIZE a, MDTM a
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExchangeError } from "../base/FtpError.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ByteFf from "./byteFf.ts"
import * as ByteFfQuestion from "./byteFfQuestion.ts"
import type { ChannelState } from "./channelState.ts"
import * as Many from "./many.ts"
import * as PendingReply from "./PendingReply.ts"
import * as PathSyntax from "./pathSyntax.ts"
import * as PathSyntaxQuestion from "./pathSyntaxQuestion.ts"
import * as Writer from "./writer.ts"

/**
 * A transfer command on its way: its first reply, and the final one to come. `first` is the final reply itself where
 * the server skipped the preliminary one, and `None` if it said nothing in time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  /** The reply to the command that went ahead, if one did. */
  readonly ahead: Option.Option<Reply.Reply>
  readonly first: Option.Option<Reply.Reply>
  /** The final reply; the channel is dead (`TimedOut`) if it takes longer than the limit. */
  readonly final: (limit: Duration.Duration) => Effect.Effect<Reply.Reply, ExchangeError>
  /** The final reply, however long it takes: for watching the control connection while data moves. */
  readonly watch: Effect.Effect<Reply.Reply, ExchangeError>
  /** The final reply, if it is there already. */
  readonly peek: Effect.Effect<Option.Option<Reply.Reply>>
}

/** Commands whose replies are awaited, and others that share the burst. What the server leaves unanswered is not sent. */
export const sendBurst = <const Commands extends ReadonlyArray<Command.Command>>(
  state: ChannelState,
  write: Writer.Write,
  commands: Commands,
  limit: Duration.Duration,
  unawaited: ReadonlyArray<Writer.Sent>,
  next?: (firstTook: number) => Duration.Duration
) =>
  Effect.suspend((): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> => {
    const { pending, verbs } = state
    if (pending.death !== undefined || !commands.some(({ verb }) => verbs.isAvoided(verb))) {
      return burst(state, write, commands, limit, unawaited, next)
    }
    const sent = commands.filter(({ verb }) => !verbs.isAvoided(verb))
    return Effect.map(burst(state, write, sent, limit, unawaited, next), (replies) => {
      let at = 0
      return commands.map((command) => (sent.includes(command) ? replies[at++] : undefined) ?? notSent(command))
    })
  }) as Effect.Effect<{ readonly [K in keyof Commands]: Reply.Reply }, ExchangeError>

/** In place of an answer, to a command that the server leaves unanswered. */
export const notSent = ({ verb }: Command.Command): Reply.Reply =>
  Reply.make(NOT_IMPLEMENTED, `${verb} is not sent, as this server has left it unanswered`)

const NOT_IMPLEMENTED = 502

const burst = (
  state: ChannelState,
  write: Writer.Write,
  commands: ReadonlyArray<Command.Command>,
  limit: Duration.Duration,
  unawaited: ReadonlyArray<Writer.Sent>,
  next: ((firstTook: number) => Duration.Duration) | undefined
): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> => {
  if (commands.some((command) => isFormUnknown(state, command))) {
    return Effect.zipRight(
      learnForms(state, write, commands),
      Effect.suspend(() => sent(state, write, commands, limit, unawaited, next))
    )
  }
  return sent(state, write, commands, limit, unawaited, next)
}

const sent = (
  state: ChannelState,
  write: Writer.Write,
  commands: ReadonlyArray<Command.Command>,
  limit: Duration.Duration,
  unawaited: ReadonlyArray<Writer.Sent>,
  next: ((firstTook: number) => Duration.Duration) | undefined
): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> => {
  const { pending } = state
  const awaited = commands.map((command) => Writer.prepare(state, command))
  const [first, ...others] = awaited
  const written =
    awaited.length + unawaited.length === 0 ? Effect.void : together(state, write, [...awaited, ...unawaited])
  const finals = (sent: ReadonlyArray<Writer.Sent>, limit: Duration.Duration) =>
    Effect.forEach(sent, ({ pending: reply }) => pending.final(reply, limit))
  return next === undefined || first === undefined
    ? Effect.zipRight(written, finals(awaited, limit))
    : Effect.flatMap(Effect.timed(Effect.zipRight(written, pending.final(first.pending, limit))), ([took, reply]) =>
        Effect.map(finals(others, next(Duration.toMillis(took))), (rest) => [reply, ...rest])
      )
}

const isFormUnknown = (state: ChannelState, command: Command.Command): boolean =>
  ByteFf.isUnknown(state, command) || PathSyntax.isUnknown(state, command)

/** What has to be known of the server before one of the commands can be written. */
export const learnForms = (
  state: ChannelState,
  write: Writer.Write,
  commands: ReadonlyArray<Command.Command>
): Effect.Effect<void, ExchangeError> =>
  Effect.zipRight(PathSyntaxQuestion.learn(state, write, commands), ByteFfQuestion.learn(state, write, commands))

/** A transfer command, and the command that goes ahead of it. */
export const begin = (
  state: ChannelState,
  write: Writer.Write,
  command: Command.Command,
  ahead: Command.Command | undefined
): Effect.Effect<Exchange, ExchangeError> =>
  Effect.gen(function* () {
    const { pending, timeouts } = state
    yield* learnForms(state, write, [command])
    const transfer = Writer.prepare(state, command)
    const before = Option.map(Option.fromNullable(ahead), (command) => Writer.prepare(state, command))
    yield* together(state, write, [...Option.toArray(before), transfer])
    const answered = yield* Effect.transposeMapOption(before, (sent) => pending.final(sent.pending, timeouts.reply))
    const first = yield* pending.first(transfer.pending, timeouts.preliminary)
    const { final } = PendingReply.awaitable(transfer.pending)
    return {
      ahead: answered,
      first,
      final: (limit) => pending.final(transfer.pending, limit),
      watch: Deferred.await(final),
      peek: Effect.flatMap(
        Deferred.poll(final),
        Option.match({ onNone: () => Effect.succeedNone, onSome: Effect.option })
      )
    }
  })

/** Commands of which the server knows each, with one wait for all replies. The limit is for each of them. */
export const sendMany = (
  state: ChannelState,
  write: Writer.Write,
  commands: ReadonlyArray<Command.Command>,
  limit: Duration.Duration
): Effect.Effect<ReadonlyArray<Reply.Reply>, ExchangeError> =>
  Effect.zipRight(
    commands.some((command) => PathSyntax.isUnknown(state, command))
      ? PathSyntaxQuestion.learn(state, write, commands)
      : Effect.void,
    Many.sendMany(state, (burst) => together(state, write, burst), commands, limit)
  )

/** The answers to several commands at once are distinguished by their order alone, so it must be right. */
const together = (
  state: ChannelState,
  write: Writer.Write,
  burst: ReadonlyArray<Writer.Sent>
): Effect.Effect<void, ExchangeError> =>
  burst.length > 1 && state.pending.isInDoubt ? Effect.zipRight(getInStep(state, write), write(burst)) : write(burst)

/** As long as a probe of an idle session takes at most: to dial anew is quicker than to wait. */
const IN_STEP_LIMIT = Duration.seconds(3)

/**
 * Sends a NOOP if a reply too many has come, and waits for its answer; other replies are dropped meanwhile. A failure
 * is the channel's death, with which the next command fails.
 */
export const getInStep = (state: ChannelState, write: Writer.Write): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { pending } = state
    if (!pending.isInDoubt) {
      return Effect.void
    }
    const noop = Writer.prepare(state, Command.noop, "InStep")
    return Effect.ignore(Effect.zipRight(write([noop]), pending.final(noop.pending, IN_STEP_LIMIT, "answer to NOOP")))
  })
