/**
 * A small real FTP server on any `FtpTransport`: for tests over `MemoryTransport`, and for `serve` and `demo` over TCP.
 *
 *     connect ──► 220 ──► commands, one at a time, in order ──QUIT, FIN, RST, 421──► gone
 *        └─ one too many ──► 421
 *
 * It behaves as the best servers do (150 once the data connection is up, 226 once the data is flushed, quotes doubled in
 * 257, data only with the peer of the control connection), until `fault` tells it to do something wrong. RFC 959, 2389,
 * 2428, 3659, and 4217 where the transport has TLS. It guards nothing: whoever may write may write everywhere in its
 * root.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { FtpHasher } from "../platform/FtpHasher.ts"
import {
  type Address,
  type Connection,
  FtpTransport,
  type FtpTransportError,
  type ListenOptions
} from "../platform/FtpTransport.ts"
import * as Reply from "../protocol/Reply.ts"
import * as CommandLines from "./server/CommandLines.ts"
import { FACTS, type ListDialect } from "./server/EntryLine.ts"
import * as Faults from "./server/Fault.ts"
import { handshakesOf, type TlsSettings } from "./server/Handshake.ts"
import { SELECTED } from "./server/HashVerbs.ts"
import { limitReached } from "./server/LoginVerbs.ts"
import { acceptProtected } from "./server/Protection.ts"
import {
  closeControl,
  type Limit,
  parseReply,
  type Session,
  type Settings,
  type Shared,
  sendReply,
  type WireLine
} from "./server/Session.ts"
import { applyFaultsBefore, execute } from "./server/Verbs.ts"
import * as Contents from "./store/Contents.ts"
import { type FileStore, isFileStore, type StoreError } from "./store/FileStore.ts"
import * as FolderStore from "./store/FolderStore.ts"
import * as MemoryStore from "./store/MemoryStore.ts"

export type { ListDialect } from "./server/EntryLine.ts"
export type { Fault } from "./server/Fault.ts"
export type { TlsSettings } from "./server/Handshake.ts"
export type { Limit, WireLine } from "./server/Session.ts"
export type { TreeNode } from "./store/Contents.ts"
export type { FileInfo, FileStore } from "./store/FileStore.ts"
export { StoreError } from "./store/FileStore.ts"
export type { Tree, TreeEntry } from "./store/MemoryStore.ts"

/**
 * Who may log in: a password, perhaps with an account that ACCT must name.
 *
 * @since 0.1.0
 * @category models
 */
export type UserEntry =
  | string
  | Redacted.Redacted<string>
  | { readonly password: string | Redacted.Redacted<string>; readonly account?: string | undefined }

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A numeric local address. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default `"Any"`: see `address` for what it came to be. */
  readonly port?: "Any" | number | undefined
  /** Passwords by name. Default: nobody but anonymous. */
  readonly users?: { readonly [name: string]: UserEntry } | undefined
  /** Whether `anonymous` and `ftp` get in with any password. Default: only where there are no users. */
  readonly anonymous?: boolean | undefined
  /** Default false. */
  readonly readOnly?: boolean | undefined
  /** Files in memory, or a store: see `memory` and `folder`. Default: an empty root in memory. */
  readonly root?: MemoryStore.Tree | FileStore | undefined
  /** How many bytes a root given as a tree may hold; 552 beyond. Default: any number. */
  readonly quota?: number | undefined
  /** The text of the 220, several lines allowed. Default `"Service ready."`. */
  readonly greeting?: string | undefined
  /** Verbs, and `UTF8` and `TVFS`, that the server neither admits to in FEAT nor obeys. Default none. */
  readonly denied?: ReadonlyArray<string> | undefined
  /** What a denied verb is answered. Default `"500 Unknown command."`. */
  readonly deniedReply?: string | undefined
  /** Whose LIST is imitated. Default `"Unix"`. */
  readonly listing?: ListDialect | undefined
  readonly limit?: Limit | undefined
  /** Default `"Any"`. */
  readonly passivePorts?: ListenOptions["ports"] | undefined
  /** The IPv4 address that 227 names, for a server behind NAT. Default: where the client reached us. */
  readonly passiveHost?: string | undefined
  /** How long a transfer waits for its data connection, by the Clock, before it is answered 425. Default 5 minutes. */
  readonly dataTimeout?: Duration.DurationInput | undefined
  /** How TLS is spoken: see `TlsSettings`. Default it is not. */
  readonly tls?: TlsSettings | undefined
  /** Computes what HASH, MD5, XCRC, XMD5 and XSHA* ask for. Default none, and the server does not know these verbs. */
  readonly hasher?: FtpHasher | undefined
  /** Told of every line of every dialogue, secrets masked, in order. */
  readonly onLine?: ((line: WireLine) => Effect.Effect<void>) | undefined
}

