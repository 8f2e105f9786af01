/**
 * Explicit TLS (RFC 4217): the connection begins unencrypted, on port 21, and is protected before the login.
 *
 *     S: 220 hi                                anything but 220 here would skip TLS (CVE-2021-22946)
 *     C: AUTH TLS
 *     S: 234 go on                             a plaintext byte after this is a violation
 *        TLS handshake                         the certificate is checked for the name that the user gave
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpConnectError, OpenError } from "../base/FtpError.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import * as CertificatePolicy from "./certificatePolicy.ts"
import type { ExplicitOptions } from "./tlsOptions.ts"
import { type Begin, notProtected, refused } from "./tlsProtection.ts"

export const begin =
  (options: ExplicitOptions): Begin =>
  (host, guard) => ({
    onConnect: Effect.succeed,
    onGreeting: ({ control }) =>
      Effect.gen(function* () {
        yield* refusePreauthentication(control)
        yield* authenticate(control, options)
        const info = yield* Effect.mapError(
          control.upgrade(CertificatePolicy.clientOptions(host, options, Option.none())),
          (error) => (error._tag === "FtpTransportError" ? control.errors.notConnected("Control", error) : error)
        )
        yield* guard.acceptControl(control.errors, info)
      })
  })

/** A server that lets us in before TLS would have us skip it (CVE-2021-22946). */
export const refusePreauthentication = (control: FtpControlChannel): Effect.Effect<void, FtpConnectError> =>
  control.greeting.code === 220
    ? Effect.void
    : notProtected(control, `the server greeted with ${Reply.toLine(control.greeting)} before it was authenticated`)

const authenticate = (control: FtpControlChannel, options: ExplicitOptions): Effect.Effect<void, OpenError> =>
  Effect.gen(function* () {
    let command = Command.auth("TLS")
    let reply = yield* control.send(command)
    if (reply.code >= 500 && options.authSsl === true) {
      command = Command.auth("SSL")
      reply = yield* control.send(command)
    }
    if (Reply.isNegative(reply)) {
      return yield* refused(control, command, reply, "the server refuses TLS")
    }
    if (reply.code !== 234) {
      return yield* control.errors.violation("234 in answer to AUTH TLS", reply)
    }
  })
