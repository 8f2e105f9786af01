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
 * bytes go out the control connection is watched, so that a 452 or 552 ends the transfer at once and is reported as
 * such.
 *
 * What the server has then is not verified here.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DataError } from "../base/FtpError.ts"
import type { Pull } from "../base/FtpSource.ts"
import type { Connection, FtpTransportError } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"
import { conclude, explain, open, type Transfer, type TransferOptions } from "./dataTransfer.ts"
import * as StaleTlsSession from "./staleTlsSession.ts"

/** Sends everything that `pull` yields and returns how many bytes that was. */
export const transmit = <E, R>(
  context: SessionContext,
  command: Command.Command,
  pull: Pull<E, R>,
  options: TransferOptions & {
    readonly onProgress?: ((bytes: number) => void) | undefined
    readonly onBeside?: ((replies: ReadonlyArray<Reply.Reply>) => void) | undefined
  } = {}
): Effect.Effect<number, DataError | E, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const transfer = yield* StaleTlsSession.classifyDataRefusal(context, open(context, command, options))
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
          yield* tell(context, transfer, connection.write(part))
          stall.moved(part.byteLength)
        }
        sent += bytes.value.byteLength
        options.onProgress?.(bytes.value.byteLength)
      }
      yield* tell(context, transfer, connection.endOutput, "End")
      yield* Effect.forkScoped(drain(connection))
      yield* StaleTlsSession.classifyDataRefusal(context, conclude(context, transfer, sent))
      context.state.served = true
      return sent
    })
  )

const tell = (
  context: SessionContext,
  transfer: Transfer,
  effect: Effect.Effect<void, FtpTransportError>,
  purpose?: "End"
): Effect.Effect<void, DataError> =>
  Effect.catchAll(transfer.stall.within("the server took no data", purpose)(effect), (error) =>
    StaleTlsSession.classifyDataRefusal(context, explain(context, transfer, error))
  )

/** Bytes that are left unread turn our close into an RST, and the server would lose the file's tail. */
const drain = (connection: Connection): Effect.Effect<void> =>
  Effect.ignore(Effect.repeat(connection.read, { while: Option.isSome }))
