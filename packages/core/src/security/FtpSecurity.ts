/**
 * How the bytes of a session are protected: not at all, by explicit TLS, or by implicit TLS. No other module asks about
 * encryption.
 *
 *     explicit · implicit      how the control connection comes to be protected
 *     tlsProtection            what both have in common: PBSZ, PROT, data connections
 *     certificatePolicy        which certificates are accepted
 *
 * Asking for TLS and not getting it is a failure before a credential leaves, never a downgrade.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FtpUsageError } from "../base/FtpError.ts"
import * as CertificatePolicy from "./certificatePolicy.ts"
import * as Explicit from "./explicit.ts"
import * as Implicit from "./implicit.ts"
import type { Protection } from "./protection.ts"
import type { ExplicitOptions, TlsOptions } from "./tlsOptions.ts"
import * as TlsProtection from "./tlsProtection.ts"

export type { Protected, Protection } from "./protection.ts"
export type { ExplicitOptions, TlsOptions } from "./tlsOptions.ts"

/**
 * Protects sessions. `host` is the name that the user gave.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpSecurity {
  readonly protect: (host: string) => Effect.Effect<Protection>
}

/**
 * The tag of `FtpSecurity`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpSecurity: Context.Tag<FtpSecurity, FtpSecurity> =
  Context.GenericTag<FtpSecurity>("@ftp-effect/core/FtpSecurity")

/**
 * No protection, as a value: see `layerPlain`.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const plain = FtpSecurity.makePlain()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makePlain = (): FtpSecurity => ({
  protect: () =>
    Effect.succeed({
      onConnect: Effect.succeed,
      onGreeting: () => Effect.void,
      onLogin: () => Effect.void,
      onDial: (_, prepare) => prepare(undefined),
      onData: (_, connection) => Effect.succeed(connection),
      beganTooEarly: () => false,
      isTiedToControl: false,
      direct: () => "Unprotected"
    })
})

/**
 * Explicit TLS, as a value: see `layerExplicit`.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const tls = FtpSecurity.makeExplicit({ authorities: ["-----BEGIN CERTIFICATE----- …"] })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeExplicit = (options: ExplicitOptions = {}): Effect.Effect<FtpSecurity, FtpUsageError> =>
  makeTls(options, Explicit.begin(options))

/**
 * Implicit TLS, as a value: see `layerImplicit`.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const tls = FtpSecurity.makeImplicit()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeImplicit = (options: TlsOptions = {}): Effect.Effect<FtpSecurity, FtpUsageError> =>
  makeTls(options, Implicit.begin(options))

/**
 * No protection: every byte, the password among them, can be read and changed on its way. A visible choice, never a
 * fall back.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const Plain = FtpSecurity.layerPlain
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPlain: Layer.Layer<FtpSecurity> = Layer.sync(FtpSecurity, makePlain)

/**
 * Explicit TLS (RFC 4217): the connection begins unencrypted, on port 21, and is protected by AUTH TLS before the
 * login.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const Tls = FtpSecurity.layerExplicit({ authorities: ["-----BEGIN CERTIFICATE----- …"] })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerExplicit = (options: ExplicitOptions = {}): Layer.Layer<FtpSecurity, FtpUsageError> =>
  Layer.effect(FtpSecurity, makeExplicit(options))

/**
 * Implicit TLS: protected from the first byte, usually on port 990. No RFC describes it.
 *
 * @example
 * ```ts
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 *
 * const Tls = FtpSecurity.layerImplicit()
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerImplicit = (options: TlsOptions = {}): Layer.Layer<FtpSecurity, FtpUsageError> =>
  Layer.effect(FtpSecurity, makeImplicit(options))

const makeTls = (options: TlsOptions, begin: TlsProtection.Begin): Effect.Effect<FtpSecurity, FtpUsageError> =>
  Effect.map(CertificatePolicy.fingerprints(options), (pinned) => ({
    protect: TlsProtection.protect(options, pinned, begin)
  }))
