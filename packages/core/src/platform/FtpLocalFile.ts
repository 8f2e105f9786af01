/**
 * How local files are read and written in transfers: an axis of its own, as the fast way differs by platform
 * (`NodeFtpFile` has positional writes and reads ahead; `layerFileSystem` works over any platform's FileSystem).
 *
 * `FtpTransfer` chooses names and decides when a file is complete.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * A local file could not be used. `NoSpace` is a full disk or quota; `InUse` is another download into it.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpLocalFileError extends Schema.TaggedError<FtpLocalFileError>("@ftp-effect/core/FtpLocalFileError")(
  "FtpLocalFileError",
  {
    reason: Schema.Literal("NotFound", "PermissionDenied", "AlreadyExists", "IsDirectory", "NoSpace", "InUse", "Other"),
    operation: Schema.Literal("Open", "Read", "Write", "Sync", "Close", "Rename", "Remove", "Stat", "SetTime"),
    path: Schema.String,
    detail: Schema.String
  }
) {
  override get message(): string {
    return `${this.operation} of local file ${this.path} failed: ${this.detail}`
  }
}

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
}

/**
 * Local files for transfers.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpLocalFile {
  /**
   * `"Exclusive"` fails if the name exists; `"Continue"` opens what is there, or creates, without cutting it;
   * `"Existing"` does so too, and fails if there is nothing.
   */
  readonly openWriter: (path: string, mode: WriteMode) => Effect.Effect<Writer, FtpLocalFileError, Scope.Scope>
  readonly openReader: (path: string, offset: number) => Effect.Effect<Reader, FtpLocalFileError, Scope.Scope>
  /** `None` when nothing has that name. Follows links. */
  readonly info: (path: string) => Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError>
  /** Replaces the target in one step; with `"Fail"` it fails (`AlreadyExists`) if the target exists. */
  readonly rename: (from: string, to: string, existing?: "Replace" | "Fail") => Effect.Effect<void, FtpLocalFileError>
  /** Succeeds when the name does not exist. Files only. */
  readonly remove: (path: string) => Effect.Effect<void, FtpLocalFileError>
  readonly setModified: (path: string, at: DateTime.Utc) => Effect.Effect<void, FtpLocalFileError>
  /**
   * Another text after each start of the system, or `None` if that is not known. What was written but not synced before
   * another start may have been lost in a power cut, and a file be as long as ever.
   */
  readonly boot: Effect.Effect<Option.Option<string>>
  /**
   * Holds a name for the scope, so that no two downloads write to one file. Fails with `InUse` where another one has
   * it. The claim of a process that has ended counts for nothing.
   */
  readonly claim: (path: string) => Effect.Effect<void, FtpLocalFileError, Scope.Scope>
}

/**
 * The tag of `FtpLocalFile`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpLocalFile: Context.Tag<FtpLocalFile, FtpLocalFile> = Context.GenericTag<FtpLocalFile>(
  "@ftp-effect/core/FtpLocalFile"
)

/** As large as the runs of a data connection. */
const BUFFER_BYTES = 1024 * 1024

/**
 * Local files over the FileSystem of whatever platform is provided. It neither reads ahead nor knows a full disk where
 * the platform does not say so, and its claims are known only to what shares the FileSystem; `NodeFtpFile.layer` does
 * all of it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFileSystem: Layer.Layer<FtpLocalFile, never, FileSystem.FileSystem> = Layer.fresh(
  Layer.effect(
    FtpLocalFile,
    Effect.map(FileSystem.FileSystem, (fs) =>
      FtpLocalFile.of({
        openWriter: (path, mode) => Effect.map(openForWriting(fs, path, mode), (file): Writer => writer(file, path)),
        openReader: (path, offset) =>
          Effect.gen(function* () {
            const file = yield* because("Open", path, fs.open(path, { flag: "r" }))
            const stats = yield* because("Stat", path, file.stat)
            if (stats.type === "Directory") {
              return yield* new FtpLocalFileError({
                reason: "IsDirectory",
                operation: "Open",
                path,
                detail: "it is a directory"
              })
            }
            return reader(file, path, stats, offset)
          }),
        info: (path) =>
          because("Stat", path, fs.stat(path)).pipe(
            Effect.map((stats) => Option.some(localInfo(stats))),
            Effect.catchIf(isNotFound, () => Effect.succeedNone)
          ),
        rename: (from, to, existing = "Replace") =>
          because(
            "Rename",
            from,
            existing === "Replace" ? fs.rename(from, to) : Effect.zipRight(fs.link(from, to), fs.remove(from))
          ),
        remove: (path) => Effect.catchIf(because("Remove", path, fs.remove(path)), isNotFound, () => Effect.void),
        setModified: (path, at) =>
          because("SetTime", path, fs.utimes(path, DateTime.toDateUtc(at), DateTime.toDateUtc(at))),
        boot: Effect.succeedNone,
        claim: claims(fs)
      })
    )
  )
)

/** The names that are claimed, by the FileSystem that they are names of: several clients may work over one. */
const claimed = new WeakMap<FileSystem.FileSystem, Set<string>>()

