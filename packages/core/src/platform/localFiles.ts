/** What a platform has to provide for local files in transfers; public as `FtpLocalFile`'s. */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Platform } from "../protocol/RemotePath.ts"
import type { FtpLocalFileError } from "./localFileError.ts"

/**
 * How a file is opened for writing.
 *
 * @since 0.1.0
 * @category models
 */
export type WriteMode = "Exclusive" | "Truncate" | "Continue" | "Existing"

/**
 * An open local file for writing, closed by its scope; the scope waits for a write in flight before it closes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Writer {
  /** Writes all the bytes at `position` (bytes from the start). The bytes may be reused once it completes. */
  readonly write: (bytes: Uint8Array, position: number) => Effect.Effect<void, FtpLocalFileError>
  /** Cuts or extends the file to `size` bytes. */
  readonly truncate: (size: number) => Effect.Effect<void, FtpLocalFileError>
  /** Completes when the bytes are on the disk (fsync). */
  readonly sync: Effect.Effect<void, FtpLocalFileError>
  readonly setModified: (at: DateTime.Utc) => Effect.Effect<void, FtpLocalFileError>
  /** Sets the permission bits; `None` for those of any new file of this process. */
  readonly setMode: (mode: Option.Option<number>) => Effect.Effect<void, FtpLocalFileError>
  readonly id: Effect.Effect<Option.Option<FileId>, FtpLocalFileError>
  /**
   * Closes the file before its scope does. Some file systems (NFS, FUSE) only now say that there was no room for what
   * was written; it fails then, if the platform passes it on.
   */
  readonly close: Effect.Effect<void, FtpLocalFileError>
}

/**
 * An open local file for reading, closed by its scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reader {
  /** In bytes, when it was opened. */
  readonly size: number
  readonly modified: Option.Option<DateTime.Utc>
  /** Whether no other user can have written it: see `OwnInfo`. */
  readonly isPrivate: boolean
  /** Which file was opened, if the platform has ids. */
  readonly id?: FileId | undefined
  /** See `LocalEntry`. Default no. */
  readonly isDoubtfulLink?: boolean | undefined
  /**
   * The next bytes in order from the offset that the file was opened at, or `None` at the end. The buffer is lent until
   * the next call. Reads ahead if the platform can.
   */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, FtpLocalFileError>
}

/**
 * What a local name stands for.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalInfo {
  readonly type: "File" | "Directory" | "Other"
  readonly size: number
  readonly modified: Option.Option<DateTime.Utc>
  /** The permission bits, if the platform has them. */
  readonly mode: Option.Option<number>
  /** Which file it is, if the platform has ids: of a link, what it leads to. */
  readonly id?: FileId | undefined
  /** See `LocalEntry`. Default no. */
  readonly isDoubtfulLink?: boolean | undefined
}

/**
 * Which file of the machine it is, whatever its name. Some file systems get another device number at each boot.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileId {
  readonly device: number
  readonly inode: number
  /**
   * When anything of it last changed, its links and permissions too (ctime), in millis since 1970, if the platform knows. No
   * user can set it: a file that has got the number of one that was removed has a later time.
   */
  readonly changed?: number | undefined
}

/**
 * The file, directory or link that has a local name; a link is not followed.
 *
 * @since 0.1.0
 * @category models
 */
export interface OwnInfo {
  readonly size: number
  readonly id: Option.Option<FileId>
  /**
   * Whether no other user can have put it there or written it: a regular file of our own user, without another hard
   * link, that only its owner may write, as far as the platform reports.
   */
  readonly isPrivate: boolean
}

/**
 * A file that is written at once: under another name, which begins with `partialFile`, and renamed to `path`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WholeFile {
  readonly path: string
  readonly partialFile: string
  readonly bytes: Uint8Array
  readonly modified: Option.Option<DateTime.Utc>
  /** The permission bits; `None` for those of any new file of this process. */
  readonly mode: Option.Option<number>
  /** With `"Fail"`, a file that exists by then is `AlreadyExists`. */
  readonly existing: "Replace" | "Fail"
  /** `"Synced"`: it is on the disk before it is renamed. */
  readonly durability: "Written" | "Synced"
}

