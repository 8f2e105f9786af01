/**
 * FTP for programs without Effect: promises, async iterables and `await using`.
 *
 *     await using ftp = await FtpPromise.connect("ftp://ann:secret@files.example")
 *     for (const entry of await ftp.list("pub")) console.log(entry.name, entry.size)
 *     for await (const bytes of ftp.download("pub/report.pdf")) …      leaving the loop ends the transfer
 *
 *     connect ──► nothing dialled ──first call──► sessions, kept and shared ──close──► QUIT; later calls: FtpUsageError
 *
 * The methods are those of `FtpClient` and `FtpSession`, derived: an `Option` is a value or `undefined`, a `DateTime`
 * is a `Date`, and each call takes a `signal`. A rejection is the typed error itself (see `FtpError`: `_tag`,
 * `message`, `isRetryable`), or the reason of the signal.
 *
 * It logs nothing unless `onLog` is given.
 *
 * @since 0.1.0
 */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { DataError } from "@ftp-effect/core/FtpError"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpProfile from "@ftp-effect/core/FtpProfile"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Command } from "@ftp-effect/core/protocol/Command"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as NodeFtp from "./NodeFtp.ts"
import { type CallOptions, derive, type Promised } from "./promise/derive.ts"
import { type LogLine, type LogOptions, logTo } from "./promise/log.ts"
import type { Plain } from "./promise/plain.ts"
import { type ConnectOptions, type TlsOptions, toLayerOptions } from "./promise/plainOptions.ts"
import * as Runner from "./promise/runner.ts"
import * as Source from "./promise/source.ts"

export type {
  /**
   * What every method takes as its last argument, or together with its other options.
   *
   * @since 0.1.0
   * @category models
   */
  CallOptions,
  ConnectOptions,
  LogLine,
  LogOptions,
  /**
   * A value of the library as it is seen here: `Option<A>` is `A | undefined` and `DateTime` is `Date`, inside of
   * arrays and objects too.
   *
   * @since 0.1.0
   * @category models
   */
  Plain,
  TlsOptions
}

/**
 * One entry of a directory: `FtpEntry`, its missing parts `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export type Entry = Plain<FtpEntry>

/**
 * What can be uploaded: text (sent as UTF-8), bytes, a stream of the web or of Node, any async iterable of bytes, or an
 * `FtpSource`. A source that is left before its end is ended (`return`, `cancel`).
 *
 * @since 0.1.0
 * @category models
 */
export type Uploadable = Source.Uploadable

