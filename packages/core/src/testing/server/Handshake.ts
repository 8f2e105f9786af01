/**
 * How a server speaks TLS, and its side of one handshake.
 *
 * Each control connection has tickets of its own, so that only its own data connections can go on with its session, as
 * ProFTPD has it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import {
  type Connection,
  FtpTransportError,
  type TlsIdentity,
  type TlsInfo,
  type TlsServerOptions,
  type TlsVersion
} from "../../platform/FtpTransport.ts"

/**
 * How a server speaks TLS.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsSettings {
  /** After AUTH, or from the first byte on. */
  readonly mode: "Explicit" | "Implicit"
  readonly identity: TlsIdentity
  /** What data connections show instead, with sessions that are not those of control. Default the same. */
  readonly dataIdentity?: TlsIdentity | undefined
  /** Default TLS 1.2. */
  readonly minVersion?: TlsVersion | undefined
  /** Default TLS 1.3. */
  readonly maxVersion?: TlsVersion | undefined
  /** Whether an unencrypted login and unencrypted data are refused, with 530 and 522 as by vsftpd. Default false. */
  readonly required?: boolean | undefined
  /** Whether PBSZ and PROT are refused with 530 before the login, as by libunftp. Default false. */
  readonly protAfterLogin?: boolean | undefined
  /**
   * Whether a data connection has to resume the TLS session of its control connection, and in whose words another one
   * is refused: vsftpd's 522 or ProFTPD's 425. Default it need not.
   */
  readonly requireReuse?: "vsftpd" | "ProFTPD" | undefined
  /** Each client must show a certificate of one of these authorities, as PEM. Default none. */
  readonly clientAuthorities?: ReadonlyArray<string> | undefined
  /** What is spoken here, by ALPN: a client that names others only is refused. Default whatever it names. */
  readonly protocols?: ReadonlyArray<string> | undefined
}

/** The options of the handshakes of one control connection and its data connections. */
export interface Handshakes {
  readonly control: TlsServerOptions
  data: TlsServerOptions
  /** Whether there was a protected data connection. */
  wasUsed: boolean
}

/** Those of a new client. */
export const handshakesOf = (settings: TlsSettings | undefined): Handshakes | undefined => {
  if (settings === undefined) {
    return undefined
  }
  const control: TlsServerOptions = {
    role: "Server",
    identity: settings.identity,
    minVersion: settings.minVersion ?? "TLSv1.2",
    maxVersion: settings.maxVersion ?? "TLSv1.3",
    sessions: {},
    clientAuthorities: settings.clientAuthorities ?? [],
    protocols: settings.protocols
  }
  const { dataIdentity } = settings
  return {
    control,
    data: dataIdentity === undefined ? control : { ...control, identity: dataIdentity, sessions: {} },
    wasUsed: false
  }
}

/** A client that connects and never begins would be kept for ever. */
const HANDSHAKE_LIMIT = Duration.seconds(30)

/** A connection on which the handshake is over. */
export const secure = (
  connection: Connection,
  options: TlsServerOptions
): Effect.Effect<readonly [Connection, TlsInfo], FtpTransportError, Scope.Scope> =>
  Effect.gen(function* () {
    const secured = yield* connection.startTls(options)
    const found = yield* Effect.timeoutFail(secured.tls, {
      duration: HANDSHAKE_LIMIT,
      onTimeout: () => new FtpTransportError({ reason: "TimedOut", detail: "no TLS handshake" })
    })
    return Option.isSome(found)
      ? ([secured, found.value] as const)
      : yield* new FtpTransportError({ reason: "Tls", detail: "no TLS handshake" })
  })
