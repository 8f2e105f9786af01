/**
 * One login on one server: one command, or one transfer, at a time.
 *
 *     dial ──► greeting ──► secure ──► log in ──► negotiate ──► ready ──► QUIT, when its scope closes
 *        └──────┴─────────────┴───────────┴────────────┴── any failure: closed, nothing left behind
 *
 * The dialogues are the files of this folder. A session is `reusable` when its control channel is in step and the
 * server's state for it is as after the login: the pool asks before it lends it again. Floors above reconnect, retry
 * and resume.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type {
  CommandError,
  DataError,
  FtpConnectionLost,
  FtpListingError,
  FtpRejected,
  OpenError
} from "../base/FtpError.ts"
import type { Pull } from "../base/FtpSource.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as ServerCapabilities from "../base/serverCapabilities.ts"
import { FtpDataChannel } from "../data/FtpDataChannel.ts"
import type { FtpTransport } from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpCharset } from "../protocol/FtpCharset.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"
import * as Listing from "../protocol/Listing.ts"
import type { DateOrder } from "../protocol/listing/NumericDate.ts"
import type * as Reply from "../protocol/Reply.ts"
import type { FtpSecurity } from "../security/FtpSecurity.ts"
import * as Connect from "./connect.ts"
import * as SessionContext from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import type * as DataTransfer from "./dataTransfer.ts"
import * as Directory from "./directory.ts"
import type * as Express from "./express.ts"
import * as ExpressRetrieve from "./expressRetrieve.ts"
import * as ExpressStore from "./expressStore.ts"
import * as File from "./file.ts"
import * as Hash from "./hash.ts"
import type { ListOptions } from "./list.ts"
import * as List from "./list.ts"
import * as Login from "./login.ts"
import * as Making from "./making.ts"
import * as NamesCharset from "./namesCharset.ts"
import * as Negotiate from "./negotiate.ts"
import * as Receive from "./receive.ts"
import * as Removal from "./removal.ts"
import * as Stat from "./stat.ts"
import * as Times from "./times.ts"
import * as Transmit from "./transmit.ts"

export type { ServerCapabilities } from "../base/serverCapabilities.ts"
export type { DialectName } from "../protocol/Listing.ts"
export type { DateOrder } from "../protocol/listing/NumericDate.ts"
export type { TransferOptions } from "./dataTransfer.ts"
export type { Expected } from "./directory.ts"
export type { OnMoved } from "./express.ts"
export type { Small } from "./expressRetrieve.ts"
export type { Stored } from "./expressStore.ts"
export type { ListOptions } from "./list.ts"
export type { Incoming } from "./receive.ts"
export type { Removal } from "./removal.ts"
export type { TransmitOptions } from "./transmit.ts"

/**
 * A directory as it was listed: the entries, and how many lines could not be read. Never none of both unless the
 * directory is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listed {
  readonly entries: ReadonlyArray<FtpEntry>
  /** The first hundred lines that could not be read, each cut after 200 characters. */
  readonly unread: ReadonlyArray<string>
  readonly unreadCount: number
  /**
   * How the lines were read: `"Mlsx"`, or a dialect of LIST. `"Names"` is the last resort where none of them can be
   * read: names by NLST, types by CWD and sizes by SIZE, without any other fact; what is no directory and has no size
   * is an `"Other"`. `None` if there are no entries.
   */
  readonly dialect: Option.Option<string>
}

