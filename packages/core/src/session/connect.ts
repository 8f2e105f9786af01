/**
 * The two ends of a session: a protected control connection with an accepted greeting (RFC 959 §5.4), and QUIT.
 *
 *        TCP, with implicit TLS its handshake
 *     S: 220 ftp.example.org ready             (120: in n minutes; a 220 follows. 421, 530: full, closing or refused)
 *     C: AUTH TLS                              FtpSecurity
 *     S: 234 ...
 *        login, commands, transfers
 *     C: QUIT
 *     S: 221 Goodbye
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as BoundedFinalizer from "../base/boundedFinalizer.ts"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpConnectError } from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import * as ControlChannel from "../control/FtpControlChannel.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import { FtpAddressFamily, FtpTransport } from "../platform/FtpTransport.ts"
import * as Command from "../protocol/Command.ts"
import type { TextCodec } from "../protocol/FtpCharset.ts"
import * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import { FtpSecurity } from "../security/FtpSecurity.ts"
import * as Login from "./login.ts"

/**
 * A control connection as it is right before the login. It closes with the scope, without a QUIT. `ready` is to be run
 * when the session is: until then the `login` timeout holds.
 */
export const connect = Effect.fnUntraced(function* (
  endpoint: Endpoint.FtpEndpoint,
  capabilities: ServerCapabilities,
  codec?: TextCodec | undefined
) {
  const label = Endpoint.toLabel(endpoint)
  const timeouts = yield* FtpTimeouts
  const family = yield* FtpAddressFamily
  const transport = yield* FtpTransport
  const security = yield* FtpSecurity
  capabilities.optionalVerbs.begin()
  const raw = yield* Effect.mapError(
    transport.connect({
      host: endpoint.host,
      port: endpoint.port,
      family,
      timeout: timeouts.connect,
      role: "Control"
    }),
    (error) => ReplyErrors.make(label).notConnected("Control", error)
  )
  const protection = yield* security.protect(endpoint.host)
  const connection = yield* protection.onConnect(raw)
  const control = yield* ControlChannel.make(connection, {
    label,
    timeouts,
    codec,
    optionalVerbs: capabilities.optionalVerbs,
    byteFf: capabilities.byteFf,
    paths: capabilities.paths
  })
  const ready = yield* control.endAfter(timeouts.login, "finished login")
  yield* expectWelcome(control)
  capabilities.greeted(control.greeting.lines)
  yield* protection.onGreeting({ control, capabilities })
  return { control, protection, ready }
})

/** The greeting must be a 2yz. A server that greets with 4yz or 5yz is full, closing, or refuses this client. */
const expectWelcome = (control: ControlChannel.FtpControlChannel): Effect.Effect<void, FtpConnectError> => {
  const { greeting } = control
  if (Reply.isCompletion(greeting)) {
    return Effect.void
  }
  return ReplyMeaning.isTooManyConnections(greeting)
    ? Login.tooMany(control, greeting, "Greeting")
    : control.errors.connect({
        reason: "Greeting",
        stage: "Greeting",
        detail: `the server greeted with ${Reply.toLine(greeting)}`,
        reply: greeting
      })
}

/** Bounded: some servers never answer QUIT, and one that is out of step must not be waited for. */
export const quit = (control: ControlChannel.FtpControlChannel, limit: Duration.Duration): Effect.Effect<void> =>
  Effect.whenEffect(BoundedFinalizer.runBounded(control.send(Command.quit), limit), control.settled)
