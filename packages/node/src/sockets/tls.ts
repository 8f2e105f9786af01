/**
 * TLS on sockets of Node: handshakes from either side, what they found, and the sessions to go on with.
 *
 *     shaking hands ──'secureConnect', 'secure'──► protected ──'session'──► a newer ticket
 *          └──────────'error', 'end', 'close'────► failed, and the socket with it
 *
 * A handshake refuses no certificate: `certificate.ts` says in words what is wrong with it, and core's FtpSecurity
 * judges. Both channels of a session give Node the same name, as newer ones bind a ticket to it (CVE-2026-48934).
 *
 * It does NOT read or write: `socket.ts` does.
 */
import { randomBytes } from "node:crypto"
import * as Net from "node:net"
import * as Tls from "node:tls"
import {
  FtpTransportError,
  type TlsClientOptions,
  type TlsInfo,
  type TlsServerOptions,
  type TlsTicket
} from "@ftp-effect/core/FtpTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { clientProblem, serverProblem, toCertificate } from "./certificate.ts"
import { fromNode } from "./reasons.ts"

export type Options = TlsClientOptions | TlsServerOptions

/** A handshake under way, or over. */
export interface Handshake {
  readonly isOver: () => boolean
  /** Whether it succeeded. */
  readonly isProtected: () => boolean
  /** Completes with it. */
  readonly found: Effect.Effect<TlsInfo, FtpTransportError>
  /** The newest that the server gave. */
  readonly ticket: () => Option.Option<TlsTicket>
  /**
   * Calls back once nothing of the handshake is on its way any more, or at once. A server of TLS 1.3 sends its tickets
   * behind it: one that finds us gone by then hears a RST, and may lose the bytes that it has not read.
   */
  readonly whenQuiet: (callback: () => void) => void
}

/** What every connection as a client is opened with. */
type ClientSettings = Tls.ConnectionOptions & { readonly host: string }

/** The client's options as Node has them. Fails where a certificate or a key can't be read. */
export const clientSettings = (options: TlsClientOptions): Effect.Effect<ClientSettings, FtpTransportError> =>
  Effect.map(
    readable(() =>
      Tls.createSecureContext({
        ...(options.authorities.length === 0 ? {} : { ca: [...options.authorities] }),
        ...Option.match(options.identity, {
          onNone: () => ({}),
          onSome: ({ certificate, key }) => ({ cert: certificate, key: Redacted.value(key) })
        }),
        minVersion: options.minVersion,
        maxVersion: options.maxVersion
      })
    ),
    (secureContext) => {
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
    }
  )

const spoken = ({ protocols }: Options): { readonly ALPNProtocols?: Array<string> } =>
  protocols === undefined ? {} : { ALPNProtocols: [...protocols] }

/**
 * RFC 6066 §3: a name without its last dot, and never a numeric address, which Node refuses as well. No name has a colon,
 * and Node's own question for IPv6 takes milliseconds the first time.
 */
const serverName = (host: string): string | undefined =>
  host.includes(":") || Net.isIPv4(host) ? undefined : host.replace(/\.$/, "")

/**
 * Whether a socket that dials `address` may shake hands by itself, which is the fast way: the name that Node binds its
 * tickets to is the server name, and where there is none the address that is dialled.
 */
export const mayDial = (address: string, { host }: TlsClientOptions): boolean =>
  serverName(host) !== undefined || host === address

/** The sockets below those that were wrapped. */
const LOWER = new WeakMap<Tls.TLSSocket, Net.Socket>()

/**
 * Protects an open socket. From now on the bytes that it receives belong to TLS. `early` are those that came before: a
 * client may begin as soon as it is connected, before the server is ready for it.
 */
export const wrap = (
  lower: Net.Socket,
  options: Options,
  early: ReadonlyArray<Uint8Array>
): Effect.Effect<Tls.TLSSocket, FtpTransportError> =>
  Effect.map(
    options.role === "Client"
      ? Effect.map(clientSettings(options), (settings) => Tls.connect({ ...settings, socket: lower }))
      : Effect.map(serverContext(options), (secureContext) => {
          lower.removeAllListeners("data")
          lower.pause()
          for (const bytes of early.toReversed()) {
            lower.unshift(bytes)
          }
          return new Tls.TLSSocket(lower, {
            isServer: true,
            secureContext,
            requestCert: options.clientAuthorities.length > 0,
            ...spoken(options),
            rejectUnauthorized: false
          })
        }),
    (socket) => {
      LOWER.set(socket, lower)
      return socket
    }
  )

/** The same 48 bytes wherever sessions are shared: what opens the tickets of one connection opens those of the others. */
const TICKET_KEYS = new WeakMap<object, Buffer>()
const TICKET_KEY_BYTES = 48

const CONTEXTS = new WeakMap<TlsServerOptions, Tls.SecureContext>()

const serverContext = (options: TlsServerOptions): Effect.Effect<Tls.SecureContext, FtpTransportError> =>
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
      // OpenSSL goes on with no session of a client that showed a certificate unless the server says where it belongs.
      sessionIdContext: "ftp-effect"
    })
    CONTEXTS.set(options, context)
    return context
  })

const readable = <A>(make: () => A): Effect.Effect<A, FtpTransportError> =>
  Effect.try({
    try: make,
    catch: (cause) =>
      new FtpTransportError({
        reason: "Tls",
        detail: `a certificate or key that was given can't be used: ${cause instanceof Error ? cause.message : cause}`,
        cause
      })
  })

