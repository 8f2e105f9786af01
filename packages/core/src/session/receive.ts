/**
 * One download or listing:
 *
 *     C: EPSV                                  FtpDataChannel
 *     S: 229 ...                               the data connection is dialled and up
 *     C: REST 1048576                          only with an offset (RFC 3659 §5)
 *     S: 350 ...
 *     C: RETR report.pdf
 *     S: 150 Opening data connection           550: the data connection is closed by us
 *        bytes ... end of data                 in any order with the 226 (IIS and vsftpd send it early)
 *     S: 226 Transfer complete                 ProFTPD: only after our side is closed too
 *
 * Success needs both signals, the end of the data and a 2yz. Leaving early is legal: the data connection is reset, the
 * final reply is awaited briefly, and a session that stays silent is not used again. Sizes are for the caller to
 * compare.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../base/bytes.ts"
import type { DataError } from "../base/FtpError.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import * as DataFailure from "./dataFailure.ts"
import { conclude, open, type Transfer, type TransferOptions } from "./dataTransfer.ts"

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

export const receive = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions = {}
): Effect.Effect<Incoming, DataError, Scope.Scope> =>
  Effect.map(open(context, command, options, GRACE), (transfer) => toIncoming(context, transfer))

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

/** All the bytes of a listing with its final reply, or `None` if there are more bytes than the limit. */
export const receiveAll = (
  context: SessionContext,
  command: Command.Command,
  path: string,
  limit: number
): Effect.Effect<
  Option.Option<{ readonly bytes: Uint8Array; readonly final: Option.Option<Reply.Reply> }>,
  DataError
> =>
  Effect.scoped(
    Effect.gen(function* () {
      const transfer = yield* open(context, command, { path }, GRACE)
      const { read } = toIncoming(context, transfer)
      const parts: Array<Uint8Array> = []
      let size = 0
      while (true) {
        const bytes = yield* read
        if (Option.isNone(bytes)) {
          return Option.some({ bytes: Bytes.concat(parts), final: yield* transfer.exchange.peek })
        }
        size += bytes.value.byteLength
        if (size > limit) {
          return Option.none()
        }
        parts.push(bytes.value.slice())
      }
    })
  )
