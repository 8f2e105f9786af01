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
 * (`FtpSecurity`). A refusal is final, because servers lock accounts after repeated failures; for the same reason a
 * server that asks again for what it has (331 after PASS) has refused it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpAuthError, type FtpConnectError, type OpenError } from "../base/FtpError.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"

export const login = (control: FtpControlChannel, endpoint: Endpoint.FtpEndpoint): Effect.Effect<void, OpenError> =>
  step(control, endpoint, Command.user(endpoint.user), new Set())

const step = (
  control: FtpControlChannel,
  endpoint: Endpoint.FtpEndpoint,
  command: Command.Command,
  earlier: ReadonlySet<string>
): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    const reply = yield* control.send(command)
    if (Reply.isCompletion(reply)) {
      return
    }
    const sent = new Set([...earlier, command.verb])
    const wanted = reply.code === NEEDS_ACCOUNT ? "ACCT" : "PASS"
    if (Reply.isNegative(reply) || sent.has(wanted)) {
      return yield* refused(control, endpoint, command, reply)
    }
    if (wanted === "PASS") {
      return yield* step(control, endpoint, Command.pass(endpoint.password), sent)
    }
    return Option.isNone(endpoint.account)
      ? yield* fail(control, "AccountNeeded", reply)
      : yield* step(control, endpoint, Command.acct(endpoint.account.value), sent)
  })

const NEEDS_ACCOUNT = 332

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
