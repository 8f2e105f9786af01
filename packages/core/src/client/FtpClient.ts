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
import * as Effect from "effect/Effect"
import { flow } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { unnamed } from "../base/pathCheck.ts"
import type { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import * as FtpPool from "../pool/FtpPool.ts"
import * as Keeping from "../pool/keeping.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as Calls from "./calls.ts"
import * as Entries from "./entries.ts"
import { holdsLoginDirectory } from "./loginDirectory.ts"
import * as Lookups from "./lookups.ts"
import * as MakeDirectory from "./makeDirectory.ts"
import type { ListError, ListOptions } from "./options.ts"
import * as Remove from "./remove.ts"
import { FtpClient } from "./service.ts"
import * as Unread from "./unread.ts"
import { type Lister, walk } from "./walk.ts"

export { holdsLoginDirectory, isNameless } from "./loginDirectory.ts"
export { isInside } from "./nameCase.ts"
export type { ClientError, ListError, ListOptions, WalkOptions } from "./options.ts"
export type { RemoveOptions } from "./remove.ts"
export { FtpClient } from "./service.ts"
export type { OnUnread } from "./unread.ts"

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
  const workingDirectory = reading("workingDirectory", "", (session) => session.workingDirectory)
  const asked = { stat: lookups.stat, withSession, workingDirectory }
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
    makeDirectories: (paths) =>
      (paths.includes("") ? unnamed("", "paths") : undefined) ?? makeDirectory.together(paths),
    makeDirectory: (path, options) =>
      options?.recursive === true ? makeDirectory.all(path) : (unnamed(path) ?? makeDirectory.one(path)),
    remove: Remove.make(
      { calls, lookups, list },
      { endpoint, size: pool.size, holdsHome: (path) => holdsLoginDirectory(asked, path) },
      (work) => FtpPool.withKept(pool, (kept) => work(borrowing(kept)))
    ),
    rename: (from, to) =>
      unnamed(from, "from") ?? unnamed(to, "to") ?? writing("rename", from, (session) => session.rename(from, to)),
    workingDirectory,
    size: (path) => reading("size", path, (session) => session.size(path)),
    modified: (path) => reading("modified", path, (session) => session.modified(path)),
    setModified: (path, at) =>
      unnamed(path) ?? writing("setModified", path, (session) => session.setModified(path, at)),
    hash: (path, algorithm) => reading("hash", path, (session) => session.hash(path, algorithm)),
    chmod: (path, mode) => unnamed(path) ?? writing("chmod", path, (session) => session.chmod(path, mode)),
    withSession
  }
})

/** The calls that other operations are made of, with sessions of the pool. */
const borrowing = ({ borrow, endpoints, lend, policies }: FtpPool.FtpPool) => {
  const withSession: FtpClient["withSession"] = (use) => Effect.scoped(Effect.flatMap(borrow(), use))
  const calls = Calls.retrying(lend, policies, endpoints)
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
  const { borrow, giveBack, lend } = Keeping.make(pool)
  const { list } = borrowing({ ...pool, borrow, lend })
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
