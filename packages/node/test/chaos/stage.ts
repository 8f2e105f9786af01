/** Where a scene is played: a server with its disk, and the network before it. */
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

export interface Stage {
  readonly endpoint: FtpEndpoint
  /** What the client dials with: the scene's weather is in it. */
  readonly transport: FtpTransport
  /** The authority of the server's certificate, as PEM. */
  readonly authority: string
  /** The folder on the server that is the scene's own, without a slash at the end. */
  readonly root: string
  /** The same folder on this machine, if the server is a process of its own. */
  readonly folder: string | undefined
  /** Writes into the file that is there, or makes one. */
  readonly write: (path: string, bytes: Uint8Array) => Effect.Effect<void>
  /** Puts a new file in its place, in one step. */
  readonly replace: (path: string, bytes: Uint8Array) => Effect.Effect<void>
  readonly setModified: (path: string, at: Date) => Effect.Effect<void>
  readonly read: (path: string) => Effect.Effect<Option.Option<Uint8Array>>
  /** The other server behind the same name, if there is one. */
  readonly twin: Pick<Stage, "write" | "setModified"> | undefined
  /** The names in `root`. */
  readonly names: Effect.Effect<ReadonlyArray<string>>
  /** Every connection breaks; the embedded server is away for a moment. */
  readonly restart: Effect.Effect<void>
  /** From now on nothing goes wrong. */
  readonly calm: Effect.Effect<void>
  /** What the client has open. */
  readonly open: Effect.Effect<{ readonly scopes: number; readonly sockets: number }>
  /** Ends the server; returns what is still open then, which is a leak. */
  readonly end: Effect.Effect<ReadonlyArray<string>>
}
