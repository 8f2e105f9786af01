/**
 * What a user of TLS may choose.
 */
import type { TlsIdentity, TlsVersion } from "../platform/FtpTransport.ts"

/**
 * What to trust in TLS, and what to show.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsOptions {
  /** Authorities to trust instead of the system's, as PEM. */
  readonly authorities?: ReadonlyArray<string> | undefined
  /**
   * The only certificates to accept, by SHA-256 of the certificate or of its public key: `sha256:` and hexadecimal
   * (with or without colons), or `sha256//` and Base64 as curl writes it. No authority is asked then. The layer fails
   * with a `FtpUsageError` if one is neither.
   */
  readonly pins?: ReadonlyArray<string> | undefined
  /** Our own certificate, for servers that ask for one. */
  readonly identity?: TlsIdentity | undefined
  /** Default TLS 1.2. */
  readonly minVersion?: TlsVersion | undefined
  /** Default TLS 1.3. */
  readonly maxVersion?: TlsVersion | undefined
  /**
   * `"Verify"`, the default, checks authority, dates and name. `"DangerouslyAcceptAny"` takes whatever certificate
   * comes: anyone on the way can then read and change everything, the password included.
   */
  readonly certificates?: "Verify" | "DangerouslyAcceptAny" | undefined
  /**
   * When PBSZ and PROT P are sent. Default `"BeforeLogin"`, so that a server which does not protect data is found out
   * before it has the password. One that refuses them with 530, 503 or 500 is asked again after the login, and its
   * next sessions only then. `"AfterLogin"` asks only then from the first session on (RFC 4217 §10.3).
   */
  readonly protectData?: "BeforeLogin" | "AfterLogin" | undefined
  /**
   * `"Ftp"`, the default, says by ALPN (RFC 7301) that FTP is spoken, so that a server of another protocol with the
   * same certificate can't be slipped in (ALPACA); vsftpd since 3.0.4 and ProFTPD look at it, others pass over it.
   * `"None"` is for servers that don't bear it.
   */
  readonly alpn?: "Ftp" | "None" | undefined
}

/**
 * The options of TLS that begins after AUTH.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExplicitOptions extends TlsOptions {
  /**
   * Whether `AUTH SSL`, the older name, is tried if `AUTH TLS` is unknown. The protection is the same. Default false.
   */
  readonly authSsl?: boolean | undefined
}