/**
 * One logged-in session. Paths are as the server takes them: absolute, or relative to the login directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpSession {
  readonly endpoint: Endpoint.FtpEndpoint
  readonly greeting: Reply.Reply
  /** What FEAT said after the login; empty if the server has no FEAT, which proves nothing (RFC 2389 §3.2). */
  readonly features: Features.Features
  /** Sends one command; a 4yz or 5yz is a `FtpRejected`. */
  readonly run: (command: Command.Command) => Effect.Effect<Reply.Reply, CommandError>
  /**
   * A transfer to us (RETR, MLSD, LIST, NLST). It ends with the scope: leaving before the end is legal, resets the data
   * connection, and costs the session if the server does not settle in time.
   */
  readonly receive: (
    command: Command.Command,
    options?: DataTransfer.TransferOptions
  ) => Effect.Effect<Receive.Incoming, DataError, Scope.Scope>
  /**
   * All bytes of a small file, whose `size` in bytes the server has reported, and its time if that is asked for, in one
   * step without guards. `"Long"` if the session, the server or the transport doesn't allow that, the file has another
   * size, or anything went wrong: then `receive` is to be used, which knows why. It fails only with a 550.
   */
  readonly retrieveSmall: (
    path: string,
    size: number,
    wantsTime: boolean,
    onMoved?: Express.OnMoved
  ) => Effect.Effect<ExpressRetrieve.Small | "Long", FtpRejected | FtpConnectionLost>
  /**
   * A STOR of few bytes in the same way, and the reply to SIZE, which is no other size. After `"Long"` the server may
   * have any part of them.
   */
  readonly storeSmall: (
    path: string,
    bytes: Uint8Array,
    onMoved?: Express.OnMoved
  ) => Effect.Effect<ExpressStore.Stored | "Long">
  /** A transfer to the server (STOR, APPE, STOU); returns the bytes sent once the server confirmed them. */
  readonly transmit: <E, R>(
    command: Command.Command,
    pull: Pull<E, R>,
    options?: Transmit.TransmitOptions
  ) => Effect.Effect<number, DataError | E, R>
  /** `""` is the current directory. Links are not followed; `.` and `..` are left out. */
  readonly list: (path: string, options?: ListOptions) => Effect.Effect<Listed, DataError | FtpListingError>
  readonly stat: (path: string) => Effect.Effect<FtpEntry, DataError | FtpListingError>
  /** In bytes (RFC 3659 §4). */
  readonly size: (path: string) => Effect.Effect<number, CommandError>
  /** RFC 3659 §3. */
  readonly modified: (path: string) => Effect.Effect<FtpTime, CommandError>
  /**
   * Of the first of these files, at least one: as many as go into one burst; `None` if one is not told. `None` for all of
   * them, without a question, if the server bears no bursts or has no MDTM.
   */
  readonly modifiedFirst: (
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Option.Option<FtpTime>>, CommandError>
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, CommandError>
  /**
   * Fails with `FtpRejected` `Unsupported` if the server is known to have no command that sets times. `unusedPath` is the
   * path of a file that is not there. A server that shows it only by trying may still refuse `setModified`.
   */
  readonly expectSetsModified: (unusedPath: string, at: DateTime.Utc) => Effect.Effect<void, CommandError>
  /**
   * The server's hash of all of a file, by the algorithm given, else by the best that it lists. It is computed while we
   * wait, at most for the `hash` timeout. A server that can't is a `FtpRejected` `Unsupported`.
   */
  readonly hash: (path: string, algorithm?: Algorithm) => Effect.Effect<Digest, CommandError>
  readonly chmod: (path: string, mode: number) => Effect.Effect<void, CommandError>
  readonly removeFile: (path: string) => Effect.Effect<void, CommandError>
  readonly removeDirectory: (path: string) => Effect.Effect<void, CommandError>
  /**
   * Removes the first of several files, or of empty directories, as many as the server takes in one round trip, and
   * returns what became of each: at least one.
   */
  readonly removeFirst: (
    kind: "Files" | "Directories",
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Removal.Removal>, CommandError>
  /** Returns the path as the server names it, or as given if the reply has none. */
  readonly makeDirectory: (path: string) => Effect.Effect<string, CommandError>
  /**
   * Makes the first of several directories, as many as the server takes in one round trip, and returns which of them it
   * has made: at least one. None is if the server takes no commands together.
   */
  readonly makeFirst: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>, CommandError>
  readonly isDirectory: (path: string) => Effect.Effect<boolean, CommandError>
  /**
   * The path of a directory as the server names it from inside (CWD, PWD). Servers that resolve links (vsftpd,
   * Pure-FTPd) name the directory that a link leads to; others name the path that was asked for. `expected` is returned
   * if the reply can mean it: servers quote names in several ways.
   */
  readonly resolveDirectory: (path: string, expected: string) => Effect.Effect<string, CommandError>
  /**
   * The same for the first of several directories, as many as the server takes in one round trip. `None` where
   * `resolveDirectory` has to be asked.
   */
  readonly resolveDirectories: (
    directories: ReadonlyArray<Directory.Expected>
  ) => Effect.Effect<ReadonlyArray<Option.Option<string>>, CommandError>
  readonly rename: (from: string, to: string) => Effect.Effect<void, CommandError>
  readonly workingDirectory: Effect.Effect<string, CommandError>
  /** Whether its state on the server is that after the login, and no reply is pending, without asking the server. */
  readonly pristine: Effect.Effect<boolean>
  /**
   * Whether the next borrower would find it as after the login: `pristine`, and in step. If the server has sent a reply
   * too many, it is asked by a NOOP whether another one is to come.
   */
  readonly reusable: Effect.Effect<boolean>
  /** Notes, for later transfers and the profile, whether a download began where it was asked to: the bytes show it. */
  readonly learnRestart: (works: boolean) => void
  /** Whether it is `reusable` by what is known here: false also where the server would have to be asked. */
  readonly isReusable: () => boolean
  /** Whether the server closed or reset the control connection, without a 421. */
  readonly closedByServer: Effect.Effect<boolean>
  /** Waits, at most for the `settle` timeout, for pending replies of interrupted commands. */
  readonly settle: Effect.Effect<boolean>
}

/**
 * A format of LIST. `"Unix"` has many relatives, classic Macintosh servers among them; `"Dos"` is that of Windows, IIS
 * and Windows CE too.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = Listing.DialectName

/**
 * All formats of LIST.
 *
 * @since 0.1.0
 * @category constants
 */
export const dialects: ReadonlyArray<Dialect> = Listing.dialectNames

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoint: Endpoint.FtpEndpoint
  /**
   * The charset of names on a server that does not speak UTF-8. It is asked not to. Default that of a profile, else
   * UTF-8, where other bytes of a name are kept as lone surrogates (U+DC00 + byte).
   */
  readonly charset?: FtpCharset | undefined
  /** Where the times of LIST are read (MLSD and MDTM are in UTC). Default what MDTM shows, else UTC. */
  readonly zone?: DateTime.TimeZone | undefined
  /** The format of LIST, if its lines alone do not show it. Default the lines decide. It does not matter to MLSD. */
  readonly dialect?: Dialect | undefined
  /**
   * How dates of numbers in LIST (`04-05-23`) are read, if neither the listing nor an earlier one of this server shows
   * it. Such times have `guess: "DayOrMonth"`. Default the month first, or the day if there are dots between.
   */
  readonly dateOrder?: DateOrder | undefined
  /** What other sessions learned about this server. Default nothing. */
  readonly capabilities?: ServerCapabilities.ServerCapabilities | undefined
}

