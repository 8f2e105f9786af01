/** Downloads, as a stream and to a local file; public as `FtpTransfer`'s. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Bytes from "../base/bytes.ts"
import * as Counting from "../base/counting.ts"
import { FtpUsageError } from "../base/FtpError.ts"
import * as Masked from "../base/masked.ts"
import * as Observability from "../base/observability.ts"
import { FtpLocalFile, type LocalInfo } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import { limitOf, schedulesOf } from "./choices.ts"
import * as Demand from "./demand.ts"
import * as DownloadFile from "./download/file.ts"
import * as PartialFile from "./download/partialFile.ts"
import * as Range from "./download/range.ts"
import * as SmallDownload from "./download/small.ts"
import * as DownloadStream from "./download/stream.ts"
import * as VerifiedStream from "./download/verifiedStream.ts"
import * as LocalPlace from "./localPlace.ts"
import * as Observed from "./observed.ts"
import type { DownloadOptions, FetchOptions, ReadFileOptions, Result, ToFileOptions, TransferError } from "./options.ts"
import { provideServices, type Services, withServices } from "./services.ts"

/**
 * The bytes of a file, or of a range of it. Chunks may be kept. After an interruption the stream continues where it
 * was: each byte comes once. Leaving the stream early ends the transfer; nothing is verified then.
 *
 * The stream holds a session until it ends. A reader that asks for another one meanwhile needs a pool of more: if all
 * sessions are held by such callers, the last to ask fails at once with `FtpConnectError` `SessionsHeld`.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Stream from "effect/Stream"
 *
 * const size = Stream.runFold(FtpTransfer.download("pub/a"), 0, (sum, bytes) => sum + bytes.byteLength)
 * const head = FtpTransfer.download("pub/a", { offset: 0, length: 512 })
 * ```
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
      const range = yield* Range.make(options)
      const { offset, until } = range
      if (until === offset) {
        return Stream.empty
      }
      yield* Observed.begun(yield* FtpPool, path)
      const limit = yield* limitOf(options)
      const demand = yield* Demand.make(options)
      const { identity, read } = yield* VerifiedStream.open(
        path,
        demand,
        {
          schedules: yield* schedulesOf(options),
          maxBytes: mostOf(range, yield* maxBytesOf(options)),
          counts: demand.counts,
          limit,
          until,
          maxSkipped: range.maxSkipped
        },
        DownloadStream.startAt(offset)
      )
      let bytes = 0
      return Stream.repeatEffectOption(
        Effect.matchEffect(limit(read), {
          onFailure: (error) => {
            Observed.count("Download", Exit.fail(error))
            return Effect.fail(Option.some(error))
          },
          onSuccess: Option.match({
            onNone: () => {
              Observed.count("Download", Exit.succeed({ bytes }))
              return Effect.zipRight(Observed.described({ bytes }), Effect.fail(Option.none()))
            },
            onSome: (chunk) => {
              bytes += chunk.byteLength
              options.onProgress?.({ bytes, total: totalOf(range, identity().size) })
              return Effect.succeed(chunk.slice())
            }
          })
        })
      )
    }).pipe(Effect.tapError((error) => Effect.sync(() => Observed.count("Download", Exit.fail(error)))))
  ).pipe(Stream.withSpan("FtpTransfer.download", { captureStackTrace: false, kind: "client" }))

/** The most bytes that the file may have so that the range has no more than `maxBytes`. */
const mostOf = ({ offset, until }: Range.Range, maxBytes: number): number =>
  until !== undefined && until - offset <= maxBytes ? Number.POSITIVE_INFINITY : offset + maxBytes

const totalOf = ({ offset, until }: Range.Range, size: Option.Option<number>): Option.Option<number> =>
  Option.map(size, (size) => Math.max(0, Math.min(size, until ?? size) - offset))

/** Larger files are for streams and local files: this is what a program may have in memory by mistake. */
const MOST_IN_MEMORY = 256 * 1024 * 1024

/**
 * All bytes of a file, or of a range of it, in memory. More than `maxBytes` are an `FtpIntegrityError` `TooLarge`.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const program = FtpTransfer.readFile("pub/logo.png", { maxBytes: 1_000_000 })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const readFile = (
  path: string,
  options: ReadFileOptions = {}
): Effect.Effect<Uint8Array, TransferError, FtpPool> =>
  Effect.map(
    Stream.runCollect(download(path, { ...options, maxBytes: options.maxBytes ?? MOST_IN_MEMORY })),
    (chunks) => Bytes.concat(Chunk.toReadonlyArray(chunks))
  )

/**
 * All text of a file, read as UTF-8: bytes that are none become U+FFFD, and a byte order mark is left out. More than
 * `maxBytes` are an `FtpIntegrityError` `TooLarge`.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.map(FtpTransfer.readFileString("config.json"), (text) => JSON.parse(text))
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const readFileString = (
  path: string,
  options: ReadFileOptions = {}
): Effect.Effect<string, TransferError, FtpPool> =>
  Effect.map(readFile(path, options), (bytes) => new TextDecoder().decode(bytes))

/**
 * Downloads to a local file. Under its final name there is either what was there before or the whole new file: the
 * bytes go to `NAME.ftp-effect.part`, which is renamed after verification. A killed run is resumed by the next one. If
 * another download of any process is writing the file, it is a `FtpLocalFileError` `InUse`; small files, as
 * `expectedSize` tells them, are written at once, and the last one stays.
 *
 * Folders of the local path that are missing are made. If the download fails and leaves nothing in them, they are removed.
 *
 * @example
 * ```ts
 * import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
 *
 * const program = FtpTransfer.toFile("pub/big.iso", "downloads/big.iso", { segments: 4, verify: "Size" })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const toFile = (
  path: string,
  localPath: string,
  options: ToFileOptions = {}
): Effect.Effect<Result, DownloadFile.FileError | FtpUsageError, FtpPool | FtpLocalFile> =>
  withServices((services) => Masked.run((masked) => toFileBy(masked, services, { path, localPath, options })))

/** A file that is to be fetched; `onBytes` is called if it is written at once, and else not. */
export interface Download {
  readonly path: string
  readonly localPath: string
  readonly options: ToFileOptions
  readonly onBytes?: SmallDownload.OnBytes | undefined
}

