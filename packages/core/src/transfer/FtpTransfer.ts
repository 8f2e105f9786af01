/**
 * Whole files, moved and verified, over as many attempts as it takes.
 *
 *     download   borrow ──► RETR, with SIZE and MDTM beside it ──► bytes ──► end and 2yz ──► count = SIZE? ──► done
 *     to a file  NAME.ftp-effect.part and a journal ──► download(s) ──► closed ──► rename to NAME      stopped: kept for the next run
 *     upload     borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = count? ──► done       stopped: RST, never FIN
 *        any of them interrupted ──FtpRetry.resume──► same file? ──► REST ──► goes on where it was
 *
 * A transfer succeeds only with its evidence: the server's final reply, the size where the server tells sizes, and more
 * where the caller asks for it. The mechanism is `download/` and `upload/`. This file does NOT choose servers (`FtpPool`), or
 * know how a session transfers (`FtpSession`).
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { DataError, FtpIntegrityError, FtpTransferInterrupted, OpenError } from "../base/FtpError.ts"
import type { FtpEvidence, Strength } from "../base/FtpEvidence.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import type { FtpSource } from "../base/FtpSource.ts"
import * as Observability from "../base/observability.ts"
import { FtpLocalFile, FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Demand from "./demand.ts"
import * as DownloadFile from "./download/file.ts"
import * as PartialFile from "./download/partialFile.ts"
import * as VerifiedStream from "./download/verifiedStream.ts"
import * as Interruption from "./interruption.ts"
import * as Rate from "./rate.ts"
import * as Atomic from "./upload/atomic.ts"
import * as PartialUpload from "./upload/partialUpload.ts"
import * as Send from "./upload/send.ts"
import * as UploadSource from "./upload/source.ts"
import * as SourceVersion from "./upload/sourceVersion.ts"

/**
 * A finished transfer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  /** The size of the file in bytes. */
  readonly bytes: number
  /** What shows that it is whole: as much as was asked for, or more. */
  readonly evidence: FtpEvidence
}

/**
 * Where a transfer stands: bytes so far, and in all where that is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress {
  readonly bytes: number
  readonly total: Option.Option<number>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  /** Called for each chunk, in the transfer's own fiber: it must be quick and must not throw. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** When to go on after an interruption. Default the `resume` schedule of `FtpRetry` that the pool was made with. */
  readonly retry?: Schedule.Schedule<unknown, FtpTransferInterrupted> | undefined
  /**
   * The least that has to show that the transfer is whole, else it fails with an `FtpIntegrityError` `Unverified`. Default
   * `"Reply"`: what is known without another question, which is the size on most servers. `"SizeAndTime"` costs a
   * download two questions. `"Hash"` needs an `FtpHasher`, and lets the server read all of the file once more, which takes
   * it minutes for a large one.
   */
  readonly verify?: Strength | undefined
  /** A limit on the speed, beside the pool's: one that may be shared, or bytes in a second for this transfer alone. */
  readonly rate?: FtpRate | number | undefined
}

/**
 * What can go wrong in a transfer, but for the local side.
 *
 * @since 0.1.0
 * @category models
 */
export type TransferError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

/**
 * The bytes of a file. Chunks may be kept. An interruption is resumed underneath the consumer, who sees each byte once.
 * Leaving the stream early ends the transfer; nothing is verified then.
 *
 * @since 0.1.0
 * @category operations
 */
export const download = (
  path: string,
  options: TransferOptions = {}
): Stream.Stream<Uint8Array, TransferError, FtpPool> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const limit = yield* limitOf(options)
      const demand = yield* Demand.make(options.verify)
      const { identity, read } = yield* VerifiedStream.open(path, demand, yield* resumeOf(options))
      let bytes = 0
      return Stream.repeatEffectOption(
        Effect.matchEffect(limit(read), {
          onFailure: (error) => Effect.fail(Option.some(error)),
          onSuccess: Option.match({
            onNone: () => Effect.fail(Option.none()),
            onSome: (chunk) => {
              bytes += chunk.byteLength
              options.onProgress?.({ bytes, total: identity().size })
              return Effect.succeed(chunk.slice())
            }
          })
        })
      )
    })
  )

/**
 * @since 0.1.0
 * @category models
 */
