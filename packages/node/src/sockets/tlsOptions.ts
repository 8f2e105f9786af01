/**
 * The options of a handshake as Node takes them.
 *
 * Both channels of a session give Node the same name, because newer versions bind a ticket to it (CVE-2026-48934).
 */
import { randomBytes } from "node:crypto"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { FtpTransportError, type TlsClientOptions, type TlsServerOptions } from "@ftp-effect/core/FtpTransport"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

export type Options = TlsClientOptions | TlsServerOptions

/** What every connection as a client is opened with. */
type ClientSettings = Tls.ConnectionOptions & { readonly host: string }

/** The client's options as Node has them. Fails where a certificate or a key can't be read. */
export const clientSettings = (options: TlsClientOptions): Either.Either<ClientSettings, FtpTransportError> =>
  Either.map(clientContext(options), (secureContext) => {
    const servername = serverName(options.host)
    return {
      host: options.host,
      ...(servername === undefined ? {} : { servername }),
      ...Option.match(options.ticket, {
        onNone: () => ({}),
        onSome: ({ session }) => ({ session: Buffer.from(Redacted.value(session)) })
      }),
      ...spoken(options),
      secureContext,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined
    }
  })

/** By authorities, identity and versions: all connections of a client have the same ones, and reading them takes 1 ms. */
const CLIENT_CONTEXTS = new WeakMap<object, WeakMap<object, Map<string, Tls.SecureContext>>>()

const NO_IDENTITY = {}

const clientContext = (options: TlsClientOptions): Either.Either<Tls.SecureContext, FtpTransportError> =>
  readable(() => {
    const { authorities, maxVersion, minVersion } = options
    const identity = Option.getOrUndefined(options.identity)
    const byIdentity = CLIENT_CONTEXTS.get(authorities) ?? new WeakMap<object, Map<string, Tls.SecureContext>>()
    CLIENT_CONTEXTS.set(authorities, byIdentity)
    const byVersions = byIdentity.get(identity ?? NO_IDENTITY) ?? new Map<string, Tls.SecureContext>()
    byIdentity.set(identity ?? NO_IDENTITY, byVersions)
    const versions = `${minVersion} ${maxVersion}`
    const context =
      byVersions.get(versions) ??
      Tls.createSecureContext({
        ...(authorities.length === 0 ? {} : { ca: [...authorities] }),
        ...(identity === undefined ? {} : { cert: identity.certificate, key: Redacted.value(identity.key) }),
        minVersion,
        maxVersion
      })
    byVersions.set(versions, context)
    return context
  })

export const spoken = ({ protocols }: Options): { readonly ALPNProtocols?: Array<string> } =>
  protocols === undefined ? {} : { ALPNProtocols: [...protocols] }

/**
 * RFC 6066 §3: a name without its last dot, and never a numeric address, which Node refuses as well. No name has a
 * colon, and Node's own question for IPv6 takes milliseconds the first time.
 */
const serverName = (host: string): string | undefined =>
  host.includes(":") || Net.isIPv4(host) ? undefined : host.replace(/\.$/, "")

/**
 * Whether a socket that dials `address` may shake hands by itself, which is the fast way: the name that Node binds its
 * tickets to is the server name, and where there is none the address that is dialled.
 */
export const mayDial = (address: string, { host }: TlsClientOptions): boolean =>
  serverName(host) !== undefined || host === address

/**
 * The same 48 bytes wherever sessions are shared: what opens the tickets of one connection opens those of the others.
 */
const TICKET_KEYS = new WeakMap<object, Buffer>()
const TICKET_KEY_BYTES = 48

const CONTEXTS = new WeakMap<TlsServerOptions, Tls.SecureContext>()

export const serverContext = (options: TlsServerOptions): Either.Either<Tls.SecureContext, FtpTransportError> =>
  readable(() => {
    const made = CONTEXTS.get(options)
    if (made !== undefined) {
      return made
    }
    const ticketKeys = TICKET_KEYS.get(options.sessions) ?? randomBytes(TICKET_KEY_BYTES)
    TICKET_KEYS.set(options.sessions, ticketKeys)
    const context = Tls.createSecureContext({
      cert: options.identity.certificate,
      key: Redacted.value(options.identity.key),
      ...(options.clientAuthorities.length === 0 ? {} : { ca: [...options.clientAuthorities] }),
      minVersion: options.minVersion,
      maxVersion: options.maxVersion,
      ticketKeys,
      // OpenSSL resumes no session of a client that showed a certificate unless the server says where it belongs.
      sessionIdContext: "ftp-effect"
    })
    CONTEXTS.set(options, context)
    return context
  })

const readable = <A>(make: () => A): Either.Either<A, FtpTransportError> =>
  Either.try({
    try: make,
    catch: (cause) =>
      new FtpTransportError({
        reason: "Tls",
        detail: `a certificate or key that was given can't be used: ${cause instanceof Error ? cause.message : cause}`,
        cause
      })
  })
