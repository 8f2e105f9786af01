/** What the client offers, and its tag. `FtpClient` is the public module, and makes it. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type { OpenError } from "../base/FtpError.ts"
import type { Uploadable } from "../base/FtpSource.ts"
import type { FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"
import type { FtpSession, Listed, ListOptions as SessionListOptions } from "../session/FtpSession.ts"
import type * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { ClientError, ListError, ListOptions, WalkOptions } from "./options.ts"
import type { RemoveOptions } from "./remove.ts"

/**
 * The client. Paths are remote paths; `""` is the login directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpClient {
  /**
   * One entry, with what the server lets be known of it: by MLST, else SIZE and MDTM, the parent's listing, CWD. Links are
   * not followed, but by SIZE on a server without MLST. A path that is not there is a `FtpRejected` `NotFound`; a server
   * that can't tell is another error.
   */
  readonly stat: (path: string) => Effect.Effect<FtpEntry, ListError>
  /** Whether `stat` finds it: false only if it is not there, never because a server can't tell. */
  readonly exists: (path: string) => Effect.Effect<boolean, ListError>
  /**
   * Whether the path is a directory, or a link to one: in fewer round trips than `stat` takes. It fails as `stat` does.
   *
   * @since 0.1.0
   */
  readonly leadsToDirectory: (path: string) => Effect.Effect<boolean, ListError>
  /** The entries of a directory. Lines that can't be read are a matter of `onUnread`; see `listing` to have them. */
  readonly list: (path: string, options?: ListOptions) => Effect.Effect<ReadonlyArray<FtpEntry>, ListError>
  /**
   * The entries of a directory, and the lines that can't be read.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Effect from "effect/Effect"
   *
   * declare const ftp: FtpClient
   * const unread = Effect.map(ftp.listing("pub"), ({ unread }) => unread)
   * ```
   */
  readonly listing: (path: string, options?: SessionListOptions) => Effect.Effect<Listed, ListError>
  /**
   * The entries of a directory while they arrive, in the order of the server; a slow reader holds the server back. It
   * fails as `list` does, but may have given entries before: with `onUnread: "Fail"`, say, at its end.
   *
   * What was given can't be taken back, so all entries come at the end while a whole listing has to show something
   * about the server. With MLSD that is whether it lists the directory that it is asked for: the first listing of a path
   * shows it, and `""` needs nothing. With LIST it is also whether it takes `-a`, and the zone of its times: that is not
   * needed with `times: false`, nor if the layer's options have `zone`, or the server has no MDTM. The format of LIST is
   * known after 256 lines; of formats that are read right as a whole only (OpenVMS, z/OS, dates of numbers in an order
   * that is not shown yet) all entries come at the end. The stream holds a session until all entries have arrived, so a reader that calls the client for
   * each of them takes two sessions: see `withSession`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Stream from "effect/Stream"
   *
   * declare const ftp: FtpClient
   * const large = ftp.entries("logs").pipe(Stream.filter(({ type }) => type === "File"), Stream.take(100))
   * ```
   */
  readonly entries: (path: string, options?: ListOptions) => Stream.Stream<FtpEntry, ListError>
  /**
   * All entries below a directory, in no fixed order but each directory before what is in it.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Stream from "effect/Stream"
   *
   * declare const ftp: FtpClient
   * const sources = Stream.filter(
   *   ftp.walk("project", { enter: ({ name }) => name !== "node_modules" }),
   *   ({ type }) => type === "File"
   * )
   * ```
   */
  readonly walk: (path: string, options?: WalkOptions) => Stream.Stream<FtpEntry, ListError>
  /**
   * The bytes of a file, verified at the end of the stream, or those of a range of it (`offset`, `length`). Chunks may be
   * kept. The stream holds a session until it ends, and its reader holds it too: see `withSession`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Stream from "effect/Stream"
   *
   * declare const ftp: FtpClient
   * const rows = ftp.download("report.csv").pipe(Stream.decodeText(), Stream.splitLines)
   * ```
   */
  readonly download: (
    path: string,
    options?: FtpTransfer.DownloadOptions
  ) => Stream.Stream<Uint8Array, FtpTransfer.TransferError>
  /** All bytes of a file, or of a range of it, in memory: see `FtpTransfer.readFile`. */
  readonly readFile: (
    path: string,
    options?: FtpTransfer.ReadFileOptions
  ) => Effect.Effect<Uint8Array, FtpTransfer.TransferError>
  /** All text of a file, read as UTF-8: see `FtpTransfer.readFileString`. */
  readonly readFileString: (
    path: string,
    options?: FtpTransfer.ReadFileOptions
  ) => Effect.Effect<string, FtpTransfer.TransferError>
  /**
   * Writes a file from a source, a stream, bytes or text, replacing what is there, and verifies it. It holds a session
   * while it reads the source, so one that reads a `download` of the same pool takes two sessions: see `withSession`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Stream from "effect/Stream"
   *
   * declare const ftp: FtpClient
   * const rows = Stream.make("day;files", "1;200").pipe(Stream.intersperse("\n"), Stream.encodeText)
   * const program = ftp.upload("report.csv", rows, { atomic: true })
   * ```
   */
  readonly upload: <E = never, R = never>(
    path: string,
    source: Uploadable<E, R>,
    options?: FtpTransfer.UploadOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | E, Exclude<R, Scope.Scope>>
  /** Sends to the end of a file, never twice: see `FtpTransfer.append`. */
  readonly append: <E = never, R = never>(
    path: string,
    source: Uploadable<E, R>,
    options?: FtpTransfer.AppendOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | E, Exclude<R, Scope.Scope>>
  /**
   * Uploads what is run into it: see `FtpTransfer.sink`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Stream from "effect/Stream"
   *
   * declare const ftp: FtpClient
   * const copy = Stream.run(ftp.download("report.csv"), ftp.sink("backup/report.csv"))
   * ```
   */
  readonly sink: (
    path: string,
    options?: FtpTransfer.UploadOptions
  ) => Sink.Sink<FtpTransfer.Result, Uint8Array, never, FtpTransfer.TransferError>
  /**
   * Downloads to a local file, resumed and verified: see `FtpTransfer.toFile`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   *
   * declare const ftp: FtpClient
   * const program = ftp.toFile("pub/big.iso", "downloads/big.iso", {
   *   segments: 4,
   *   onProgress: ({ bytes, total }) => console.log(bytes, total)
   * })
   * ```
   */
  readonly toFile: (
    path: string,
    localPath: string,
    options?: FtpTransfer.ToFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError, FtpLocalFile>
  /**
   * Uploads a local file, resumed and verified: see `FtpTransfer.fromFile`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   *
   * declare const ftp: FtpClient
   * const program = ftp.fromFile("report.csv", "in/report.csv", { atomic: true, resume: "IfVerified" })
   * ```
   */
  readonly fromFile: (
    localPath: string,
    path: string,
    options?: FtpTransfer.FromFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError, FtpLocalFile>
  /**
   * Returns the path as the server names it. With `recursive`, parents are made as needed and a directory that exists
   * is success.
   */
  readonly makeDirectory: (
    path: string,
    options?: { readonly recursive?: boolean | undefined }
  ) => Effect.Effect<string, ClientError>
  /**
   * Makes directories whose parents exist, in as few round trips as the server bears, and returns which of them it has
   * made. Another one may be there already, or was refused: `makeDirectory` tells. So it is if the server does not take
   * commands together; then nothing is sent.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Effect from "effect/Effect"
   *
   * declare const ftp: FtpClient
   * const missing = Effect.gen(function* () {
   *   const paths = ["a", "b", "c"]
   *   const made = yield* ftp.makeDirectories(paths)
   *   return paths.filter((_, index) => made[index] === false)
   * })
   * ```
   */
  readonly makeDirectories: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>, ClientError>
  /**
   * Removes a file, a link, or an empty directory. With `recursive`, a directory goes with everything in it, or as much
   * of it as can be removed: then it fails with the first failure. An empty path is a `FtpUsageError`; with `recursive`, so
   * are the root, the login directory and a directory that holds it, unless the option `home` is true.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Effect from "effect/Effect"
   *
   * declare const ftp: FtpClient
   * const program = ftp.remove("old", {
   *   recursive: true,
   *   force: true,
   *   onFailure: (error, path) => Effect.logWarning(`${path}: ${error.message}`)
   * })
   * ```
   */
  readonly remove: (path: string, options?: RemoveOptions) => Effect.Effect<void, ListError>
  /** UNIX servers replace a file that has the new name; others refuse (`AlreadyExists`). */
  readonly rename: (from: string, to: string) => Effect.Effect<void, ClientError>
  /** The login directory as the server names it. */
  readonly workingDirectory: Effect.Effect<string, ClientError>
  /** In bytes. */
  readonly size: (path: string) => Effect.Effect<number, ClientError>
  readonly modified: (path: string) => Effect.Effect<FtpTime, ClientError>
  /**
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as DateTime from "effect/DateTime"
   *
   * declare const ftp: FtpClient
   * const program = ftp.setModified("report.csv", DateTime.unsafeMake("2026-11-24T12:00:00Z"))
   * ```
   */
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, ClientError>
  /**
   * The server's hash of a file, by the algorithm given, else by the best that it lists. The server reads all of the
   * file for it; one that can't is a `FtpRejected` `Unsupported`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Effect from "effect/Effect"
   *
   * declare const ftp: FtpClient
   * const sum = Effect.map(ftp.hash("big.iso", "SHA-256"), ({ value }) => value)
   * ```
   */
  readonly hash: (path: string, algorithm?: Algorithm) => Effect.Effect<Digest, ClientError>
  /** `mode` is the permission bits: `0o644`. */
  readonly chmod: (path: string, mode: number) => Effect.Effect<void, ClientError>
  /**
   * Lends one session to `use`, for raw commands and conversations of several steps. Afterwards it is kept only if it
   * is as it was: a session left with TYPE A, in another directory or in mid-transfer is closed.
   *
   * A call of the client within `use` takes a second session. If every session of the pool is held by a caller that
   * waits for another one, the last to ask fails at once with `FtpConnectError` `SessionsHeld`. Callers are recognised
   * by their fiber, or the fiber that forked it; otherwise the wait ends by `acquireTimeout`.
   *
   * @example
   * ```ts
   * import type { FtpClient } from "@ftp-effect/core/FtpClient"
   * import * as Command from "@ftp-effect/core/protocol/Command"
   * import * as Effect from "effect/Effect"
   *
   * declare const ftp: FtpClient
   * const help = ftp.withSession((session) => Effect.map(session.run(Command.site("HELP")), ({ lines }) => lines))
   * ```
   */
  readonly withSession: <A, E, R>(
    use: (session: FtpSession) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | OpenError, Exclude<R, Scope.Scope>>
}

/**
 * The tag of `FtpClient`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpClient: Context.Tag<FtpClient, FtpClient> = Context.GenericTag<FtpClient>("@ftp-effect/core/FtpClient")
