/** What a transfer can be asked for, and what it returns; public as `FtpTransfer`'s. */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type { DataError, FtpIntegrityError, FtpTransferInterrupted, OpenError } from "../base/FtpError.ts"
import type { FtpEvidence, Strength } from "../base/FtpEvidence.ts"
import type { FtpRate } from "../base/FtpRate.ts"
import type { FtpLocalFileError, LocalInfo, Reader } from "../platform/FtpLocalFile.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"

/**
 * A finished transfer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  /** The size of the file in bytes. */
  readonly bytes: number
  /** How it was verified: as strictly as requested, or more. */
  readonly evidence: FtpEvidence
}

/**
 * How far a transfer is: the bytes so far, and the total if it is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress {
  readonly bytes: number
  readonly total: Option.Option<number>
}

/**
 * What every transfer can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  /** Called for each chunk, in the transfer's own fiber: it must be quick and must not throw. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /**
   * Called at each interruption that `retry` is asked about, before the pause, or before the transfer is given up; also
   * if the server refuses the transfer for now, which goes by the `busy` schedule. It must be quick and must not throw.
   */
  readonly onRetry?: ((interrupted: FtpTransferInterrupted) => void) | undefined
  /**
   * When to resume after an interruption. Default the `resume` schedule of `FtpRetry` that the pool was made with. What
   * the server refuses for now, before it moves a byte, always goes by the pool's `busy` schedule.
   */
  readonly retry?: Schedule.Schedule<unknown, FtpTransferInterrupted> | undefined
  /**
   * How strictly to verify at least; otherwise the transfer fails with an `FtpIntegrityError` `Unverified`. Default:
   * what is known without another question, which is the size on most servers. Unless it is `"Reply"`, a download of a
   * second or more asks for the time again at its end, and fails with `Changed` if the file was written meanwhile.
   *
   * - `"Reply"` is the server's final reply alone: neither sizes nor times can make the transfer fail. See `ignoreSize`.
   * - `"Size"` fails if the server reports no size.
   * - `"SizeAndTime"` costs a download two questions.
   * - `"Hash"` needs an `FtpHasher`, and makes the server read the whole file again, which takes minutes for a large one.
   */
  readonly verify?: Strength | undefined
  /**
   * Whether the sizes that the server reports don't count, for servers whose SIZE is wrong for good: files that are
   * compressed, converted or generated while they are sent. No size is asked for then; so a download has no total and
   * only one segment, and an interrupted upload is sent again from its first byte. It is an `FtpUsageError` together
   * with `verify: "Size"` or `"SizeAndTime"`. Default false; `verify: "Reply"` implies it.
   */
  readonly ignoreSize?: boolean | undefined
  /** A limit on the speed, besides the pool's: a shared one, or bytes per second for this transfer alone. */
  readonly rate?: FtpRate | number | undefined
}

/**
 * What can go wrong in a transfer, except on the local side.
 *
 * @since 0.1.0
 * @category models
 */
export type TransferError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

/**
 * What every download can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchOptions extends TransferOptions {
  /**
   * The most bytes that the file, or the range of it, may have. A larger one is an `FtpIntegrityError` `TooLarge`: before the first byte if
   * the server announces its size, else as soon as the limit is passed. A server that announces none could send bytes
   * without end. Default: no limit. In any case a server that sends more than it announced is a `Size` error at once.
   */
  readonly maxBytes?: number | undefined
}

/**
 * What a download can be asked for: all of a file, or a range of it. A range can't be verified by `"Hash"`, which is a
 * `FtpUsageError`. It begins by REST. A server that refuses REST, or ignores it, sends the file from its first byte, up
 * to the range. Whether it ignores REST is found out once, by asking for the last byte of a file; of a server that
 * reports no sizes, or whose sizes don't count, nothing proves it, and the file is read from its first byte too.
 *
 * @since 0.1.0
 * @category models
 */
