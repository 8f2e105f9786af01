/**
 * Whole files, moved and verified, over as many attempts as it takes.
 *
 *     download   borrow ──► RETR, with SIZE and MDTM beside it ──► bytes ──► end and 2yz ──► count = SIZE? ──► done
 *     to a file  NAME.ftp-effect.part and a journal ──► download ──► closed ──► rename to NAME      stopped: kept for the next run
 *     upload     borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = count? ──► done       stopped: RST, never FIN
 *        any of them interrupted ──FtpRetry.resume──► same file? ──► REST ──► goes on where it was
 *
 * A transfer succeeds only with its evidence: the server's final reply, and the size where the server tells sizes. The
 * mechanism is `internal/transfer`. This file does NOT choose servers (`FtpPool`), or know how a session transfers
 * (`FtpSession`).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { DataError, IntegrityError, OpenError, TransferInterrupted } from "./FtpError.ts"
import { FtpLocalFile, LocalFileError } from "./FtpLocalFile.ts"
import { FtpPool } from "./FtpPool.ts"
import type { FtpSource } from "./FtpSource.ts"
import * as Observe from "./internal/observe.ts"
import * as Download from "./internal/transfer/download.ts"
import * as ToFile from "./internal/transfer/toFile.ts"
import * as Upload from "./internal/transfer/upload.ts"

/**
 * What shows that a transfer is whole. `"Size"`: the server's final reply, and as many bytes as it says the file has.
 * `"ReplyOnly"`: its reply alone, as it has no SIZE.
 *
 * @since 0.1.0
 * @category models
 */
export type Evidence = "Size" | "ReplyOnly"

/**
 * A finished transfer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  /** The size of the file in bytes. */
  readonly bytes: number
  readonly evidence: Evidence
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
  readonly resume?: Schedule.Schedule<unknown, TransferInterrupted> | undefined
}

/**
 * What can go wrong in a transfer, but for the local side.
 *
 * @since 0.1.0
 * @category models
 */
export type TransferError = OpenError | DataError | TransferInterrupted | IntegrityError

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
      const { identity, read } = yield* Download.open(path, yield* resumeOf(options))
      let bytes = 0
      return Stream.repeatEffectOption(
        Effect.matchEffect(read, {
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
  readonly partial?: "Keep" | "Remove" | undefined
  /**
   * What to do when the file on the server is replaced in mid-transfer, or the server can't go on at an offset. Default
   * `"Fail"`, with an `IntegrityError`; `"StartOver"` fetches all of the new file, once.
   */
  readonly changed?: "Fail" | "StartOver" | undefined
  /**
   * When the new file gets its final name. `"Written"`: when the operating system has all of it, which writes it to the
   * disk when it likes, so that a power cut soon after may leave a damaged file under its final name. `"OnDisk"`: when it
   * is on the disk; the disk decides how long that takes. Default `"Written"`, which is what cp and curl do.
   */
  readonly rename?: "Written" | "OnDisk" | undefined
}

/**
 * Downloads to a local file. Under its final name there is either what was there before or the whole new file: the
 * bytes go to `NAME.ftp-effect.part`, which is renamed when it is proven. A run that was killed is gone on with by the next one.
 *
 * @since 0.1.0
 * @category operations
 */
export const toFile = Effect.fn("FtpTransfer.toFile")(function* (
  path: string,
  localPath: string,
  options: ToFileOptions = {}
) {
  yield* Effect.annotateCurrentSpan({ [Observe.Attribute.path]: path })
  yield* checkTarget(localPath, options)
  const { bytes, identity } = yield* ToFile.toFile(path, localPath, {
    times: options.times ?? "Keep",
    partial: options.partial ?? "Keep",
    changed: options.changed ?? "Fail",
    rename: options.rename ?? "Written",
    schedule: yield* resumeOf(options),
    onProgress: (bytes, total) => options.onProgress?.({ bytes, total })
  })
  return { bytes, evidence: Option.isSome(identity.size) ? "Size" : "ReplyOnly" } satisfies Result
})

/**
 * Sends a source to a remote path, replacing what is there, and checks the size that the server has then. From a
 * replayable source an interruption is resumed. An upload that can't be finished is abandoned by RST; the server may keep
 * a part of the file.
 *
 * @since 0.1.0
 * @category operations
 */
export const upload = Effect.fn("FtpTransfer.upload")(function* <E, R>(
  path: string,
  source: FtpSource<E, R>,
  options: TransferOptions = {}
) {
  yield* Effect.annotateCurrentSpan({ [Observe.Attribute.path]: path })
  const { bytes, sized } = yield* Upload.send(path, source, yield* resumeOf(options), (bytes) =>
    options.onProgress?.({ bytes, total: source.size })
  )
  return { bytes, evidence: sized ? "Size" : "ReplyOnly" } satisfies Result
})

/**
 * @since 0.1.0
 * @category models
 */
export interface FromFileOptions extends TransferOptions {
  /**
   * Whether the remote file gets the local one's time. Default `"Server"`, as the commands for it cost round trips and
   * not every server has one; with `"Keep"` a server that has none is a `Rejected` `Unsupported`, after the upload.
   */
  readonly times?: "Keep" | "Server" | undefined
}

/**
 * Uploads a local file.
 *
 * @since 0.1.0
 * @category operations
 */
export const fromFile = Effect.fn("FtpTransfer.fromFile")(function* (
  localPath: string,
  path: string,
  options: FromFileOptions = {}
) {
  const files = yield* FtpLocalFile
  const info = yield* files.info(localPath)
  if (Option.isSome(info) && info.value.type === "Directory") {
    return yield* isADirectory(localPath)
  }
  const result = yield* upload(
    path,
    {
      size: Option.map(info, ({ size }) => size),
      replayable: true,
      open: (offset) => Effect.map(files.openReader(localPath, offset), (reader) => reader.read)
    },
    options
  )
  if (options.times === "Keep" && Option.isSome(info) && Option.isSome(info.value.modified)) {
    const at = info.value.modified.value
    const pool = yield* FtpPool
    yield* Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.setModified(path, at)))
  }
  return result
})

const resumeOf = (
  options: TransferOptions
): Effect.Effect<Schedule.Schedule<unknown, TransferInterrupted>, never, FtpPool> =>
  Effect.map(FtpPool, ({ policies }) => options.resume ?? policies.resume)

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
      return yield* new LocalFileError({
        reason: "AlreadyExists",
        operation: "Open",
        path: localPath,
        detail: "exists already"
      })
    }
  })

const isADirectory = (path: string) =>
  new LocalFileError({ reason: "IsDirectory", operation: "Open", path, detail: "is a directory" })