export interface ToFileOptions extends TransferOptions {
  /** What to do if the local file exists. Default `"Replace"`, in one step, once the new one is whole. */
  readonly existing?: "Replace" | "Fail" | undefined
  /** Whether the local file gets the remote one's time, where the server tells it. Default `"Keep"`. */
  readonly times?: "Keep" | "Now" | undefined
  /**
   * What becomes of `NAME.ftp-effect.part` when the download fails for good. Default `"Keep"`: a later call, of any process, goes on
   * with it if the server still has that very file. Parts below 1 MiB, and of files that could not be recognised again,
   * are removed in any case.
   */
  readonly partialFile?: "Keep" | "Remove" | undefined
  /**
   * What to do when the file on the server is replaced in mid-transfer, or the server can't go on at an offset. Default
   * `"Fail"`, with an `FtpIntegrityError`; `"StartOver"` fetches all of the new file, once.
   */
  readonly changed?: "Fail" | "StartOver" | undefined
  /**
   * When the new file gets its final name. `"Synced"`: when it is on the disk (fsync), which is asked for it while the rest
   * still comes, every 64 MiB; how long the last of it takes is the disk's. `"Written"`: when the operating system has all
   * of it, as with cp and curl, so that a power cut soon after may leave a damaged file under its final name, and that what
   * an interrupted download left is of no use after one. Default `"Synced"`.
   */
  readonly durability?: "Written" | "Synced" | undefined
  /**
   * Over how many sessions at most the file is fetched, each a part of it: where a server throttles each connection, or a
   * line loses packets, that is as many times faster. `"auto"` begins with one and takes more for as long as the rate
   * rises. Default 1. Fewer where the pool has fewer to spare, where a part would be below 4 MiB, and one where the
   * server does not tell the size or can't begin in the middle.
   */
  readonly segments?: number | "auto" | undefined
  /** The size in bytes, as a listing told it: so that no session is opened for `segments` in vain. Default unknown. */
  readonly expectedSize?: number | undefined
  /** Called once if the download resumes a partial file of an earlier call: how many bytes of it. */
  readonly onResume?: ((bytes: number) => void) | undefined
}

/**
 * Downloads to a local file. Under its final name there is either what was there before or the whole new file: the
 * bytes go to `NAME.ftp-effect.part`, which is renamed when it is proven. A run that was killed is gone on with by the next one. One
 * that still goes on, of any process, is a `FtpLocalFileError` `InUse`.
 *
 * @since 0.1.0
 * @category operations
 */
export const toFile = Effect.fn("FtpTransfer.toFile")(function* (
  path: string,
  localPath: string,
  options: ToFileOptions = {}
) {
  const { segments = 1 } = options
  yield* Effect.annotateCurrentSpan({ [Observability.Attribute.path]: path })
  yield* checkTarget(localPath, options)
  const { bytes, evidence } = yield* DownloadFile.toFile(path, localPath, {
    demand: yield* Demand.make(options.verify),
    limit: yield* limitOf(options),
    times: options.times ?? "Keep",
    partialFile: options.partialFile ?? "Keep",
    changed: options.changed ?? "Fail",
    durability: options.durability ?? "Synced",
    existing: options.existing ?? "Replace",
    segments: typeof segments === "number" ? Math.max(1, Math.floor(segments)) : segments,
    expectedSize: options.expectedSize,
    schedule: yield* resumeOf(options),
    onProgress: (bytes, total) => options.onProgress?.({ bytes, total }),
    onResume: (bytes) => options.onResume?.(bytes)
  })
  return { bytes, evidence } satisfies Result
})

/**
 * What the partial file of a download is called, after the name that the file will have: `NAME.ftp-effect.part`.
 *
 * @since 0.1.0
 * @category constants
 */
export const PART_SUFFIX: string = PartialFile.SUFFIX

/**
 * From so many bytes on what an interrupted `toFile` or `fromFile` left is kept for the next one: 1 MiB.
 *
 * @since 0.1.0
 * @category constants
 */
export const WORTH_KEEPING: number = Interruption.WORTH_KEEPING

/**
 * How many bytes an earlier `toFile` left of a file, with which the next one goes on if the server still has that very
 * file; 0 where nothing was left. For telling people: `toFile` looks for itself.
 *
 * @since 0.1.0
 * @category operations
 */
export const keptBytes: (localPath: string) => Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =
  PartialFile.keptBytes

/**
 * @since 0.1.0
 * @category models
 */
export interface UploadOptions extends TransferOptions {
  /**
   * Whether the file goes to a name of its own beside the final one, `.NAME.1a2b3c4d.ftp-effect`, and is renamed once it
   * is proven, so that nobody ever sees a part of it. Where the server will not replace a file, the old one is moved aside
   * first, to `.NAME.old.1a2b3c4d.ftp-effect`, and deleted last; if the new one is then refused the name, the old one gets
   * it back. Only where the server says that the name is taken, and lets nobody move what has it, the old one is deleted
   * right before the rename. Default false, as there are servers that let nobody rename.
   */
  readonly atomic?: boolean | undefined
}

/**
 * Sends a source to a remote path, replacing what is there, and checks the size that the server has then. From a
 * replayable source an interruption is resumed. An upload that can't be finished is abandoned by RST; the server may keep
 * a part of the file, unless it is `atomic`.
 *
 * @since 0.1.0
 * @category operations
 */
