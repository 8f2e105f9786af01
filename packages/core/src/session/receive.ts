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
 * Success needs both witnesses, the end of the data and a 2yz. Leaving early is legal: the data connection is reset,
 * the server is heard out for a bounded moment, and a session that stays owing is not used again.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../base/bytes.ts"
import type { DataError } from "../base/FtpError.ts"
import type { Connection } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import { conclude, explain, open, type Transfer, type TransferOptions } from "./dataTransfer.ts"
import * as StaleTlsSession from "./staleTlsSession.ts"

/** Bytes that arrive; the transfer ends with the scope of `receive`. */
export interface Incoming {
  /** The server's first reply, if it gave one before the data; some tell the size in it. */
  readonly first: Option.Option<Reply.Reply>
  /** The replies to the commands that rode along. */
  readonly beside: ReadonlyArray<Reply.Reply>
  /** The next bytes, lent until the next read. `None` means that the server confirmed the transfer with a 2yz. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, DataError>
  /** The final reply, once it is there. */
  readonly final: Effect.Effect<Option.Option<Reply.Reply>>
}

export const receive = (
  context: SessionContext,
  command: Command.Command,
  options: TransferOptions = {}
): Effect.Effect<Incoming, DataError, Scope.Scope> =>
  Effect.map(
    StaleTlsSession.classifyDataRefusal(context, open(context, command, { ...options, grace: GRACE })),
    (transfer) => ({
      first: transfer.exchange.first,
      beside: transfer.beside,
      final: transfer.exchange.peek,
      read: reader(context, transfer, transfer.connection)
    })
  )

/** Long enough for what is in the kernel's buffers, and on a slow line. */
const GRACE = Duration.seconds(1)

/** How long a data connection may stay silent when the server has said 2yz before its first byte. */
const UNUSED_LIMIT = Duration.seconds(5)

const reader = (
  context: SessionContext,
  transfer: Transfer,
  connection: Connection
): Effect.Effect<Option.Option<Uint8Array>, DataError> => {
  const { stall } = transfer
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
  const end = Effect.map(
    Effect.zipRight(close, StaleTlsSession.classifyDataRefusal(context, conclude(context, transfer, 0))),
    () => {
      context.state.served = true
      return Option.none<Uint8Array>()
    }
  )
  return Effect.suspend(() =>
    ended
      ? Effect.succeedNone
      : Effect.matchEffect(next, {
          onFailure: (error) => StaleTlsSession.classifyDataRefusal(context, explain(context, transfer, error)),
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
  options: TransferOptions & { readonly limit: number }
): Effect.Effect<
  Option.Option<{ readonly bytes: Uint8Array; readonly final: Option.Option<Reply.Reply> }>,
  DataError
> =>
  Effect.scoped(
    Effect.gen(function* () {
      const incoming = yield* receive(context, command, options)
      const parts: Array<Uint8Array> = []
      let size = 0
      while (true) {
        const bytes = yield* incoming.read
        if (Option.isNone(bytes)) {
          return Option.some({ bytes: Bytes.concat(parts), final: yield* incoming.final })
        }
        size += bytes.value.byteLength
        if (size > options.limit) {
          return Option.none()
        }
        parts.push(bytes.value.slice())
      }
    })
  )
