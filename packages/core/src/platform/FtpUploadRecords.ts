/**
 * What this machine remembers of uploads that are not done: how a later run, of any process, knows that a partial file
 * on a server is of the local file that it sends. A platform keeps texts under names; what they say is
 * `transfer/upload/record`. `NodeFtpUploadRecords` keeps them in a folder. Without a layer nothing is remembered, and
 * only a hash of the server's proves what a partial upload is.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FtpLocalFileError } from "./FtpLocalFile.ts"

/**
 * Texts by name. A name is at most 32 characters, lower-case letters and digits; a text is at most 64 KiB.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpUploadRecords {
  /** `None` if there is none, if it can't be read, or if another user can have written it. */
  readonly read: (name: string) => Effect.Effect<Option.Option<string>>
  /**
   * Writes it in one step: concurrent readers see the old text or the new one, also if the process is killed meanwhile.
   * Only our own user can read it. The oldest texts may be removed.
   */
  readonly write: (name: string, text: string) => Effect.Effect<void, FtpLocalFileError>
  /** Succeeds if there is none. */
  readonly remove: (name: string) => Effect.Effect<void, FtpLocalFileError>
}

/**
 * The tag of `FtpUploadRecords`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpUploadRecords: Context.Tag<FtpUploadRecords, FtpUploadRecords> = Context.GenericTag<FtpUploadRecords>(
  "@ftp-effect/core/FtpUploadRecords"
)
