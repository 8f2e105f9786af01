/**
 * Why a data connection did not open or broke: in the server's own words if it has any, else as the transport saw it.
 *
 * One refusal needs a second look. Some servers want the control connection's TLS session on each data connection (RFC
 * 4217 §10.2) and stop accepting it: OpenSSL's are good for minutes or hours, and a control connection may be older.
 *
 *     C: RETR a
 *     S: 150 here
 *        TLS handshake, from the beginning
 *     S: 522 session reuse required            vsftpd; ProFTPD: 425 Unable to build data connection
 *        │
 *        ├──data went over this session before──► FtpConnectionLost, as a new session gets a new ticket
 *        └──it never did────────────────────────► FtpRejected, as a new one would be refused too
 *
 * Neither session is lent again. Only the codes count here, as ProFTPD's words do not mention TLS.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DataError, FtpConnectError, FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import type { Exchange } from "../control/FtpControlChannel.ts"
import { named } from "../control/replyErrors.ts"
import type { Connection, FtpTransportError } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type { SessionContext } from "./context.ts"

/** A transfer whose command was sent and not refused. */
export interface Begun {
  readonly command: Command.Command
  /** For the error, if there is one. */
  readonly path: string | undefined
  readonly exchange: Exchange
  /** To be called when the final reply has been read, so that leaving the scope has nothing to wait for. */
  readonly finished: Effect.Effect<void>
}

/** After a broken data connection, how long the server may take to say why. */
const EXPLANATION_LIMIT = Duration.seconds(3)

/**
 * A refusal in mid-transfer, or an answer that makes no sense, ends it, even if the server leaves the data connection
 * open and silent. What a download has on its way is worth a moment's grace: those bytes need not be asked for again.
 * Otherwise `confirmed` is run.
 */
export const stopOnRefusal = (
  exchange: Exchange,
  connection: Connection,
  grace: Duration.Duration,
  confirmed: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.matchEffect(exchange.watch, {
    onFailure: (error) => (error._tag === "FtpProtocolViolation" ? Effect.delay(connection.reset, grace) : Effect.void),
    onSuccess: (reply) => (Reply.isNegative(reply) ? Effect.delay(connection.reset, grace) : confirmed)
  })

/** A server that refuses while its data connection is awaited, as when it can't reach us, says so on control. */
export const whenRefused = (context: SessionContext, begun: Begun): Effect.Effect<never, DataError> =>
  Effect.flatMap(begun.exchange.watch, (reply) =>
    Reply.isNegative(reply)
      ? Effect.zipRight(
          begun.finished,
          Effect.fail(context.control.errors.rejected(begun.command, reply, { path: begun.path }))
        )
      : Effect.never
  )

/**
 * A data connection without protection: some servers want the session of the control connection to be used again (522,
 * 425). A certificate that we do not accept needs no words of the server.
 *
 * Succeeds if the server closed the connection in place of a handshake and confirms the transfer on the control
 * connection: there was nothing to send (ftpserverlib). An attacker who cuts a data connection can't forge that reply,
 * and a server that has anything to send can't confirm it without a handshake. `mayBeEmpty` is false for uploads.
 */
export const notProtected = (
  context: SessionContext,
  begun: Begun,
  error: FtpConnectError,
  mayBeEmpty: boolean
): Effect.Effect<void, DataError> =>
  Effect.gen(function* () {
    const { exchange, finished } = begun
    const reply =
      error.certificate !== undefined || error.reason === "TimedOut"
        ? yield* exchange.peek
        : yield* TimeLimit.timeoutOption(exchange.watch, EXPLANATION_LIMIT)
    if (Option.exists(reply, Reply.isNegative)) {
      yield* finished
      return yield* refused(context, begun, Option.getOrThrow(reply))
    }
    if (mayBeEmpty && Option.isSome(reply) && error.stage === "Tls" && error.reason === "Unreachable") {
      return
    }
    return yield* context.protection.beganTooEarly(context, error)
      ? context.control.errors.lost({
          channel: "Data",
          reason: "Closed",
          phase: "Command",
          command: named(begun.command),
          detail: error.detail,
          outcome: "Unknown"
        })
      : error
  })

/**
 * A connection that broke. After a stall only words that are there already count: later ones would be about our reset.
 */
export const broken = (
  context: SessionContext,
  begun: Begun,
  error: FtpTransportError
): Effect.Effect<never, DataError> =>
  Effect.gen(function* () {
    const { command, exchange } = begun
    const reply =
      error.reason === "TimedOut"
        ? yield* exchange.peek
        : yield* TimeLimit.timeoutOption(exchange.watch, EXPLANATION_LIMIT)
    const isSilent = Option.isNone(begun.exchange.first) && Option.isNone(reply) && error.reason === "TimedOut"
    if (Option.isSome(reply)) {
      yield* begun.finished
      if (Reply.isNegative(reply.value)) {
        return yield* refused(context, begun, reply.value)
      }
    }
    return yield* context.control.errors.lost({
      channel: "Data",
      reason: error.reason === "TimedOut" || error.reason === "Closed" ? error.reason : "Reset",
      phase: "Transfer",
      command: named(command),
      detail: error.detail,
      optionalVerb: isSilent ? context.control.verbs.unanswered([command.verb], "Silent") : undefined,
      outcome: "Unknown"
    })
  })

/** Data connections that can't be built, and those whose TLS is not good enough (RFC 4217 §10.2). */
const REFUSED_CONNECTION: ReadonlySet<number> = new Set([425, 522])
const REUSE_REQUIRED = 522

/** A refusal after the 150, which may mean that the session's TLS ticket is stale; before it no handshake has begun. */
export const refused = (
  { capabilities, control, protection, state }: SessionContext,
  { command, path }: Begun,
  reply: Reply.Reply
): FtpRejected | FtpConnectionLost => {
  if (!protection.isTiedToControl || !REFUSED_CONNECTION.has(reply.code)) {
    return control.errors.rejected(command, reply, { path, outcome: "Unknown" })
  }
  state.refusesData = true
  if (reply.code === REUSE_REQUIRED) {
    capabilities.set("TLS session reuse", true)
  }
  return state.served
    ? control.errors.lost({
        channel: "Data",
        reason: "Closed",
        phase: "Command",
        command: named(command),
        detail: `the server protects no more data connections of this session: ${Reply.toLine(reply)}`,
        outcome: "Unknown"
      })
    : control.errors.rejected(command, reply, { path, outcome: "Unknown" })
}
