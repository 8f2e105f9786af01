/**
 * The errors of a session, and that of a wrong call, as classes with a schema. Those of files are in `fileErrors`;
 * `FtpError` is the public module.
 */
import * as Schema from "effect/Schema"
import * as Reply from "../protocol/Reply.ts"
import * as WireText from "../protocol/WireText.ts"
import { Certificate, CertificateProblem, Outcome, PeerKind, ProxyProblem } from "./errorFacts.ts"

const ReplySchema = Schema.Struct({ code: Schema.JsonNumber, lines: Schema.NonEmptyArray(Schema.String) })

const Context = {
  /** `user@host:port`, or `host:port` for anonymous; never a secret. */
  endpoint: Schema.String,
  /** The last lines of the dialogue, client lines `> `, server lines `< `, secrets masked; empty if there was none. */
  transcript: Schema.Array(Schema.String)
}

/**
 * No session was opened, or no data connection. `TooManyConnections` is the server's limit (421, or 530 with such a
 * text). `NoSessionFree` is ours: every session of the pool stayed busy for longer than `acquireTimeout`. `SessionsHeld`
 * is ours too: the caller holds a session while it asks for another, and every session is held by such a caller, so the
 * wait would never end. More sessions help (`maxPerHost`), or asking when the first one is returned. `Greeting` is a
 * peer that refused or did not speak FTP. `LoginUnconfirmed`: the server had the password or account, and gave no
 * answer that decides; as it may have been counted as wrong, it is not sent again.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpConnectError extends Schema.TaggedError<FtpConnectError>("@ftp-effect/core/FtpConnectError")(
  "FtpConnectError",
  {
    reason: Schema.Literal(
      "Resolve",
      "Refused",
      "Unreachable",
      "TimedOut",
      "Tls",
      "Greeting",
      "TooManyConnections",
      "NoSessionFree",
      "SessionsHeld",
      "LoginUnconfirmed"
    ),
    channel: Schema.Literal("Control", "Data"),
    /**
     * How far it came: waiting for a session of the pool, resolving the name, dialling, TLS, the greeting, the login.
     */
    stage: Schema.Literal("Pool", "Resolve", "Dial", "Proxy", "Tls", "Greeting", "Login"),
    detail: Schema.String,
    /** The reply that refused the session. */
    reply: Schema.optional(ReplySchema),
    /** The verb that was refused, AUTH or PROT, or not answered, PASS or ACCT. */
    verb: Schema.optional(Schema.String),
    /** The certificate that was not accepted, if that is the reason. */
    certificate: Schema.optional(Certificate),
    certificateProblem: Schema.optional(CertificateProblem),
    /** Present if the proxy is at fault, not the server. */
    proxy: Schema.optional(ProxyProblem),
    /** Present if another kind of server answered. */
    peer: Schema.optional(PeerKind),
    /** Of `SessionsHeld`: how many sessions the caller held. */
    held: Schema.optional(Schema.JsonNumber),
    ...Context
  }
) {
  override get message(): string {
    const what = this.channel === "Control" ? "connect to" : "open a data connection to"
    return WireText.toDisplay(`Could not ${what} ${this.endpoint}: ${this.detail}`)
  }
  /**
   * A server that is missing, busy or slow may be there later; a certificate will not mend itself, a password that may
   * be wrong is the caller's to send again, and sessions that the caller holds are the caller's to return.
   */
  get isRetryable(): boolean {
    return this.reason !== "Tls" && this.reason !== "LoginUnconfirmed" && this.reason !== "SessionsHeld"
  }
}