export const upload = Effect.fn("FtpTransfer.upload")(function* <E, R>(
  path: string,
  source: FtpSource<E, R>,
  options: UploadOptions = {}
) {
  yield* Effect.annotateCurrentSpan({ [Observability.Attribute.path]: path })
  return yield* send(path, source, options)
})

const send = <E, R>(
  path: string,
  source: FtpSource<E, R>,
  options: UploadOptions,
  file: FileChoices = {}
): Effect.Effect<Result, TransferError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.gen(function* () {
    const choices: Send.Choices = {
      schedule: yield* resumeOf(options),
      onProgress: (bytes) => options.onProgress?.({ bytes, total: source.size }),
      limit: yield* limitOf(options),
      demand: yield* Demand.make(options.verify),
      onResume: file.onContinue ?? (() => {}),
      modified: file.modified ?? Option.none()
    }
    if (options.atomic === true) {
      return yield* Atomic.send(path, source, choices, file.version ?? Option.none())
    }
    const find: PartialUpload.Find = (session, source) =>
      PartialUpload.underFinalName(session, path, source, choices.demand)
    return yield* Send.send({ path, at: path, isFresh: false, ...(file.version && { find }) }, source, choices)
  })

/** What only a local file has. */
interface FileChoices {
  readonly modified?: Option.Option<DateTime.Utc>
  /** Given where it is to go on with what an earlier run left; `None` where the file tells no time. */
  readonly version?: Option.Option<string>
  readonly onContinue?: FromFileOptions["onResume"]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FromFileOptions extends UploadOptions {
  /**
   * Whether the remote file gets the local one's time. Default `"Server"`, as the commands for it cost round trips and
   * not every server has one; with `"Keep"` a server that has none is a `FtpRejected` `Unsupported`, after the upload.
   */
  readonly times?: "Keep" | "Server" | undefined
  /**
   * What to do with what an earlier call, of any process, left of this file on the server when it was interrupted or
   * killed. Default `"Never"`. With `"IfVerified"` only the rest is sent, if what is there, from 1 MiB on, has been proven
   * to be the beginning of this very file: by the server's hash of it, where it has one that is known here; else by its
   * last 64 KiB, read back, and, before the upload counts as done, by 4 KiB around its first byte that is not zero (what lies
   * between is not compared), together with
   *
   * - for an `atomic` upload, the name that it was sent to, which is of this size and time of the source. An upload that is
   *   interrupted leaves what is there for the next call. What another one still writes is left alone.
   * - for any other, its time on the server, which must be later than the source's: by the server's clock.
   *
   * All that is not proven is sent anew. It costs a listing of the directory, or two questions.
   */
  readonly resume?: "IfVerified" | "Never" | undefined
  /** Called once if it goes on with what an earlier call left: how many bytes of it. */
  readonly onResume?: ((bytes: number) => void) | undefined
}

/**
 * Uploads a local file. One that is written or removed meanwhile is an `FtpIntegrityError` or a `FtpLocalFileError`, never a
 * splice of two versions.
 *
 * @since 0.1.0
 * @category operations
 */
export const fromFile = Effect.fn("FtpTransfer.fromFile")(function* (
  localPath: string,
  path: string,
  options: FromFileOptions = {}
) {
  yield* Effect.annotateCurrentSpan({ [Observability.Attribute.path]: path })
  const files = yield* FtpLocalFile
  const info = yield* files.info(localPath)
  if (Option.isNone(info)) {
    return yield* new FtpLocalFileError({
      reason: "NotFound",
      operation: "Open",
      path: localPath,
      detail: "no such file"
    })
  }
  if (info.value.type === "Directory") {
    return yield* isADirectory(localPath)
  }
  return yield* send(path, UploadSource.fromFile(files, localPath, info.value), options, {
    modified: options.times === "Keep" ? info.value.modified : Option.none(),
    ...(options.resume === "IfVerified" && { version: SourceVersion.make(info.value) }),
    onContinue: options.onResume
  })
})

const limitOf = (options: TransferOptions) => Effect.flatMap(FtpPool, ({ rate }) => Rate.make(options.rate, rate))

const resumeOf = (
  options: TransferOptions
): Effect.Effect<Schedule.Schedule<unknown, FtpTransferInterrupted>, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => options.retry ?? policies.resume)

const checkTarget = (localPath: string, options: ToFileOptions) =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(localPath)
    if (Option.isNone(info)) {
      return
    }
    if (info.value.type === "Directory") {
      return yield* isADirectory(localPath)
    }
    if (options.existing === "Fail") {
      return yield* new FtpLocalFileError({
        reason: "AlreadyExists",
        operation: "Open",
        path: localPath,
        detail: "exists already"
      })
    }
  })

const isADirectory = (path: string) =>
  new FtpLocalFileError({ reason: "IsDirectory", operation: "Open", path, detail: "is a directory" })
