/**
 * FTP as a service: the operations that most people use. Each call borrows a session from the pool and gives it back;
 * none lends one out but `withSession`, and none asks for a second while it holds one.
 *
 * Reading is tried again where that can help: at once when a session died under the question, and by `FtpRetry.busy` when
 * the server said "not now". Writing is tried again only when the server is known not to have applied it.
 *
 * It does NOT hold a current directory: paths are absolute, or relative to the login directory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type DataError,
  type FtpError,
  type FtpListingError,
  FtpRejected,
  isNotFound,
  type OpenError
} from "../base/FtpError.ts"
import type { FtpSource } from "../base/FtpSource.ts"
import * as Observability from "../base/observability.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as FtpPool from "../pool/FtpPool.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import type { FtpSession, Listed } from "../session/FtpSession.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { removeTree } from "./removeTree.ts"
import { walk } from "./walk.ts"

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
export interface WalkOptions {
  /** How many levels below the start are listed; 1 lists the start only. Default 256, which no real tree exceeds. */
  readonly depth?: number | undefined
  /** Directories listed at once. Default the size of the pool. */
  readonly concurrency?: number | undefined
  /** Whether to look into a directory. Default all. */
  readonly enter?: ((directory: FtpEntry) => boolean) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RemoveOptions {
  /** Whether a directory goes with everything in it. Default false. */
  readonly recursive?: boolean | undefined
  /** Whether a path that is not there is success. Default false. */
  readonly force?: boolean | undefined
  /** Told of each entry below a directory that could not be removed, when it happens. */
  readonly onFailure?: ((error: ListError, path: string) => Effect.Effect<void>) | undefined
}