/** Who has many to fetch, and gives one after the other to whoever has the session. */
export interface Flow {
  /**
   * Another one, once the one before is done: what comes of the effect is about this one from then on. It is one of which
   * `isSimple` is true.
   */
  readonly next: (result: Result) => Download | undefined
}

/** Whether a file can follow another one in a flow: nothing is asked of the disk before it. */
export const isSimple = ({ localPath, options }: Download): boolean =>
  SmallDownload.isSimple(options) &&
  options.rate === undefined &&
  LocalPlace.isFree(localPath, options) &&
  options.hasPartialFile === false

/**
 * The same for a caller that is masked already and has the services at hand, which takes longer than some small files do.
 * It begins at the call.
 */
export const toFileBy = (
  masked: Masked.Masked,
  services: Services,
  first: Download,
  flow?: Flow
): Effect.Effect<Result, DownloadFile.FileError | FtpUsageError> => {
  const { files, pool } = services
  let download = first
  const large = () => {
    const { localPath, options, path } = download
    return LocalPlace.orInNewFolder(files, localPath, provideServices(services, largeToFile(path, localPath, options)))
  }
  const spanned = () => Effect.withSpan(large(), NAME, { captureStackTrace: false })
  // A file that is seen has a span of its own.
  const small: SmallDownload.Flow | undefined =
    flow === undefined || !isSimple(first) || Observability.isSeen(masked.fiber)
      ? undefined
      : {
          next: (result) => {
            const next = flow.next(result)
            if (next === undefined) {
              return undefined
            }
            Counting.transferred("Download", result.bytes)
            download = next
            return smallOf(next, Option.none())
          }
        }
  return SmallDownload.isSimple(first.options)
    ? Observed.small(
        masked.fiber,
        { name: NAME, direction: "Download", path: first.path, endpoints: pool.endpoints },
        () => smallToFile(masked, services, first, small),
        { inSpan: () => masked.restore(large()), spanned: () => masked.restore(spanned()) }
      )
    : masked.restore(spanned())
}

const smallOf = (
  { localPath, onBytes, options, path }: Download,
  replaced: Option.Option<LocalInfo>
): SmallDownload.SmallFile => ({ path, localPath, size: options.expectedSize ?? 0, replaced, options, onBytes })

const smallToFile = (
  masked: Masked.Masked,
  services: Services,
  download: Download,
  flow: SmallDownload.Flow | undefined
) => {
  const { localPath, options } = download
  const { hasPartialFile } = options
  const fetch = (replaced: Option.Option<LocalInfo>) =>
    SmallDownload.toFile(masked, services, smallOf(download, replaced), flow)
  const fetched = LocalPlace.isFree(localPath, options)
    ? fetch(Option.none())
    : Effect.flatMap(masked.restore(LocalPlace.replacedBy(services.files, localPath, options)), fetch)
  return hasPartialFile === false
    ? fetched
    : Effect.tap(fetched, (result) =>
        // What the long way has to do finds the partial file itself.
        result === undefined ? Effect.void : discardAbandoned(services, localPath, hasPartialFile)
      )
}

/** What a killed download left of a file that took the long way then. */
const discardAbandoned = (
  services: Services,
  localPath: string,
  hasPartialFile: boolean | undefined
): Effect.Effect<void> =>
  Effect.catchAll(provideServices(services, PartialFile.discardAbandoned(localPath, hasPartialFile)), (error) =>
    LocalPlace.warn(localPath, error)
  )

const NAME = "FtpTransfer.toFile"

const largeToFile = Effect.fnUntraced(function* (path: string, localPath: string, options: ToFileOptions) {
  const { segments = 1 } = options
  const replaced = yield* LocalPlace.replacedBy(yield* FtpLocalFile, localPath, options)
  const downloaded = DownloadFile.toFile(path, localPath, {
    demand: yield* Demand.make(options),
    limit: yield* limitOf(options),
    times: options.times ?? "IfPossible",
    expectedModified: options.expectedModified,
    partialFile: options.partialFile ?? "Keep",
    changed: options.changed ?? "Fail",
    durability: options.durability ?? "Synced",
    existing: options.existing ?? "Replace",
    mode: Option.flatMap(replaced, ({ mode }) => mode),
    segments: typeof segments === "number" ? Math.max(1, Math.floor(segments)) : segments,
    expectedSize: options.expectedSize,
    schedules: yield* schedulesOf(options),
    maxBytes: yield* maxBytesOf(options),
    onProgress: (bytes, total) => options.onProgress?.({ bytes, total }),
    onResume: (bytes) => options.onResume?.(bytes)
  })
  const { bytes, evidence } = yield* Observed.transfer("Download", path)(downloaded)
  return { bytes, evidence } satisfies Result
})

const maxBytesOf = ({ maxBytes = Number.POSITIVE_INFINITY }: FetchOptions): Effect.Effect<number, FtpUsageError> =>
  typeof maxBytes === "number" && maxBytes >= 0
    ? Effect.succeed(maxBytes)
    : new FtpUsageError({ argument: "maxBytes", why: "must be a number of bytes from 0 on" })
