/** What a promise client looks like: written out, so that an editor shows names. `FtpPromise` is the public module. */
import type { ListOptions as SessionListOptions } from "@ftp-effect/core/FtpSession"
import type { Algorithm, Digest } from "@ftp-effect/core/protocol/HashReply"
import type * as Options from "./callOptions.ts"
import type { CallOptions, Promised } from "./derive.ts"
import type { Given } from "./plain.ts"
import type { Entry, Listing, MirrorEvent, MirrorResult, Time, TransferResult } from "./results.ts"
import type { SessionService } from "./services.ts"
import type { Uploadable } from "./source.ts"

/**
 * One session, lent: `FtpSession` as promises. Once it is given back, its methods reject with a `FtpUsageError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session extends Promised<SessionService> {}

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
  readonly list: (path: string, options?: Options.ListOptions) => Promise<ReadonlyArray<Entry>>
  /** The entries of a directory, and the lines that can't be read. */
  readonly listing: (path: string, options?: Given<SessionListOptions> & CallOptions) => Promise<Listing>
  /**
   * The entries of a directory while they arrive, in the order of the server. Leaving the loop ends the listing. One that
   * calls the client for each entry takes two sessions: see `FtpClient`.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * for await (const { name, type } of ftp.entries("logs")) {
   *   if (type === "File") console.log(name)
   * }
   * ```
   */
  readonly entries: (path: string, options?: Options.ListOptions) => AsyncIterable<Entry>
  /**
   * All entries below a directory, each directory before what is in it.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * for await (const { path } of ftp.walk("project", { enter: ({ name }) => name !== "node_modules" })) {
   *   console.log(path)
   * }
   * ```
   */
  readonly walk: (path: string, options?: Options.WalkOptions) => AsyncIterable<Entry>
  /**
   * The bytes of a file, or of a range of it, verified at the end. Leaving the loop ends the transfer.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * for await (const bytes of ftp.download("pub/big.iso", { offset: 1_000 })) {
   *   console.log(bytes.byteLength)
   * }
   * ```
   */
  readonly download: (path: string, options?: Options.DownloadOptions) => AsyncIterable<Uint8Array>
  /** All bytes of a file, or of a range of it, in memory. */
  readonly readFile: (path: string, options?: Options.ReadFileOptions) => Promise<Uint8Array>
  /** All text of a file, read as UTF-8. */
  readonly readFileString: (path: string, options?: Options.ReadFileOptions) => Promise<string>
  /**
   * Writes a file, replacing what is there, and verifies it.
   *
   * @example
   * ```ts
   * import { createReadStream } from "node:fs"
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * await ftp.upload("in/report.csv", createReadStream("report.csv"), { atomic: true })
   * ```
   */
  readonly upload: (path: string, from: Uploadable, options?: Options.UploadOptions) => Promise<TransferResult>
  /** Sends to the end of a file, which is made if it is missing. No byte is sent twice, so it is not resumed. */
  readonly append: (path: string, from: Uploadable, options?: Options.AppendOptions) => Promise<TransferResult>
  /**
   * Downloads to a local file, which is either as it was or whole.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * await ftp.toFile("pub/big.iso", "big.iso", {
   *   signal: AbortSignal.timeout(60_000),
   *   onProgress: ({ bytes, total }) => console.log(bytes, total)
   * })
   * ```
   */
  readonly toFile: (path: string, localPath: string, options?: Options.ToFileOptions) => Promise<TransferResult>
  /** Uploads a local file. */
  readonly fromFile: (localPath: string, path: string, options?: Options.FromFileOptions) => Promise<TransferResult>
  /**
   * Copies a local folder with all in it to a directory of the server; what is equal already is not sent again. Rejects
   * with a `FtpMirrorIncomplete` if anything could not be copied, after the rest was.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * const { bytes, done } = await ftp.uploadTree("dist", "www", { delete: "Ours", last: ["index.html"] })
   * console.log(done.map(({ _tag, path }) => `${_tag} ${path}`), bytes)
   * ```
   */
  readonly uploadTree: (localPath: string, path: string, options?: Options.MirrorOptions) => Promise<MirrorResult>
  /** Copies a directory of the server with all in it to a local folder: see `uploadTree`. */
  readonly downloadTree: (path: string, localPath: string, options?: Options.MirrorOptions) => Promise<MirrorResult>
  /**
   * Copies as `uploadTree` does, which begins with the first `next`, and returns what happens. The last event is
   * `"Summary"`; then the iteration ends, or rejects as `uploadTree` does. Leaving the loop ends the copying. A loop that
   * is slow doesn't hold it up: of more than `capacity` events that wait, the oldest are left out, and counted.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * for await (const event of ftp.uploadTreeEvents("dist", "www")) {
   *   if (event._tag === "Done") console.log(event.step.path)
   * }
   * ```
   */
  readonly uploadTreeEvents: (
    localPath: string,
    path: string,
    options?: Options.MirrorEventsOptions
  ) => AsyncIterable<MirrorEvent>
  /** The same for `downloadTree`. */
  readonly downloadTreeEvents: (
    path: string,
    localPath: string,
    options?: Options.MirrorEventsOptions
  ) => AsyncIterable<MirrorEvent>
  /** Returns the path as the server names it. With `recursive`, parents are made as needed. */
  readonly makeDirectory: (
    path: string,
    options?: { readonly recursive?: boolean | undefined } & CallOptions
  ) => Promise<string>
  /** Makes directories whose parents exist, in few round trips, and returns which of them it has made. */
  readonly makeDirectories: (paths: ReadonlyArray<string>, options?: CallOptions) => Promise<ReadonlyArray<boolean>>
  /**
   * Removes a file, a link, or an empty directory; with `recursive`, a directory with everything in it. An empty
   * path is a `FtpUsageError`; with `recursive`, so are the root, the login directory and a directory that holds it, unless
   * the option `home` is true.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * await ftp.remove("old", { recursive: true, force: true, onFailure: (error, path) => console.warn(path, error.message) })
   * ```
   */
  readonly remove: (path: string, options?: Options.RemoveOptions) => Promise<void>
  readonly rename: (from: string, to: string, options?: CallOptions) => Promise<void>
  /** The login directory as the server names it. */
  readonly workingDirectory: (options?: CallOptions) => Promise<string>
  /** In bytes. */
  readonly size: (path: string, options?: CallOptions) => Promise<number>
  readonly modified: (path: string, options?: CallOptions) => Promise<Time>
  readonly setModified: (path: string, at: Date, options?: CallOptions) => Promise<void>
  /**
   * The server's hash of a file, by the algorithm given, else by the best that it lists.
   *
   * @example
   * ```ts
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * const { algorithm, value } = await ftp.hash("pub/big.iso", "SHA-256")
   * ```
   */
  readonly hash: (path: string, algorithm?: Algorithm, options?: CallOptions) => Promise<Digest>
  /** `mode` is the permission bits: `0o644`. */
  readonly chmod: (path: string, mode: number, options?: CallOptions) => Promise<void>
  /**
   * Lends one session for raw commands and conversations of several steps, until the promise of `use` settles. `signal`
   * is aborted when the call is: the session is taken back then, without waiting for `use`. A call of the client within
   * `use` takes a second session; if there is none, it fails by `acquireTimeout`.
   *
   * @example
   * ```ts
   * import * as Command from "@ftp-effect/core/protocol/Command"
   * import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * declare const ftp: FtpPromise.Client
   * const { lines } = await ftp.withSession((session) => session.run(Command.site("HELP")))
   * ```
   */
  readonly withSession: <A>(
    use: (session: Session, signal: AbortSignal) => A | PromiseLike<A>,
    options?: CallOptions
  ) => Promise<A>
  /**
   * What is known by now about each server that has accepted the login, one text for each: to be kept, and given to a
   * later client as `profile`. There are no secrets in it; see `FtpProfile`.
   *
   * @example
   * ```ts
   * import { readFile, writeFile } from "node:fs/promises"
   * import * as FtpPromise from "@ftp-effect/node/FtpPromise"
   *
   * const profile = await readFile("server.json", "utf8").catch(() => undefined)
   * const ftp = await FtpPromise.connect({ url: "ftp://files.example", profile })
   * const [learned] = await ftp.profiles()
   * if (learned !== undefined) await writeFile("server.json", learned)
   * ```
   */
  readonly profiles: () => Promise<ReadonlyArray<string>>
  /** Ends what is on its way, says QUIT, and closes every connection. May be called again. */
  readonly close: () => Promise<void>
}
