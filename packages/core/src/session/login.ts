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
 * (`FtpSecurity`). A refusal is final, because servers lock accounts after repeated failures. For the same reason a
 * server that asks again for what it has (331 after PASS) has refused it, and an answer to PASS that decides nothing
 * (421, 450, none) is final until a login has shown that the password is right.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpAuthError, type FtpConnectError, type OpenError } from "../base/FtpError.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"

interface LoginContext {
  readonly control: FtpControlChannel
  readonly endpoint: Endpoint.FtpEndpoint
  readonly capabilities: ServerCapabilities
}

export const login = (context: LoginContext): Effect.Effect<void, OpenError> =>
  Effect.zipRight(
    step(context, Command.user(context.endpoint.user), new Set()),
    Effect.sync(() => context.capabilities.set("Login", true))
  )

/** `earlier` has the verbs that were sent before: each goes out once. */
const step = (
  context: LoginContext,
  command: Command.Command,
  earlier: ReadonlySet<string>
): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    const { capabilities, control, endpoint } = context
    const clock = yield* Effect.clock
    const sentAt = clock.unsafeCurrentTimeMillis()
    const reply = yield* Effect.catchTag(
      control.send(command),
      "FtpConnectionLost",
      (lost): Effect.Effect<never, OpenError> =>
        lost.outcome === "Unknown" && isUnproven(context, command)
          ? unconfirmed(control, command, lost.detail)
          : Effect.fail(lost)
    )
    capabilities.quickestAnswer = Math.min(
      capabilities.quickestAnswer ?? Number.POSITIVE_INFINITY,
      clock.unsafeCurrentTimeMillis() - sentAt
    )
    if (Reply.isCompletion(reply)) {
      return
    }
    const sent = new Set([...earlier, command.verb])
    const wanted = reply.code === NEEDS_ACCOUNT ? "ACCT" : "PASS"
    if (Reply.isNegative(reply) || sent.has(wanted)) {
      return yield* refused(context, command, reply)
    }
    if (wanted === "PASS") {
      return yield* step(context, Command.pass(endpoint.password), sent)
    }
    return Option.isNone(endpoint.account)
      ? yield* fail(control, "AccountNeeded", reply)
      : yield* step(context, Command.acct(endpoint.account.value), sent)
  })

const NEEDS_ACCOUNT = 332

/** Whether the command has a secret that may be wrong: that of the anonymous user can't, and a login shows the rest. */
const isUnproven = ({ capabilities, endpoint }: LoginContext, command: Command.Command): boolean =>
  command.verb !== "USER" && !Endpoint.isAnonymous(endpoint) && capabilities.get("Login") !== "Works"

const refused = (
  context: LoginContext,
  command: Command.Command,
  reply: Reply.Reply
): Effect.Effect<never, OpenError> => {
  const { control, endpoint } = context
  if (ReplyMeaning.isTlsRequired(reply)) {
    return fail(control, "TlsRequired", reply)
  }
  if (ReplyMeaning.isTooManyConnections(reply)) {
    return tooMany(control, reply, "Login")
  }
  if (reply.code >= 400 && reply.code < 500 && reply.code !== 430) {
    return isUnproven(context, command)
      ? unconfirmed(control, command, Reply.toLine(reply), reply)
      : control.errors.rejected(command, reply)
  }
  return fail(control, reasonOf(endpoint, command), reply)
}

/** What is wrong with a login that the server refuses for good. */
const reasonOf = (endpoint: Endpoint.FtpEndpoint, { verb }: Command.Command): FtpAuthError["reason"] => {
  if (Endpoint.isAnonymous(endpoint)) {
    return "AnonymousRefused"
  }
  return verb === "PASS" && Redacted.value(endpoint.password) === "" ? "PasswordNeeded" : "Credentials"
}

/** The server may have counted the secret as wrong, so it must not be sent again without the caller. */
const unconfirmed = (
  control: FtpControlChannel,
  { verb }: Command.Command,
  why: string,
  reply?: Reply.Reply
): Effect.Effect<never, FtpConnectError> =>
  control.errors.connect({
    reason: "LoginUnconfirmed",
    stage: "Login",
    detail: `the server neither accepted nor refused ${verb}: ${why}`,
    reply,
    verb
  })

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