/**
 * Dials, secures, logs in and negotiates. The session lives as long as the scope, which says QUIT and closes it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (options: Options) {
  const { endpoint } = options
  const timeouts = yield* FtpTimeouts
  const dataChannel = yield* FtpDataChannel
  const capabilities = options.capabilities ?? ServerCapabilities.make()
  const names = NamesCharset.make(capabilities.listing, options.charset)
  const { control, protection, ready } = yield* Connect.connect(endpoint, capabilities, names.codec)
  yield* Login.login({ control, endpoint, capabilities })
  yield* protection.onLogin({ control, capabilities })
  const context: SessionContext.SessionContext = {
    endpoint,
    control,
    dataChannel,
    protection,
    capabilities,
    timeouts,
    names,
    zone: options.zone,
    dialect: options.dialect,
    dateOrder: options.dateOrder,
    features: Features.empty,
    state: SessionContext.makeState()
  }
  yield* Negotiate.negotiate(context)
  yield* ready
  yield* Effect.addFinalizer(() => Connect.quit(control, timeouts.quit))
  return fromContext(context)
})

/**
 * Dials and secures as `make` does, and says QUIT without a login: so that a server that is down, or not the expected
 * one, is known before a person is asked for a password. The user of the endpoint is for messages only.
 *
 * @since 0.1.0
 * @category constructors
 */
