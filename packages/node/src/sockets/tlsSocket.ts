/** TLS over an open socket, and resets through it. */
import type * as Net from "node:net"
import * as Tls from "node:tls"
import type { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import { clientSettings, type Options, serverContext, spoken } from "./tlsOptions.ts"

/** The sockets below those that were wrapped. */
const LOWER = new WeakMap<Tls.TLSSocket, Net.Socket>()

/** Asks the socket, so that a program without TLS need not load Node's module for it. */
export const isTls = (socket: Net.Socket): socket is Tls.TLSSocket => "encrypted" in socket && socket.encrypted === true

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

/**
 * Whether the peer has reset the connection. Node may take that for an end (`peerEnd.ts`), and TLS keeps an
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
