import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Sink from "effect/Sink"
import * as Counting from "../base/counting.ts"
import * as FtpSource from "../base/FtpSource.ts"
import * as Masked from "../base/masked.ts"
import * as Observability from "../base/observability.ts"
import { unnamed } from "../base/pathCheck.ts"
import { FtpLocalFile, type FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
import { FtpUploadRecords } from "../platform/FtpUploadRecords.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import { limitOf, schedulesOf } from "./choices.ts"
import * as Demand from "./demand.ts"
import * as LocalPlace from "./localPlace.ts"
import * as Observed from "./observed.ts"
import type { AppendOptions, FromFileOptions, Result, TransferError, UploadOptions } from "./options.ts"
import { provideServices, type Services, withServices } from "./services.ts"
import * as Append from "./upload/append.ts"
import * as Publication from "./upload/publication.ts"
import { send } from "./upload/sendSource.ts"
import * as UploadSink from "./upload/sink.ts"
import * as SmallUpload from "./upload/small.ts"
import * as SmallBytes from "./upload/smallBytes.ts"
import * as UploadSource from "./upload/source.ts"
import * as SourceVersion from "./upload/sourceVersion.ts"

/**
 * Sends a source, a stream, bytes or text to a remote path, replacing what is there, and checks the size that the server has then. An
 * interrupted upload of a replayable source is resumed. One that can't be finished is abandoned by RST; the server may
 * keep the bytes that it has, unless it is `atomic`.
 *
 * It holds a session while it reads the source. To copy a file of the server, `upload(x, download(y))`, takes
 * two sessions; if all are held by such callers, the last to ask fails at once with `FtpConnectError` `SessionsHeld`,
 * and the others continue. So give the pool twice as many sessions as there are copies at once.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const program = FtpTransfer.upload("inbox/hello.txt", "hello\n", { atomic: true })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const upload = Effect.fn("FtpTransfer.upload")(function* <E = never, R = never>(
  path: string,
  from: FtpSource.Uploadable<E, R>,
  options: UploadOptions = {}
) {
  return yield* Observed.transfer("Upload", path)(unnamed(path) ?? send(path, FtpSource.from(from), options))
})

/**
 * Sends a source, a stream, bytes or text to the end of a remote file (APPE), which is made if it is missing, and checks
 * that it has so many bytes more then. `bytes` of the result are those that were sent.
 *
 * No byte is sent twice. What the server refuses for now is tried again, by `FtpRetry.busy`, if no byte was sent. But an
 * append that is interrupted is not resumed: an `FtpTransferInterrupted` with the
 * `outcome` `"Unknown"` means that any part of it may be in the file. Two that append to one file at a time are an
 * `FtpIntegrityError` `Size`, as neither can be verified.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const program = FtpTransfer.append("logs/today.log", "started\n")
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const append = Effect.fn("FtpTransfer.append")(function* <E = never, R = never>(
  path: string,
  from: FtpSource.Uploadable<E, R>,
  options: AppendOptions = {}
) {
  const source = FtpSource.from(from)
  const appended = Append.append(path, source, {
    onProgress: (bytes) => options.onProgress?.({ bytes, total: source.size }),
    limit: yield* limitOf(options),
    demand: yield* Demand.make(options),
    schedules: yield* schedulesOf({})
  })
  return yield* Observed.transfer("Upload", path)(unnamed(path) ?? appended)
})

/**
 * A sink that uploads what is run into it: verified as `upload` is, and abandoned by RST if the stream fails or is left.
 * It can't be resumed, as the stream can't be read again.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Stream from "effect/Stream"
 *
 * const program = Stream.make("id,name\n", "1,Ann\n").pipe(
 *   Stream.encodeText,
 *   Stream.run(FtpTransfer.sink("people.csv", { atomic: true }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category sinks
 */
export const sink = (
  path: string,
  options: UploadOptions = {}
): Sink.Sink<Result, Uint8Array, never, TransferError, FtpPool> =>
  UploadSink.make((source) => upload(path, source, options))

/**
 * Uploads a local file. One that is written or removed meanwhile is an `FtpIntegrityError` or a `FtpLocalFileError`,
 * never a splice of two versions.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const program = FtpTransfer.fromFile("report.csv", "inbox/report.csv", { resume: "IfVerified", times: "IfPossible" })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const fromFile = (
  localPath: string,
  path: string,
  options: FromFileOptions = {}
): Effect.Effect<Result, TransferError | FtpLocalFileError, FtpPool | FtpLocalFile> =>
  withServices((services) => Masked.run((masked) => fromFileBy(masked, services, { localPath, path, options })))

/** A local file that is to be sent, and who may want its content too. */
export interface Upload {
  readonly localPath: string
  readonly path: string
  readonly options: FromFileOptions
  readonly content?: SmallBytes.ContentReader | undefined
}

/** Who has many to send, and gives one after the other to whoever has the session. */
export interface Flow {
  /** Another one that was found, once the one before is done: what comes of the effect is about this one from then on. */
  readonly next: (result: Result) => FoundUpload | undefined
}

interface FoundUpload {
  readonly upload: Upload
  readonly info: LocalInfo
}

/** The same for a caller that is masked and has the services at hand. It begins at the call. */
export const fromFileBy = (
  masked: Masked.Masked,
  services: Services,
  upload: Upload,
  flow?: Flow
): Effect.Effect<Result, TransferError | FtpLocalFileError> => {
  const { localPath, options, path } = upload
  return (
    unnamed(path) ??
    (options.found === undefined
      ? Effect.flatMap(masked.restore(LocalPlace.sourceAt(services.files, localPath)), (info) =>
          sendFound(masked, services, upload, info, flow)
        )
      : sendFound(masked, services, upload, options.found, flow))
  )
}

/** The long way looks again: it compares with what was found until it is done. */
const sendFound = (
  masked: Masked.Masked,
  services: Services,
  upload: Upload,
  info: LocalInfo,
  flow: Flow | undefined
): Effect.Effect<Result, TransferError | FtpLocalFileError> => {
  let file = smallOf(upload, info)
  let isPutBack = false
  const cleanUp = (exit: Exit.Exit<unknown, unknown>) => Publication.cleanUpLeft(services.pool, file.left, exit)
  const large = () => {
    const { content, left, localPath, options, path } = file
    const sent = Effect.flatMap(LocalPlace.sourceAt(services.files, localPath), (now) =>
      // What is read first has to be what is sent: the upload fails if the file was written after it was looked at.
      Effect.zipRight(content?.long ?? Effect.void, largeFromFile(localPath, path, now, options, left))
    )
    // The clean-up also if it is interrupted before it begins.
    return Effect.onExit(masked.restore(provideServices(services, sent)), cleanUp)
  }
  const spanned = () =>
    isPutBack ? fromFileBy(masked, services, file, flow) : Effect.withSpan(large(), NAME, { captureStackTrace: false })
  // A file that is seen has a span of its own.
  const small: SmallUpload.Flow | undefined =
    flow === undefined || Observability.isSeen(masked.fiber)
      ? undefined
      : {
          next: (result) => {
            const next = flow.next(result)
            if (next === undefined) {
              return undefined
            }
            Counting.transferred("Upload", result.bytes)
            file = smallOf(next.upload, next.info)
            return file
          },
          putBack: () => {
            isPutBack = true
          }
        }
  return SmallBytes.isSimple(info, upload.options)
    ? Observed.small(
        masked.fiber,
        { name: NAME, direction: "Upload", path: upload.path, endpoints: services.pool.endpoints, cleanUp },
        () => SmallUpload.send(masked, services, file, small),
        { inSpan: large, spanned }
      )
    : spanned()
}

const smallOf = ({ content, localPath, options, path }: Upload, info: LocalInfo): SmallUpload.SmallFile => ({
  localPath,
  path,
  info,
  options,
  left: {},
  content
})

/** Without records, or with evidence that they can't give, a later run would find nothing in them. */
const resumeFor = ({ resume = "Never", verify }: FromFileOptions) =>
  resume !== "IfRecorded"
    ? Effect.succeed(resume)
    : Effect.map(Effect.serviceOption(FtpUploadRecords), (records) =>
        Option.isNone(records) || verify === "SizeAndTime" ? "Never" : resume
      )

const NAME = "FtpTransfer.fromFile"

const largeFromFile = Effect.fnUntraced(function* (
  localPath: string,
  path: string,
  info: LocalInfo,
  options: FromFileOptions,
  left: Publication.Left
) {
  const files = yield* FtpLocalFile
  const resume = yield* resumeFor(options)
  const sent = send(path, UploadSource.fromFile(files, localPath, info, options.onOpen), options, {
    modified: options.times === "Keep" || options.times === "IfPossible" ? info.modified : Option.none(),
    isTimeOptional: options.times === "IfPossible",
    ...(resume !== "Never" && { version: SourceVersion.make(info), isLookedFor: resume === "IfVerified" }),
    // If it is gone by now, the upload fails soon.
    source: Effect.orElseSucceed(files.version(localPath), Option.none),
    onResume: options.onResume,
    onUnproven: options.onUnproven,
    onKept: options.onKept,
    onTimeSet: options.onTimeSet,
    left
  })
  return yield* Observed.transfer("Upload", path)(sent)
})