export interface DownloadOptions extends FetchOptions {
  /**
   * The first byte that is wanted, from 0 on. One after the last byte of the file is an `FtpIntegrityError` `Size`, if
   * the server reports sizes. Default 0.
   */
  readonly offset?: number | undefined
  /**
   * How many bytes are wanted at most: fewer come if the file ends before. What follows is not sent to the end, which
   * may cost the session. Default all that follow.
   */
  readonly length?: number | undefined
  /**
   * The most bytes that may be read from the beginning of the file and dropped, where the server can't begin at an
   * offset, or nothing proves that it does. If more were needed, the error is an `FtpRejected`, if it refuses REST, or
   * else an `FtpIntegrityError` `IgnoredOffset`. Default no limit.
   */
  readonly maxSkipped?: number | undefined
}

/**
 * What a file that is read into memory can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadFileOptions extends DownloadOptions {
  /** The most bytes that the file, or the range of it, may have; see `FetchOptions`. Default 256 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * What a download to a local file can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToFileOptions extends FetchOptions {
  /** What to do if the local file exists. Default `"Replace"`, in one step, once the new one is whole. */
  readonly existing?: "Replace" | "Fail" | undefined
  /** Whether the local file gets the remote one's time, if the server reports it. Default `"IfPossible"`. */
  readonly times?: "IfPossible" | "Now" | undefined
  /**
   * What becomes of `NAME.ftp-effect.part` when the download fails for good. Default `"Keep"`: a later call, of any
   * process, resumes it if the server still has that very file. Partial files below 1 MiB, and of files that could not
   * be recognised again, are removed in any case.
   */
  readonly partialFile?: "Keep" | "Remove" | undefined
  /**
   * What to do when the file on the server is replaced during the transfer. Default `"Fail"`, with an
   * `FtpIntegrityError`; `"StartOver"` fetches all of the new file, once.
   */
  readonly changed?: "Fail" | "StartOver" | undefined
  /**
   * When the new file gets its final name. `"Synced"`: when it is on the disk (fsync). It is synced during the
   * download, every 64 MiB; how long the last sync takes depends on the disk. `"Written"`: when the operating system
   * has all of it, as with cp and curl. Then a power cut soon after may leave a damaged file under its final name, and
   * what an interrupted download left can't be resumed after one. Default `"Synced"`.
   */
  readonly durability?: "Written" | "Synced" | undefined
  /**
   * Over how many sessions at most the file is fetched, a range each: if a server throttles each connection, or a line
   * loses packets, that is as many times faster. `"auto"` begins with one and takes more as long as the rate rises.
   * Default 1. Fewer if the pool has fewer to spare, or if a range would be below 4 MiB; one if the server does not
   * report the size or can't begin at an offset.
   */
  readonly segments?: number | "auto" | undefined
  /**
   * The size in bytes from a listing. A file of at most 256 KiB is then fetched in one step, without SIZE and without a
   * partial file that a later call could resume; no session is opened for `segments` in vain. A file that has another
   * size by now is fetched all the same. Default unknown.
   */
  readonly expectedSize?: number | undefined
  /**
   * The file's time from a listing (MLSD): if MDTM is refused, and of a pool with one host, so that a small file need not
   * be asked for it. Default unknown.
   */
  readonly expectedModified?: FtpTime | undefined
  /** What was found at the local path a moment ago, so that the disk is not asked again. Default unknown. */
  readonly found?: Option.Option<LocalInfo> | undefined
  /**
   * Whether a partial file or a lock of an earlier download to the local path was found a moment ago. A small file does not
   * need it: once it is there, what is not another download's is removed. Default unknown, so that the disk is asked.
   */
  readonly hasPartialFile?: boolean | undefined
  /** Called once if the download resumes a partial file of an earlier call: how many bytes of it. */
  readonly onResume?: ((bytes: number) => void) | undefined
}

/**
 * What an upload can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface UploadOptions extends TransferOptions {
  /**
   * Called at each STOR or APPE: with `"Sent"` when it is sent, as the server may have emptied the file from then on, before
   * the first byte; with `"NotApplied"` if that one is refused before the transfer begins. With `atomic` it is about the
   * temporary name. It must be quick and must not throw.
   */
  readonly onStore?: ((state: "Sent" | "NotApplied") => void) | undefined
  /**
   * Whether the file is sent to a temporary name beside the final one, `.NAME.1a2b3c4d.ftp-effect`, and is renamed into
   * place after verification, so that no client ever sees an incomplete file. If the server does not replace files, the
   * old one is moved aside first, to `.NAME.old.1a2b3c4d.ftp-effect`, and deleted last; if the rename is refused even
   * then, the old one gets its name back. Only if the server reports that the name is taken, and refuses to move the
   * file that has it, is the old one deleted right before the rename. Default false, as some servers allow no rename.
   */
  readonly atomic?: boolean | undefined
  /**
   * Done before an `atomic` upload gets its final name, and again if the server refuses that name, as it may be taken: the
   * upload fails as this does. It is not done for a small file that gets its name at once. Default nothing.
   */
  readonly onPublish?:
    | Effect.Effect<void, OpenError | DataError | FtpIntegrityError | FtpTransferInterrupted>
    | undefined
}

