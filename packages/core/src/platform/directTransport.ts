/**
 * What a transport does by plain calls. A file of a few KiB takes the kernel about 200 µs on loopback, and its many steps
 * as effects take ten times that. So the whole exchange is one effect (`session/express`) over the functions given here.
 *
 * No function given here throws, and none but `send` calls back before it has returned.
 */
import type * as Option from "effect/Option"
import type { FtpTransportError } from "./transportError.ts"
import type { TlsClientOptions, TlsInfo, TlsTicket } from "./transportTls.ts"

/**
 * An open connection as `DirectConnection` shows it: for one caller, who uses nothing else of it meanwhile.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectConnection {
  /**
   * Gives all that arrives to `bytes`, lent for the time of the call, until the peer's FIN or a failure ends it. Returns
   * how to stop; what arrives after that is kept for the next reader.
   */
  readonly listen: (on: {
    readonly bytes: (bytes: Uint8Array) => void
    readonly ended: (error: FtpTransportError | undefined) => void
  }) => () => void
  /** Writes behind what was written before. `listen` reports a failure, once all that came before it is read. */
  readonly write: (bytes: Uint8Array) => void
  /** Only if TLS protects it: the newest ticket that the server gave on it. */
  readonly ticket?: (() => Option.Option<TlsTicket>) | undefined
}

/**
 * How a connection is protected from its first byte on.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectTls {
  readonly options: TlsClientOptions
  /** Whether what the handshake found is good enough. If not, the connection fails; no byte is given or sent before. */
  readonly accepts: (info: TlsInfo) => boolean
}

/**
 * A numeric address to dial, whose port is open by what the peer said.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectAddress {
  readonly host: string
  readonly port: number
}

/**
 * A connection of `DirectTransport`. Nothing is called back after either.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectHandle {
  /** Sends FIN behind what was written, and frees it. */
  readonly close: () => void
  /** Sends RST at once: a FIN would say "file complete". What has left by then has left. */
  readonly reset: () => void
}

/**
 * Connections that carry one small thing in one direction and end. They have no limits of time of their own.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectTransport {
  /** Dials, and gathers what comes until the peer's FIN: at most so many bytes, else it fails. Then it is closed. */
  readonly collect: (
    address: DirectAddress,
    most: number,
    on: {
      readonly connected: () => void
      /** So many bytes more have come. */
      readonly moved: (bytes: number) => void
      readonly ended: (result: Uint8Array | FtpTransportError) => void
    }
  ) => DirectHandle
  /**
   * Dials, and gives what comes to `bytes`, lent for the time of the call, until the peer's FIN; then it is closed. If
   * `bytes` returns false, the connection is reset, and nothing is called back any more.
   */
  readonly receive: (
    address: DirectAddress,
    on: {
      readonly connected: () => void
      readonly bytes: (bytes: Uint8Array) => boolean
      readonly ended: (error: FtpTransportError | undefined) => void
    }
  ) => DirectHandle
  /**
   * Dials; `send` writes all the bytes and FIN. `failed` is called if the peer fails to take them, as far as that is seen
   * here: only its word says that it has them.
   */
  readonly deliver: (
    address: DirectAddress,
    on: {
      readonly connected: (send: (bytes: Uint8Array) => void) => void
      /** The system has taken so many bytes more. */
      readonly moved: (bytes: number) => void
      readonly failed: (error: FtpTransportError) => void
      /** The peer has ended it, and it is closed: what is not sent by then never is. */
      readonly finished?: () => void
    }
  ) => DirectHandle
  /**
   * The same calls for connections that TLS protects. `connected` is called before the handshake, as a server may begin
   * it only after the transfer command; `send` waits for it. Without this function, protected files take the long way.
   */
  readonly protectedBy?: ((tls: DirectTls) => DirectTransport) | undefined
}
