/**
 * Logging in, RFC 959 §5.4:
 *
 *     C: USER ann
 *     S: 331 Password required                (230: in already; 332: ACCT at once)
 *     C: PASS ****
 *     S: 230 Logged in                        (202: superfluous, in; 332: ACCT)
 *     C: ACCT ****
 *     S: 230 Logged in
 *
 * Each step waits for the one before, so no credential goes out unasked. The connection is secured before
 * (`FtpSecurity`). A refusal is final, because servers lock accounts after repeated failures.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpAuthError, type FtpConnectError, type OpenError } from "../base/FtpError.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"

/** A server asks for USER, PASS and ACCT once each; one that keeps asking is hostile or broken. */
const MAX_STEPS = 4

export const login = (control: FtpControlChannel, endpoint: Endpoint.FtpEndpoint): Effect.Effect<void, OpenError> =>
  step(control, endpoint, Command.user(endpoint.user), 1)

const step = (
  control: FtpControlChannel,
  endpoint: Endpoint.FtpEndpoint,
  command: Command.Command,
  count: number
): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    const reply = yield* control.send(command)
    if (Reply.isCompletion(reply)) {
      return
    }
    if (Reply.isNegative(reply) || count === MAX_STEPS) {
      return yield* refused(control, endpoint, command, reply)
    }
    if (reply.code === 332) {
      if (Option.isNone(endpoint.account)) {
        return yield* fail(control, "AccountNeeded", reply)
      }
      return yield* step(control, endpoint, Command.acct(endpoint.account.value), count + 1)
    }
    return yield* step(control, endpoint, Command.pass(endpoint.password), count + 1)
  })

const refused = (
  control: FtpControlChannel,
  endpoint: Endpoint.FtpEndpoint,
  command: Command.Command,
  reply: Reply.Reply
): Effect.Effect<never, OpenError> => {
  if (ReplyMeaning.isTlsRequired(reply)) {
    return fail(control, "TlsRequired", reply)
  }
  if (ReplyMeaning.isTooManyConnections(reply)) {
    return tooMany(control, reply, "Login")
  }
  if (reply.code === 421 || (reply.code >= 400 && reply.code < 500 && reply.code !== 430)) {
    return control.errors.rejected(command, reply)
  }
  return fail(control, Endpoint.isAnonymous(endpoint) ? "AnonymousRefused" : "Credentials", reply)
}

/** The server is full for now; the pool makes do with the sessions that it has. */
export const tooMany = (
  control: FtpControlChannel,
  reply: Reply.Reply,
  stage: "Greeting" | "Login"
): Effect.Effect<never, FtpConnectError> =>
  control.errors.connect({
    reason: "TooManyConnections",
    stage,
    detail: `the server takes no more connections: ${Reply.toLine(reply)}`,
    reply
  })

const fail = (
  control: FtpControlChannel,
  reason: FtpAuthError["reason"],
  reply: Reply.Reply
): Effect.Effect<never, FtpAuthError> =>
  Effect.flatMap(
    control.transcript,
    (transcript) =>
      new FtpAuthError({
        reason,
        reply: Reply.toShown(reply),
        endpoint: control.label,
        transcript
      })
  )
