/**
 * Whole files, moved and verified.
 *
 *     download   borrow ──► RETR, with SIZE beside it ──► bytes ──► end and 2yz ──► count = SIZE? ──► done
 *     to a file  NAME.part ──► download ──► on the disk ──► rename to NAME          failure: NAME.part is removed
 *     upload     borrow ──► STOR ──► bytes, FIN ──► 2yz ──► SIZE = count? ──► done   failure: RST, never FIN
 *
 * A transfer succeeds only with its evidence: the server's final reply, and the size where the server tells sizes. It
 * does NOT choose servers (`FtpPool`) or know how a session transfers (`FtpSession`).
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Endpoint from "./FtpEndpoint.ts"
import type { FtpTime } from "./FtpEntry.ts"
import { type CommandError, type DataError, IntegrityError, type OpenError, TransferInterrupted } from "./FtpError.ts"
import { FtpLocalFile, LocalFileError } from "./FtpLocalFile.ts"
import { FtpPool } from "./FtpPool.ts"
import type * as FtpSession from "./FtpSession.ts"
import type { FtpSource } from "./FtpSource.ts"
import * as File from "./internal/exchange/file.ts"
import * as Observe from "./internal/observe.ts"
import * as Command from "./protocol/Command.ts"
import * as Timestamp from "./protocol/Timestamp.ts"

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
}

/**
 * What can go wrong in a transfer, but for the local side.
 *
 * @since 0.1.0
 * @category models
 */
export type TransferError = OpenError | DataError | TransferInterrupted | IntegrityError

/**
 * The bytes of a file. Chunks may be kept. Leaving the stream early ends the transfer; nothing is verified then.
 *
 * @since 0.1.0
 * @category operations
 */
export const download = (
  path: string,
  options: TransferOptions = {}
): Stream.Stream<Uint8Array, TransferError, FtpPool> =>
  Stream.unwrapScoped(
    Effect.map(openDownload(path, options), ({ read }) =>
      Stream.repeatEffectOption(
        Effect.matchEffect(read, {
          onFailure: (error) => Effect.fail(Option.some(error)),
          onSuccess: Option.match({
            onNone: () => Effect.fail(Option.none()),
            onSome: (bytes) => Effect.succeed(bytes.slice())
          })
        })
      )
    )
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
}

/** Beside the file, so that the rename stays on one disk. */
const PART_SUFFIX = ".part"

/**
 * Downloads to a local file. Under its final name there is either what was there before or the whole new file: the
 * bytes go to `NAME.part`, which is renamed when it is proven and on the disk, and removed when it can't be.
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
  const files = yield* FtpLocalFile
  yield* checkTarget(localPath, options)
  const part = `${localPath}${PART_SUFFIX}`
  return yield* Effect.scoped(
    Effect.gen(function* () {
      yield* Effect.addFinalizer((exit) => (exit._tag === "Failure" ? Effect.ignore(files.remove(part)) : Effect.void))
      const { bytes, evidence, modified } = yield* Effect.scoped(toPart(path, part, options))
      if (options.times !== "Now" && Option.isSome(modified)) {
        yield* files.setModified(part, modified.value.at)
      }
      yield* files.rename(part, localPath)
      return { bytes, evidence } satisfies Result
    })
  )
})

/** The part is whole and on the disk when this completes, and closed with the scope. */
const toPart = (path: string, part: string, options: ToFileOptions) =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const writer = yield* files.openWriter(part, "Truncate")
    const { evidence, modified, read } = yield* openDownload(path, options)
    let bytes = 0
    while (true) {
      const next = yield* read
      if (Option.isNone(next)) {
        break
      }
      yield* writer.write(next.value, bytes)
      bytes += next.value.byteLength
    }
    yield* writer.sync
    return { bytes, evidence, modified }
  })

