/**
 * Implicit TLS: protected from the first byte, usually on port 990. No RFC describes it.
 *
 *        TLS handshake                         the certificate is checked for the name that the user gave
 *     S: 220 hi
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ReplyErrors from "../control/replyErrors.ts"
import * as CertificatePolicy from "./certificatePolicy.ts"
import { refusePreauthentication } from "./explicit.ts"
import type { TlsOptions } from "./tlsOptions.ts"
import { type Begin, handshake } from "./tlsProtection.ts"

export const begin =
  (options: TlsOptions): Begin =>
  (host, guard) => ({
    onConnect: (connection) =>
      Effect.gen(function* () {
        const errors = ReplyErrors.make(`${host}:${connection.remote.port}`)
        const { connect } = yield* FtpTimeouts
        const secured = yield* Effect.mapError(
          connection.startTls(CertificatePolicy.clientOptions(host, options, Option.none())),
          (error) => errors.notConnected("Control", error)
        )
        yield* guard.acceptControl(errors, yield* handshake(secured, errors, "Control", connect))
        return secured
      }),
    onGreeting: ({ control }) => refusePreauthentication(control)
  })
