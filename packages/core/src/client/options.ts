/** Options of listings, and what operations can fail with. `FtpClient` is the public module. */
import type { DataError, FtpListingError, OpenError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import type { ListOptions as SessionListOptions } from "../session/FtpSession.ts"
import type { OnUnread } from "./unread.ts"

/**
 * What an operation without a data connection can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientError = OpenError

/**
 * What a listing can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type ListError = OpenError | DataError | FtpListingError

/**
 * How a directory is listed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends SessionListOptions {
  /** What lines that can't be read mean, if others can. Default `"Warn"`. */
  readonly onUnread?: OnUnread | undefined
}

/**
 * How a tree is walked.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalkOptions extends ListOptions {
  /** How many levels below the start are listed; 1 lists the start only. Default 256, which no real tree exceeds. */
  readonly depth?: number | undefined
  /** Directories listed at once. Default the size of the pool. */
  readonly concurrency?: number | undefined
  /** Whether to look into a directory. Default all. */
  readonly enter?: ((directory: FtpEntry) => boolean) | undefined
}
