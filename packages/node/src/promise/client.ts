/** What a promise client looks like: written out, so that an editor shows names. `FtpPromise` is the public module. */
import type * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry, FtpTime } from "@ftp-effect/core/FtpEntry"
import type { FtpEvidence } from "@ftp-effect/core/FtpEvidence"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { Listed, ListOptions as SessionListOptions } from "@ftp-effect/core/FtpSession"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Step } from "@ftp-effect/core/MirrorPlan"
import type { Algorithm, Digest } from "@ftp-effect/core/protocol/HashReply"
import type { CallOptions, Promised } from "./derive.ts"
import type { Given, Plain } from "./plain.ts"
import type { Retries } from "./retries.ts"
import type { SessionService, TreeEventsOptions } from "./services.ts"
import type { Uploadable } from "./source.ts"

export type { CallOptions }

/**
 * One entry of a directory: `FtpEntry`, its missing parts `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Plain<FtpEntry> {}

/**
 * The entries of a directory, and the lines that can't be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing extends Omit<Plain<Listed>, "entries"> {
  readonly entries: ReadonlyArray<Entry>
}

/**
 * A time that a server reports: `FtpTime`, with a `Date`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Time extends Plain<FtpTime> {}

/**
 * A finished transfer: how many bytes, and how it was verified.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransferResult {
  readonly bytes: number
  readonly evidence: FtpEvidence
}

/**
 * One session, lent: `FtpSession` as promises. Once it is given back, its methods reject with a `FtpUsageError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session extends Promised<SessionService> {}

interface RetryOption {
  /** When to resume after an interruption. Default as the client was connected. */
  readonly retries?: Retries | undefined
}

/**
 * How to list a directory: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends Given<FtpClient.ListOptions>, CallOptions {}

/**
 * How to walk through a tree: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalkOptions extends Given<FtpClient.WalkOptions>, CallOptions {}

/**
 * How to remove: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoveOptions extends Given<FtpClient.RemoveOptions>, CallOptions {}

/**
 * How to download: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DownloadOptions extends Given<FtpTransfer.DownloadOptions>, CallOptions, RetryOption {}

/**
 * How to read a file into memory: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadFileOptions extends Given<FtpTransfer.ReadFileOptions>, CallOptions, RetryOption {}

/**
 * How to download to a local file: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToFileOptions extends Given<FtpTransfer.ToFileOptions>, CallOptions, RetryOption {}

/**
 * How to upload: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface UploadOptions extends Given<FtpTransfer.UploadOptions>, CallOptions, RetryOption {}

/**
 * How to upload a local file: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FromFileOptions extends Given<FtpTransfer.FromFileOptions>, CallOptions, RetryOption {}

/**
 * How to append: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AppendOptions extends Given<FtpTransfer.AppendOptions>, CallOptions {}

/**
 * How to copy a tree: see `FtpMirror`. `onProgress` is called with the progress over all files.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorOptions extends Given<FtpMirror.MirrorOptions>, CallOptions {}

/**
 * How to copy a tree whose events are read: see `FtpMirror`. `capacity` is how many events wait at most.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorEventsOptions extends Given<TreeEventsOptions>, CallOptions {}

/** Named, so that an editor shows the names. */
type Tagged<Tag extends string> = Plain<Extract<Step, { readonly _tag: Tag }>>
interface MakeDirectory extends Tagged<"MakeDirectory"> {}
interface Rename extends Tagged<"Rename"> {}
interface Copy extends Tagged<"Copy"> {}
interface Replace extends Tagged<"Replace"> {}
interface SetTime extends Tagged<"SetTime"> {}
interface Remove extends Tagged<"Remove"> {}

/**
 * One thing that a mirror does: `MirrorPlan.Step` in plain values. `_tag` says what, `path` where.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorStep = MakeDirectory | Rename | Copy | Replace | SetTime | Remove

/**
 * What a mirror did: `FtpMirror.MirrorResult` in plain values. `bytes` are those of the files that were copied.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Omit<Plain<FtpMirror.MirrorResult>, "done" | "leftOut" | "reached"> {
  readonly done: ReadonlyArray<MirrorStep>
  /** Not tried, as something before them failed. */
  readonly leftOut: ReadonlyArray<MirrorStep>
  /** Not needed: the target was already as they would have made it. */
  readonly reached: ReadonlyArray<MirrorStep>
}

