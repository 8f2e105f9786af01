/**
 * A small real FTP server on any `FtpTransport`: for tests over `MemoryTransport`, and for `serve` and `demo` over TCP.
 *
 *     connect ──► 220 ──► commands, one at a time, in order ──QUIT, FIN, RST, 421──► gone
 *        └─ one too many ──► 421
 *
 * It behaves as the best servers do (150 once the data connection is up, 226 once the data is flushed, quotes doubled
 * in 257, data only with the peer of the control connection), until `fault` makes it do something wrong. RFC 959,
 * 2389, 2428, 3659, and 4217 if the transport has TLS. A user who may write may write everywhere in its root. How many
 * connections a client has, how long it is idle and how often it guesses passwords is limited only on request: see
 * `limit`, `idleTimeout`, `loginTimeout` and `loginFailures`.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import * as FtpClient from "../client/FtpClient.ts"
import * as FtpDataChannel from "../data/FtpDataChannel.ts"
import { type Address, FtpTransport, type FtpTransportError } from "../platform/FtpTransport.ts"
import type * as FtpPool from "../pool/FtpPool.ts"
import * as FtpSecurity from "../security/FtpSecurity.ts"
import * as MemoryTransport from "./MemoryTransport.ts"
import { acceptForever } from "./server/Accepting.ts"
import * as CommandLog from "./server/CommandLog.ts"
import type { Fault } from "./server/Fault.ts"
import * as Faults from "./server/Faults.ts"
import { resetAll, type Session, type Shared } from "./server/Session.ts"
import { type Options, type Settings, toSettings } from "./server/Settings.ts"
import * as Contents from "./store/Contents.ts"
import { clockAhead } from "./store/clockAhead.ts"
import { type FileStore, isFileStore, type StoreError } from "./store/FileStore.ts"
import * as FolderStore from "./store/FolderStore.ts"
import { linksFollowed } from "./store/linksFollowed.ts"
import * as MemoryStore from "./store/MemoryStore.ts"

export type { MlsdStyle } from "./server/EntryLine.ts"
export type {
  BadHandshake,
  Behind,
  CloseControl,
  Delay,
  DropData,
  Fault,
  Flood,
  ForeignEnd,
  ForeignPasv,
  Garbage,
  ManyGreetings,
  NoEnd,
  Plain as PlainFault,
  Refuse,
  StrayLine,
  TinyWrites,
  When,
  WrongSize
} from "./server/Fault.ts"
export type { TlsSettings } from "./server/Handshake.ts"
export type { ListDialect } from "./server/ListLine.ts"
export type { Limit, LoginFailures, Options, UserEntry, WireLine } from "./server/Settings.ts"
export type { TreeNode } from "./store/Contents.ts"
export type { FileInfo, FileStore, NamedInfo, StoreReader, StoreWriter, WriteFrom } from "./store/FileStore.ts"
export { StoreError, TypeId as FileStoreTypeId } from "./store/FileStore.ts"
export type { MemoryStoreOptions, Tree, TreeEntry } from "./store/MemoryStore.ts"

/**
 * A running server.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpTestServer {
  readonly address: Address
  /**
   * The lines that clients sent since the start, in the order of their arrival, secrets masked. The oldest are dropped
   * when the lines take more than 16 MiB.
   */
  readonly commands: Effect.Effect<ReadonlyArray<string>>
  /** Control connections now, at most so far, and in all (those refused included), and transfers under way. */
  readonly connections: Effect.Effect<{
    readonly current: number
    readonly peak: number
    readonly total: number
    readonly transfers: number
  }>
  /** From now on something goes wrong: see `Fault`. */
  readonly fault: (fault: Fault) => Effect.Effect<void>
  readonly clearFaults: Effect.Effect<void>
  /** RST to every control and data connection, as when the server is restarted; it goes on listening. */
  readonly resetConnections: Effect.Effect<void>
  /** The whole content of a file. */
  readonly read: (path: string) => Effect.Effect<Uint8Array, StoreError>
  /** Writes a file anew, parents included. A string is written as UTF-8. */
  readonly write: (path: string, content: string | Uint8Array) => Effect.Effect<void, StoreError>
  /** Everything below the root in the order of the paths; symbolic links are not followed. */
  readonly tree: Effect.Effect<ReadonlyArray<Contents.TreeNode>, StoreError>
  readonly store: FileStore
}

