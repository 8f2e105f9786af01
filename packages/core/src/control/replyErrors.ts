/**
 * From a reply to success or a typed failure, at one place.
 *
 * It does NOT read text: `ReplyMeaning` does.
 */
import * as Effect from "effect/Effect"
import { FtpConnectError, FtpConnectionLost, FtpRejected } from "../base/FtpError.ts"
import type { FtpTransportError } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { FtpControlChannel } from "./FtpControlChannel.ts"

/** The reply, if it is not negative. A server's last words are the end of the session, whatever the command was. */
export const expectSuccess = (
  control: FtpControlChannel,
  command: Command.Command,
  reply: Reply.Reply,
  path?: string
): Effect.Effect<Reply.Reply, FtpRejected | FtpConnectionLost> =>
  Reply.isNegative(reply) ? rejected(control, command, reply, path) : Effect.succeed(reply)

/** The failure that a negative reply means. A server that says no to a transfer in mid-way may keep what it got. */
export const rejected = (
  control: FtpControlChannel,
  command: Command.Command,
  reply: Reply.Reply,
  path?: string,
  outcome: "NotApplied" | "Unknown" = "NotApplied"
): Effect.Effect<never, FtpRejected | FtpConnectionLost> =>
  Effect.flatMap(
    control.transcript,
    (transcript): Effect.Effect<never, FtpRejected | FtpConnectionLost> =>
      ReplyMeaning.isServiceClosing(reply)
        ? new FtpConnectionLost({
            channel: "Control",
            reason: "ServiceClosing",
            phase: "Command",
            command: Command.toLog(command),
            detail: Reply.toLine(reply),
            outcome,
            endpoint: control.label,
            transcript
          })
        : new FtpRejected({
            reason: ReplyMeaning.reasonOf(command.verb, reply),
            command: Command.toLog(command),
            reply: Reply.toShown(reply),
            path,
            outcome,
            endpoint: control.label,
            transcript
          })
  )

/** A connection that did not come about, as the transport saw it. */
export const notConnected = (
  label: string,
  channel: FtpConnectError["channel"],
  error: FtpTransportError,
  transcript: ReadonlyArray<string> = []
): FtpConnectError =>
  new FtpConnectError({ reason: connectReason(error), channel, detail: error.detail, endpoint: label, transcript })

const connectReason = (error: FtpTransportError): FtpConnectError["reason"] => {
  switch (error.reason) {
    case "Resolve":
    case "Refused":
    case "TimedOut":
    case "Tls":
      return error.reason
    default:
      return "Unreachable"
  }
}
