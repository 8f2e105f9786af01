/**
 * One upload:
 *
 *     C: EPSV                                  FtpDataChannel
 *     S: 229 ...                               the data connection is dialled and up
 *     C: REST 1048576                          only with an offset
 *     S: 350 ...
 *     C: STOR report.pdf
 *     S: 150 Ok to send data
 *        bytes ..., FIN                        the FIN says "file complete": it is sent for nothing else
 *     S: 226 Transfer complete
 *
 * An upload that can't be finished is abandoned by RST, as every server must take a FIN for the end of the file. While
 * bytes go out the control connection is watched, so that a 452 or 552 ends the transfer at once, with that error. What
 * the server has in the end is for the caller to verify.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DataError } from "../base/FtpError.ts"
import type { Pull } from "../base/FtpSource.ts"
import type { Connection, FtpTransportError } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import * as DataFailure from "./dataFailure.ts"
import { conclude, open, type Transfer, type TransferOptions } from "./dataTransfer.ts"

/**
 * Options of an upload.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransmitOptions extends TransferOptions {
  /** Called for each chunk that was sent. It must be quick and must not throw. */
  readonly onProgress?: ((bytes: number) => void) | undefined
  /** Called with the replies to `beside`, in order, before the first byte is sent. */
  readonly onBeside?: ((replies: ReadonlyArray<Reply.Reply>) => void) | undefined
}

/** Sends everything that `pull` yields and returns how many bytes that was. */
export const transmit = <E, R>(
  context: SessionContext,
  command: Command.Command,
  pull: Pull<E, R>,
  options: TransmitOptions = {}
): Effect.Effect<number, DataError | E, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const transfer = yield* open(context, command, options, { grace: NO_GRACE, direction: "Transmit" })
      const { connection, stall } = transfer
      options.onBeside?.(transfer.beside)
      let sent = 0
      while (true) {
        const bytes = yield* pull
        if (Option.isNone(bytes)) {
          break
        }
        for (let at = 0; at < bytes.value.byteLength; at += stall.atOnce) {
          const part = bytes.value.subarray(at, at + stall.atOnce)
          yield* bounded(context, transfer, connection.write(part))
          stall.moved(part.byteLength)
        }
        sent += bytes.value.byteLength
        options.onProgress?.(bytes.value.byteLength)
      }
      yield* bounded(context, transfer, connection.endOutput, "End")
      yield* Effect.forkScoped(Effect.interruptible(drain(connection)))
      yield* conclude(context, transfer, sent)
      return sent
    })
  )

/** What was not sent when the server refuses is not wanted. */
const NO_GRACE = Duration.zero

const bounded = (
  context: SessionContext,
  transfer: Transfer,
  effect: Effect.Effect<void, FtpTransportError>,
  purpose?: "End"
): Effect.Effect<void, DataError> =>
  Effect.catchAll(transfer.stall.within("the server took no data", purpose)(effect), (error) =>
    DataFailure.broken(context, transfer, error)
  )

/** Bytes that are left unread turn our close into an RST, and the server would lose the file's tail. */
const drain = (connection: Connection): Effect.Effect<void> =>
  Effect.ignore(Effect.repeat(connection.read, { while: Option.isSome }))
