/**
 * What stops a transfer for a reason that can pass, by the error that it ended with.
 *
 *     no connection, connection lost, refused during the transfer (426, 451, 552) ──► FtpTransferInterrupted
 *     refused for now, before anything was applied (450, 451, 425) ──────────────────► as it is, after waiting
 *     everything else ──────────────────────────────────────────────────────────────► as it is
 *
 * How long each is waited out: see `patience`.
 */
import {
  type FtpConnectError,
  type FtpConnectionLost,
  type FtpError,
  type FtpRejected,
  FtpTransferInterrupted
} from "../base/FtpError.ts"

export type Cause = FtpTransferInterrupted["cause"]

/** One port of many can be unreachable, such as 5060 behind a firewall that inspects SIP; three in a row are no chance. */
export const OTHER_PORTS = 2

/** Whether the data connection could not be opened. A port whose TLS handshake began was reached. */
export const isUndialled = (error: FtpError): error is FtpConnectError =>
  error._tag === "FtpConnectError" && error.channel === "Data" && error.stage === "Dial"

/** Whether it failed at once: no server listens there, or a firewall refused. */
export const isDeadPort = (error: FtpError): boolean => isUndialled(error) && error.reason !== "TimedOut"

/** From this many bytes on, what an interrupted transfer left is kept for a later run. Less is moved again as fast. */
export const WORTH_KEEPING = 1024 * 1024

export const isCause = (error: unknown): error is Cause =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "FtpConnectError" ||
    error._tag === "FtpConnectionLost" ||
    (error._tag === "FtpRejected" && "outcome" in error && error.outcome === "Unknown"))

/** Whether asking again later is harmless, and may help. */
export const isRefusedForNow = (error: unknown): error is FtpRejected =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "FtpRejected" &&
  "outcome" in error &&
  error.outcome === "NotApplied" &&
  "isRetryable" in error &&
  error.isRetryable === true

export const make = (
  facts: Pick<FtpTransferInterrupted, "path" | "direction" | "offset" | "transferred" | "cause">
): FtpTransferInterrupted =>
  new FtpTransferInterrupted({
    ...facts,
    outcome: facts.cause._tag === "FtpConnectError" ? "NotApplied" : facts.cause.outcome
  })

/**
 * A session that died while idle may show it only when a command is sent: another one is asked at once, before any
 * wait.
 */
export const isDeadSession = (cause: Cause): boolean =>
  (cause._tag === "FtpConnectionLost" && cause.channel === "Control" && cause.reason !== "TimedOut") ||
  isWithoutVerb(cause)

/**
 * The next session does without the command that was left unanswered, or tries it once more and no more: each command costs
 * a session twice at most.
 */
export const isWithoutVerb = (error: FtpError): error is FtpConnectionLost =>
  error._tag === "FtpConnectionLost" && error.optionalVerb !== undefined

/**
 * The server no longer accepts the TLS ticket of this session, which is not lent again. So a transfer that asks for
 * another session at once gets each of these at most once.
 */
export const hasStaleTls = (cause: Cause): boolean =>
  cause._tag === "FtpConnectionLost" && cause.channel === "Data" && cause.phase === "Command"