/**
 * Sends a source to a remote path, replacing what is there, and checks the size that the server has then. An upload that
 * can't be finished is abandoned by RST; the server may keep a part of the file.
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
  const pool = yield* FtpPool
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const session = yield* pool.borrow()
      const label = Endpoint.toLabel(session.endpoint)
      const pull = yield* source.open(0)
      let sent = 0
      const counted = Effect.tap(
        Effect.mapError(pull, (error) => new SourceFailed(error)),
        (bytes) => {
          if (Option.isSome(bytes)) {
            sent += bytes.value.byteLength
            options.onProgress?.({ bytes: sent, total: source.size })
            return Effect.void
          }
          return Option.isSome(source.size) && source.size.value !== sent
            ? integrity("Changed", "Upload", path, label, source.size.value, sent)
            : Effect.void
        }
      )
      yield* session
        .transmit(Command.stor(path), counted, { path })
        .pipe(
          Effect.mapError((error): E | TransferError =>
            error instanceof SourceFailed
              ? error.error
              : isInterruption(error)
                ? interrupted(path, "Upload", 0, sent, error)
                : error
          )
        )
      return yield* verifyUpload(session, path, label, sent)
    })
  )
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
    return yield* new LocalFileError({
      reason: "IsDirectory",
      operation: "Open",
      path: localPath,
      detail: "is a directory"
    })
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
    yield* setModified(path, info.value.modified.value)
  }
  return result
})

interface OpenDownload {
  /** Ends only when the transfer is verified. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, TransferError>
  readonly evidence: Evidence
  readonly modified: Option.Option<FtpTime>
}

const openDownload = (
  path: string,
  options: TransferOptions
): Effect.Effect<OpenDownload, OpenError | DataError, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const session = yield* pool.borrow()
    const incoming = yield* session.receive(Command.retr(path), {
      path,
      beside: [Command.size(path), Command.mdtm(path)]
    })
    const [sizeReply, timeReply] = incoming.beside
    const total = sizeReply === undefined ? Option.none<number>() : File.sizeOf(sizeReply)
    const label = Endpoint.toLabel(session.endpoint)
    let received = 0
    const read = incoming.read.pipe(
      Effect.catchIf(isInterruption, (cause) => interrupted(path, "Download", received, received, cause)),
      Effect.tap((bytes) => {
        if (Option.isSome(bytes)) {
          received += bytes.value.byteLength
          options.onProgress?.({ bytes: received, total })
          return Effect.void
        }
        return Option.isSome(total) && total.value !== received
          ? integrity("Size", "Download", path, label, total.value, received)
          : Effect.void
      })
    )
    return {
      read,
      evidence: Option.isSome(total) ? ("Size" as const) : ("ReplyOnly" as const),
      modified: timeReply === undefined ? Option.none() : Timestamp.fromReply213(timeReply)
    }
  })

const verifyUpload = (
  session: FtpSession.FtpSession,
  path: string,
  label: string,
  sent: number
): Effect.Effect<Result, CommandError | IntegrityError> =>
  session.size(path).pipe(
    Effect.map(Option.some),
    // Only what the server can't tell is no evidence; a file that is gone again is.
    Effect.catchIf(
      (error) => error._tag === "Rejected" && error.reason === "Unsupported",
      () => Effect.succeedNone
    ),
    Effect.flatMap((size): Effect.Effect<Result, IntegrityError> => {
      if (Option.isNone(size)) {
        return Effect.succeed({ bytes: sent, evidence: "ReplyOnly" })
      }
      return size.value === sent
        ? Effect.succeed({ bytes: sent, evidence: "Size" })
        : integrity("Size", "Upload", path, label, sent, size.value)
    })
  )

const setModified = (path: string, at: DateTime.Utc) =>
  Effect.scoped(
    Effect.gen(function* () {
      const pool = yield* FtpPool
      const session = yield* pool.borrow()
      yield* session.setModified(path, at)
    })
  )

const checkTarget = (localPath: string, options: ToFileOptions) =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(localPath)
    if (Option.isNone(info)) {
      return
    }
    if (info.value.type === "Directory") {
      return yield* new LocalFileError({
        reason: "IsDirectory",
        operation: "Open",
        path: localPath,
        detail: "is a directory"
      })
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

/** An error of the source passes through a transfer as it is, also when it looks like one of the transfer's own. */
class SourceFailed<E> {
  readonly _tag = "SourceFailed"
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

type Interruption = TransferInterrupted["cause"]

const isInterruption = (error: unknown): error is Interruption =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "ConnectError" ||
    error._tag === "ConnectionLost" ||
    (error._tag === "Rejected" && "outcome" in error && error.outcome === "Unknown"))

const interrupted = (
  path: string,
  direction: "Download" | "Upload",
  offset: number,
  transferred: number,
  cause: Interruption
) =>
  new TransferInterrupted({
    path,
    direction,
    offset,
    transferred,
    cause,
    outcome: cause._tag === "ConnectError" ? "NotApplied" : cause.outcome
  })

const integrity = (
  reason: IntegrityError["reason"],
  direction: "Download" | "Upload",
  path: string,
  endpoint: string,
  expected: number,
  actual: number
) =>
  new IntegrityError({
    reason,
    direction,
    path,
    expected: `${expected} bytes`,
    actual: `${actual} bytes`,
    endpoint
  })
