/**
 * The facts that errors carry, as schemas: certificates and what is wrong with them, which server answered, what a
 * proxy did wrong, whether a command may have taken effect.
 */
import * as Schema from "effect/Schema"

/**
 * A certificate as a person would look at it. The fingerprints are SHA-256 in lower-case hexadecimal: of the
 * certificate, and of its public key. Either, written `sha256:…`, is a pin. A date that makes no sense is an invalid
 * `Date`.
 *
 * @since 0.1.0
 * @category models
 */
export const Certificate = Schema.Struct({
  subject: Schema.String,
  issuer: Schema.String,
  names: Schema.Array(Schema.String),
  validFrom: Schema.DateFromString,
  validTo: Schema.DateFromString,
  fingerprint: Schema.String,
  keyFingerprint: Schema.String
})

/**
 * Whether a command that writes took effect: `"NotApplied"` when the server said no or never got it, `"Unknown"` when
 * its answer was lost (a STOR whose 226 never came is not a STOR that failed).
 *
 * @since 0.1.0
 * @category models
 */
export const Outcome = Schema.Literal("NotApplied", "Unknown")
/**
 * @since 0.1.0
 * @category models
 */
export type Outcome = typeof Outcome.Type

/**
 * What is wrong with a certificate: every reason that is known, and a sentence that names the dates and names.
 *
 * @since 0.1.0
 * @category models
 */
export const CertificateProblem = Schema.Struct({
  reasons: Schema.Array(
    Schema.Literal(
      "Missing",
      "NotPinned",
      "DiffersFromControl",
      "SelfSigned",
      "UnknownAuthority",
      "AuthorityOutOfDate",
      "Expired",
      "NotYetValid",
      "WrongHost",
      "Revoked",
      "Other"
    )
  ),
  detail: Schema.String
})
/**
 * @since 0.1.0
 * @category models
 */
export type CertificateProblem = typeof CertificateProblem.Type

/**
 * Which server answers instead of an FTP server, as its first bytes show: SSH, HTTP, or one that expects TLS from the
 * first byte.
 *
 * @since 0.1.0
 * @category models
 */
export const PeerKind = Schema.Literal("Ssh", "Http", "Tls")
/**
 * @since 0.1.0
 * @category models
 */
export type PeerKind = typeof PeerKind.Type

/**
 * What a proxy did wrong: it could not be reached, it is not a proxy of that kind, it did not accept the login, or it
 * refused to connect to the server or could not.
 *
 * @since 0.1.0
 * @category models
 */
export const ProxyProblem = Schema.Literal("NotReached", "NotAProxy", "Login", "Refused")
/**
 * @since 0.1.0
 * @category models
 */
export type ProxyProblem = typeof ProxyProblem.Type