const claims = (fs: FileSystem.FileSystem): FtpLocalFile["claim"] => {
  const held = claimed.get(fs) ?? new Set<string>()
  claimed.set(fs, held)
  return (path) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        if (held.has(path)) {
          return new FtpLocalFileError({
            reason: "InUse",
            operation: "Open",
            path,
            detail: "another download writes it now"
          })
        }
        held.add(path)
        return Effect.void
      }),
      () => Effect.sync(() => held.delete(path))
    )
}

const openForWriting = (fs: FileSystem.FileSystem, path: string, mode: WriteMode) => {
  const open = (flag: FileSystem.OpenFlag) => because("Open", path, fs.open(path, { flag }))
  switch (mode) {
    case "Exclusive":
      return open("wx")
    case "Truncate":
      return open("w")
    case "Existing":
      return open("r+")
    case "Continue":
      // No flag opens without cutting and creates as well, but for "a", which ignores positions.
      return Effect.catchIf(open("r+"), isNotFound, () => open("w"))
  }
}

// Not interruptible: a platform continues a write that it began, and the file must not be closed under it.
const writer = (file: FileSystem.File, path: string): Writer => ({
  write: (bytes, position) =>
    // platform-node's writeAll takes the 0 that a write of nothing returns for a failure.
    bytes.byteLength === 0
      ? Effect.void
      : because(
          "Write",
          path,
          Effect.uninterruptible(Effect.zipRight(file.seek(position, "start"), file.writeAll(bytes)))
        ),
  truncate: (size) => because("Write", path, Effect.uninterruptible(file.truncate(size))),
  sync: because("Sync", path, Effect.uninterruptible(file.sync)),
  // The platform closes a file with its scope, and keeps to itself what came of it.
  close: Effect.void
})

const reader = (file: FileSystem.File, path: string, stats: FileSystem.File.Info, offset: number): Reader => {
  const { modified, size } = localInfo(stats)
  const buffer = new Uint8Array(BUFFER_BYTES)
  let position = offset
  const fill = Effect.suspend(() =>
    Effect.uninterruptible(Effect.zipRight(file.seek(position, "start"), file.read(buffer)))
  )
  return {
    size,
    modified,
    read: Effect.flatMap(because("Read", path, fill), (read) => {
      const length = Number(read)
      if (length === 0 && position < size) {
        return new FtpLocalFileError({
          reason: "Other",
          operation: "Read",
          path,
          detail: `the file had ${size} bytes when it was opened and has fewer now`
        })
      }
      return Effect.sync(() => {
        position += length
        return length === 0 ? Option.none() : Option.some(buffer.subarray(0, length))
      })
    })
  }
}

const localInfo = (stats: FileSystem.File.Info): LocalInfo => ({
  type: stats.type === "File" || stats.type === "Directory" ? stats.type : "Other",
  size: Number(stats.size),
  modified: Option.flatMap(stats.mtime, DateTime.make)
})

const isNotFound = (error: FtpLocalFileError): boolean => error.reason === "NotFound"

const because = <A, R>(
  operation: FtpLocalFileError["operation"],
  path: string,
  effect: Effect.Effect<A, PlatformError, R>
): Effect.Effect<A, FtpLocalFileError, R> =>
  Effect.mapError(
    effect,
    (error) => new FtpLocalFileError({ reason: reasonOf(error), operation, path, detail: error.message })
  )

/** What the platform's own reasons do not tell apart, its cause may. */
const ERRNO: { readonly [code: string]: readonly [reason: FtpLocalFileError["reason"], text: string] } = {
  ENOENT: ["NotFound", "no such file or directory"],
  ENOTDIR: ["NotFound", "a part of the path is not a directory"],
  EACCES: ["PermissionDenied", "permission denied"],
  EPERM: ["PermissionDenied", "operation not permitted"],
  EROFS: ["PermissionDenied", "the file system is read-only"],
  EEXIST: ["AlreadyExists", "the file exists"],
  EISDIR: ["IsDirectory", "it is a directory"],
  ERR_FS_EISDIR: ["IsDirectory", "it is a directory"],
  ENOSPC: ["NoSpace", "no space left on the device"],
  EDQUOT: ["NoSpace", "the disk quota is used up"],
  ESPIPE: ["Other", "bytes only run through it, one after the other"],
  EPIPE: ["Other", "no process reads from it any more"],
  ENXIO: ["Other", "it is a socket, or its device is not there"],
  EFBIG: ["Other", "the file would be larger than the file system allows"],
  EMFILE: ["Other", "this process has too many files open"],
  ENFILE: ["Other", "this machine has too many files open"]
}

/**
 * What an error code of the operating system (`"ENOENT"`) means for a local file, and in words. `Other` without a text
 * for a code that is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export const fromErrno = (
  code: string | undefined
): { readonly reason: FtpLocalFileError["reason"]; readonly text: string | undefined } => {
  const [reason, text] = ERRNO[code ?? ""] ?? (["Other", undefined] as const)
  return { reason, text }
}

const reasonOf = (error: PlatformError): FtpLocalFileError["reason"] => {
  if (error._tag === "SystemError") {
    if (error.reason === "NotFound" || error.reason === "PermissionDenied" || error.reason === "AlreadyExists") {
      return error.reason
    }
    const { cause } = error
    if (typeof cause === "object" && cause !== null && "code" in cause) {
      return fromErrno(String(cause.code)).reason
    }
  }
  return "Other"
}