/**
 * What a directory has under one name; a link is not followed. `size` in bytes, of regular files.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalEntry {
  readonly name: string
  readonly type: "File" | "Directory" | "SymbolicLink" | "Other"
  readonly size: number
  readonly modified: Option.Option<DateTime.Utc>
  /** Which file it is, if the platform has ids. */
  readonly id?: FileId | undefined
  /**
   * Whether another user who can write to its directory can have made it as a hard link to a file that he can't read: it
   * has another name, not all users may read it, and the system lets users make such links. Default no.
   */
  readonly isDoubtfulLink?: boolean | undefined
}

/**
 * A directory that was read where its path says: see `LocalDirectories.readInPlace`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectoryInPlace {
  /** In no fixed order. What vanishes meanwhile is left out. */
  readonly entries: ReadonlyArray<LocalEntry>
  /** Whether no other user can change what it has. */
  readonly isPrivate: boolean
}

/**
 * Who is notified of changes below a directory. Paths are relative to it, with `/`; `""` is the directory itself, or a change
 * of which nothing more is known. The calls must be quick and must not throw.
 *
 * - `changed`: something was made, written, renamed or removed there
 * - `failed`: what changes from now on may not be reported
 * - `enter`: whether a directory is looked into; changes in others may be reported all the same
 *
 * @since 0.1.0
 * @category models
 */
export interface WatchListener {
  readonly changed: (path: string) => void
  readonly failed: (error: FtpLocalFileError) => void
  readonly enter: (directory: string) => boolean
}

/**
 * Local directories, for whole trees.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalDirectories {
  /** What is in a directory, in no fixed order. What vanishes meanwhile is left out. Fails if it is none. */
  readonly read: (path: string) => Effect.Effect<ReadonlyArray<LocalEntry>, FtpLocalFileError>
  /**
   * As `read`, for a path in the form of `realPath`. All entries are of the one directory that had this path, without a link
   * on the way, whatever other users do with the path meanwhile. `None` if a link is on the way by now, or after any failure:
   * `read` finds out why. Without it, what is read is believed only of directories that are private.
   */
  readonly readInPlace?: ((path: string) => Effect.Effect<Option.Option<DirectoryInPlace>>) | undefined
  /**
   * Whether it is known that no other user can change what a directory has; follows links. Without it, it is not known. Each
   * file of a directory that is not private, and was not read in place, is asked for again before it is read.
   */
  readonly isPrivate?: ((path: string) => Effect.Effect<boolean, FtpLocalFileError>) | undefined
  /** Makes parents as needed; a directory that exists is success. */
  readonly make: (path: string) => Effect.Effect<void, FtpLocalFileError>
  /** Fails if it is not empty, or no directory. */
  readonly remove: (path: string) => Effect.Effect<void, FtpLocalFileError>
  /** The time of a file. */
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, FtpLocalFileError>
  /** The path without links, as the system names it. */
  readonly realPath: (path: string) => Effect.Effect<string, FtpLocalFileError>
  /** The target of a symbolic link, as it is written. */
  readonly readLink: (path: string) => Effect.Effect<string, FtpLocalFileError>
  /** Makes a symbolic link at `path`; its target need not be there. Fails with `AlreadyExists` if the name is taken. */
  readonly symlink: (target: string, path: string) => Effect.Effect<void, FtpLocalFileError>
  /**
   * Reports what changes in a directory and below it, until the scope closes. All that changes after it has succeeded is
   * reported, some of it more than once.
   */
  readonly watch: (path: string, listener: WatchListener) => Effect.Effect<void, FtpLocalFileError, Scope.Scope>
  /** The user's own directory, if there is one. */
  readonly home: string | undefined
  /** Which names files can have here. */
  readonly platform: Platform
  /** Whether names that differ only in case or Unicode form are the same file, as on macOS and Windows. */
  readonly foldsNames: boolean
}