/**
 * The client. Paths are remote paths; `""` is the login directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpClient {
  /** One entry. Links are not followed by MLST, and followed by a server that has none. A path that is not there is a `FtpRejected` `NotFound`. */
  readonly stat: (path: string) => Effect.Effect<FtpEntry, ListError>
  readonly exists: (path: string) => Effect.Effect<boolean, ListError>
  /** The entries of a directory. Lines that can't be read are logged as a warning; see `listing` to have them. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<FtpEntry>, ListError>
  /** The entries of a directory, and the lines that can't be read. */
  readonly listing: (path: string) => Effect.Effect<Listed, ListError>
  /** All entries below a directory, in no fixed order but each directory before what is in it. */
  readonly walk: (path: string, options?: WalkOptions) => Stream.Stream<FtpEntry, ListError>
  /** The bytes of a file, verified at the end of the stream. Chunks may be kept. */
  readonly download: (
    path: string,
    options?: FtpTransfer.TransferOptions
  ) => Stream.Stream<Uint8Array, FtpTransfer.TransferError>
  /** Writes a file, replacing what is there, and verifies it. */
  readonly upload: <E, R>(
    path: string,
    source: FtpSource<E, R>,
    options?: FtpTransfer.UploadOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | E, Exclude<R, Scope.Scope>>
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
   * Removes a file, a link, or an empty directory. With `recursive`, a directory goes with everything in it, or as much of
   * it as can be removed: then it fails with the first failure.
   */
  readonly remove: (path: string, options?: RemoveOptions) => Effect.Effect<void, ListError>
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
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<FtpClient, never, FtpPool.FtpPool> = Effect.gen(function* () {
  const pool = yield* FtpPool.FtpPool
  const { policies } = pool

  const withSession = <A, E, R>(
    use: (session: FtpSession) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | OpenError, Exclude<R, Scope.Scope>> => Effect.scoped(Effect.flatMap(pool.borrow(), use))

  /** For what changes nothing: a new session may ask again, whatever became of the old one. */
  const reading = <A, E extends FtpError>(
    name: string,
    path: string,
    use: (session: FtpSession) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | OpenError> =>
    withSession(use).pipe(
      Effect.retry({ times: 1, while: (error) => error._tag === "FtpConnectionLost" && error.reason !== "TimedOut" }),
      whenBusy,
      observed(name, path)
    )

  /** For what changes something: only what the server has not applied may be asked again. */
  const writing = <A, E extends FtpError>(
    name: string,
    path: string,
    use: (session: FtpSession) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | OpenError> =>
    withSession(use).pipe(
      Effect.retry({
        times: 1,
        while: (error) => error._tag === "FtpConnectionLost" && error.outcome === "NotApplied"
      }),
      whenBusy,
      observed(name, path)
    )

  const whenBusy = <A, E extends FtpError>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.retry(self, { schedule: policies.busy, while: isWorthRepeating })

  const listing = (path: string) => reading("listing", path, (session) => session.list(path))

  const list = (path: string) =>
    Effect.flatMap(listing(path), ({ entries, unread }) =>
      unread.length === 0
        ? Effect.succeed(entries)
        : Effect.as(Effect.logWarning(unreadInWords(unread.length, path)), entries)
    )

  const stat = (path: string) => reading("stat", path, (session) => session.stat(path))

  const walkTree = (path: string, options: WalkOptions = {}) => walk(path, list, pool.size, options)

  const makeDirectory = (path: string) => writing("makeDirectory", path, (session) => session.makeDirectory(path))

  const isDirectory = (path: string) => reading("isDirectory", path, (session) => session.isDirectory(path))

  /** Somebody else may make the same directory at the same moment. */
  const makeIfMissing = (path: string): Effect.Effect<string, ClientError> =>
    Effect.catchTag(makeDirectory(path), "FtpRejected", (rejected) =>
      Effect.flatMap(isDirectory(path), (exists) => (exists ? Effect.succeed(path) : rejected))
    )

  const makeDirectories = (path: string): Effect.Effect<string, ClientError> =>
    Effect.catchTag(makeIfMissing(path), "FtpRejected", (rejected) => {
      const parent = RemotePath.parent(path)
      return parent === RemotePath.normalise(path) || parent === "" || parent === "." || parent === "/"
        ? rejected
        : Effect.zipRight(makeDirectories(parent), makeIfMissing(path))
    })

  const removeOne = (path: string) =>
    writing("remove", path, (session) =>
      Effect.catchTag(session.removeFile(path), "FtpRejected", (rejected) =>
        Effect.flatMap(session.isDirectory(path), (isDirectory) =>
          isDirectory ? session.removeDirectory(path) : Effect.fail(rejected)
        )
      )
    )

  /** DELE comes first: it takes a link where CWD would lead through it, into what is somebody else's. */
  const removeAll = (path: string, onFailure: RemoveOptions["onFailure"]): Effect.Effect<void, ListError> =>
    Effect.catchTag(
      writing("remove", path, (session) => session.removeFile(path)),
      "FtpRejected",
      (rejected) =>
        Effect.gen(function* () {
          if (!(yield* isDirectory(path)) || (yield* isLink(path))) {
            return yield* rejected
          }
          yield* removeTree(
            path,
            {
              list,
              removeFile: (path) => writing("remove", path, (session) => session.removeFile(path)),
              removeDirectory: (path) => writing("remove", path, (session) => session.removeDirectory(path))
            },
            pool.size,
            onFailure ?? (() => Effect.void)
          )
        })
    )

  /** vsftpd does not say why it will not remove; a path that is not there is NotFound on every server. */
  const orNotFound = (removal: Effect.Effect<void, ListError>, path: string): Effect.Effect<void, ListError> =>
    Effect.catchTag(removal, "FtpRejected", (rejected) =>
      rejected.reason === "Other"
        ? Effect.flatMap(exists(path), (isThere) =>
            isThere ? rejected : new FtpRejected({ ...rejected, reason: "NotFound" })
          )
        : rejected
    )

  const exists = (path: string) => Effect.catchIf(Effect.as(stat(path), true), isNotFound, () => Effect.succeed(false))

  /** As its parent's listing has it: the one answer that follows no link on any server. */
  const isLink = (path: string): Effect.Effect<boolean, ListError> => {
    const name = RemotePath.baseName(path)
    return name === "" || name === "." || name === ".."
      ? Effect.succeed(false)
      : Effect.map(list(RemotePath.parent(path)), (entries) =>
          entries.some((entry) => entry.name === name && entry.type === "SymbolicLink")
        )
  }

  const withPool = Effect.provideService(FtpPool.FtpPool, pool)

  return {
    stat,
    exists,
    list,
    listing,
    walk: walkTree,
    download: (path, options) => Stream.provideService(FtpTransfer.download(path, options), FtpPool.FtpPool, pool),
    upload: (path, source, options) => withPool(FtpTransfer.upload(path, source, options)),
    toFile: (path, localPath, options) => withPool(FtpTransfer.toFile(path, localPath, options)),
    fromFile: (localPath, path, options) => withPool(FtpTransfer.fromFile(localPath, path, options)),
    makeDirectory: (path, options) => (options?.recursive === true ? makeDirectories(path) : makeDirectory(path)),
    remove: (path, { force, onFailure, recursive } = {}) => {
      const removal = orNotFound(recursive === true ? removeAll(path, onFailure) : removeOne(path), path)
      return force === true
        ? Effect.catchTag(removal, "FtpRejected", (rejected) =>
            // What is missing may be something within, that somebody else removed meanwhile.
            Effect.flatMap(exists(path), (isThere) => (isThere ? rejected : Effect.void))
          )
        : removal
    },
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

/**
 * The client, over a pool that is there already. Never shared: a second one in the same app may have another pool.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FtpClient, never, FtpPool.FtpPool> = Layer.fresh(Layer.effect(FtpClient, make))

/**
 * The client with a pool of its own, which is provided as well, for `FtpTransfer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPooled = (
  options: FtpPool.Options
): Layer.Layer<FtpClient | FtpPool.FtpPool, never, FtpTransport | FtpSecurity | FtpDataChannel> =>
  Layer.provideMerge(layer, FtpPool.layer(options))

const unreadInWords = (lines: number, path: string): string =>
  `${lines === 1 ? "a line" : `${lines} lines`} of the listing of ${path === "" ? "the login directory" : path} can't be read`

/** Whether asking again later is harmless, and may help. */
const isWorthRepeating = (error: FtpError): boolean =>
  error._tag === "FtpRejected" && error.isRetryable && error.outcome === "NotApplied"

const observed =
  (name: string, path: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withSpan(self, `FtpClient.${name}`, {
      captureStackTrace: false,
      attributes: { [Observability.Attribute.path]: path }
    })
