/**
 * TLS as a transport performs it: what a handshake is begun with, and what it found.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { CertificateProblem } from "../base/FtpError.ts"

/**
 * A certificate with its private key, both as PEM text; intermediate certificates follow the first one.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsIdentity {
  readonly certificate: string
  readonly key: Redacted.Redacted<string>
}

/**
 * What a server handed out to resume its TLS session on another connection (a TLS 1.3 ticket, or the session of TLS
 * 1.2). It is as secret as the session, and only worth something to the transport that made it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsTicket {
  readonly session: Redacted.Redacted<Uint8Array>
}

/**
 * A handshake as the client, RFC 4217 §7: an FTP client is the TLS client on every connection, also on those that it
 * accepts. The handshake itself refuses no certificate; what it found is in `TlsInfo` for `FtpSecurity` to judge.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsClientOptions {
  readonly role: "Client"
  /** The name that the user gave: the certificate is compared with it, and unless numeric it is sent (SNI). */
  readonly host: string
  /** Trusted authorities as PEM; empty for the system's. */
  readonly authorities: ReadonlyArray<string>
  readonly identity: Option.Option<TlsIdentity>
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** The session to resume; the server may begin a new one all the same. */
  readonly ticket: Option.Option<TlsTicket>
  /** What is spoken inside, by ALPN (RFC 7301): a server that speaks something else may refuse. Default unsaid. */
  readonly protocols?: ReadonlyArray<string> | undefined
}

/**
 * A handshake as the server: for test servers.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsServerOptions {
  readonly role: "Server"
  readonly identity: TlsIdentity
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** Connections that share this value can resume each other's sessions. */
  readonly sessions: object
  /** Authorities of client certificates as PEM; empty to ask for none. */
  readonly clientAuthorities: ReadonlyArray<string>
  /** What is spoken inside, by ALPN: a client that names others only is refused. Default whatever it names. */
  readonly protocols?: ReadonlyArray<string> | undefined
}

/**
 * A version of TLS that is spoken.
 *
 * @since 0.1.0
 * @category models
 */
export type TlsVersion = "TLSv1.2" | "TLSv1.3"

/**
 * A certificate of the peer. The fingerprints are SHA-256: of the certificate, and of its public key (SPKI, DER), in
 * lower-case hexadecimal without separators.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsCertificate {
  readonly subject: string
  readonly issuer: string
  readonly names: ReadonlyArray<string>
  readonly validFrom: Date
  readonly validTo: Date
  readonly fingerprint: string
  readonly keyFingerprint: string
}

/**
 * What a finished handshake found. A resumed session shows no certificate: `peer` is `None` then, and `problem` too.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsInfo {
  readonly version: TlsVersion
  readonly cipher: string
  readonly resumed: boolean
  readonly peer: Option.Option<TlsCertificate>
  /** Why the certificate is not good for the host: not trusted, expired, another name. */
  readonly problem: Option.Option<CertificateProblem>
}
