/**
 * One transfer over a data connection, from the command to the final reply; a download or a listing:
 *
 *     C: EPSV                                  FtpDataChannel
 *     S: 229 ...                               the data connection is dialled and up
 *     C: RETR report.pdf                       with an offset, REST comes first: see alongside
 *     S: 150 Opening data connection           550: the data connection is closed by us
 *        bytes ... end of data                 in any order with the 226 (IIS and vsftpd send it early)
 *     S: 226 Transfer complete                 ProFTPD: only after our side is closed too
 *
 *     idle ──prepare, command, 1yz, establish──► open ──end of data and 2yz──► finished
 *                │ 4yz, 5yz                        │ scope closes, failure, interruption
 *                ▼                                 ▼
 *             rejected                     reset the data, wait for the final reply ──► settled, or unusable
 *
 * Success needs both signals, the end of the data and a 2yz. Leaving early is legal: the data connection is reset, the
 * final reply is awaited briefly, and a session that stays silent is not used again. Sizes are for the caller to
 * compare. `receive` and `transmit` open and conclude a transfer here and move its bytes; `dataFailure` says why a
 * connection failed.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import { isRefusal } from "../control/replyErrors.ts"
import type { Prepared } from "../data/dataContext.ts"
import type { Connection, DirectAddress } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Alongside from "./alongside.ts"
import { refuseWhileTransferring, type SessionContext, wantsPret } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import * as DataFailure from "./dataFailure.ts"
import * as IdleTimeout from "./idleTimeout.ts"
import * as LeftOpen from "./leftOpen.ts"
import * as NextPort from "./nextPort.ts"

/**
 * Options of one transfer. `offset` in bytes is sent as REST; `path` is for the error. `beside` are commands, such as
 * SIZE, that are answered while the data connection opens. `onCommand` is called before the command is sent, and again if
 * the server has not applied it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  readonly path?: string | undefined
  readonly offset?: number | undefined
  readonly beside?: ReadonlyArray<Command.Command> | undefined
  readonly onCommand?: OnCommand | undefined
}

/**
 * What became of a command that begins a transfer. From `"Sent"` on the server may have applied it: a STOR that it has
 * accepted may have emptied the file. `"NotApplied"` follows if it was refused before the transfer began, or was never sent.
 *
 * @since 0.1.0
 * @category models
 */
export type OnCommand = (state: "Sent" | "NotApplied") => void

export interface Transfer extends DataFailure.Begun {
  /** The replies to `beside`. */
  readonly beside: ReadonlyArray<Reply.Reply>
  readonly connection: Connection
  /** Bounds one wait on the connection by `dataStall`, and all of them by `minimumRate`. */
  readonly stall: IdleTimeout.Watch
  /** The server said 2yz at once: it has sent everything already, or never uses the data connection. */
  readonly isOver: boolean
  /** An earlier data connection of the session was reset. */
  readonly wasReset: boolean
  readonly leftOpen: LeftOpen.LeftOpen
}

/** The session while a transfer has it. */
interface Occupied {
  isDone: boolean
  /** An earlier data connection of the session was reset. */
  readonly wasReset: boolean
  readonly finished: Effect.Effect<void>
}

interface Limits {
  /** How long a data connection is still read after the server has refused. */
  readonly grace: Duration.Duration
  readonly whole?: IdleTimeout.Whole
  /** Which way the data moves: a data connection that never came about can be the end of none, not of an upload. */
  readonly direction: "Receive" | "Transmit"
}

export const open = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions,
  limits: Limits
): Effect.Effect<Transfer, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseWhileTransferring(context, command)
    yield* context.control.learnForms(command)
    const announced = wantsPret(context) ? NextPort.announcement(command) : undefined
    const port =
      context.state.nextPort === undefined
        ? undefined
        : NextPort.take(context.state, yield* Clock.currentTimeMillis, announced)
    const occupied = yield* occupy(context)
    const { finished } = occupied
    const { beside: questions = [], offset = 0, onCommand = () => {}, path } = options
    const [beside, prepared] =
      questions.length === 0
        ? ([[], yield* prepare(context, command, path, port)] as const)
        : yield* Alongside.ask(context, questions, prepare(context, command, path, port))
    onCommand("Sent")
    const exchange = yield* Effect.tapError(
      offset > 0 || context.state.restPending
        ? Alongside.beginAt(context, command, offset, path)
        : context.control.begin(command),
      (error) => Effect.sync(() => isNotApplied(error) && onCommand("NotApplied"))
    )
    const begun: DataFailure.Begun = { command, path, exchange, finished }
    if (Option.isSome(exchange.first) && isRefusal(command, exchange.first.value)) {
      onCommand("NotApplied")
      yield* finished
      return yield* context.control.errors.rejected(command, exchange.first.value, { path })
    }
    const leftOpen = LeftOpen.make(context.capabilities)
    const connection = yield* connect(context, begun, occupied, prepared, leftOpen, limits)
    const stall = yield* IdleTimeout.watch(connection, limitsOf(context, begun), limits.whole)
    if (context.timeouts.keepAlive !== undefined) {
      yield* Effect.forkScoped(Effect.interruptible(beat(context, occupied, context.timeouts.keepAlive)))
    }
    const isOver = Option.exists(exchange.first, Reply.isCompletion)
    return { ...begun, beside, connection, stall, isOver, wasReset: occupied.wasReset, leftOpen }
  })

