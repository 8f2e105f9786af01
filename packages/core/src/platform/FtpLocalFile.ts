/**
 * How local files are read and written in transfers: an axis of its own, as the fast way differs by platform
 * (`NodeFtpFile` has positional writes and reads ahead; `layerFileSystem` works over any platform's FileSystem).
 *
 * `FtpTransfer` chooses names and decides when a file is complete.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { present } from "../protocol/present.ts"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as FileSystemFiles from "./fileSystemFiles.ts"
import type { LocalFiles } from "./localFiles.ts"

export { FtpLocalFileError, fromErrno } from "./localFileError.ts"
export type {
  DirectoryInPlace,
  FileId,
  LocalDirectories,
  LocalEntry,
  LocalFiles,
  LocalInfo,
  OwnInfo,
  Reader,
  WatchListener,
  WholeFile,
  WriteMode,
  Writer
} from "./localFiles.ts"

/**
 * Local files for transfers.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpLocalFile extends LocalFiles {}

/**
 * The tag of `FtpLocalFile`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpLocalFile: Context.Tag<FtpLocalFile, FtpLocalFile> = Context.GenericTag<FtpLocalFile>(
  "@ftp-effect/core/FtpLocalFile"
)

/**
 * The time of a local file, from whole milliseconds since 1970, as `LocalEntry` and `LocalInfo` have it. It is what
 * `DateTime.make(millis)` gives, in a fraction of the time: a tree has a hundred thousand of them. `None` beyond the year
 * 275760, the last of `Date`, which tmpfs and XFS can keep.
 *
 * @example
 * ```ts
 * import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
 *
 * const modified = FtpLocalFile.modifiedAt(Date.now())
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const modifiedAt = (millis: number): Option.Option<DateTime.Utc> =>
  Timestamp.isInRange(millis) ? present(Timestamp.utc(millis)) : Option.none()

/**
 * Local files over the FileSystem of whatever platform is provided. It neither reads ahead nor knows a full disk where
 * the platform does not say so, and its claims are known only to what shares the FileSystem; `NodeFtpFile.layer` does
 * all of it.
 *
 * @example
 * ```ts
 * import * as FtpLocalFile from "@ftp-effect/core/FtpLocalFile"
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.provide(FtpTransfer.toFile("pub/a", "a"), FtpLocalFile.layerFileSystem)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFileSystem: Layer.Layer<FtpLocalFile, never, FileSystem.FileSystem> = Layer.fresh(
  Layer.effect(
    FtpLocalFile,
    Effect.map(FileSystem.FileSystem, (fs) => FtpLocalFile.of(FileSystemFiles.make(fs)))
  )
)
