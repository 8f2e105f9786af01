/**
 * The one place where protocol errors are built: with the endpoint and the last lines of the dialogue filled in, so
 * that an exchange reads like its dialogue.
 *
 *     return yield* control.errors.rejected(command, reply, { path })
 *
 * The text of a reply is read by `ReplyMeaning` alone.
 */
import * as Effect from "effect/Effect"
import {
  FtpConnectError,
  FtpConnectionLost,
  FtpProtocolViolation,
  FtpRejected,
  type Outcome,
  type PeerKind
} from "../base/FtpError.ts"
import type { FtpTransportError } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"

/**
 * Makes the errors of one connection, with its endpoint and transcript filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReplyErrors {
  /** What a negative reply means. A 421 is the end of the session, whatever the command was. */
  readonly rejected: (
    command: Command.Command,
    reply: Reply.Reply,
    details?: {
      readonly path?: string | undefined
      /** Default `"NotApplied"`. A server that refuses a transfer in mid-way may keep what it has. */
      readonly outcome?: Outcome | undefined
      /** Default what `ReplyMeaning` reads in the reply. */
      readonly reason?: FtpRejected["reason"] | undefined
    }
  ) => FtpRejected | FtpConnectionLost
  /** The reply, if it is no refusal: see `isRefusal`. */
  readonly expectSuccess: (
    command: Command.Command,
    reply: Reply.Reply,
    path?: string
  ) => Effect.Effect<Reply.Reply, FtpRejected | FtpConnectionLost>
  readonly violation: (
    expected: string,
    received: Reply.Reply | string,
    details?: {
      readonly peer?: PeerKind | undefined
      readonly command?: Pick<FtpProtocolViolation, "command" | "verb"> | undefined
      readonly outcome?: Outcome | undefined
    }
  ) => FtpProtocolViolation
  readonly lost: (
    details: Pick<FtpConnectionLost, "channel" | "reason" | "phase" | "detail" | "outcome"> & {
      readonly optionalVerb?: string | undefined
      readonly command?: Pick<FtpConnectionLost, "command" | "verb"> | undefined
    }
  ) => FtpConnectionLost
  /** A connection that the transport could not open. */
  readonly notConnected: (channel: FtpConnectError["channel"], error: FtpTransportError) => FtpConnectError
  /** A session that the server, or what it showed, does not allow. */
  readonly connect: (
    details: Pick<FtpConnectError, "reason" | "stage" | "detail"> &
      Partial<Pick<FtpConnectError, "channel" | "reply" | "verb" | "certificate" | "certificateProblem" | "peer">>
  ) => FtpConnectError
}

/** `endpoint` is `user@host:port`. */
export const make = (endpoint: string, transcript: () => ReadonlyArray<string> = () => []): ReplyErrors => {
  const lost: ReplyErrors["lost"] = ({ command, ...details }) =>
    new FtpConnectionLost({
      ...details,
      command: command?.command,
      verb: command?.verb,
      endpoint,
      transcript: transcript()
    })

  const rejected: ReplyErrors["rejected"] = (command, reply, { outcome = "NotApplied", path, reason } = {}) =>
    ReplyMeaning.isServiceClosing(reply)
      ? lost({
          channel: "Control",
          reason: "ServiceClosing",
          phase: "Command",
          command: named(command),
          detail: Reply.toLine(reply),
          outcome
        })
      : new FtpRejected({
          ...named(command),
          reason: reason ?? (reply.code === SUPERFLUOUS ? "Unsupported" : ReplyMeaning.reasonOf(command.verb, reply)),
          reply: Reply.toShown(reply),
          path,
          outcome,
          endpoint,
          transcript: transcript()
        })

  const connect: ReplyErrors["connect"] = ({ channel = "Control", reply, ...details }) =>
    new FtpConnectError({
      ...details,
      channel,
      reply: reply === undefined ? undefined : Reply.toShown(reply),
      endpoint,
      transcript: transcript()
    })

  return {
    rejected,
    expectSuccess: (command, reply, path) =>
      isRefusal(command, reply) ? rejected(command, reply, { path }) : Effect.succeed(reply),
    violation: (expected, received, { command, outcome, peer } = {}) =>
      new FtpProtocolViolation({
        expected,
        received: typeof received === "string" ? received : Reply.toLine(received),
        peer,
        command: command?.command,
        verb: command?.verb,
        outcome,
        endpoint,
        transcript: transcript()
      }),
    lost,
    notConnected: (channel, { detail, proxy, reason, stage }) =>
      new FtpConnectError({
        reason: connectReason(reason),
        channel,
        stage: proxy !== undefined ? "Proxy" : (stage ?? (reason === "Tls" || reason === "Resolve" ? reason : "Dial")),
        detail,
        proxy,
        endpoint,
        transcript: transcript()
      }),
    connect
  }
}

/** "Command not implemented, superfluous at this site", RFC 959 §4.2.2. */
const SUPERFLUOUS = 202

/** A 4yz or 5yz, or 202 in answer to a command that was to do something: it was not done. */
export const isRefusal = ({ verb }: Command.Command, reply: Reply.Reply): boolean =>
  Reply.isNegative(reply) || (reply.code === SUPERFLUOUS && !MAY_BE_SUPERFLUOUS.has(verb))

/**
 * Where nothing is missing if the server does without: a step of the login, a default, space that needs no claim. Or
 * the caller looks for itself whether a listing came.
 */
const MAY_BE_SUPERFLUOUS: ReadonlySet<string> = new Set([
  ...["USER", "PASS", "ACCT", "HOST", "CLNT", "ALLO", "QUIT"],
  ...["TYPE", "MODE", "STRU", "LIST", "NLST"]
])

/** A command as errors show it. */
export const named = (command: Command.Command): { readonly command: string; readonly verb: string } => ({
  command: Command.toLog(command),
  verb: command.verb
})

const connectReason = (reason: FtpTransportError["reason"]): FtpConnectError["reason"] => {
  switch (reason) {
    case "Resolve":
    case "Refused":
    case "TimedOut":
    case "Tls":
      return reason
    default:
      return "Unreachable"
  }
}