/**
 * The server would not let us in. `PasswordNeeded`: it refused an empty password, as none was given, or an
 * empty one. `Credentials`: the user or the password is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpAuthError extends Schema.TaggedError<FtpAuthError>("@ftp-effect/core/FtpAuthError")("FtpAuthError", {
  reason: Schema.Literal("Credentials", "PasswordNeeded", "AccountNeeded", "AnonymousRefused", "TlsRequired"),
  reply: ReplySchema,
  ...Context
}) {
  override get message(): string {
    return WireText.toDisplay(`${this.endpoint} refused the login (${this.reason}): ${Reply.toLine(this.reply)}`)
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A connection that had been up is gone. `command` is the one whose answer is missing, masked. `ServiceClosing` is a
 * 421.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpConnectionLost extends Schema.TaggedError<FtpConnectionLost>("@ftp-effect/core/FtpConnectionLost")(
  "FtpConnectionLost",
  {
    channel: Schema.Literal("Control", "Data"),
    reason: Schema.Literal("Closed", "Reset", "TimedOut", "ServiceClosing"),
    phase: Schema.Literal("Greeting", "Idle", "Command", "Transfer", "FinalReply"),
    command: Schema.optional(Schema.String),
    /** The verb of `command`. */
    verb: Schema.optional(Schema.String),
    detail: Schema.String,
    outcome: Outcome,
    /**
     * The command that the server need not know and left unanswered, which cost the session: a new one does without it,
     * or tries it once more. It need not be `verb`: other commands may have been open as well.
     */
    optionalVerb: Schema.optional(Schema.String),
    ...Context
  }
) {
  override get message(): string {
    const during = this.command === undefined ? "" : ` during ${this.command}`
    return WireText.toDisplay(
      `Lost the ${this.channel.toLowerCase()} connection to ${this.endpoint}${during}: ${this.detail}`
    )
  }
  /** A new session may do it, if repeating the command is harmless: see `outcome`. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The server said no. `reason` is what its code and text mean; the reply is there in full. A 4yz may work later, unless
 * its text says why it won't (Pure-FTPd: `451 Rename/move failure: No such file or directory`).
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpRejected extends Schema.TaggedError<FtpRejected>("@ftp-effect/core/FtpRejected")("FtpRejected", {
  reason: Schema.Literal(
    "NotFound",
    "PermissionDenied",
    "AlreadyExists",
    "NotEmpty",
    "Busy",
    "StorageFull",
    "Unsupported",
    "BadSequence",
    "Other"
  ),
  command: Schema.String,
  /** The verb of `command`. */
  verb: Schema.String,
  reply: ReplySchema,
  path: Schema.optional(Schema.String),
  outcome: Outcome,
  ...Context
}) {
  override get message(): string {
    return WireText.toDisplay(`${this.endpoint} answered ${this.command} with ${Reply.toLine(this.reply)}`)
  }
  get isRetryable(): boolean {
    return this.reply.code < 500 && (this.reason === "Busy" || this.reason === "Other")
  }
}

/**
 * The peer broke the protocol; the session cannot be used further. `command` is the one whose answer made no sense or
 * is missing, masked; `outcome` says whether it may have taken effect, and both are absent if no command was pending. A
 * 3yz in answer to a command that no other follows is such an answer: the server waits for a command that is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpProtocolViolation extends Schema.TaggedError<FtpProtocolViolation>(
  "@ftp-effect/core/FtpProtocolViolation"
)("FtpProtocolViolation", {
  expected: Schema.String,
  received: Schema.String,
  command: Schema.optional(Schema.String),
  /** The verb of `command`. */
  verb: Schema.optional(Schema.String),
  outcome: Schema.optional(Outcome),
  /** Present if another kind of server answered. */
  peer: Schema.optional(PeerKind),
  ...Context
}) {
  override get message(): string {
    return WireText.toDisplay(
      `${this.endpoint} broke the protocol: expected ${this.expected}, received ${this.received}`
    )
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The caller asked for something that cannot be: a path with a line end, a port out of range, a source that ended
 * early.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpUsageError extends Schema.TaggedError<FtpUsageError>("@ftp-effect/core/FtpUsageError")(
  "FtpUsageError",
  {
    /** The name of the argument, never a secret's value. */
    argument: Schema.String,
    why: Schema.String
  }
) {
  override get message(): string {
    return WireText.toDisplay(`${this.argument}: ${this.why}`)
  }
  get isRetryable(): boolean {
    return false
  }
}
