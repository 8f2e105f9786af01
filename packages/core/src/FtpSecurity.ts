/**
 * How bytes are protected, as the four moments of a session at which protection can change something.
 *
 *     connect ──onConnect──► greeting ──onGreeting──► login ──onLogin──► ready ──onData (each data connection)──► bytes
 *
 * Nowhere else is there a question about encryption. This file does NOT open connections or log in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { FtpControlChannel } from "./FtpControlChannel.ts"
import type { ConnectError, OpenError } from "./FtpError.ts"
import type { Connection } from "./FtpTransport.ts"

/**
 * The protection of a client's connections.
 *
 * @since 0.1.0
 * @category tags
 */
export class FtpSecurity extends Context.Tag("@ftp-effect/core/FtpSecurity")<
  FtpSecurity,
  {
    /** The control connection is up; nothing has been read. */
    readonly onConnect: (connection: Connection) => Effect.Effect<Connection, ConnectError, Scope.Scope>
    /** The greeting was read; no credential has been sent. */
    readonly onGreeting: (control: FtpControlChannel) => Effect.Effect<void, OpenError, Scope.Scope>
    /** Logged in. */
    readonly onLogin: (control: FtpControlChannel) => Effect.Effect<void, OpenError, Scope.Scope>
    /** A data connection is up and the server's preliminary reply has been read; no byte of the file has moved. */
    readonly onData: (
      connection: Connection,
      control: FtpControlChannel
    ) => Effect.Effect<Connection, ConnectError, Scope.Scope>
  }
>() {}

/**
 * No protection: every byte, the password among them, can be read and changed on its way. A visible choice, never a
 * fall back.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPlain: Layer.Layer<FtpSecurity> = Layer.succeed(FtpSecurity, {
  onConnect: Effect.succeed,
  onGreeting: () => Effect.void,
  onLogin: () => Effect.void,
  onData: Effect.succeed
})
