/**
 * Records of uploads in a folder of this machine, so that a later run of any process resumes what an earlier one left on
 * a server that has no hash: see `FtpUploadRecords`.
 *
 *     NodeFtp.layer({ url, uploadRecords: "/home/ann/.local/state/myprogram/uploads" })
 *
 * The folder is made with mode 0700, its files with 0600. At most 1000 records are kept, for 30 days each. A folder that
 * another user owns or may write to is not used. Several processes may share one.
 *
 * @since 0.1.0
 */
import { FtpUploadRecords } from "@ftp-effect/core/FtpUploadRecords"
import * as Layer from "effect/Layer"
import * as UploadRecords from "./files/uploadRecords.ts"

/**
 * Records of uploads in a local folder.
 *
 * @example
 * ```ts
 * import * as NodeFtpUploadRecords from "@ftp-effect/node/NodeFtpUploadRecords"
 *
 * const records = NodeFtpUploadRecords.make(".ftp-effect/uploads")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (folder: string): FtpUploadRecords => UploadRecords.make(folder)

/**
 * Records of uploads in a local folder, so that a later run resumes what an earlier one left.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as NodeFtpUploadRecords from "@ftp-effect/node/NodeFtpUploadRecords"
 * import * as Effect from "effect/Effect"
 *
 * const program = FtpTransfer.fromFile("big.iso", "big.iso", { resume: "IfVerified" }).pipe(
 *   Effect.provide(NodeFtpUploadRecords.layer(".ftp-effect/uploads"))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (folder: string): Layer.Layer<FtpUploadRecords> => Layer.sync(FtpUploadRecords, () => make(folder))