/**
 * One session, lent: `FtpSession` as promises. Once it is given back, its methods reject with a `FtpUsageError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session extends Promised<SessionService> {}

/**
 * The client: `FtpClient` as promises. Closed by `close`, or by `await using`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client extends Promised<ClientService>, AsyncDisposable {
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

/**
 * A client for a URL. It dials nothing before the first call; it rejects with a `FtpUsageError` if an option is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = async (to: string | ConnectOptions): Promise<Client> => {
  const options = typeof to === "string" ? { url: to } : to
  return fromLayer(Layer.unwrapEffect(Either.map(toLayerOptions(options), NodeFtp.layer)), options)
}

/**
 * A client over any layer: another transport, active mode, a security of one's own. Rejects with what the layer fails
 * with.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLayer = async <E>(
  layer: Layer.Layer<NodeFtp.NodeFtp, E>,
  options: LogOptions = {}
): Promise<Client> => {
  const scope = Effect.runSync(Scope.make())
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const opened = await Effect.runPromiseExit(
    Effect.gen(function* () {
      const context = yield* Layer.buildWithScope(layer, scope)
      // The runner is made last, so it closes first: no call is left when the sessions are closed.
      return { context, runner: yield* Scope.extend(Runner.make("client", "it is closed"), scope) }
    }).pipe(Effect.provide(logTo(options.onLog)))
  )
  if (Exit.isFailure(opened)) {
    await close()
    throw Runner.errorOf(opened.cause)
  }
  return makeClient(opened.value.context, opened.value.runner, close)
}

const makeClient = (
  context: Context.Context<NodeFtp.NodeFtp>,
  runner: Runner.Runner,
  close: () => Promise<void>
): Client => {
  const client = Context.get(context, FtpClient.FtpClient)
  const withSession: Client["withSession"] = (use, options) =>
    runner.run(
      client.withSession((session) =>
        Effect.gen(function* () {
          const lent = derive(sessionService(session), yield* Runner.make("session", "it was given back"))
          const taken = new AbortController()
          yield* Effect.addFinalizer((exit) =>
            Effect.sync(() => (Exit.isInterrupted(exit) ? taken.abort(options?.signal?.reason) : undefined))
          )
          return yield* Effect.tryPromise({ try: async () => use(lent, taken.signal), catch: (error) => error })
        })
      ),
      options?.signal
    )
  const profiles = () =>
    runner.run(
      Effect.map(Context.get(context, FtpPool).profiles, (profiles) => profiles.map(FtpProfile.toJson)),
      undefined
    )
  return { ...derive(clientService(context), runner), withSession, profiles, close, [Symbol.asyncDispose]: close }
}

/** `FtpClient`, its uploads from anything, and its transfers between files. */
interface ClientService extends Omit<FtpClient.FtpClient, "append" | "sink" | "upload" | "withSession"> {
  /** Writes a file, replacing what is there, and verifies it. */
  readonly upload: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.UploadOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
  /** Sends to the end of a file, which is made if it is missing. It is never sent twice, so it is not resumed. */
  readonly append: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.AppendOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
  /** Downloads to a local file, which is either as it was or whole. */
  readonly toFile: (
    path: string,
    localPath: string,
    options?: FtpTransfer.ToFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /** Uploads a local file. */
  readonly fromFile: (
    localPath: string,
    path: string,
    options?: FtpTransfer.FromFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /**
   * Copies a local folder with all in it to a directory of the server; what is equal already is not sent again. Rejects
   * with a `FtpMirrorIncomplete` if anything could not be copied, after the rest was.
   */
  readonly uploadTree: (
    localPath: string,
    path: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
  /** Copies a directory of the server with all in it to a local folder: see `uploadTree`. */
  readonly downloadTree: (
    path: string,
    localPath: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
}

const clientService = (context: Context.Context<NodeFtp.NodeFtp>): ClientService => {
  const { sink: _sink, withSession: _withSession, ...client } = Context.get(context, FtpClient.FtpClient)
  return {
    ...client,
    download: (path, options) => Stream.provideContext(client.download(path, options), context),
    upload: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.upload(path, source, options), context)),
    append: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.append(path, source, options), context)),
    toFile: (path, localPath, options) => Effect.provide(client.toFile(path, localPath, options), context),
    fromFile: (localPath, path, options) => Effect.provide(client.fromFile(localPath, path, options), context),
    uploadTree: (localPath, path, options) => Effect.provide(FtpMirror.uploadTree(localPath, path, options), context),
    downloadTree: (path, localPath, options) =>
      Effect.provide(FtpMirror.downloadTree(path, localPath, options), context)
  }
}

/** `FtpSession`, its transfers as bytes that come and go. */
interface SessionService extends Omit<FtpSession.FtpSession, "receive" | "transmit"> {
  /** A transfer to us (RETR, LIST, NLST): its bytes. Leaving early is legal. */
  readonly receive: (command: Command, options?: FtpSession.TransferOptions) => Stream.Stream<Uint8Array, DataError>
  /** A transfer to the server (STOR, APPE, STOU) of all the bytes of `from`; returns how many the server confirmed. */
  readonly transmit: (
    command: Command,
    from: Uploadable,
    options?: Parameters<FtpSession.FtpSession["transmit"]>[2]
  ) => Effect.Effect<number, unknown>
}

const sessionService = (session: FtpSession.FtpSession): SessionService => ({
  ...session,
  receive: (command, options) =>
    Stream.unwrapScoped(Effect.map(session.receive(command, options), FtpSession.toStream)),
  transmit: (command, from, options) =>
    Source.upload(from, (source) =>
      Effect.scoped(Effect.flatMap(source.open(0), (pull) => session.transmit(command, pull, options)))
    )
})