/**
 * A running server.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpTestServer {
  readonly address: Address
  /** The lines that clients sent since the start, in the order of their arrival, the arguments of PASS and ACCT masked. */
  readonly commands: Effect.Effect<ReadonlyArray<string>>
  /** Control connections now, at most so far, and in all (those refused included), and transfers under way. */
  readonly connections: Effect.Effect<{
    readonly current: number
    readonly peak: number
    readonly total: number
    readonly transfers: number
  }>
  /** From now on something goes wrong: see `Fault`. */
  readonly fault: (fault: Faults.Fault) => Effect.Effect<void>
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
 * @since 0.1.0
 * @category constructors
 */
export const memory: (tree?: MemoryStore.Tree, options?: MemoryStore.MemoryStoreOptions) => Effect.Effect<FileStore> =
  MemoryStore.make

/**
 * A folder of this machine as the root. Nothing outside it is read or written; symbolic links that lead out are not
 * followed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const folder: (directory: string) => Effect.Effect<FileStore, StoreError, FileSystem.FileSystem | Path.Path> =
  FolderStore.make

/** How long the server leaves a listener alone that failed to accept: no descriptors free, say. */
const ACCEPT_PAUSE = Duration.millis(100)

const DATA_TIMEOUT = Duration.minutes(5)