/**
 * What an append can be asked for. It can be verified by `"Size"` at most, as nothing shows what was in the file before.
 *
 * @since 0.1.0
 * @category models
 */
export interface AppendOptions extends Omit<TransferOptions, "onRetry" | "retry" | "verify"> {
  /** How strictly to verify at least: see `TransferOptions`. */
  readonly verify?: "Reply" | "Size" | undefined
}

/**
 * What an upload of a local file can be asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface FromFileOptions extends UploadOptions {
  /**
   * Whether the remote file gets the local one's time. Default `"Now"`, the time of the upload, as the commands for it
   * cost a round trip and not every server has one. With `"Keep"`, a server that has none is a `FtpRejected`
   * `Unsupported`, before the first byte; after the upload only if nothing but trying shows it, which is once for each
   * pool. With `"IfPossible"` a server that refuses is no error.
   */
  readonly times?: "Keep" | "IfPossible" | "Now" | undefined
  /**
   * Whether to resume the partial upload, of 1 MiB or more, that an earlier call of any process left on the server when
   * it was interrupted or killed. Default `"Never"`. With `"IfVerified"` only the rest is sent, if what is there is
   * proven to be the beginning of this very file:
   *
   * - by the server's hash of it, if the server has an algorithm that is known here; else
   * - by our own record, if `FtpUploadRecords` is provided: the same local file (device, inode, size, time) was sent to
   *   this server and path, at least as far. Its last 64 KiB are read back, and, before the upload counts as done, 4 KiB
   *   around its first byte that is not zero; the bytes between are not compared. So the evidence is at most `Size`, and
   *   the file is not resumed if `verify` is `"SizeAndTime"`.
   *
   * An `atomic` upload that is interrupted leaves its partial upload for the next call. A partial upload that another
   * client is still writing is left alone. Without proof the whole file is sent. It costs a question or two, and with a
   * hash an `atomic` upload a listing of the directory.
   *
   * `"IfRecorded"` is the same for partial uploads that our own record names: without one nothing is asked. Mirrors do that.
   */
  readonly resume?: "IfVerified" | "IfRecorded" | "Never" | undefined
  /** What was found at the local path a moment ago, so that the disk is not asked again. Default unknown. */
  readonly found?: LocalInfo | undefined
  /** Called once if a partial upload of an earlier call is resumed: how many bytes of it. */
  readonly onResume?: ((bytes: number) => void) | undefined
  /**
   * Called once with `resume: "IfVerified"` if the server has a file that may be a partial upload of this one, of so
   * many bytes, and it is not proven: the whole file is sent.
   */
  readonly onUnproven?: ((bytes: number) => void) | undefined
  /**
   * Called once if an `atomic` upload with `resume` fails or is interrupted, and leaves its partial upload on the server for the
   * next call: with the path that it has there. If the connection broke while the partial upload of an earlier call was
   * renamed, and the server can't be asked, that is the path that it was to get. It must be quick and must not throw.
   * Default nothing.
   */
  readonly onKept?: ((at: string) => void) | undefined
  /** Called with the local file's time once the remote file has it. It must be quick and must not throw. Default nothing. */
  readonly onTimeSet?: ((at: DateTime.Utc) => void) | undefined
  /**
   * Called each time that the file was opened, before its first byte is read; the upload fails as it does. It is not
   * called for a file that is the one of `found`, by its id. Default nothing.
   */
  readonly onOpen?:
    | ((opened: Pick<Reader, "id" | "isDoubtfulLink">) => Effect.Effect<void, FtpLocalFileError>)
    | undefined
}
