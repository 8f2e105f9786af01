/**
 * How one session is protected, as the moments at which protection can change something.
 *
 *     connect ──onConnect──► greeting ──onGreeting──► login ──onLogin──► ready ──onDial, onData──► bytes
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DataError, FtpConnectError, OpenError } from "../base/FtpError.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { DirectControl } from "../control/direct.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import type { Connection, DirectTls, TlsClientOptions } from "../platform/FtpTransport.ts"

/**
 * The session that is protected.
 *
 * @since 0.1.0
 * @category models
 */
export interface Protected {
  readonly control: FtpControlChannel
  readonly capabilities: ServerCapabilities
}

/**
 * The protection of one control connection and its data connections.
 *
 * @since 0.1.0
 * @category models
 */
export interface Protection {
  /** The control connection is up; nothing has been read. */
  readonly onConnect: (connection: Connection) => Effect.Effect<Connection, FtpConnectError, Scope.Scope>
  /** The greeting was read; no credential has been sent. */
  readonly onGreeting: (session: Protected) => Effect.Effect<void, OpenError>
  /** Logged in. */
  readonly onLogin: (session: Protected) => Effect.Effect<void, OpenError>
  /**
   * A data connection is about to be opened: `prepare` gets the handshake to begin with, if any, and is run once more
   * without one if the server turns out not to bear it.
   */
  readonly onDial: <A, R>(
    session: Protected,
    prepare: (tls: TlsClientOptions | undefined) => Effect.Effect<A, DataError, R>
  ) => Effect.Effect<A, DataError, R>
  /** A data connection is up and the server's preliminary reply has been read; no byte of the file has moved. */
  readonly onData: (
    session: Protected,
    connection: Connection
  ) => Effect.Effect<Connection, FtpConnectError, Scope.Scope>
  /**
   * Whether `onData` failed because the handshake began before the server could take it, if the server does not give
   * another reason. Another session will not repeat that.
   */
  readonly beganTooEarly: (session: Protected, error: FtpConnectError) => boolean
  /**
   * Whether a data connection resumes what was agreed on the control connection, which a server may have forgotten when
   * that is old (RFC 4217 §10.2): then only a new one mends it.
   */
  readonly isTiedToControl: boolean
  /**
   * How the data connection of a short exchange is protected (see `session/express`). `"Long"` if that can't be said
   * beforehand, or takes more than a handshake that begins with the connection.
   */
  readonly direct: (session: {
    readonly control: DirectControl
    readonly capabilities: ServerCapabilities
  }) => DirectTls | "Unprotected" | "Long"
}