export const greet = (endpoint: Endpoint.FtpEndpoint): Effect.Effect<void, OpenError, FtpTransport | FtpSecurity> =>
  Effect.scoped(
    Effect.gen(function* () {
      const timeouts = yield* FtpTimeouts
      const { control } = yield* Connect.connect(endpoint, ServerCapabilities.make())
      yield* Connect.quit(control, timeouts.quit)
    })
  )

const fromContext = (context: SessionContext.SessionContext): FtpSession => ({
  endpoint: context.endpoint,
  greeting: context.control.greeting,
  features: context.features,
  run: (command) => SessionContext.run(context, command),
  receive: (command, options) => Receive.receive(context, command, options),
  retrieveSmall: (path, size, wantsTime, onMoved) => ExpressRetrieve.retrieve(context, path, size, wantsTime, onMoved),
  storeSmall: (path, bytes, onMoved) => ExpressStore.store(context, path, bytes, onMoved),
  transmit: (command, pull, options) => Transmit.transmit(context, command, pull, options),
  list: (path, options) => List.list(context, path, options),
  stat: (path) => Stat.stat(context, path),
  size: (path) => File.size(context, path),
  modified: (path) => File.modified(context, path),
  modifiedFirst: (paths) => Times.modifiedFirst(context, paths),
  setModified: (path, at) => File.setModified(context, path, at),
  expectSetsModified: (unusedPath, at) => File.expectSetsModified(context, unusedPath, at),
  hash: (path, algorithm) => Hash.hash(context, path, algorithm),
  chmod: (path, mode) => File.setMode(context, path, mode),
  removeFile: (path) => File.remove(context, path),
  removeDirectory: (path) => Directory.removeDirectory(context, path),
  removeFirst: (kind, paths) => Removal.removeFirst(context, kind, paths),
  makeDirectory: (path) => Directory.makeDirectory(context, path),
  makeFirst: (paths) => Making.makeFirst(context, paths),
  isDirectory: (path) => Directory.isDirectory(context, path),
  resolveDirectory: (path, expected) => Directory.resolveDirectory(context, path, expected),
  resolveDirectories: (directories) => Directory.resolveDirectories(context, directories),
  rename: (from, to) => File.rename(context, from, to),
  workingDirectory: Directory.workingDirectory(context),
  pristine: pristine(context),
  isReusable: () => isUnchanged(context) && context.control.isInStep(),
  reusable: Effect.if(pristine(context), {
    onTrue: () => context.control.inStep,
    onFalse: () => Effect.succeed(false)
  }),
  learnRestart: (works) => context.capabilities.set("REST", works),
  closedByServer: context.control.closedByPeer,
  // A transfer that is still open here was given up: it has been waited for already.
  settle: Effect.suspend(() =>
    context.state.transferOpen ? Effect.succeed(false) : context.control.settle(context.timeouts.settle)
  )
})

const pristine = (context: SessionContext.SessionContext): Effect.Effect<boolean> =>
  Effect.map(context.control.settled, (settled) => settled && isUnchanged(context))

const isUnchanged = (context: SessionContext.SessionContext): boolean =>
  SessionContext.isPristine(context.state) && DataAfterReset.mayBeLent(context)

/**
 * The bytes of a transfer as a stream of chunks that the consumer may keep. One scope, the caller's, holds the
 * transfer.
 *
 * @since 0.1.0
 * @category combinators
 */
export const toStream = (incoming: Receive.Incoming): Stream.Stream<Uint8Array, DataError> =>
  Stream.repeatEffectOption(
    Effect.matchEffect(incoming.read, {
      onFailure: (error) => Effect.fail(Option.some(error)),
      onSuccess: Option.match({
        onNone: () => Effect.fail(Option.none()),
        onSome: (bytes) => Effect.succeed(bytes.slice())
      })
    })
  )
