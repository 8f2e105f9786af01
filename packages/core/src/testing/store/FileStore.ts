/**
 * What a test server serves: files and directories under absolute, clean paths (`/a/b`, no `.`, `..` or empty
 * component). `MemoryStore` and `FolderStore` are the two there are.
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { TaggedError } from "../../protocol/taggedError.ts"

/**
 * A store said no. `path` is the path as the store was asked for it.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends TaggedError("StoreError")<{
  readonly reason:
    | "NotFound"
    | "NotADirectory"
    | "IsADirectory"
    | "NotRegular"
    | "AlreadyExists"
    | "NotEmpty"
    | "PermissionDenied"
    | "NoSpace"
    | "BadName"
    | "TooManyLinks"
    | "Other"
  readonly path: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.path}: ${REASON_TEXT[this.reason]}`
  }
}

/** The words of strerror(3), which is what most servers print. */
export const REASON_TEXT: { readonly [R in StoreError["reason"]]: string } = {
  NotFound: "No such file or directory",
  NotADirectory: "Not a directory",
  IsADirectory: "Is a directory",
  NotRegular: "Not a regular file",
  AlreadyExists: "File exists",
  NotEmpty: "Directory not empty",
  PermissionDenied: "Permission denied",
  NoSpace: "No space left on device",
  BadName: "Invalid argument",
  TooManyLinks: "Too many levels of symbolic links",
  Other: "Input/output error"
}

/**
 * What is known of one name. `modified` is in milliseconds since 1970 UTC, `mode` the lowest twelve bits, `unique`
 * equal for two names of one file, `linkTarget` there for a symbolic link only. What a store can't find out is
 * `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileInfo {
  readonly type: "File" | "Directory" | "SymbolicLink"
  readonly size: number
  readonly modified: number | undefined
  readonly mode: number
  readonly owner: string
  readonly group: string
  readonly unique: string | undefined
  readonly linkTarget?: string | undefined
}

/**
 * One name of a directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamedInfo {
  readonly name: string
  readonly info: FileInfo
}

/**
 * An open file. `pull` gives the next bytes, `None` at the end; the bytes are lent until the pull after the next one,
 * so that one chunk may be sent while the next is read.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreReader {
  readonly size: number
  readonly pull: Effect.Effect<Option.Option<Uint8Array>, StoreError>
}

/**
 * A file being written, in order from where it was opened. The bytes may be reused once `write` completes.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreWriter {
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, StoreError>
}

/**
 * Where a writer starts: an empty file, the end of what is there, or an offset in bytes. What lies after an offset
 * stays until it is overwritten. All three create what is missing.
 *
 * @since 0.1.0
 * @category models
 */
export type WriteFrom = "Truncate" | "Append" | number

/**
 * Marks a `FileStore`.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("@ftp-effect/core/testing/FileStore")

/**
 * Where the files of a server are.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileStore {
  readonly [TypeId]: typeof TypeId
  /** Follows symbolic links. */
  readonly stat: (path: string) => Effect.Effect<FileInfo, StoreError>
  /** Reports a symbolic link itself. */
  readonly lstat: (path: string) => Effect.Effect<FileInfo, StoreError>
  /**
   * The names of a directory in no order, without `.` and `..`; a symbolic link is reported as such. Each can stand in
   * a line: none holds CR, LF or NUL.
   */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<NamedInfo>, StoreError>
  readonly openReader: (path: string, offset: number) => Effect.Effect<StoreReader, StoreError, Scope.Scope>
  readonly openWriter: (path: string, from: WriteFrom) => Effect.Effect<StoreWriter, StoreError, Scope.Scope>
  readonly makeDirectory: (path: string) => Effect.Effect<void, StoreError>
  readonly removeFile: (path: string) => Effect.Effect<void, StoreError>
  /** Only an empty one. */
  readonly removeDirectory: (path: string) => Effect.Effect<void, StoreError>
  /** Makes a symbolic link; what it points to need not be there. */
  readonly makeLink: (path: string, target: string) => Effect.Effect<void, StoreError>
  /** Replaces a file of the new name. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, StoreError>
  readonly setModified: (path: string, millis: number) => Effect.Effect<void, StoreError>
  readonly setMode: (path: string, mode: number) => Effect.Effect<void, StoreError>
}

export const isFileStore = (value: object): value is FileStore => TypeId in value

/** Large enough that the cost of a step does not show, small enough to be fair among parallel transfers. */
export const BYTES_PER_CHUNK = 1024 * 1024

/** The bits of a mode that a store keeps: permissions, set-user-ID, set-group-ID, sticky. */
export const MODE_BITS = 0o7777
