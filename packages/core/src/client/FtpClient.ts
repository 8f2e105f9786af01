/**
 * FTP as a service: everything that a user does. Each call borrows a session from the pool and returns it; only
 * `withSession` lends one out, and no call asks for a second while it holds one.
 *
 * There is no current directory: paths are absolute, or relative to the login directory.
 *
 *     calls                           when a call is made again
 *     lookups                         the questions that other operations ask too
 *     makeDirectory · remove · walk   transfers are FtpTransfer's
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { flow } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { DataError, FtpListingError, OpenError } from "../base/FtpError.ts"
import type { Uploadable } from "../base/FtpSource.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as FtpPool from "../pool/FtpPool.ts"
import * as Keeping from "../pool/keeping.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import type { FtpSession, Listed, ListOptions as SessionListOptions } from "../session/FtpSession.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as Calls from "./calls.ts"
import * as Entries from "./entries.ts"
import * as Lookups from "./lookups.ts"
import * as MakeDirectory from "./makeDirectory.ts"
import * as Remove from "./remove.ts"
import * as Unread from "./unread.ts"
import { type Lister, walk } from "./walk.ts"

export type { RemoveOptions } from "./remove.ts"
export type { OnUnread } from "./unread.ts"

/**
 * What an operation without a data connection can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientError = OpenError

/**
 * What a listing can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ListError = OpenError | DataError | FtpListingError

/**
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends SessionListOptions {
  /** What lines that can't be read mean, if others can. Default `"Warn"`. */
  readonly onUnread?: Unread.OnUnread | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WalkOptions extends ListOptions {
  /** How many levels below the start are listed; 1 lists the start only. Default 256, which no real tree exceeds. */
  readonly depth?: number | undefined
  /** Directories listed at once. Default the size of the pool. */
  readonly concurrency?: number | undefined
  /** Whether to look into a directory. Default all. */
  readonly enter?: ((directory: FtpEntry) => boolean) | undefined
}

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
  /** The entries of a directory, and the lines that can't be read. */
  readonly listing: (path: string, options?: SessionListOptions) => Effect.Effect<Listed, ListError>
  /**
   * The entries of a directory while they arrive, in the order of the server; a slow reader holds the server back. It
   * fails as `list` does, but may have given entries before: with `onUnread: "Fail"`, say, at its end. Where something
   * about the server has to be found out by the whole listing, as by the first one of a server without MLSD, all entries
   * come at the end. The stream holds a session until all entries have arrived, so a reader that calls the client for
   * each of them takes two sessions: see `withSession`.
   */
  readonly entries: (path: string, options?: ListOptions) => Stream.Stream<FtpEntry, ListError>
  /** All entries below a directory, in no fixed order but each directory before what is in it. */
  readonly walk: (path: string, options?: WalkOptions) => Stream.Stream<FtpEntry, ListError>
  /**
   * The bytes of a file, verified at the end of the stream, or those of a range of it (`offset`, `length`). Chunks may be kept. The stream holds a session until it
   * ends, and its reader holds it too: see `withSession`.
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
   * Writes a file from a source, a stream, bytes or text, replacing what is there, and verifies it. It holds a session while it reads the source, so one that
   * reads a `download` of the same pool takes two sessions: see `withSession`.
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
  /** Uploads what is run into it: see `FtpTransfer.sink`. */
  readonly sink: (
    path: string,
    options?: FtpTransfer.UploadOptions
  ) => Sink.Sink<FtpTransfer.Result, Uint8Array, never, FtpTransfer.TransferError>
  /** Downloads to a local file, resumed and verified: see `FtpTransfer.toFile`. */
  readonly toFile: (
    path: string,
    localPath: string,
    options?: FtpTransfer.ToFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError, FtpLocalFile>
  /** Uploads a local file, resumed and verified: see `FtpTransfer.fromFile`. */
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
   */
  readonly makeDirectories: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>, ClientError>
  /**
   * Removes a file, a link, or an empty directory. With `recursive`, a directory goes with everything in it, or as much
   * of it as can be removed: then it fails with the first failure.
   */
  readonly remove: (path: string, options?: Remove.RemoveOptions) => Effect.Effect<void, ListError>
  /** UNIX servers replace a file that has the new name; others refuse (`AlreadyExists`). */
  readonly rename: (from: string, to: string) => Effect.Effect<void, ClientError>
  /** The login directory as the server names it. */
  readonly workingDirectory: Effect.Effect<string, ClientError>
  /** In bytes. */
  readonly size: (path: string) => Effect.Effect<number, ClientError>
  readonly modified: (path: string) => Effect.Effect<FtpTime, ClientError>
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, ClientError>
  /**
   * The server's hash of a file, by the algorithm given, else by the best that it lists. The server reads all of the
   * file for it; one that can't is a `FtpRejected` `Unsupported`.
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

/**
 * The client over the pool.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpClient.make, (ftp) => ftp.list("pub"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<FtpClient, never, FtpPool.FtpPool> = Effect.map(FtpPool.FtpPool, (pool) => {
  const { calls, endpoint, list, listing, lookups, withSession } = borrowing(pool)
  const entries = Entries.make(calls, endpoint)
  const { reading, writing } = calls
  const makeDirectory = MakeDirectory.make(calls, lookups)
  const withPool = Effect.provideService(FtpPool.FtpPool, pool)
  return {
    stat: lookups.stat,
    exists: lookups.exists,
    leadsToDirectory: lookups.leadsToDirectory,
    list,
    listing,
    entries,
    walk: (path, options = {}) => walk(path, () => listerOf(pool, options), pool.size, options),
    download: (path, options) => Stream.provideService(FtpTransfer.download(path, options), FtpPool.FtpPool, pool),
    readFile: (path, options) => withPool(FtpTransfer.readFile(path, options)),
    readFileString: (path, options) => withPool(FtpTransfer.readFileString(path, options)),
    upload: (path, source, options) => withPool(FtpTransfer.upload(path, source, options)),
    append: (path, source, options) => withPool(FtpTransfer.append(path, source, options)),
    sink: (path, options) => Sink.provideContext(FtpTransfer.sink(path, options), Context.make(FtpPool.FtpPool, pool)),
    toFile: (path, localPath, options) => withPool(FtpTransfer.toFile(path, localPath, options)),
    fromFile: (localPath, path, options) => withPool(FtpTransfer.fromFile(localPath, path, options)),
    makeDirectories: makeDirectory.together,
    makeDirectory: (path, options) => (options?.recursive === true ? makeDirectory.all(path) : makeDirectory.one(path)),
    remove: Remove.make({ calls, lookups, list }, { endpoint, size: pool.size }, (work) =>
      FtpPool.withKept(pool, (kept) => work(borrowing(kept)))
    ),
    rename: (from, to) => writing("rename", from, (session) => session.rename(from, to)),
    workingDirectory: reading("workingDirectory", "", (session) => session.workingDirectory),
    size: (path) => reading("size", path, (session) => session.size(path)),
    modified: (path) => reading("modified", path, (session) => session.modified(path)),
    setModified: (path, at) => writing("setModified", path, (session) => session.setModified(path, at)),
    hash: (path, algorithm) => reading("hash", path, (session) => session.hash(path, algorithm)),
    chmod: (path, mode) => writing("chmod", path, (session) => session.chmod(path, mode)),
    withSession
  }
})

/** The calls that other operations are made of, with sessions of the pool. */
const borrowing = ({ borrow, endpoints, policies }: FtpPool.FtpPool) => {
  const withSession: FtpClient["withSession"] = (use) => Effect.scoped(Effect.flatMap(borrow(), use))
  const calls = Calls.retrying(withSession, policies, endpoints)
  const endpoint = endpoints.map(Endpoint.toLabel).join(", ")
  const listing: FtpClient["listing"] = (path, options) =>
    calls.reading("listing", path, (session) => session.list(path, options))
  const list: FtpClient["list"] = (path, options) =>
    Effect.flatMap(listing(path, options), (listed) =>
      Unread.entriesOf(listed, path, options?.onUnread ?? "Warn", endpoint)
    )
  return { withSession, calls, endpoint, listing, list, lookups: Lookups.make(calls, list) }
}

/** For one worker of a walk. */
const listerOf = (pool: FtpPool.FtpPool, options: ListOptions): Lister<ListError> => {
  const { borrow, giveBack } = Keeping.make(pool)
  const { list } = borrowing({ ...pool, borrow })
  const { onUnread } = options
  // A caller's own effect may need a session, too.
  const own =
    typeof onUnread === "function" ? { onUnread: flow(onUnread, (call) => Effect.zipRight(giveBack, call)) } : {}
  return { list: (path) => list(path, { ...options, ...own }), giveBack }
}

/**
 * The client, over a pool that is there already. Never shared: a second one in the same app may have another pool.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpPool from "@ftp-effect/core/FtpPool"
 * import * as Layer from "effect/Layer"
 *
 * const endpoint = FtpEndpoint.make({ host: "files.example", user: "ann", password: "secret" })
 * const Live = Layer.provide(FtpClient.layer, FtpPool.layer({ endpoints: [endpoint] }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpClient, never, FtpPool.FtpPool> = Layer.fresh(Layer.effect(FtpClient, make))

/**
 * The client with a pool of its own, which is provided as well, for `FtpTransfer`.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
 * import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
 * import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
 * import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Live = FtpClient.layerPooled({ endpoints: [FtpEndpoint.make({ host: "files.example" })] }).pipe(
 *   Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
 *   Layer.provide(NodeFtpTransport.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPooled = (
  options: FtpPool.Options
): Layer.Layer<FtpClient | FtpPool.FtpPool, never, FtpTransport | FtpSecurity | FtpDataChannel> =>
  Layer.provideMerge(layer, FtpPool.layer(options))