/**
 * The tag of `FtpTestServer`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpTestServer: Context.Tag<FtpTestServer, FtpTestServer> = Context.GenericTag<FtpTestServer>(
  "@ftp-effect/core/testing/FtpTestServer"
)

/**
 * Files in memory as a root of their own, to be looked at or shared by two servers.
 *
 * @example
 * ```ts
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 * import * as Effect from "effect/Effect"
 *
 * const Server = Effect.map(FtpTestServer.memory({ "pub/a.txt": "hello" }), (root) => FtpTestServer.layer({ root }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory: (tree?: MemoryStore.Tree, options?: MemoryStore.MemoryStoreOptions) => Effect.Effect<FileStore> =
  MemoryStore.make

/**
 * A folder of this machine as the root. Nothing outside it is read or written; symbolic links that lead out are not
 * followed.
 *
 * @example
 * ```ts
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 *
 * const root = FtpTestServer.folder("fixtures")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const folder: (directory: string) => Effect.Effect<FileStore, StoreError, FileSystem.FileSystem | Path.Path> =
  FolderStore.make

/**
 * Starts a server; it and all its connections end with the scope.
 *
 * @example
 * ```ts
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* FtpTestServer.make({ users: { ann: "secret" }, root: { "a.txt": "hello" } })
 *   yield* server.fault({ _tag: "DropData", verb: "RETR", afterBytes: 2 })
 *   return server.address
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<FtpTestServer, FtpTransportError, FtpTransport | Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* FtpTransport
    const { quota, root = {} } = options
    const files = isFileStore(root) ? root : yield* MemoryStore.make(root, { quota })
    const settings = toSettings(options)
    const shown = options.links === "Followed" ? linksFollowed(files) : files
    const store = settings.millisAhead === 0 ? shown : clockAhead(shown, settings.millisAhead)
    const faults = Faults.make()
    const sessions = new Set<Session>()
    const log = CommandLog.make()
    const counts = { peak: 0, total: 0 }
    const shared: Shared = {
      settings,
      store,
      transport,
      faults,
      sessions,
      clients: new Map(),
      log,
      counts,
      turns: new Map()
    }
    const listener = yield* transport.listen({
      host: options.host ?? "127.0.0.1",
      ports: options.port === undefined || options.port === "Any" ? "Any" : [options.port, options.port],
      role: "Control"
    })
    // A caller who can't be interrupted must not pass that on: the scope would never close.
    yield* Effect.forkScoped(Effect.interruptible(acceptForever(listener, shared, yield* Effect.scope)))
    return FtpTestServer.of({
      address: listener.address,
      commands: Effect.sync(log.lines),
      connections: Effect.sync(() => {
        let transfers = 0
        for (const { data } of sessions) {
          transfers += data === undefined ? 0 : 1
        }
        return { current: sessions.size, ...counts, transfers }
      }),
      fault: (fault) => Effect.sync(() => faults.add(fault)),
      clearFaults: Effect.sync(() => faults.clear()),
      resetConnections: resetAll(shared),
      read: (path) => Contents.read(files, path),
      write: (path, content) => Contents.write(files, path, content),
      tree: Contents.tree(files, "/"),
      store: files
    })
  })

/**
 * A server for the lifetime of the layer.
 *
 * @example
 * ```ts
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 * import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
 * import * as Layer from "effect/Layer"
 *
 * const Server = FtpTestServer.layer({ users: { ann: "secret" }, root: { "a.txt": "hello" } }).pipe(
 *   Layer.provideMerge(MemoryTransport.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<FtpTestServer, FtpTransportError, FtpTransport> =>
  Layer.scoped(FtpTestServer, make(options))

/**
 * The options of `layerClient`: those of the server, and those of the client's pool.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Options {
  /** Default those of `FtpPool`. */
  readonly pool?: Omit<FtpPool.Options, "endpoints"> | undefined
}

/**
 * What `layerClient` provides.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientServices =
  | FtpTestServer
  | FtpClient.FtpClient
  | FtpPool.FtpPool
  | FtpTransport
  | MemoryTransport.MemoryNetwork

/**
 * A server in memory and a client that is logged in to it, unencrypted, in passive mode: as the first of `users`, or
 * anonymously if there are none. Each build is a server of its own.
 *
 * @example
 * ```ts
 * import * as FtpClient from "@ftp-effect/core/FtpClient"
 * import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
 * import * as Effect from "effect/Effect"
 *
 * const text = Effect.flatMap(FtpClient.FtpClient, (ftp) => ftp.readFileString("pub/a.txt")).pipe(
 *   Effect.provide(FtpTestServer.layerClient({ root: { "pub/a.txt": "hello" } }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (options: ClientOptions = {}): Layer.Layer<ClientServices, FtpTransportError> => {
  const { pool, ...server } = options
  const client = Layer.unwrapEffect(
    Effect.map(FtpTestServer, ({ address }) =>
      FtpClient.layerPooled({ ...pool, endpoints: [endpointOf(address, toSettings(server).users)] })
    )
  )
  return Layer.fresh(
    client.pipe(
      Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
      Layer.provideMerge(layer(server)),
      Layer.provideMerge(MemoryTransport.layer)
    )
  )
}

/** The login of the first user. */
const endpointOf = ({ host, port }: Address, users: Settings["users"]): Endpoint.FtpEndpoint => {
  for (const [user, { account, password }] of users) {
    return Endpoint.make({ host, port, user, password, account })
  }
  return Endpoint.make({ host, port })
}