/** Refused, or not even sent: its argument can't be. */
const isNotApplied = (error: DataError): boolean =>
  error._tag === "FtpUsageError" || ("outcome" in error && error.outcome === "NotApplied")

/** MLSD, which a server need not know, may have been left unanswered. */
const limitsOf = ({ control, timeouts }: SessionContext, { command, exchange }: DataFailure.Begun): Timeouts =>
  Option.isSome(exchange.first) || control.verbs.isAnswered(command.verb)
    ? timeouts
    : { ...timeouts, dataStall: control.verbs.limit(command.verb, timeouts.dataStall, timeouts.optionalReply) }

/**
 * A NOOP that was sent during the transfer is answered when that has ended, at the latest; the slowest round trip fits.
 */
const NOOP_LIMIT = Duration.seconds(3)

/** The session is busy until the transfer is finished, or until it is settled after the scope was left early. */
const occupy = (context: SessionContext): Effect.Effect<Occupied, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      context.state.transferOpen = true
      NextPort.forget(context.state)
      const occupied: Occupied = {
        isDone: false,
        wasReset: context.state.dataReset,
        finished: Effect.suspend(() => {
          occupied.isDone = true
          context.state.transferOpen = false
          return context.control.awaitKeepAlive(NOOP_LIMIT)
        })
      }
      return occupied
    }),
    (occupied, exit) => {
      DataAfterReset.failed(context, occupied.wasReset, exit)
      return occupied.isDone ? Effect.void : settle(context)
    }
  )

/** Leaves the transfer open, and so the session unfit for others, unless the server is in step in time. */
export const settle = (context: SessionContext): Effect.Effect<void> =>
  Effect.map(context.control.settle(context.timeouts.settle), (settled) => {
    context.state.transferOpen = !settled
  })

const prepare = (
  context: SessionContext,
  command: Command.Command,
  path: string | undefined,
  port: DirectAddress | undefined
) => {
  const announced = wantsPret(context) ? { command, path } : undefined
  let unused = port
  return context.protection.onDial(context, (tls) => {
    const prepared = context.dataChannel.prepare({ ...context, tls, announced, port: unused })
    unused = undefined
    return prepared
  })
}

/** The data connection, up and protected. It is reset if the scope closes before the transfer is finished. */
const connect = (
  context: SessionContext,
  begun: DataFailure.Begun,
  occupied: Occupied,
  prepared: Prepared,
  leftOpen: LeftOpen.LeftOpen,
  { direction, grace }: Limits
): Effect.Effect<Connection, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    const established = yield* prepared.establish(DataFailure.whenRefused(context, begun))
    DataAfterReset.opened(context)
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        // The scope of a transfer that is finished may end during the next one.
        if (context.state.resetData === established.reset) {
          context.state.resetData = undefined
        }
        return occupied.isDone ? Effect.void : established.reset
      })
    )
    context.state.resetData = established.reset
    const confirmed = direction === "Receive" ? leftOpen.afterConfirmation : Effect.void
    // The scope ends it, also that of a caller who can't be interrupted.
    yield* Effect.forkScoped(
      Effect.interruptible(DataFailure.stopOnRefusal(begun.exchange, established, grace, confirmed))
    )
    const connection = yield* context.protection.onData(context, established).pipe(
      Effect.onError(() => established.reset),
      Effect.catchAll((error) =>
        Effect.as(DataFailure.notProtected(context, begun, error, direction === "Receive"), nothingFrom(established))
      )
    )
    // A protected connection was acquired after the finalizer above, so it would be closed before that one resets it:
    // by close_notify and FIN, which say "file complete".
    yield* Effect.addFinalizer(() => (occupied.isDone ? Effect.void : connection.reset))
    return connection
  })

/** A connection on which nothing was to be sent. */
const nothingFrom = (connection: Connection): Connection => ({
  ...connection,
  read: Effect.succeedNone,
  endOutput: Effect.void
})

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
    yield* transfer.finished
    DataAfterReset.ended(context)
    if (Reply.isNegative(reply)) {
      return yield* DataFailure.refused(context, transfer, reply)
    }
    context.state.restPending = false
    context.state.served = true
    DataAfterReset.worked(context, transfer.wasReset)
    return reply
  })

const BYTES_PER_STEP = 10 * 1024 * 1024

const finalReplyLimit = (context: SessionContext, bytesSent: number): Duration.Duration =>
  Duration.sum(
    context.timeouts.finalReply,
    Duration.times(context.timeouts.finalReplyPer10MiB, Math.floor(bytesSent / BYTES_PER_STEP))
  )
