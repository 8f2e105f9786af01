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
 * compare. `transmit` opens and concludes a transfer here as well; `dataFailure` says why a connection failed.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DataError } from "../base/FtpError.ts"
import type { Prepared } from "../data/dataContext.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as Alongside from "./alongside.ts"
import { refuseWhileTransferring, type SessionContext } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
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

/**
 * Bytes that arrive, with the replies around them. The transfer ends with the scope of `receive`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  /** The server's first reply, if it gave one before the data; some report the size in it. */
  readonly first: Option.Option<Reply.Reply>
  /** The replies to `beside`, in order. */
  readonly beside: ReadonlyArray<Reply.Reply>
  /** The next bytes, lent until the next read. `None` means that the server confirmed the transfer with a 2yz. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, DataError>
}

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
}

/** The session while a transfer has it. */
interface Occupied {
  isDone: boolean
  /** An earlier data connection of the session was reset. */
  readonly wasReset: boolean
  readonly finished: Effect.Effect<void>
}

export const receive = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions = {}
): Effect.Effect<Incoming, DataError, Scope.Scope> =>
  Effect.map(open(context, command, options, { grace: GRACE }), (transfer) => toIncoming(context, transfer))

/**
 * A listing: gives all its bytes to `take`, lent for the time of the call. Returns the final reply, or `"Refused"` as
 * soon as `take` returns false.
 */
export const receiveAll = (
  context: SessionContext,
  command: Command.Command,
  path: string,
  take: (bytes: Uint8Array) => boolean
): Effect.Effect<Option.Option<Reply.Reply> | "Refused", DataError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const whole = { limit: context.timeouts.listing, what: "no end of the listing" }
      const transfer = yield* open(context, command, { path }, { grace: GRACE, whole })
      const { read } = toIncoming(context, transfer)
      while (true) {
        const bytes = yield* read
        if (Option.isNone(bytes)) {
          return yield* transfer.exchange.peek
        }
        if (!take(bytes.value)) {
          return "Refused"
        }
      }
    })
  )

const toIncoming = (context: SessionContext, transfer: Transfer): Incoming => ({
  first: transfer.exchange.first,
  beside: transfer.beside,
  read: reader(context, transfer)
})

/** Long enough for what is in the kernel's buffers, and on a slow line. */
const GRACE = Duration.seconds(1)

/** How long a data connection may stay silent when the server has said 2yz before its first byte. */
const UNUSED_LIMIT = Duration.seconds(5)

const reader = (context: SessionContext, transfer: Transfer): Effect.Effect<Option.Option<Uint8Array>, DataError> => {
  const { connection, stall } = transfer
  let ended = false
  let received = false
  // A server that said 2yz at once may have sent the file already, or, for an empty one, never use the connection.
  const unused = Effect.timeoutTo(connection.read, {
    duration: UNUSED_LIMIT,
    onTimeout: () => Option.none<Uint8Array>(),
    onSuccess: (bytes) => bytes
  })
  const more = stall.within("no data")(connection.read)
  const next = Effect.suspend(() => (transfer.isOver && !received ? unused : more))
  // Our FIN first: ProFTPD, and vsftpd over TLS, send their 226 only when our side is closed as well.
  const close = Effect.ignore(stall.within("no end", "End")(connection.endOutput))
  const end = Effect.as(Effect.zipRight(close, conclude(context, transfer, 0)), Option.none<Uint8Array>())
  return Effect.suspend(() =>
    ended
      ? Effect.succeedNone
      : Effect.matchEffect(next, {
          onFailure: (error) => DataFailure.broken(context, transfer, error),
          onSuccess: (bytes) => {
            if (Option.isSome(bytes)) {
              received = true
              stall.moved(bytes.value.byteLength)
              return Effect.succeed(bytes)
            }
            ended = true
            return end
          }
        })
  )
}

interface Limits {
  /** How long a data connection is still read after the server has refused. */
  readonly grace: Duration.Duration
  readonly whole?: IdleTimeout.Whole
}

export const open = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions,
  { grace, whole }: Limits
): Effect.Effect<Transfer, DataError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseWhileTransferring(context, command)
    const occupied = yield* occupy(context)
    const { finished } = occupied
    const { beside: questions = [], offset = 0, path } = options
    const [beside, prepared] =
      questions.length === 0
        ? ([[], yield* prepare(context)] as const)
        : yield* Alongside.ask(context, questions, prepare(context))
    const exchange =
      offset > 0 || context.state.restPending
        ? yield* Alongside.beginAt(context, command, offset, path)
        : yield* context.control.begin(command)
    const begun: DataFailure.Begun = { command, path, exchange, finished }
    if (Option.isSome(exchange.first) && Reply.isNegative(exchange.first.value)) {
      yield* finished
      return yield* context.control.errors.rejected(command, exchange.first.value, { path })
    }
    const connection = yield* connect(context, begun, occupied, prepared, grace)
    const stall = yield* IdleTimeout.watch(connection, context.timeouts, whole)
    if (context.timeouts.keepAlive !== undefined) {
      yield* Effect.forkScoped(beat(context, occupied, context.timeouts.keepAlive))
    }
    const isOver = Option.exists(exchange.first, Reply.isCompletion)
    return { ...begun, beside, connection, stall, isOver, wasReset: occupied.wasReset }
  })

/**
 * A NOOP that was sent during the transfer is answered when that has ended, at the latest; the slowest round trip fits.
 */
const NOOP_LIMIT = Duration.seconds(3)

/** The session is busy until the transfer is finished, or until it is settled after the scope was left early. */
const occupy = (context: SessionContext): Effect.Effect<Occupied, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      context.state.transferOpen = true
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
const settle = (context: SessionContext): Effect.Effect<void> =>
  Effect.map(context.control.settle(context.timeouts.settle), (settled) => {
    context.state.transferOpen = !settled
  })

const prepare = (context: SessionContext) =>
  context.protection.onDial(context, (tls) => context.dataChannel.prepare({ ...context, tls }))

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
    DataAfterReset.opened(context)
    yield* Effect.addFinalizer(() => (occupied.isDone ? Effect.void : established.reset))
    yield* Effect.forkScoped(DataFailure.stopOnRefusal(begun.exchange, established, grace))
    const connection = yield* context.protection.onData(context, established).pipe(
      Effect.onError(() => established.reset),
      Effect.catchAll((error) => DataFailure.notProtected(context, begun, error))
    )
    // A protected connection was acquired after the finalizer above, so it would be closed before that one resets it:
    // by close_notify and FIN, which say "file complete".
    yield* Effect.addFinalizer(() => (occupied.isDone ? Effect.void : connection.reset))
    return connection
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