/**
 * What happens while a tree is copied: `FtpMirror.MirrorEvent` in plain values, or how many of them a slow reader has
 * missed.
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorEvent = Plain<FtpMirror.MirrorEvent | FtpMirror.MissedEvents>

/**
 * The client: `FtpClient` as promises. Closed by `close`, or by `await using`. Paths are remote paths; `""` is the login
 * directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client extends AsyncDisposable {
  /** One entry. */
  readonly stat: (path: string, options?: CallOptions) => Promise<Entry>
  readonly exists: (path: string, options?: CallOptions) => Promise<boolean>
  /** Whether the path is a directory, or a link to one: in fewer round trips than `stat` takes. Rejects if it is missing. */
  readonly leadsToDirectory: (path: string, options?: CallOptions) => Promise<boolean>
  /** The entries of a directory. */
  readonly list: (path: string, options?: ListOptions) => Promise<ReadonlyArray<Entry>>
  /** The entries of a directory, and the lines that can't be read. */
  readonly listing: (path: string, options?: Given<SessionListOptions> & CallOptions) => Promise<Listing>
  /**
   * The entries of a directory while they arrive, in the order of the server. Leaving the loop ends the listing. One that
   * calls the client for each entry takes two sessions: see `FtpClient`.
   */
  readonly entries: (path: string, options?: ListOptions) => AsyncIterable<Entry>
  /** All entries below a directory, each directory before what is in it. */
  readonly walk: (path: string, options?: WalkOptions) => AsyncIterable<Entry>
  /** The bytes of a file, or of a range of it, verified at the end. Leaving the loop ends the transfer. */
  readonly download: (path: string, options?: DownloadOptions) => AsyncIterable<Uint8Array>
  /** All bytes of a file, or of a range of it, in memory. */
  readonly readFile: (path: string, options?: ReadFileOptions) => Promise<Uint8Array>
  /** All text of a file, read as UTF-8. */
  readonly readFileString: (path: string, options?: ReadFileOptions) => Promise<string>
  /** Writes a file, replacing what is there, and verifies it. */
  readonly upload: (path: string, from: Uploadable, options?: UploadOptions) => Promise<TransferResult>
  /** Sends to the end of a file, which is made if it is missing. It is never sent twice, so it is not resumed. */
  readonly append: (path: string, from: Uploadable, options?: AppendOptions) => Promise<TransferResult>
  /** Downloads to a local file, which is either as it was or whole. */
  readonly toFile: (path: string, localPath: string, options?: ToFileOptions) => Promise<TransferResult>
  /** Uploads a local file. */
  readonly fromFile: (localPath: string, path: string, options?: FromFileOptions) => Promise<TransferResult>
  /**
   * Copies a local folder with all in it to a directory of the server; what is equal already is not sent again. Rejects
   * with a `FtpMirrorIncomplete` if anything could not be copied, after the rest was.
   */
  readonly uploadTree: (localPath: string, path: string, options?: MirrorOptions) => Promise<MirrorResult>
  /** Copies a directory of the server with all in it to a local folder: see `uploadTree`. */
  readonly downloadTree: (path: string, localPath: string, options?: MirrorOptions) => Promise<MirrorResult>
  /**
   * Copies as `uploadTree` does, which begins with the first `next`, and returns what happens. The last event is
   * `"Summary"`; then the iteration ends, or rejects as `uploadTree` does. Leaving the loop ends the copying. A loop that
   * is slow doesn't hold it up: of more than `capacity` events that wait, the oldest are left out, and counted.
   */
  readonly uploadTreeEvents: (
    localPath: string,
    path: string,
    options?: MirrorEventsOptions
  ) => AsyncIterable<MirrorEvent>
  /** The same for `downloadTree`. */
  readonly downloadTreeEvents: (
    path: string,
    localPath: string,
    options?: MirrorEventsOptions
  ) => AsyncIterable<MirrorEvent>
  /** Returns the path as the server names it. With `recursive`, parents are made as needed. */
  readonly makeDirectory: (
    path: string,
    options?: { readonly recursive?: boolean | undefined } & CallOptions
  ) => Promise<string>
  /** Makes directories whose parents exist, in few round trips, and returns which of them it has made. */
  readonly makeDirectories: (paths: ReadonlyArray<string>, options?: CallOptions) => Promise<ReadonlyArray<boolean>>
  /** Removes a file, a link, or an empty directory; with `recursive`, a directory with everything in it. */
  readonly remove: (path: string, options?: RemoveOptions) => Promise<void>
  readonly rename: (from: string, to: string, options?: CallOptions) => Promise<void>
  /** The login directory as the server names it. */
  readonly workingDirectory: (options?: CallOptions) => Promise<string>
  /** In bytes. */
  readonly size: (path: string, options?: CallOptions) => Promise<number>
  readonly modified: (path: string, options?: CallOptions) => Promise<Time>
  readonly setModified: (path: string, at: Date, options?: CallOptions) => Promise<void>
  /** The server's hash of a file, by the algorithm given, else by the best that it lists. */
  readonly hash: (path: string, algorithm?: Algorithm, options?: CallOptions) => Promise<Digest>
  /** `mode` is the permission bits: `0o644`. */
  readonly chmod: (path: string, mode: number, options?: CallOptions) => Promise<void>
  /**
   * Lends one session for raw commands and conversations of several steps, until the promise of `use` settles. `signal`
   * is aborted when the call is: the session is taken back then, without waiting for `use`. A call of the client within
   * `use` takes a second session; if there is none, it fails by `acquireTimeout`.
   */
  readonly withSession: <A>(
    use: (session: Session, signal: AbortSignal) => A | PromiseLike<A>,
    options?: CallOptions
  ) => Promise<A>
  /**
   * What is known by now about each server that has accepted the login, one text for each: to be kept, and given to a
   * later client as `profile`. There are no secrets in it; see `FtpProfile`.
   */
  readonly profiles: () => Promise<ReadonlyArray<string>>
  /** Ends what is on its way, says QUIT, and closes every connection. May be called again. */
  readonly close: () => Promise<void>
}
