/**
 * What downloads, listings and uploads have in common: from the command to an open, protected data connection, and how
 * it ends.
 *
 *     idle ──prepare, command, 1yz, establish──► open ──end of data and 2yz──► finished
 *                │ 4yz, 5yz                        │ scope closes, failure, interruption
 *                ▼                                 ▼
 *             rejected                     reset the data, wait for the final reply ──► settled, or unusable
 *
 * `receive` and `transmit` move the bytes; `dataFailure` says why a connection failed.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError, ExchangeError } from "../base/FtpError.ts"
import type { Exchange } from "../control/FtpControlChannel.ts"
import type { Prepared } from "../data/dataContext.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import * as Reply from "../protocol/Reply.ts"
import { refuseWhileTransferring, type SessionContext, send, sendEach } from "./context.ts"
import * as DataFailure from "./dataFailure.ts"
import * as IdleTimeout from "./idleTimeout.ts"

/**
 * Options of one transfer. `offset` in bytes is sent as REST; `path` is for the error. `beside` are commands, such as
 * SIZE, that are answered while the data connection opens.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  readonly path?: string | undefined
  readonly offset?: number | undefined
  readonly beside?: ReadonlyArray<Command.Command> | undefined
}

export interface Transfer extends DataFailure.Begun {
  /** The replies to `beside`. */
  readonly beside: ReadonlyArray<Reply.Reply>
  readonly connection: Connection
  /** Bounds one wait on the connection by `dataStall`, and all of them by `minimumRate`. */
  readonly stall: IdleTimeout.Watch
  /** The server said 2yz at once: it has sent everything already, or never uses the data connection. */
  readonly isOver: boolean
}

/** The session while a transfer has it. */
interface Occupied {
  isDone: boolean
  readonly finished: Effect.Effect<void>
}

/** `grace` is how long a data connection is still read after the server has refused. */
export const open = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions,
  grace: Duration.Duration
): Effect.Effect<Transfer, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseWhileTransferring(context, command)
    const occupied = yield* occupy(context)
    const { finished } = occupied
    const [beside, prepared] = yield* askBeside(context, options.beside ?? [], prepare(context))
    const exchange = yield* begin(context, command, options)
    const begun: DataFailure.Begun = { command, path: options.path, exchange, finished }
    if (Option.isSome(exchange.first) && Reply.isNegative(exchange.first.value)) {
      yield* finished
      return yield* context.control.errors.rejected(command, exchange.first.value, { path: options.path })
    }
    const connection = yield* connect(context, begun, occupied, prepared, grace)
    const stall = yield* IdleTimeout.watch(connection, context.timeouts)
    if (context.timeouts.keepAlive !== undefined) {
      yield* Effect.forkScoped(beat(context, occupied, context.timeouts.keepAlive))
    }
    const isOver = Option.exists(exchange.first, Reply.isCompletion)
    return { ...begun, beside, connection, stall, isOver }
  })

/** The session is busy until the transfer is finished, or until it is settled after the scope was left early. */
const occupy = (context: SessionContext): Effect.Effect<Occupied, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      context.state.transferOpen = true
      const occupied: Occupied = {
        isDone: false,
        finished: Effect.sync(() => {
          occupied.isDone = true
          context.state.transferOpen = false
        })
      }
      return occupied
    }),
    (occupied) => (occupied.isDone ? Effect.void : settle(context))
  )

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

/** REST if there is an offset, then the command. The first reply is not judged. */
const begin = (
  context: SessionContext,
  command: Command.Command,
  { offset = 0, path }: TransferOptions
): Effect.Effect<Exchange, DataError> =>
  Effect.gen(function* () {
    const { control, state } = context
    const rest = offset > 0 ? Command.rest(offset) : undefined
    const ahead = rest !== undefined && mayGoAhead(context, command) ? rest : undefined
    if (rest !== undefined && ahead === undefined) {
      yield* control.errors.expectSuccess(rest, yield* send(context, rest), path)
    } else if (rest === undefined && state.restPending) {
      yield* send(context, Command.rest(0))
    }
    state.restPending ||= ahead !== undefined
    const exchange = yield* control.begin(command, ahead)
    // Not every server forgets an offset whose transfer it refused (RFC 3659 §5.3), and a STOR would go there.
    state.restPending = offset > 0 && !Option.exists(exchange.first, (first) => !Reply.isNegative(first))
    if (ahead !== undefined && Option.isSome(exchange.ahead)) {
      yield* control.errors.expectSuccess(ahead, exchange.ahead.value, path)
    }
    return exchange
  })

/**
 * Whether REST may share a burst with the command that it is for, which saves a round trip. Of a download that begins
 * at the wrong place nothing is taken; an upload whose REST was refused would cut what is there.
 */
const mayGoAhead = ({ features, capabilities }: SessionContext, { verb }: Command.Command): boolean =>
  verb === "RETR" && capabilities.get("Pipelining") === "Works" && Features.canRestart(features)

/** The data connection, up and protected. It is reset if the scope closes before the transfer is finished. */
const connect = (
  context: SessionContext,
  begun: DataFailure.Begun,
  occupied: Occupied,
  prepared: Prepared,
  grace: Duration.Duration
): Effect.Effect<Connection, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    const established = yield* prepared.establish(DataFailure.whenRefused(context, begun))
    yield* Effect.addFinalizer(() => (occupied.isDone ? Effect.void : established.reset))
    yield* Effect.forkScoped(stopOnRefusal(begun.exchange, established, grace))
    const connection = yield* context.protection.onData(established, context.control).pipe(
      Effect.onError(() => established.reset),
      Effect.catchAll((error) => DataFailure.notProtected(context, begun, error))
    )
    // A protected connection was acquired after the finalizer above, so it would be closed before that one resets it:
    // by close_notify and FIN, which say "file complete".
    yield* Effect.addFinalizer(() => (occupied.isDone ? Effect.void : connection.reset))
    return connection
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

/** Keeps firewalls from forgetting the control connection while it is silent. */
const beat = ({ control }: SessionContext, occupied: Occupied, every: Duration.DurationInput): Effect.Effect<never> =>
  Effect.forever(
    Effect.delay(
      Effect.suspend(() => (occupied.isDone ? Effect.never : control.keepAlive)),
      every
    )
  )

/** The end of a transfer whose data has ended: the final reply must be a 2yz. */
export const conclude = (
  context: SessionContext,
  transfer: Transfer,
  bytesSent: number
): Effect.Effect<Reply.Reply, DataError> =>
  Effect.gen(function* () {
    const reply = yield* transfer.exchange.final(finalReplyLimit(context, bytesSent))
    yield* DataFailure.release(context, transfer)
    if (Reply.isNegative(reply)) {
      return yield* DataFailure.refused(context, transfer, reply)
    }
    context.state.restPending = false
    context.state.served = true
    return reply
  })

const BYTES_PER_STEP = 10 * 1024 * 1024

const finalReplyLimit = (context: SessionContext, bytesSent: number): Duration.Duration =>
  Duration.sum(
    context.timeouts.finalReply,
    Duration.times(context.timeouts.finalReplyPer10MiB, Math.floor(bytesSent / BYTES_PER_STEP))
  )
