/**
 * What the client suite needs to know and to do on the server's side, behind the client's back: on the disk of a real
 * server, in the tree of the embedded one. Paths are the client's, absolute, as `WireText` has them.
 */
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/**
 * What this server can do and how it is. A case that a server can't do asserts how that is reported, so nothing is
 * skipped.
 */
export interface Traits {
  /** MLST and MLSD: times to the second, and names that need no CWD. */
  readonly mlsx: boolean
  /** Any command that sets times, and any that sets modes. */
  readonly setsTimes: boolean
  readonly setsModes: boolean
  readonly sizes: boolean
  /** MDTM. */
  readonly tellsTimes: boolean
  /** Listings hold the names that start with a dot. */
  readonly showsDotfiles: boolean
  /** Listings have the permission bits, without OPTS MLST. */
  readonly listsModes: boolean
  /** Permissions are looked at. */
  readonly checksModes: boolean
  /** Bytes that are no UTF-8 are names as well. */
  readonly anyBytes: boolean
  /** What `stat` says of a link: what it is, or what it points to. */
  readonly statsLinks: boolean
  /** Listings show links, not what they point to. */
  readonly listsLinks: boolean
  /** The verbs whose answers about what is missing say so. */
  readonly saysMissing: ReadonlyArray<"SIZE" | "MDTM">
  /** A link to nothing is there for listings and `stat`. */
  readonly seesDanglingLinks: boolean
  /**
   * Names of `AWKWARD` that listings leave out and no command can say, and those that no command may change or read.
   */
  readonly unlisted: ReadonlyArray<string>
  readonly unusable: ReadonlyArray<string>
  /** A directory can be made under any name that the disk takes, `*` included. */
  readonly makesAnyName: boolean
}

/** What a name on the server's side stands for. `modified` is in milliseconds since 1970 UTC. */
export interface Look {
  readonly type: "File" | "Directory" | "SymbolicLink"
  readonly size: number
  readonly modified: number
  readonly mode: number
}

export class ServerSide extends Context.Tag("@ftp-effect/core/test/ServerSide")<
  ServerSide,
  {
    readonly endpoint: FtpEndpoint
    readonly traits: Traits
    /** Parents are there. */
    readonly write: (path: string, content: string | Uint8Array) => Effect.Effect<void>
    readonly read: (path: string) => Effect.Effect<Uint8Array>
    readonly makeDirectory: (path: string) => Effect.Effect<void>
    readonly link: (path: string, target: string) => Effect.Effect<void>
    /** Does not follow links. */
    readonly look: (path: string) => Effect.Effect<Option.Option<Look>>
    readonly names: (path: string) => Effect.Effect<ReadonlyArray<string>>
    readonly setModified: (path: string, millis: number) => Effect.Effect<void>
    readonly setMode: (path: string, mode: number) => Effect.Effect<void>
    /** Sessions that the server has now; some servers take a moment to end one. */
    readonly sessions: Effect.Effect<number>
    /** Breaks every connection of every session, as a crash of the server's processes would. */
    readonly breakSessions: Effect.Effect<void>
  }
>() {}
