/**
 * Whole files, moved and verified, over as many attempts as it takes.
 *
 *     download   borrow ──► RETR, with SIZE and MDTM beside it ──► bytes ──► end and 2yz ──► count = SIZE? ──► done
 *     to a file  NAME.ftp-effect.part and a journal ──► download ──► verified ──► rename to NAME
 *                   └── stopped: kept for the next run
 *     upload     borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = count? ──► done        stopped: RST, never FIN
 *        any of them interrupted ──FtpRetry.resume──► same file? ──► REST ──► continues where it was
 *
 * A transfer succeeds only with its evidence: the server's final reply, the size if the server reports sizes, and more
 * if the caller asks for it. The mechanism is in `download/` and `upload/`.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import type { FtpSource } from "../base/FtpSource.ts"
import * as Observability from "../base/observability.ts"
import { FtpLocalFile, type FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Demand from "./demand.ts"
import * as DownloadFile from "./download/file.ts"
import * as PartialFile from "./download/partialFile.ts"
import * as PartialName from "./download/partialName.ts"
import * as SmallDownload from "./download/small.ts"
import * as VerifiedStream from "./download/verifiedStream.ts"
import * as Interruption from "./interruption.ts"
import * as LocalPlace from "./localPlace.ts"
import type {
  DownloadOptions,
  FromFileOptions,
  Result,
  ToFileOptions,
  TransferError,
  TransferOptions,
  UploadOptions
} from "./options.ts"
import type { ResumeSchedule } from "./patience.ts"
import * as Rate from "./rate.ts"
import * as Atomic from "./upload/atomic.ts"
import * as PartialUpload from "./upload/partialUpload.ts"
import * as Recording from "./upload/recording.ts"
import * as Send from "./upload/send.ts"
import * as SmallUpload from "./upload/small.ts"
import * as UploadSource from "./upload/source.ts"
import * as SourceVersion from "./upload/sourceVersion.ts"
import type { Choices } from "./upload/uploadContext.ts"

export type {
  DownloadOptions,
  FromFileOptions,
  Progress,
  Result,
  ToFileOptions,
  TransferError,
  TransferOptions,
  UploadOptions
} from "./options.ts"

/**
 * The bytes of a file. Chunks may be kept. After an interruption the stream continues where it was: each byte comes
 * once. Leaving the stream early ends the transfer; nothing is verified then.
 *
 * The stream holds a session until it ends. A reader that asks for another one meanwhile needs a pool of more: if all
 * sessions are held by such callers, the last to ask fails at once with `FtpConnectError` `SessionsHeld`.
 *
 * @since 0.1.0
 * @category operations
 */
export const download = (
  path: string,
  options: DownloadOptions = {}
): Stream.Stream<Uint8Array, TransferError, FtpPool> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const limit = yield* limitOf(options)
      const demand = yield* Demand.make(options)
      const { identity, read } = yield* VerifiedStream.open(path, demand, {
        schedule: yield* resumeOf(options),
        maxBytes: yield* maxBytesOf(options),
        counts: demand.counts,
        limit
      })
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
 * Downloads to a local file. Under its final name there is either what was there before or the whole new file: the
 * bytes go to `NAME.ftp-effect.part`, which is renamed after verification. A killed run is resumed by the next one. If
 * another download of any process is writing the file, it is a `FtpLocalFileError` `InUse`; small files, as
 * `expectedSize` tells them, are written at once, and the last one stays.
 *
 * @since 0.1.0
 * @category operations
 */
export const toFile = (
  path: string,
  localPath: string,
  options: ToFileOptions = {}
): Effect.Effect<Result, DownloadFile.FileError | FtpUsageError, FtpPool | FtpLocalFile> =>
  SmallDownload.isSimple(options)
    ? Effect.flatMap(inSpan("toFile", path, smallToFile(path, localPath, options.expectedSize, options)), (result) =>
        result === undefined ? largeToFile(path, localPath, options) : Effect.succeed(result)
      )
    : largeToFile(path, localPath, options)

