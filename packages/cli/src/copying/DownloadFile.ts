/**
 * One file from the server to a local name, and how it is verified, resumed and kept.
 *
 *     a name of a file                     NAME.ftp-effect.part ──► NAME
 *     a device, a pipe, one that is open   byte after byte
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
import { FtpLocalFile, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { UnreadPolicy } from "../arguments/listingFlags.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Descriptor from "../local/descriptor.ts"
import * as Destination from "../local/destination.ts"
import * as Copying from "./Copying.ts"
import { isInUse } from "./moveFile.ts"
import type * as Resuming from "./Resuming.ts"

/** What the client's layer and the machine give. */
export type Environment = FtpClient.FtpClient | FtpPool | FtpLocalFile | FileSystem.FileSystem

/** How to copy. */
export interface Options {
  readonly recursive: boolean
  /** What lines of a listing mean that can't be read: with `"Fail"` each is a failure, and the rest is copied. */
  readonly onUnread: UnreadPolicy
  /** Whether local files may be replaced. */
  readonly clobber: boolean
  /** What becomes of a local file or directory of another type than the one of that name in a tree. Default `"Fail"`. */
  readonly conflict?: "Fail" | "Replace" | undefined
  /** What symbolic links of trees become. Default `"Follow"`. */
  readonly links?: FtpMirror.LinkPolicy | undefined
  /** Over how many connections each file is downloaded. Default 1. */
  readonly segments?: number | "auto" | undefined
  /** When a file is renamed into place. Default `"Synced"`. */
  readonly durability?: "Written" | "Synced" | undefined
  /** How strictly to verify each file. Default as `FtpTransfer`'s. */
  readonly verification?: Pick<FtpTransfer.TransferOptions, "verify" | "ignoreSize"> | undefined
  /** The most bytes that a file may have. Default: no limit. */
  readonly maxBytes?: number | undefined
  /** How many files are downloaded at once. Default: one for each session. */
  readonly atOnce?: number | undefined
  /** Whether files whose failure may pass are tried once more at the end. Default true. */
  readonly secondTurn?: boolean | undefined
}

/** What the downloads of one command share. */
export interface Copy {
  readonly copying: Copying.Copying
  readonly options: Options
  readonly resume: Resuming.Resume
  readonly warm: FtpPool["warm"]
}

/** Where a download goes; without `info` the disk was not asked for that name yet. */
export interface Local {
  readonly path: string
  readonly info?: Option.Option<LocalInfo>
}

export const file = (copy: Copy, path: string, { path: local, info: known }: Local, entry: Option.Option<FtpEntry>) => {
  const { copying, options } = copy
  return copying.file(
    { remote: path, local, size: Copying.sizeOf(entry), isListed: Option.isSome(entry) },
    (moving) => {
      const into = (target: string, found: Option.Option<LocalInfo>) =>
        // Without `clobber`, a file that was created meanwhile is not replaced either.
        Effect.catchIf(Effect.asSome(intoFile(copy, path, target, moving, { entry, found })), isTaken(target), () =>
          Effect.as(copying.skip(path, `${local} exists`), Option.none())
        )
      return Effect.gen(function* () {
        const files = yield* FtpLocalFile
        const info = known ?? (yield* files.info(local))
        if (Option.isSome(info) && !options.clobber) {
          yield* copying.skip(path, `${local} exists`)
          return Option.none()
        }
        const at = yield* Destination.destination(local, info)
        if (at.kind !== "File") {
          const { maxBytes, verification } = options
          return Option.some(yield* intoOpened(path, at, { ...verification, maxBytes, onProgress: moving.onProgress }))
        }
        return yield* into(at.path, info)
      })
    }
  )
}

/** The entry of the listing, if there was one, and what was found on the disk. */
interface Known {
  readonly entry: Option.Option<FtpEntry>
  readonly found: Option.Option<LocalInfo>
}

const intoFile = (copy: Copy, path: string, local: string, moving: Copying.Moving, { entry, found }: Known) =>
  noting(
    copy,
    local,
    moving,
    FtpTransfer.toFile(path, local, {
      ...transferOptions(copy, path, moving),
      existing: copy.options.clobber ? "Replace" : "Fail",
      expectedSize: Option.getOrUndefined(Copying.sizeOf(entry)),
      expectedModified: Option.getOrUndefined(Option.flatMap(entry, ({ modified }) => modified)),
      found
    })
  )

export const transferOptions = ({ options, resume }: Copy, path: string, moving: Copying.Moving) => ({
  retry: resume(path),
  segments: options.segments,
  verify: options.verification?.verify,
  ignoreSize: options.verification?.ignoreSize,
  durability: options.durability,
  maxBytes: options.maxBytes,
  onResume: moving.resumedFrom,
  onRetry: moving.onRetry,
  onProgress: moving.onProgress
})

/** Notes the partial file that stays if the download fails. */
export const noting = <A, E extends ExitCode.Failure, R>(
  { copying }: Copy,
  local: string,
  { onLeft }: Copying.Moving,
  download: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | FtpLocalFile> =>
  Effect.onError(download, (cause) =>
    onLeft(
      cause,
      Effect.map(Destination.keptBytes(local), (bytes) =>
        bytes > 0 && !Option.exists(Cause.failureOption(cause), isInUse)
          ? copying.keepPartial({
              what: FtpTransfer.partialFileOf(local),
              rerun: isChanged(cause) ? "Restarts" : "Resumes"
            })
          : undefined
      )
    )
  )

const isTaken = (local: string) => (error: ExitCode.Failure) =>
  error._tag === "FtpLocalFileError" &&
  error.reason === "AlreadyExists" &&
  (error.operation === "Rename" || error.path === local)

const isChanged = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error._tag === "FtpIntegrityError" && error.reason === "Changed")

/** Into what is not replaced: a device, a pipe, a file that is open already. */
const intoOpened = (
  path: string,
  at: Exclude<Destination.Destination, { readonly kind: "File" }>,
  options: FtpTransfer.DownloadOptions
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const write =
        at.kind === "Device"
          ? (yield* files.openWriter(at.path, "Continue")).write
          : (chunk: Uint8Array) => Descriptor.append(at.descriptor, at.path, chunk)
      let bytes = 0
      yield* Stream.runForEach(FtpTransfer.download(path, options), (chunk) =>
        Effect.map(write(chunk, bytes), () => {
          bytes += chunk.byteLength
        })
      )
      return { bytes, evidence: FtpEvidence.reply }
    })
  )
