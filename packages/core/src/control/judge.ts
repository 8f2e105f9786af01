/**
 * From a reply to success or a typed failure, at one place.
 *
 * It does NOT read text: `ReplyMeaning` does.
 */
import * as Effect from "effect/Effect"
import { ConnectError, ConnectionLost, Rejected } from "../base/FtpError.ts"
import type { TransportError } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { FtpControlChannel } from "./FtpControlChannel.ts"

/** The reply, if it is not negative. A server's last words are the end of the session, whatever the command was. */
export const accept = (
  control: FtpControlChannel,
  command: Command.Command,
  reply: Reply.Reply,
  path?: string
): Effect.Effect<Reply.Reply, Rejected | ConnectionLost> =>
  Reply.isNegative(reply) ? rejected(control, command, reply, path) : Effect.succeed(reply)

/** The failure that a negative reply means. A server that says no to a transfer in mid-way may keep what it got. */
export const rejected = (
  control: FtpControlChannel,
  command: Command.Command,
  reply: Reply.Reply,
  path?: string,
  outcome: "NotApplied" | "Unknown" = "NotApplied"
): Effect.Effect<never, Rejected | ConnectionLost> =>
  Effect.flatMap(
    control.transcript,
    (transcript): Effect.Effect<never, Rejected | ConnectionLost> =>
      ReplyMeaning.isServiceClosing(reply)
        ? new ConnectionLost({
            channel: "Control",
            reason: "ServiceClosing",
            phase: "Command",
            command: Command.toLog(command),
            detail: Reply.toLine(reply),
            outcome,
            endpoint: control.label,
            transcript
          })
        : new Rejected({
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
  channel: ConnectError["channel"],
  error: TransportError,
  transcript: ReadonlyArray<string> = []
): ConnectError =>
  new ConnectError({ reason: connectReason(error), channel, detail: error.detail, endpoint: label, transcript })

const connectReason = (error: TransportError): ConnectError["reason"] => {
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
