/**
 * A server that wants the control connection's TLS session on each data connection (RFC 4217 §10.2), and takes it no
 * longer: OpenSSL's are good for minutes or hours, and a control connection may be older.
 *
 *     C: RETR a
 *     S: 150 here
 *        TLS handshake, from the beginning
 *     S: 522 session reuse required            vsftpd; ProFTPD: 425 Unable to build data connection
 *        │
 *        ├──data went over this session before──► FtpConnectionLost, as a new session gets a new ticket
 *        └──it never did────────────────────────► FtpRejected, as a new one would be refused too
 *
 * Neither session is lent again. The server's text is not read, because ProFTPD's says nothing of it.
 */
import * as Effect from "effect/Effect"
import { type DataError, FtpConnectionLost, type FtpRejected } from "../base/FtpError.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"

/** Tells a refusal that a new session will mend from one that it won't, in whatever hears the server's reply. */
export const classifyDataRefusal = <A, R>(
  { protection, state }: SessionContext,
  self: Effect.Effect<A, DataError, R>
): Effect.Effect<A, DataError, R> =>
  Effect.catchIf(self, isOfDataConnection, (rejected): Effect.Effect<never, FtpConnectionLost | FtpRejected> => {
    if (!protection.isTiedToControl) {
      return Effect.fail(rejected)
    }
    state.refusesData = true
    const { command, endpoint, outcome, reply, transcript, verb } = rejected
    return state.served
      ? new FtpConnectionLost({
          channel: "Data",
          reason: "Closed",
          phase: "Command",
          command,
          verb,
          detail: `the server protects no more data connections of this session: ${Reply.toLine(reply)}`,
          outcome,
          endpoint,
          transcript
        })
      : Effect.fail(rejected)
  })

/** Data connections that can't be built, and those whose TLS is not good enough (RFC 4217 §10.2). */
const CODES: ReadonlySet<number> = new Set([425, 522])

/** Behind the 150: before it the handshake has not begun. */
const isOfDataConnection = (error: DataError): error is FtpRejected =>
  error._tag === "FtpRejected" && error.outcome === "Unknown" && CODES.has(error.reply.code)
