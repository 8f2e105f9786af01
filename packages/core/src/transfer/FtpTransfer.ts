/**
 * Whole files, moved and verified, over as many attempts as it takes.
 *
 *     download   borrow ──► RETR, with SIZE and MDTM beside it ──► bytes ──► end and 2yz ──► count = SIZE? ──► done
 *     to a file  NAME.ftp-effect.part and a journal ──► download ──► verified ──► rename to NAME
 *                   └── stopped: kept for the next run
 *     upload     borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = count? ──► done        stopped: RST, never FIN
 *        any of them interrupted ──FtpRetry.resume──► same file? ──► REST ──► continues where it was
 *                    refused for now ──FtpRetry.busy──► again
 *
 * A transfer succeeds only with its evidence: the server's final reply, the size if the server reports sizes, and more
 * if the caller asks for it. The mechanism is in `download/` and `upload/`.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import * as PartialFile from "./download/partialFile.ts"
import * as PartialName from "./download/partialName.ts"
import * as Interruption from "./interruption.ts"

export type { FileError } from "./download/file.ts"
export { download, readFile, readFileString, toFile } from "./downloads.ts"
export type {
  AppendOptions,
  DownloadOptions,
  FetchOptions,
  FromFileOptions,
  Progress,
  ReadFileOptions,
  Result,
  ToFileOptions,
  TransferError,
  TransferOptions,
  UploadOptions
} from "./options.ts"
export { append, fromFile, sink, upload } from "./uploads.ts"

/**
 * What follows the name of a local file in the name of its partial file: `NAME.ftp-effect.part`. The journal's name is
 * that of the partial file and `.json`.
 *
 * @since 0.1.0
 * @category constants
 */
export const PARTIAL_FILE_SUFFIX: string = PartialName.SUFFIX

/**
 * The path of the partial file of a local path. A long name is shortened, so that the partial file's name is no longer
 * than 255 bytes.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const path = FtpTransfer.partialFileOf("data/report.csv") // data/report.csv.ftp-effect.part
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const partialFileOf: (localPath: string) => string = PartialName.nameOf

/**
 * Whether a file name is reserved for partial files, journals and locks: it contains `PARTIAL_FILE_SUFFIX`, in upper
 * or lower case. `toFile` refuses to download to such a name, as a later download would take the file for its own.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const isReserved = FtpTransfer.isReservedName("report.csv.ftp-effect.part") // true
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const isReservedName: (name: string) => boolean = PartialName.isReserved

/**
 * From so many bytes on, what an interrupted `toFile` or `fromFile` left is kept for the next one: 1 MiB.
 *
 * @since 0.1.0
 * @category constants
 */
export const WORTH_KEEPING: number = Interruption.WORTH_KEEPING

/**
 * How many bytes an earlier `toFile` left of a file, which the next one resumes if the server still has that very file;
 * 0 if nothing was left. For showing only: `toFile` looks for itself.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpTransfer.keptBytes("report.csv"), (bytes) => Effect.log(`${bytes} bytes are here`))
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const keptBytes: (localPath: string) => Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =
  PartialFile.keptBytes
