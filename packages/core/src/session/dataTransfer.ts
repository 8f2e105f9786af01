/**
 * What downloads, listings and uploads have in common: from the command to an open, protected data connection, and what
 * happens when it ends badly.
 *
 *     idle ──prepare, command, 1yz, establish──► open ──both witnesses──► finished
 *                │ 4yz, 5yz                        │ scope closes, failure, interruption
 *                ▼                                 ▼
 *             rejected                     reset the data, hear the server out ──► settled, or spent
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError, ExchangeError, FtpConnectError } from "../base/FtpError.ts"
import type { Exchange } from "../control/FtpControlChannel.ts"
import { named } from "../control/replyErrors.ts"
import type { Connection, FtpTransportError } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Reply from "../protocol/Reply.ts"
import { refuseWhileTransferring, type SessionContext, send, sendEach } from "./context.ts"
import * as IdleTimeout from "./idleTimeout.ts"

export interface TransferOptions {
  /** For the error, if there is one. */
  readonly path?: string | undefined
  /** REST before the command, if it is not 0. */
  readonly offset?: number | undefined
  /** How long a data connection is still read after the server has said no. Default not at all. */
  readonly grace?: Duration.Duration | undefined
  /** Questions that ride along with the opening of the data connection, such as SIZE. */
  readonly beside?: ReadonlyArray<Command.Command> | undefined
}

export interface Transfer {
  readonly command: Command.Command
  readonly path: string | undefined
  readonly exchange: Exchange
  /** The replies to `beside`. */
  readonly beside: ReadonlyArray<Reply.Reply>
  readonly connection: Connection
  /** Bounds one wait on the connection by `dataStall`, and all of them by `minimumRate`. */
  readonly stall: IdleTimeout.Watch
  /** The server said 2yz at once: it has sent everything already, or never uses the data connection. */
  readonly isOver: boolean
  /** To be called when the final reply has been read, so that leaving the scope has nothing to wait for. */
  readonly finished: Effect.Effect<void>
}

/** After a broken data connection, how long the server may take to say why. */
const EXPLANATION_LIMIT = Duration.seconds(3)

/** A NOOP that was sent beside the data is answered when that has ended, at the latest; the slowest of round trips fits. */
const NOOP_LIMIT = Duration.seconds(3)

export const open = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions
): Effect.Effect<Transfer, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    const { control, state } = context
    yield* refuseWhileTransferring(context, command)
    let done = false
    const finished = Effect.sync(() => {
      done = true
      state.transferOpen = false
    })
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        state.transferOpen = true
      }),
      () => (done ? Effect.void : settle(context))
    )
    const [beside, prepared] = yield* askBeside(context, options.beside ?? [], prepare(context))
    const { offset = 0 } = options
    const rest = offset > 0 ? Command.rest(offset) : undefined
    const ahead = rest !== undefined && mayGoAhead(context, command) ? rest : undefined
    if (rest !== undefined && ahead === undefined) {
      yield* control.errors.expectSuccess(rest, yield* send(context, rest), options.path)
    } else if (rest === undefined && state.restPending) {
      yield* send(context, Command.rest(0))
    }
    state.restPending ||= ahead !== undefined
    const exchange = yield* control.begin(command, ahead)
    // Not every server forgets an offset whose transfer it refused (RFC 3659 §5.3), and a STOR would go there.
    state.restPending = offset > 0 && !Option.exists(exchange.first, (first) => !Reply.isNegative(first))
    if (ahead !== undefined && Option.isSome(exchange.ahead)) {
      yield* control.errors.expectSuccess(ahead, exchange.ahead.value, options.path)
    }
    if (Option.isSome(exchange.first) && Reply.isNegative(exchange.first.value)) {
      yield* finished
      return yield* control.errors.rejected(command, exchange.first.value, { path: options.path })
    }
    const established = yield* prepared.establish(refusal(context, command, exchange, options.path, finished))
    yield* Effect.addFinalizer(() => (done ? Effect.void : established.reset))
    yield* Effect.forkScoped(stopOnRefusal(exchange, established, options.grace ?? Duration.zero))
    const connection = yield* context.protection.onData(established, control).pipe(
      Effect.onError(() => established.reset),
      Effect.catchAll((error) => notProtected(context, command, exchange, options.path, finished, error))
    )
    // A protected connection was acquired after the finalizer above, so it would be closed before that one resets it: by
    // close_notify and FIN, which say "file complete".
    yield* Effect.addFinalizer(() => (done ? Effect.void : connection.reset))
    const stall = yield* IdleTimeout.watch(connection, context.timeouts)
    if (context.timeouts.keepAlive !== undefined) {
      const beat = Effect.suspend(() => (done ? Effect.never : control.keepAlive))
      yield* Effect.forkScoped(Effect.forever(Effect.delay(beat, context.timeouts.keepAlive)))
    }
    return {
      command,
      path: options.path,
      exchange,
      beside,
      connection,
      stall,
      isOver: Option.exists(exchange.first, Reply.isCompletion),
      finished
    }
  })

/**
 * Whether REST may share a burst with the command that it is for, which saves a round trip. Of a download that begins
 * at the wrong place nothing is taken; an upload whose REST was refused would cut what is there.
 */
const mayGoAhead = ({ features, capabilities }: SessionContext, { verb }: Command.Command): boolean =>
  verb === "RETR" && capabilities.get("Pipelining") === "Works" && Features.canRestart(features)