const inSpan = <A, E, R>(name: string, path: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Observability.spannedIfSeen(`FtpTransfer.${name}`, path)(self)

const smallToFile = (path: string, localPath: string, size: number, options: ToFileOptions) =>
  Effect.flatMap(LocalPlace.replacedBy(localPath, options), (replaced) =>
    SmallDownload.toFile({ path, localPath, size, replaced }, options)
  )

const largeToFile = Effect.fn("FtpTransfer.toFile")(function* (
  path: string,
  localPath: string,
  options: ToFileOptions
) {
  const { segments = 1 } = options
  yield* Effect.annotateCurrentSpan({ [Observability.Attribute.path]: path })
  const replaced = yield* LocalPlace.replacedBy(localPath, options)
  const { bytes, evidence } = yield* DownloadFile.toFile(path, localPath, {
    demand: yield* Demand.make(options),
    limit: yield* limitOf(options),
    times: options.times ?? "Keep",
    partialFile: options.partialFile ?? "Keep",
    changed: options.changed ?? "Fail",
    durability: options.durability ?? "Synced",
    existing: options.existing ?? "Replace",
    mode: Option.flatMap(replaced, ({ mode }) => mode),
    segments: typeof segments === "number" ? Math.max(1, Math.floor(segments)) : segments,
    expectedSize: options.expectedSize,
    schedule: yield* resumeOf(options),
    maxBytes: yield* maxBytesOf(options),
    onProgress: (bytes, total) => options.onProgress?.({ bytes, total }),
    onResume: (bytes) => options.onResume?.(bytes)
  })
  return { bytes, evidence } satisfies Result
})

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
 * @since 0.1.0
 * @category operations
 */
export const partialFileOf: (localPath: string) => string = PartialName.nameOf

/**
 * Whether a file name is reserved for partial files, journals and locks: it contains `PARTIAL_FILE_SUFFIX`, in upper
 * or lower case. `toFile` refuses to download to such a name, as a later download would take the file for its own.
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
 * @since 0.1.0
 * @category operations
 */
export const keptBytes: (localPath: string) => Effect.Effect<number, FtpLocalFileError, FtpLocalFile> =
  PartialFile.keptBytes

/**
 * Sends a source to a remote path, replacing what is there, and checks the size that the server has then. An
 * interrupted upload of a replayable source is resumed. One that can't be finished is abandoned by RST; the server may
 * keep the bytes that it has, unless it is `atomic`.
 *
 * It holds a session while it reads the source. To copy a file of the server, `upload(x, fromStream(download(y)))`, takes
 * two sessions; if all are held by such callers, the last to ask fails at once with `FtpConnectError` `SessionsHeld`,
 * and the others continue. So give the pool twice as many sessions as there are copies at once.
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
    // No run looks for what is left under a temporary name that has no version in it.
    const isResumable = options.atomic !== true || file.version !== undefined
    const choices: Choices = {
      schedule: yield* resumeOf(options),
      onProgress: (bytes) => options.onProgress?.({ bytes, total: source.size }),
      limit: yield* limitOf(options),
      demand: yield* Demand.make(options),
      onResume: file.onResume ?? (() => {}),
      onUnproven: file.onUnproven ?? (() => {}),
      modified: file.modified ?? Option.none(),
      recording: yield* Recording.make(path, source.size, isResumable ? file.source : undefined)
    }
    if (options.atomic === true) {
      return yield* Atomic.send(path, source, choices, file.version ?? Option.none())
    }
    const find: PartialUpload.Find = (session, source) =>
      PartialUpload.underFinalName(session, { ...choices, path }, source)
    return yield* Effect.zipLeft(
      Send.send({ path, at: path, isFresh: false, ...(file.version && { find }) }, source, choices),
      choices.recording.forget
    )
  })

/** What only a local file has. */
interface FileChoices {
  readonly modified?: Option.Option<DateTime.Utc>
  /** Given if what an earlier run left is to be resumed; `None` if the file has no time. */
  readonly version?: Option.Option<string>
  /** By which it is recognised in records. */
  readonly source?: Effect.Effect<Option.Option<string>>
  readonly onResume?: FromFileOptions["onResume"]
  readonly onUnproven?: FromFileOptions["onUnproven"]
}

/**
 * Uploads a local file. One that is written or removed meanwhile is an `FtpIntegrityError` or a `FtpLocalFileError`,
 * never a splice of two versions.
 *
 * @since 0.1.0
 * @category operations
 */
export const fromFile = (
  localPath: string,
  path: string,
  options: FromFileOptions = {}
): Effect.Effect<Result, TransferError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  options.found === undefined
    ? Effect.flatMap(LocalPlace.sourceAt(localPath), (info) => sendFound(localPath, path, info, options))
    : sendFound(localPath, path, options.found, options)

/** The long way looks again: it compares with what was found until it is done. */
const sendFound = (
  localPath: string,
  path: string,
  info: LocalInfo,
  options: FromFileOptions
): Effect.Effect<Result, TransferError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  SmallUpload.isSimple(info, options)
    ? Effect.flatMap(inSpan("fromFile", path, SmallUpload.send(localPath, path, info, options)), (result) =>
        result === undefined ? largeFromFile(localPath, path, options) : Effect.succeed(result)
      )
    : largeFromFile(localPath, path, options)

const largeFromFile = Effect.fn("FtpTransfer.fromFile")(function* (
  localPath: string,
  path: string,
  options: FromFileOptions
) {
  yield* Effect.annotateCurrentSpan({ [Observability.Attribute.path]: path })
  const info = yield* LocalPlace.sourceAt(localPath)
  const files = yield* FtpLocalFile
  return yield* send(path, UploadSource.fromFile(files, localPath, info), options, {
    modified: options.times === "Keep" ? info.modified : Option.none(),
    ...(options.resume === "IfVerified" && { version: SourceVersion.make(info) }),
    // If it is gone by now, the upload fails soon.
    source: Effect.orElseSucceed(files.version(localPath), Option.none),
    onResume: options.onResume,
    onUnproven: options.onUnproven
  })
})

const limitOf = (options: TransferOptions) => Effect.flatMap(FtpPool, ({ rate }) => Rate.make(options.rate, rate))

const resumeOf = (options: TransferOptions): Effect.Effect<ResumeSchedule, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => options.retry ?? policies.resume)

const maxBytesOf = ({ maxBytes = Number.POSITIVE_INFINITY }: DownloadOptions): Effect.Effect<number, FtpUsageError> =>
  maxBytes >= 0
    ? Effect.succeed(maxBytes)
    : new FtpUsageError({ argument: "maxBytes", why: "must be a number of bytes from 0 on" })