/**
 * Starts a server; it and all its connections end with the scope.
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
    const store = isFileStore(root) ? root : yield* MemoryStore.make(root, { quota })
    const settings = toSettings(options)
    const faults = Faults.make()
    const clients = new Map<Session, Deferred.Deferred<void>>()
    const sessions = new Set<Session>()
    const log: Array<string> = []
    let peak = 0
    let total = 0

    const resetAll = Effect.suspend(() =>
      Effect.forEach(
        [...clients],
        ([{ control, data }, stop]) =>
          Effect.all([control.reset, data?.reset ?? Effect.void, Deferred.succeed(stop, undefined)]),
        { discard: true }
      )
    )
    const shared: Shared = { settings, store, transport, faults, sessions, log, resetAll }

    const serve = (accepted: Connection): Effect.Effect<void, FtpTransportError, Scope.Scope> =>
      Effect.gen(function* () {
        total += 1
        const id = total
        const scope = yield* Effect.scope
        const handshakes = handshakesOf(settings.tls)
        const opened = yield* acceptProtected(accepted, shared, handshakes)
        if (Option.isNone(opened)) {
          return
        }
        const [control, secured] = opened.value
        const input = yield* CommandLines.make(control)
        const stop = yield* Deferred.make<void>()
        const session: Session = { ...INITIAL_STATE, id, shared, control, input, scope, handshakes, secured }
        sessions.add(session)
        clients.set(session, stop)
        const conversation = Effect.gen(function* () {
          if (yield* greet(session)) {
            peak = Math.max(peak, sessions.size)
            yield* serveCommands(session)
          }
        })
        yield* Effect.raceFirst(Effect.ignore(conversation), Deferred.await(stop)).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              sessions.delete(session)
              clients.delete(session)
            })
          )
        )
      })

    const listener = yield* transport.listen({
      host: options.host ?? "127.0.0.1",
      ports: options.port === undefined || options.port === "Any" ? "Any" : [options.port, options.port]
    })
    const serverScope = yield* Effect.scope
    const acceptOne = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const accepted = yield* Effect.exit(restore(Scope.extend(listener.accept, scope)))
        if (Exit.isFailure(accepted)) {
          yield* Scope.close(scope, accepted)
          return yield* Effect.failCause(accepted.cause)
        }
        const served = Effect.ignore(Scope.extend(serve(accepted.value), scope))
        const reported = Effect.tapDefect(restore(served), (cause) => Effect.logError("FtpTestServer: a defect", cause))
        yield* Effect.forkIn(
          Effect.onExit(reported, (exit) => Scope.close(scope, exit)),
          serverScope
        )
      })
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.catchAll(acceptOne, ({ reason }) => (reason === "Closed" ? Effect.never : Effect.sleep(ACCEPT_PAUSE)))
      )
    )

    return FtpTestServer.of({
      address: listener.address,
      commands: Effect.sync(() => log.slice()),
      connections: Effect.sync(() => {
        let transfers = 0
        for (const { data } of sessions) {
          transfers += data === undefined ? 0 : 1
        }
        return { current: sessions.size, peak, total, transfers }
      }),
      fault: (fault) => Effect.sync(() => faults.add(fault)),
      clearFaults: Effect.sync(() => faults.clear()),
      resetConnections: resetAll,
      read: (path) => Contents.read(store, path),
      write: (path, content) => Contents.write(store, path, content),
      tree: Contents.tree(store, "/"),
      store
    })
  })

/**
 * A server for the lifetime of the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<FtpTestServer, FtpTransportError, FtpTransport> =>
  Layer.scoped(FtpTestServer, make(options))

const toSettings = (options: Options): Settings => {
  const users = new Map(
    Object.entries(options.users ?? {}).map(([name, entry]) => {
      const details = typeof entry === "string" || Redacted.isRedacted(entry) ? { password: entry } : entry
      const password = typeof details.password === "string" ? details.password : Redacted.value(details.password)
      return [name, { password, account: "account" in details ? details.account : undefined }]
    })
  )
  return {
    users,
    anonymous: options.anonymous ?? users.size === 0,
    readOnly: options.readOnly ?? false,
    greeting: options.greeting ?? "Service ready.",
    denied: new Set((options.denied ?? []).map((verb) => verb.toUpperCase())),
    deniedReply: parseReply(options.deniedReply ?? "500 Unknown command."),
    listing: options.listing ?? "Unix",
    limit: options.limit,
    passivePorts: options.passivePorts ?? "Any",
    passiveHost: options.passiveHost,
    dataTimeout: Duration.decode(options.dataTimeout ?? DATA_TIMEOUT),
    tls: options.tls,
    hasher: options.hasher,
    onLine: options.onLine
  }
}

/** RFC 959 §5.1: TYPE is ASCII until the client says otherwise. */
const INITIAL_STATE = {
  user: undefined,
  login: "None",
  directory: "/",
  type: "A",
  restart: 0,
  renameFrom: undefined,
  epsvAll: false,
  hash: SELECTED,
  facts: new Set(FACTS),
  setup: { _tag: "None" },
  data: undefined,
  pbszAgreed: false,
  privateData: false,
  heldPreliminary: undefined,
  aborted: false,
  closing: false
} as const

/** Whether the client may stay. */
const greet = (session: Session): Effect.Effect<boolean, FtpTransportError> =>
  Effect.gen(function* () {
    const { faults, sessions, settings } = session.shared
    const refused = limitReached(session)
    if (refused !== undefined) {
      sessions.delete(session)
      yield* sendReply(session, Faults.CONNECT, refused)
      return false
    }
    if (yield* applyFaultsBefore(session, Faults.CONNECT)) {
      return false
    }
    const refuse = faults.take("Refuse", Faults.CONNECT)
    const reply = refuse === undefined ? parseReply(greetingText(settings.greeting)) : parseReply(refuse.reply)
    yield* sendReply(session, Faults.CONNECT, reply)
    // RFC 959 §5.4: 120 says that 220 will follow.
    if (Reply.isPreliminary(reply)) {
      yield* sendReply(session, Faults.CONNECT, parseReply(greetingText(settings.greeting)))
    }
    return !Reply.isNegative(reply)
  })

const greetingText = (greeting: string): string => `220 ${greeting}`

const serveCommands = (session: Session): Effect.Effect<void, FtpTransportError> =>
  Effect.gen(function* () {
    while (!session.closing) {
      const line = yield* session.input.take
      if (Option.isNone(line)) {
        return
      }
      if (line.value._tag === "TooLong") {
        yield* sendReply(session, "", Reply.make(500, "Input line too long."))
        return yield* closeControl(session, "", false, "End")
      }
      yield* execute(session, line.value.text)
    }
  })