/** The final reply after the data has ended, judged. */
export const conclude = (
  context: SessionContext,
  transfer: Transfer,
  bytesSent: number
): Effect.Effect<Reply.Reply, DataError> =>
  Effect.gen(function* () {
    const reply = yield* transfer.exchange.final(finalReplyLimit(context, bytesSent))
    yield* transfer.finished
    yield* context.control.awaitKeepAlive(NOOP_LIMIT)
    if (Reply.isNegative(reply)) {
      return yield* context.control.errors.rejected(transfer.command, reply, {
        path: transfer.path,
        outcome: "Unknown"
      })
    }
    context.state.restPending = false
    return reply
  })

/**
 * Why a data connection broke: the server's own words if it has any, else what the transport saw. After a stall only
 * words that are there already count: later ones would be about our reset.
 */
export const explain = (
  context: SessionContext,
  transfer: Transfer,
  error: FtpTransportError
): Effect.Effect<never, DataError> =>
  Effect.gen(function* () {
    const reply =
      error.reason === "TimedOut"
        ? yield* transfer.exchange.peek
        : yield* Effect.timeoutOption(transfer.exchange.watch, EXPLANATION_LIMIT)
    if (Option.isSome(reply)) {
      yield* transfer.finished
      yield* context.control.awaitKeepAlive(NOOP_LIMIT)
      if (Reply.isNegative(reply.value)) {
        return yield* context.control.errors.rejected(transfer.command, reply.value, {
          path: transfer.path,
          outcome: "Unknown"
        })
      }
    }
    return yield* context.control.errors.lost({
      channel: "Data",
      reason: error.reason === "TimedOut" || error.reason === "Closed" ? error.reason : "Reset",
      phase: "Transfer",
      command: named(transfer.command),
      detail: error.detail,
      outcome: "Unknown"
    })
  })

/** Leaves the transfer open, and so the session unfit for others, unless the server is in step in time. */
const settle = (context: SessionContext): Effect.Effect<void> =>
  Effect.map(context.control.settle(context.timeouts.settle), (settled) => {
    context.state.transferOpen = !settled
  })

const prepare = (context: SessionContext) =>
  Effect.flatMap(context.protection.onDial(context.control), (tls) => context.dataChannel.prepare({ ...context, tls }))

const askBeside = <A>(
  context: SessionContext,
  commands: ReadonlyArray<Command.Command>,
  prepare: Effect.Effect<A, DataError, Scope.Scope>
): Effect.Effect<readonly [ReadonlyArray<Reply.Reply>, A], DataError, Scope.Scope> =>
  commands.length === 0
    ? Effect.map(prepare, (prepared) => [[], prepared] as const)
    : context.capabilities.get("Pipelining") === "Works"
      ? sideBySide(context.control.sendAll(commands), prepare)
      : Effect.all([sendEach(context.control, commands), prepare])

/**
 * Both at once, the second in this fiber: what it acquires is released here too. A connection that is acquired in one
 * fiber and released in another makes the FiberRefs of the latter grow with each transfer (effect 3.22).
 */
const sideBySide = <A, E, B, E2, R>(
  questions: Effect.Effect<A, E>,
  here: Effect.Effect<B, E2, R>
): Effect.Effect<readonly [A, B], E | E2, R> =>
  Effect.gen(function* () {
    const asked = yield* Effect.fork(questions)
    const prepared = yield* here
    return [yield* Effect.flatten(Fiber.await(asked)), prepared]
  })

/** A server that refuses while its data connection is awaited, as when it can't reach us, says so on control. */
const refusal = (
  context: SessionContext,
  command: Command.Command,
  exchange: Exchange,
  path: string | undefined,
  finished: Effect.Effect<void>
): Effect.Effect<never, DataError> =>
  Effect.flatMap(exchange.watch, (reply) =>
    Reply.isNegative(reply)
      ? Effect.zipRight(finished, Effect.fail(context.control.errors.rejected(command, reply, { path })))
      : Effect.never
  )

/**
 * Why a data connection is not protected: in the server's own words if it has any, as with one that wants the session
 * of the control connection to be used again (522, 425). A certificate that we do not accept needs no words of the
 * server.
 */
const notProtected = (
  context: SessionContext,
  command: Command.Command,
  exchange: Exchange,
  path: string | undefined,
  finished: Effect.Effect<void>,
  error: FtpConnectError
): Effect.Effect<never, DataError> =>
  Effect.gen(function* () {
    const reply =
      error.certificate !== undefined || error.reason === "TimedOut"
        ? yield* exchange.peek
        : yield* Effect.timeoutOption(exchange.watch, EXPLANATION_LIMIT)
    if (Option.exists(reply, Reply.isNegative)) {
      yield* finished
      return yield* context.control.errors.rejected(command, Option.getOrThrow(reply), { path, outcome: "Unknown" })
    }
    return yield* error
  })

/**
 * A refusal in mid-transfer ends it, even if the server leaves the data connection open and silent. What a download has
 * on its way is worth a moment's grace: those bytes need not be asked for again.
 */
const stopOnRefusal = (
  exchange: Exchange,
  connection: Connection,
  grace: Duration.Duration
): Effect.Effect<void, ExchangeError> =>
  Effect.flatMap(exchange.watch, (reply) =>
    Reply.isNegative(reply) ? Effect.delay(connection.reset, grace) : Effect.void
  )

const BYTES_PER_STEP = 10 * 1024 * 1024

const finalReplyLimit = (context: SessionContext, bytesSent: number): Duration.Duration =>
  Duration.sum(
    context.timeouts.finalReply,
    Duration.times(context.timeouts.finalReplyPer10MiB, Math.floor(bytesSent / BYTES_PER_STEP))
  )
