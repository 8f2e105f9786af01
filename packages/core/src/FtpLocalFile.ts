/**
 * How local files are read and written in transfers: an axis of its own, as the fast way differs by platform
 * (`NodeFtpFile` has positional writes and reads ahead; `layerFileSystem` works over any platform's FileSystem).
 *
 * It does NOT choose names or decide when a file is whole: `FtpTransfer` does.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * A local file could not be used. `NoSpace` is a full disk or quota.
 *
 * @since 0.1.0
 * @category errors
 */
export class LocalFileError extends Schema.TaggedError<LocalFileError>("@ftp-effect/core/LocalFileError")(
  "LocalFileError",
  {
    reason: Schema.Literal("NotFound", "PermissionDenied", "AlreadyExists", "IsDirectory", "NoSpace", "Other"),
    operation: Schema.Literal("Open", "Read", "Write", "Sync", "Rename", "Remove", "Stat", "SetTime"),
    path: Schema.String,
    detail: Schema.String
  }
) {
  override get message(): string {
    return `${this.operation} of local file ${this.path} failed: ${this.detail}`
  }
}

/**
 * An open local file for writing, closed by its scope; the scope waits for a write in flight before it closes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Writer {
  /** Writes all the bytes at `position` (bytes from the start). The bytes may be reused once it completes. */
  readonly write: (bytes: Uint8Array, position: number) => Effect.Effect<void, LocalFileError>
  /** Cuts or extends the file to `size` bytes. */
  readonly truncate: (size: number) => Effect.Effect<void, LocalFileError>
  /** Completes when the bytes are on the disk (fsync). */
  readonly sync: Effect.Effect<void, LocalFileError>
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
  /**
   * The next bytes in order from the offset that the file was opened at, or `None` at the end. The buffer is lent until
   * the next call. Reads ahead where the platform can.
   */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, LocalFileError>
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
}

/**
 * Local files for transfers.
 *
 * @since 0.1.0
 * @category tags
 */
export class FtpLocalFile extends Context.Tag("@ftp-effect/core/FtpLocalFile")<
  FtpLocalFile,
  {
    /** `"Exclusive"` fails if the name exists; `"Continue"` opens what is there, or creates, without cutting it. */
    readonly openWriter: (
      path: string,
      mode: "Exclusive" | "Truncate" | "Continue"
    ) => Effect.Effect<Writer, LocalFileError, Scope.Scope>
    readonly openReader: (path: string, offset: number) => Effect.Effect<Reader, LocalFileError, Scope.Scope>
    /** `None` when nothing has that name. Follows links. */
    readonly info: (path: string) => Effect.Effect<Option.Option<LocalInfo>, LocalFileError>
    /** Replaces the target in one step. */
    readonly rename: (from: string, to: string) => Effect.Effect<void, LocalFileError>
    /** Succeeds when the name does not exist. Files only. */
    readonly remove: (path: string) => Effect.Effect<void, LocalFileError>
    readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, LocalFileError>
  }
>() {}
