/**
 * How bytes travel: TCP connections and listeners, and nothing of FTP. A platform (Node, memory, a proxy) is one layer
 * of this service; see `NodeFtpTransport` and `testing/MemoryTransport`.
 *
 *     connect ──► open ──read: bytes…──► read: None (the peer's FIN)
 *                  │  └─write: bytes…──► endOutput (our FIN)
 *                  └─reset, or the scope closes ──► gone
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { DirectConnection, DirectTransport } from "./directTransport.ts"
import type { FtpTransportError } from "./transportError.ts"
import type { TlsClientOptions, TlsInfo, TlsServerOptions, TlsTicket } from "./transportTls.ts"

export type {
  DirectAddress,
  DirectConnection,
  DirectHandle,
  DirectTls,
  DirectTransport
} from "./directTransport.ts"
export { FtpTransportError } from "./transportError.ts"
export type {
  TlsCertificate,
  TlsClientOptions,
  TlsIdentity,
  TlsInfo,
  TlsServerOptions,
  TlsTicket,
  TlsVersion
} from "./transportTls.ts"

/**
 * One end of a connection. `host` is a numeric address without brackets, or the name that a proxy was asked for; an
 * IPv4-mapped IPv6 address is given as the IPv4 address that it means.
 *
 * @since 0.1.0
 * @category models
 */
export interface Address {
  readonly host: string
  readonly port: number
  readonly family: "IPv4" | "IPv6"
}

/**
 * Which address families a connection may use.
 *
 * @since 0.1.0
 * @category models
 */
export type AddressFamily = "Any" | "IPv4" | "IPv6"

/**
 * The address family for control connections, chosen once for an application by a layer:
 * `Layer.succeed(FtpAddressFamily, "IPv6")`. Default `"Any"`: both families are tried as RFC 8305 says, IPv6 first.
 *
 * @since 0.1.0
 * @category references
 */
export class FtpAddressFamily extends Context.Reference<FtpAddressFamily>()("@ftp-effect/core/FtpAddressFamily", {
  defaultValue: (): AddressFamily => "Any"
}) {}

/**
 * One open connection, closed by the scope that opened it (FIN after what was written has been flushed; RST if `reset`
 * was called). One fiber at a time may read and one may write; the two may run side by side.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly local: Address
  readonly remote: Address
  /**
   * The next bytes, or `None` at a clean end; at least one byte. The buffer is lent: it is valid until the next `read`
   * and must be copied to be kept. At most a few MiB are buffered ahead of the reader; then the peer is made to wait.
   * An interrupted read loses nothing: the next one continues where it stopped.
   */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, FtpTransportError>
  /**
   * Completes when the operating system took the bytes, so that a slow peer slows the caller. The bytes must not be
   * changed until then. If interrupted, how many of the bytes went out is unknown.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, FtpTransportError>
  /** Sends FIN after what was written, and TLS's close_notify before it; reading continues. */
  readonly endOutput: Effect.Effect<void, FtpTransportError>
  /** Sends RST at once and drops what was buffered: how an upload is abandoned, as a FIN would say "file complete". */
  readonly reset: Effect.Effect<void>
  /** How the connection is protected, once a handshake under way is over; `None` when it is not. */
  readonly tls: Effect.Effect<Option.Option<TlsInfo>, FtpTransportError>
  /** The newest ticket that the server gave on this connection. TLS 1.3 sends it some time after the handshake. */
  readonly ticket: Effect.Effect<Option.Option<TlsTicket>>
  /**
   * Hands the connection over to TLS and returns the protected one, whose handshake has begun: its `tls` awaits it, as
   * does whatever else is asked of it. This value must not be used again, but a `reset` of it still ends the
   * connection.
   *
   * Bytes that a client received before and has not read are a failure: they were sent unencrypted and must not be
   * taken for protected. Those that a server has not read are the beginning of its client's handshake.
   */
  readonly startTls: (
    options: TlsClientOptions | TlsServerOptions
  ) => Effect.Effect<Connection, FtpTransportError, Scope.Scope>
  /** The same connection for short exchanges; without it, they take the same way as long ones. */
  readonly direct?: DirectConnection | undefined
}

/**
 * A listening socket, closed by its scope. `address` is what was bound, with the real port.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listener {
  readonly address: Address
  /** The next connection; it belongs to the caller's scope. Interruptible. */
  readonly accept: Effect.Effect<Connection, FtpTransportError, Scope.Scope>
}

/**
 * What to dial. `host` is a name or a numeric address without brackets. `timeout` bounds the whole attempt: name
 * look-up and every address. `role` lets a platform choose buffers and keepalive: `"Control"` connections get TCP
 * keepalive and no Nagle delay, `"Data"` connections large read buffers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly family: AddressFamily
  readonly timeout: Duration.Duration
  readonly role: "Control" | "Data"
  /** A handshake that begins as soon as the connection is up, and is awaited by `Connection.tls`. Default none. */
  readonly tls?: TlsClientOptions | undefined
}

/**
 * Where to listen. `host` is a numeric local address; `ports` is `"Any"` (the system chooses) or an inclusive range, of
 * which the first free one is taken. `role` is that of the accepted connections, as in `ConnectOptions`: bytes of
 * `"Control"` connections are handed out as they come, those of `"Data"` connections may be gathered. Default `"Data"`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenOptions {
  readonly host: string
  readonly ports: "Any" | readonly [from: number, to: number]
  readonly role?: "Control" | "Data" | undefined
}

/**
 * Opens connections and listeners.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpTransport {
  readonly connect: (options: ConnectOptions) => Effect.Effect<Connection, FtpTransportError, Scope.Scope>
  readonly listen: (options: ListenOptions) => Effect.Effect<Listener, FtpTransportError, Scope.Scope>
  /** For short exchanges; without it, they take the same way as long ones. */
  readonly direct?: DirectTransport | undefined
  /**
   * For how many millis so far this thread had nothing to do but wait. Without it, all time counts as waiting.
   *
   * @since 0.1.0
   */
  readonly idle?: (() => number) | undefined
}

/**
 * The tag of `FtpTransport`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpTransport: Context.Tag<FtpTransport, FtpTransport> = Context.GenericTag<FtpTransport>(
  "@ftp-effect/core/FtpTransport"
)