/**
 * The shape of the service `FtpLocalFile`.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalFiles {
  /**
   * `"Exclusive"` fails if the name exists, also as a link; only the owner may read or write the file until `setMode`,
   * if the platform can do that. `"Continue"` opens what is there, or creates, without cutting it; `"Existing"` does
   * not create, and fails if the name is a link, if the platform can see that.
   */
  readonly openWriter: (path: string, mode: WriteMode) => Effect.Effect<Writer, FtpLocalFileError, Scope.Scope>
  readonly openReader: (path: string, offset: number) => Effect.Effect<Reader, FtpLocalFileError, Scope.Scope>
  /**
   * Writes a small file with as few calls of the file system as it takes. Succeeds with what could not be kept of it: its
   * time, its mode. To be run where it can't be interrupted, as it is not cut short. Without it, small files are written
   * as large ones are.
   */
  readonly writeWhole?:
    | ((file: WholeFile) => Effect.Effect<ReadonlyArray<FtpLocalFileError>, FtpLocalFileError>)
    | undefined
  /**
   * The same by a plain call, which calls `done` once, at once or later. Without it, each small file is written by an effect of
   * its own.
   *
   * @since 0.1.0
   */
  readonly writeAtOnce?:
    | ((
        file: WholeFile,
        done: (error: FtpLocalFileError | undefined, refused: ReadonlyArray<FtpLocalFileError>) => void
      ) => void)
    | undefined
  /**
   * All bytes of a small regular file that was found to be as `info` says; `None` if it has another size or time by now,
   * or can't be read. Without it, small files are read as large ones are.
   */
  readonly readWhole?: ((path: string, info: LocalInfo) => Effect.Effect<Option.Option<Uint8Array>>) | undefined
  /**
   * The same by a plain call, if that holds nobody up; else, and wherever `readWhole` gives `None`, it is `undefined`. Without it,
   * each small file is sent by an effect of its own.
   *
   * @since 0.1.0
   */
  readonly readAtOnce?: ((path: string, info: LocalInfo) => Uint8Array | undefined) | undefined
  /** `None` when nothing has that name. Follows links. */
  readonly info: (path: string) => Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError>
  /**
   * A text that differs for another file, and for other content as far as the system shows: its device and inode, size
   * and time, as precisely as they are known. `None` when nothing has that name, or if its time is not known. Follows
   * links.
   */
  readonly version: (path: string) => Effect.Effect<Option.Option<string>, FtpLocalFileError>
  /** `None` when nothing has that name. Does not follow links. */
  readonly ownInfo: (path: string) => Effect.Effect<Option.Option<OwnInfo>, FtpLocalFileError>
  /** Replaces the target in one step; with `"Fail"`, it fails with `AlreadyExists` of `to` if there is one, in one step too. */
  readonly rename: (from: string, to: string, existing?: "Replace" | "Fail") => Effect.Effect<void, FtpLocalFileError>
  /** Succeeds when the name does not exist. Files and links only. */
  readonly remove: (path: string) => Effect.Effect<void, FtpLocalFileError>
  readonly directories: LocalDirectories
  /**
   * Another text after each start of the system, or `None` if that is not known. What was written but not synced before
   * another start may have been lost in a power cut, and a file be as long as ever.
   */
  readonly boot: Effect.Effect<Option.Option<string>>
  /**
   * Holds a name for the scope, so that no two downloads write to one file. Fails with `InUse` if another one has it.
   * The claim of a process that has ended is ignored. If that can't be known, as for a process on another machine or in
   * another container, its claim is ignored after 5 minutes without a sign of life.
   */
  readonly claim: (path: string) => Effect.Effect<void, FtpLocalFileError, Scope.Scope>
}
