/**
 * How one session is protected, as the moments at which protection can change something.
 *
 *     connect ──onConnect──► greeting ──onGreeting──► login ──onLogin──► ready ──onDial, onData──► bytes
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ExchangeError, FtpConnectError, OpenError } from "../base/FtpError.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import type { Connection, TlsClientOptions } from "../platform/FtpTransport.ts"

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
  readonly onGreeting: (control: FtpControlChannel) => Effect.Effect<void, OpenError>
  /** Logged in. */
  readonly onLogin: (control: FtpControlChannel) => Effect.Effect<void, OpenError>
  /** A data connection is about to be dialled: the handshake to begin with, if any. */
  readonly onDial: (
    control: FtpControlChannel
  ) => Effect.Effect<TlsClientOptions | undefined, FtpConnectError | ExchangeError>
  /** A data connection is up and the server's preliminary reply has been read; no byte of the file has moved. */
  readonly onData: (
    connection: Connection,
    control: FtpControlChannel
  ) => Effect.Effect<Connection, FtpConnectError, Scope.Scope>
  /**
   * Whether a data connection resumes what was agreed on the control connection, which a server may have forgotten when
   * that is old (RFC 4217 §10.2): then only a new one mends it.
   */
  readonly isTiedToControl: boolean
}
