/**
 * A handshake of TLS on a socket of Node: what it found, and the tickets of sessions that a later one can resume.
 *
 *     shaking hands ──'secureConnect', 'secure'──► protected ──'session'──► a newer ticket
 *          └──────────'error', 'end', 'close'────► failed, and the socket with it
 *
 * A handshake refuses no certificate: `certificate.ts` says in words what is wrong with it, and core's FtpSecurity
 * judges.
 */
import type * as Tls from "node:tls"
import { FtpTransportError, type TlsInfo, type TlsTicket } from "@ftp-effect/core/FtpTransport"
import * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { clientProblem, serverProblem, toCertificate } from "./certificate.ts"
import { fromNode } from "./reasons.ts"
import type { Options } from "./tlsOptions.ts"

/** A handshake under way, or over. */
export interface Handshake {
  readonly isOver: () => boolean
  /** Whether it succeeded. */
  readonly isProtected: () => boolean
  /** Completes with it. */
  readonly found: Effect.Effect<TlsInfo, FtpTransportError>
  /** Calls back with it, once, if it is not over; never in the middle of a call of OpenSSL. */
  readonly whenFound: (callback: (result: Either.Either<TlsInfo, FtpTransportError>) => void) => void
  /** The newest that the server gave. */
  readonly ticket: () => Option.Option<TlsTicket>
  /**
   * Calls back once nothing of the handshake is on its way any more, or at once. A server of TLS 1.3 sends its tickets
   * behind it: one that finds us gone by then hears a RST, and may lose the bytes that it has not read.
   */
  readonly whenQuiet: (callback: () => void) => void
}

/** Follows the handshake of a socket. To be called in the turn in which the socket was made. */
export const follow = (socket: Tls.TLSSocket, options: Options): Handshake => {
  const found = Deferred.unsafeMake<TlsInfo, FtpTransportError>(FiberId.none)
  let state: "Shaking" | "Settled" | "Told" = "Shaking"
  let isProtected = false
  let newest: Buffer | undefined
  const listeners: Array<(result: Either.Either<TlsInfo, FtpTransportError>) => void> = []
  const tell = (result: Either.Either<TlsInfo, FtpTransportError>) => {
    state = "Told"
    Deferred.unsafeDone(found, result)
    for (const listener of listeners.splice(0)) {
      listener(result)
    }
  }
  // Each connection ends, and an error takes longer to make than to ignore.
  const fail = (error: () => FtpTransportError) => {
    if (state === "Shaking") {
      tell(Either.left(error()))
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
    fail(() => new FtpTransportError({ reason: "Reset", stage: "Tls", detail }))
  }
  // Node tells a client of an early end by an error of its own, and a server not at all.
  socket.once("end", () => {
    if (state === "Shaking") {
      hungUp()
      socket.destroy()
    }
  })
  socket.on("error", (error) => (hasHungUp(error) ? hungUp() : fail(() => fromNode(error))))
  // A server's socket keeps what goes wrong after the handshake to itself.
  socket.on("_tlsError", (error: Error) => socket.destroy(error))
  socket.once("close", hungUp)
  return {
    isOver: () => state === "Told",
    isProtected: () => isProtected,
    found: Deferred.await(found),
    whenFound: (callback) => void listeners.push(callback),
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
