/**
 * How bytes travel: TCP connections and listeners, and nothing of FTP. A platform (Node, memory, a proxy) is one layer
 * of this service; see `NodeFtpTransport` and `testing/MemoryTransport`.
 *
 *     connect ──► open ──read: bytes…──► read: None (the peer's FIN)
 *                  │  └─write: bytes…──► endOutput (our FIN)
 *                  └─reset, or the scope closes ──► gone
 *
 * It does NOT know replies, commands or who may be dialled: `FtpControlChannel` and `FtpDataChannel` do.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/**
 * One end of a connection. `host` is a numeric address without brackets; an IPv4-mapped IPv6 address is given as the
 * IPv4 address that it means.
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
 * What went wrong below FTP. It never leaves the library: floor 3 turns it into a `ConnectError` or `ConnectionLost`.
 * `Closed` is an operation on a connection that is already gone; `Reset` is the peer's RST or a broken pipe.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Data.TaggedError("TransportError")<{
  readonly reason: "Resolve" | "Refused" | "Unreachable" | "TimedOut" | "Reset" | "Closed" | "AddressInUse" | "Other"
  /** In words, for a person: never empty. */
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return this.detail
  }
}

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
   * An interrupted read loses nothing: the next one goes on where it stood.
   */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, TransportError>
  /**
   * Completes when the operating system took the bytes, so that a slow peer slows the caller. The bytes must not be
   * changed until then. If interrupted, how many of the bytes went out is unknown.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, TransportError>
  /** Sends FIN behind what was written; reading goes on. */
  readonly endOutput: Effect.Effect<void, TransportError>
  /** Sends RST at once and drops what was buffered: how an upload is abandoned, as a FIN would say "file complete". */
  readonly reset: Effect.Effect<void>
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
  readonly accept: Effect.Effect<Connection, TransportError, Scope.Scope>
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
}

/**
 * Where to listen. `host` is a numeric local address; `ports` is `"Any"` (the system chooses) or an inclusive range, of
 * which the first free one is taken.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenOptions {
  readonly host: string
  readonly ports: "Any" | readonly [from: number, to: number]
}

/**
 * Opens connections and listeners.
 *
 * @since 0.1.0
 * @category tags
 */
export class FtpTransport extends Context.Tag("@ftp-effect/core/FtpTransport")<
  FtpTransport,
  {
    readonly connect: (options: ConnectOptions) => Effect.Effect<Connection, TransportError, Scope.Scope>
    readonly listen: (options: ListenOptions) => Effect.Effect<Listener, TransportError, Scope.Scope>
  }
>() {}
