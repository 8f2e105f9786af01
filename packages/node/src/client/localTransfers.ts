/** The methods of a client between the server and local files, with their services provided. */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** What the methods need. */
export type Services = FtpClient | FtpPool | FtpLocalFile | FtpHasher

/**
 * Files and trees between the server and this machine, by methods that need no service.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalTransfers {
  /** Downloads to a local file, resumed and verified: see `FtpTransfer.toFile`. */
  readonly toFile: (
    path: string,
    localPath: string,
    options?: FtpTransfer.ToFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /** Uploads a local file, resumed and verified: see `FtpTransfer.fromFile`. */
  readonly fromFile: (
    localPath: string,
    path: string,
    options?: FtpTransfer.FromFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /** Copies a local folder, with all in it, to a directory of the server: see `FtpMirror.uploadTree`. */
  readonly uploadTree: (
    localPath: string,
    path: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
  /** Copies a directory of the server, with all in it, to a local folder: see `FtpMirror.downloadTree`. */
  readonly downloadTree: (
    path: string,
    localPath: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
}

export const make = (context: Context.Context<Services>): LocalTransfers => {
  const { fromFile, toFile } = Context.get(context, FtpClient)
  return {
    toFile: (path, localPath, options) => Effect.provide(toFile(path, localPath, options), context),
    fromFile: (localPath, path, options) => Effect.provide(fromFile(localPath, path, options), context),
    uploadTree: (localPath, path, options) => Effect.provide(FtpMirror.uploadTree(localPath, path, options), context),
    downloadTree: (path, localPath, options) =>
      Effect.provide(FtpMirror.downloadTree(path, localPath, options), context)
  }
}