/** Follows the handshake of a socket. To be called in the turn in which the socket was made. */
export const follow = (socket: Tls.TLSSocket, options: Options): Handshake => {
  const found = Deferred.unsafeMake<TlsInfo, FtpTransportError>(FiberId.none)
  let state: "Shaking" | "Settled" | "Told" = "Shaking"
  let isProtected = false
  let newest: Buffer | undefined
  const tell = (result: Effect.Effect<TlsInfo, FtpTransportError>) => {
    state = "Told"
    Deferred.unsafeDone(found, result)
  }
  const fail = (error: FtpTransportError) => {
    if (state === "Shaking") {
      tell(error)
    }
  }
  let quiet = options.role === "Server"
  const waiting: Array<() => void> = []
  const calm = () => {
    quiet = true
    for (const callback of waiting.splice(0)) {
      callback()
    }
  }
  socket.on("session", (session) => {
    newest = session
    calm()
  })
  socket.once("end", calm)
  socket.once("close", calm)
  socket.once(options.role === "Client" ? "secureConnect" : "secure", () => {
    // What TLS 1.2 agreed on is final now; the tickets of TLS 1.3 come later.
    newest ??= socket.getProtocol() === "TLSv1.2" ? socket.getSession() : undefined
    const info = inspect(socket, options)
    state = "Settled"
    isProtected = Either.isRight(info)
    // OpenSSL is still in the middle of a call, which a socket that is destroyed now would pull the ground from under.
    setImmediate(() => tell(info))
  })
  const hungUp = () => {
    const detail = "the peer closed the connection during the TLS handshake"
    fail(new FtpTransportError({ reason: "Reset", detail }))
  }
  // Node tells a client of an early end by an error of its own, and a server not at all.
  socket.once("end", () => {
    if (state === "Shaking") {
      hungUp()
      socket.destroy()
    }
  })
  socket.on("error", (error) => (hasHungUp(error) ? hungUp() : fail(fromNode(error))))
  // A server's socket keeps what goes wrong after the handshake to itself.
  socket.on("_tlsError", (error: Error) => socket.destroy(error))
  socket.once("close", hungUp)
  return {
    isOver: () => state === "Told",
    isProtected: () => isProtected,
    found: Deferred.await(found),
    whenQuiet: (callback) => {
      if (quiet || state !== "Told" || socket.getProtocol() !== "TLSv1.3") {
        callback()
      } else {
        waiting.push(callback)
      }
    },
    ticket: () =>
      Option.map(Option.fromNullable(newest), (session) => ({ session: Redacted.make(new Uint8Array(session)) }))
  }
}

/** In Node's words "Client network socket disconnected before secure TLS connection was established". */
const hasHungUp = (error: Error): boolean => "code" in error && error.code === "ECONNRESET"

const inspect = (socket: Tls.TLSSocket, options: Options): Either.Either<TlsInfo, FtpTransportError> =>
  Either.try({
    try: (): TlsInfo => {
      const resumed = socket.isSessionReused()
      const certificate = resumed ? undefined : socket.getPeerX509Certificate()
      return {
        version: socket.getProtocol() === "TLSv1.2" ? "TLSv1.2" : "TLSv1.3",
        cipher: socket.getCipher().name,
        resumed,
        peer: Option.map(Option.fromNullable(certificate), toCertificate),
        problem:
          certificate === undefined
            ? Option.none()
            : options.role === "Client"
              ? clientProblem(certificate, socket, options.host)
              : serverProblem(certificate, options.clientAuthorities)
      }
    },
    catch: (cause) =>
      new FtpTransportError({ reason: "Tls", detail: "the certificate of the peer can't be read", cause })
  })

/**
 * Whether the peer has reset the connection. Node may take that for an end (see `own` in `socket.ts`), and TLS keeps an
 * error of the kernel to itself when nothing is written. The kernel names no peer any more after a RST.
 */
export const isReset = (socket: Tls.TLSSocket): boolean => {
  const handle: unknown = Reflect.get(socket, "_handle")
  return (
    isObject(handle) &&
    "getpeername" in handle &&
    typeof handle.getpeername === "function" &&
    handle.getpeername({}) !== 0
  )
}

/**
 * Sends RST. A socket that dialled by itself has no public way to do so: Node asks its handle to close the one of TCP,
 * which is therefore made to close by a reset.
 */
export const reset = (socket: Tls.TLSSocket): void => {
  const lower = LOWER.get(socket)
  if (lower !== undefined) {
    // It takes the other one with it, but later: at once would be in the middle of a call of OpenSSL, if we are in one.
    lower.resetAndDestroy()
  } else {
    const handle: unknown = Reflect.get(socket, "_handle")
    const tcp: unknown = isObject(handle) ? Reflect.get(handle, "_parent") : undefined
    if (isTcp(tcp)) {
      const close = tcp.close.bind(tcp)
      tcp.close = (done) => {
        if (tcp.reset(done) !== 0) {
          close(done)
        }
      }
    }
    socket.destroy()
  }
}

interface TcpHandle {
  close: (done?: () => void) => void
  /** Gives 0, or the number of an error. */
  readonly reset: (done?: () => void) => number
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const isTcp = (value: unknown): value is TcpHandle =>
  isObject(value) &&
  "reset" in value &&
  typeof value.reset === "function" &&
  "close" in value &&
  typeof value.close === "function"
