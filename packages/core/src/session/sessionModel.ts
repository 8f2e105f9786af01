/**
 * What a session offers, and what it answers.
 */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../base/FtpEndpoint.ts"
import type { CommandError, DataError, FtpConnectionLost, FtpListingError, FtpRejected } from "../base/FtpError.ts"
import type { Pull } from "../base/FtpSource.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Features from "../protocol/Features.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"
import type { Syntax } from "../protocol/NativePath.ts"
import type * as Reply from "../protocol/Reply.ts"
import type * as DataTransfer from "./dataTransfer.ts"
import type * as ExpressFinish from "./expressFinish.ts"
import type * as ExpressRetrieve from "./expressRetrieve.ts"
import type * as ExpressStore from "./expressStore.ts"
import type { ListOptions } from "./list.ts"
import type * as Receive from "./receive.ts"
import type * as Removal from "./removal.ts"
import type { TimeSet } from "./setTimes.ts"
import type { Dated, ShownTimes } from "./shownTimes.ts"
import type * as Together from "./together.ts"
import type * as Transmit from "./transmit.ts"
import type * as Visits from "./visits.ts"
import type { Whereabouts } from "./whereabouts.ts"

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
  /**
   * Whether names that begin with a dot may be missing, as the server was busy each time that it was asked for them: another
   * listing may have them. Default false.
   */
  readonly mayLackHidden?: boolean | undefined
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
  /**
   * Sends one command; a 4yz or 5yz is a `FtpRejected`.
   *
   * @example
   * ```ts
   * import type { FtpSession } from "@ftp-effect/core/FtpSession"
   * import * as Command from "@ftp-effect/core/protocol/Command"
   *
   * declare const session: FtpSession
   * const status = session.run(Command.raw("STAT"))
   * ```
   */
  readonly run: (command: Command.Command) => Effect.Effect<Reply.Reply, CommandError>
  /**
   * A transfer to us (RETR, MLSD, LIST, NLST). It ends with the scope: leaving before the end is legal, resets the data
   * connection, and costs the session if the server does not settle in time.
   *
   * @example
   * ```ts
   * import * as FtpSession from "@ftp-effect/core/FtpSession"
   * import * as Command from "@ftp-effect/core/protocol/Command"
   * import * as Effect from "effect/Effect"
   * import * as Stream from "effect/Stream"
   *
   * declare const session: FtpSession.FtpSession
   * const bytes = Stream.unwrapScoped(Effect.map(session.receive(Command.retr("a")), FtpSession.toStream))
   * ```
   */
  readonly receive: (
    command: Command.Command,
    options?: DataTransfer.TransferOptions
  ) => Effect.Effect<Receive.Incoming, DataError, Scope.Scope>
  /**
   * Asks for the port of a small transfer that is expected to be the next thing done on this session, so that its data
   * connection is dialled at once. Nothing is lost but the port if something else is done.
   *
   * @since 0.1.0
   */
  readonly askPort: Effect.Effect<void, CommandError>
  /**
   * All bytes of a small file, whose `size` in bytes the server has reported, and its time if that is asked for, in one
   * step without guards. `"Long"` if the session, the server or the transport doesn't allow that, the file has another
   * size, or anything went wrong: then `receive` is to be used, which knows why. An error is that of a 550. A caller who
   * can't be interrupted hands down its mask: then it begins at the call. With `next` many files are fetched in one step.
   */
  readonly retrieveSmall: (
    file: ExpressRetrieve.RetrieveFile,
    options?: ExpressRetrieve.RetrieveOptions
  ) => Effect.Effect<ExpressRetrieve.Small | FtpRejected | FtpConnectionLost | "Long">
  /**
   * A STOR of few bytes in the same way, and the reply to SIZE, which is no other size; a time and a new name, if they
   * are wanted. After `"Long"` the server may have any part of them, under the name that they were sent to. With `next` many
   * files are sent in one step, one after the other; what it says is said of the last one.
   */
  readonly storeSmall: (
    file: ExpressStore.StoreFile,
    options?: ExpressStore.StoreOptions
  ) => Effect.Effect<ExpressFinish.Stored | "Long">
  /**
   * The command that sets a file's time, if one is known to work; `"Unsupported"` if it is known that none does, and
   * `"Unknown"` before one was tried.
   */
  readonly timeCommand: (path: string, at: DateTime.Utc) => Command.Command | "Unsupported" | "Unknown"
  /**
   * A transfer to the server (STOR, APPE, STOU); returns the bytes sent once the server confirmed them. The first pull is
   * made when the server has accepted the command, and STOR has emptied the file by then: `FtpSource.ahead` makes one
   * before.
   *
   * @example
   * ```ts
   * import type { FtpSession } from "@ftp-effect/core/FtpSession"
   * import * as FtpSource from "@ftp-effect/core/FtpSource"
   * import * as Command from "@ftp-effect/core/protocol/Command"
   * import * as Effect from "effect/Effect"
   *
   * declare const session: FtpSession
   * const store = Effect.scoped(
   *   Effect.flatMap(FtpSource.fromString("hello").open(0), (pull) => session.transmit(Command.stor("a"), pull))
   * )
   * ```
   */
  readonly transmit: <E, R>(
    command: Command.Command,
    pull: Pull<E, R>,
    options?: Transmit.TransmitOptions
  ) => Effect.Effect<number, DataError | E, R>
  /** `""` is the current directory. Links are not followed; `.` and `..` are left out. */
  readonly list: (path: string, options?: ListOptions) => Effect.Effect<Listed, DataError | FtpListingError>
  /**
   * The same, with entries given to `deliver` as they arrive, in the order of the listing; a slow one holds the server
   * back. Those that were not delivered are returned, with what is known at the end. All of them are returned if
   * something about the server has to be found out by the whole listing, as by the first one, or if its format shows
   * at its end how it is to be read. If it fails, entries may have been delivered. See `entries` for a stream.
   */
  readonly listInto: (
    path: string,
    deliver: (entries: ReadonlyArray<FtpEntry>) => Effect.Effect<void>,
    options?: ListOptions
  ) => Effect.Effect<Listed, DataError | FtpListingError>
  /** With `isUnlisted`, the parent is not listed for it: the caller has just done so, and the listing lacks the path. */
  readonly stat: (
    path: string,
    options?: { readonly isUnlisted?: boolean | undefined }
  ) => Effect.Effect<FtpEntry, DataError | FtpListingError>
  /** In bytes (RFC 3659 §4). */
  readonly size: (path: string) => Effect.Effect<number, CommandError>
  /**
   * Of a file that was just uploaded by this command, in bytes; `None` if the reply has no number. A refusal that may be the
   * upload's own, sent after an early success, fails as one of the upload.
   */
  readonly storedSize: (upload: Command.Command, path: string) => Effect.Effect<Option.Option<number>, CommandError>
  /** RFC 3659 §3. */
  readonly modified: (path: string) => Effect.Effect<FtpTime, CommandError>
  /**
   * Of the first of these files, at least one: as many as go into one burst; `None` if one is not told. `None` for all of
   * them, without a question, if the server bears no bursts or has no MDTM.
   */
  readonly modifiedFirst: (
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Option.Option<FtpTime>>, CommandError>
  /**
   * The same for sizes in bytes, by SIZE.
   *
   * @since 0.1.0
   */
  readonly sizesFirst: (
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Option.Option<number>>, CommandError>
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, CommandError>
  /**
   * The same for the first of these files, at least one: as many as go into one burst, after one of its own if no command is
   * known to set times. None is tried, and all of them are `"Unknown"`, if the server bears no bursts.
   *
   * @since 0.1.0
   */
  readonly setModifiedFirst: (
    files: ReadonlyArray<{ readonly path: string; readonly at: DateTime.Utc }>
  ) => Effect.Effect<ReadonlyArray<TimeSet>, CommandError>
  /**
   * Fails with `FtpRejected` `Unsupported` if the server is known to have no command that sets times. `unusedPath` is the
   * path of a file that is not there. A server that shows it only by trying may still refuse `setModified`.
   */
  readonly expectSetsModified: (unusedPath: string, at: DateTime.Utc) => Effect.Effect<void, CommandError>
  /**
   * Whether a server that lists MFMT does not refuse it. If it has done neither yet, the first of these files, at least one, are
   * given the times that they have, in one burst. One that another client has written meanwhile has its new time afterwards.
   *
   * @since 0.1.0
   */
  readonly showsSetsModified: (files: ReadonlyArray<Dated>) => Effect.Effect<ShownTimes, CommandError>
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
  /** Whether it can be entered. On a server without PWD there is no way back: the session ends if it is. */
  readonly isDirectory: (path: string) => Effect.Effect<boolean, CommandError>
  /**
   * Whether the path is a directory, or a link to one, as `stat` and `isDirectory` find it, in fewer round trips. Fails
   * if it is missing.
   *
   * @since 0.1.0
   */
  readonly leadsToDirectory: (path: string) => Effect.Effect<boolean, DataError | FtpListingError>
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
    directories: ReadonlyArray<Visits.Expected>
  ) => Effect.Effect<ReadonlyArray<Option.Option<string>>, CommandError>
  /** Runs something in a directory (CWD), and returns from there; the session ends if there is no way back. */
  readonly inDirectory: <A, E, R>(path: string, use: Effect.Effect<A, E, R>) => Effect.Effect<A, E | CommandError, R>
  readonly rename: (from: string, to: string) => Effect.Effect<void, CommandError>
  /**
   * Renames the first of several files, as many as the server takes in one round trip, and returns what became of each: at
   * least one. None is tried if the server bears no bursts.
   *
   * @since 0.1.0
   */
  readonly renameFirst: (
    names: ReadonlyArray<{ readonly from: string; readonly to: string }>
  ) => Effect.Effect<ReadonlyArray<Together.Renamed>, CommandError>
  /**
   * Type, size and time of the first of several files, as many as the server answers in one round trip: at least one.
   * `None` where `stat` has to be asked.
   *
   * @since 0.1.0
   */
  readonly factsFirst: (
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Option.Option<Together.Facts>>, CommandError>
  /**
   * How the server writes a path that is to be taken apart. The server is asked, once, only if the path could be one of
   * OpenVMS or z/OS.
   *
   * @since 0.1.0
   */
  readonly syntaxOf: (path: string) => Effect.Effect<Syntax, CommandError>
  /**
   * The same for the root of a tree: what is joined to it has the names of that system. The server is asked, once, unless
   * FEAT or an earlier reply has shown it, or the path begins with a slash.
   *
   * @since 0.1.0
   */
  readonly treeSyntaxOf: (root: string) => Effect.Effect<Syntax, CommandError>
  readonly workingDirectory: Effect.Effect<string, CommandError>
  /**
   * The login directory, and where `path` leads: as `workingDirectory` and `resolveDirectory` say it, in one round trip
   * where the server bears that, with what a listing of the path has to ask.
   *
   * @since 0.1.0
   */
  readonly whereabouts: (path: string) => Effect.Effect<Whereabouts, CommandError>
  /** Whether its state on the server is that after the login, and no reply is pending, without asking the server. */
  readonly pristine: Effect.Effect<boolean>
  /**
   * Whether the next borrower would find it as after the login: `pristine`, and in step. If the server has sent a reply
   * too many, it is asked by a NOOP whether another one is to come.
   */
  readonly reusable: Effect.Effect<boolean>
  /** Notes, for later transfers and the profile, whether a download began where it was asked to: the bytes show it. */
  readonly learnRestart: (works: boolean) => void
  /** Whether the server begins at an offset, as counted bytes have shown in the life of the pool. */
  readonly obeysRestart: () => "Unknown" | "Works" | "Fails"
  /** Notes what a count of bytes has shown of it. */
  readonly learnObeysRestart: (works: boolean) => void
  /** Whether it is `reusable` by what is known here: false also where the server would have to be asked. */
  readonly isReusable: () => boolean
  /** Whether the server closed or reset the control connection, without a 421. */
  readonly closedByServer: Effect.Effect<boolean>
  /** How many commands were sent, and how many of them have had their final reply; the greeting counts as one. */
  readonly counts: () => { readonly sent: number; readonly answered: number }
  /** Waits, at most for the `settle` timeout, for pending replies of interrupted commands. */
  readonly settle: Effect.Effect<boolean>
}
