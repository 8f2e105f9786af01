/**
 * The errors of whole files and of listings, as classes with a schema. `FtpError` is the public module.
 */
import * as Schema from "effect/Schema"
import * as WireText from "../protocol/WireText.ts"
import { Outcome } from "./errorFacts.ts"
import { FtpConnectError, FtpConnectionLost, FtpRejected } from "./errors.ts"

/**
 * A file transfer stopped on its way. `offset` is how many bytes of the file are safe at the receiving end (counted
 * from the file's start, as far as known), `transferred` how many this attempt moved; in an upload that is resumed, how
 * many more the server had kept when it began. Made only by transfers.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpTransferInterrupted extends Schema.TaggedError<FtpTransferInterrupted>(
  "@ftp-effect/core/FtpTransferInterrupted"
)("FtpTransferInterrupted", {
  path: Schema.String,
  direction: Schema.Literal("Download", "Upload"),
  offset: Schema.JsonNumber,
  transferred: Schema.JsonNumber,
  cause: Schema.Union(FtpConnectError, FtpConnectionLost, FtpRejected),
  outcome: Outcome
}) {
  override get message(): string {
    return WireText.toDisplay(`${this.direction} of ${this.path} stopped at byte ${this.offset}: ${this.cause.message}`)
  }
  get isRetryable(): boolean {
    return this.cause.isRetryable
  }
}

/**
 * What arrived is not what was asked for: `Size` and `Hash` differ, the file `Changed` under the transfer, or the
 * server ignored an offset. `Unverified`: nothing is known to be wrong, but what shows it is less than the caller asked
 * for. `TooLarge`: the file has more bytes than the caller allows.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpIntegrityError extends Schema.TaggedError<FtpIntegrityError>("@ftp-effect/core/FtpIntegrityError")(
  "FtpIntegrityError",
  {
    reason: Schema.Literal("Size", "Hash", "Changed", "IgnoredOffset", "Unverified", "TooLarge"),
    direction: Schema.Literal("Download", "Upload"),
    path: Schema.String,
    expected: Schema.String,
    actual: Schema.String,
    endpoint: Schema.String
  }
) {
  override get message(): string {
    return WireText.toDisplay(
      `${this.direction} of ${this.path} (${this.endpoint}) failed verification: expected ${this.expected}, got ${this.actual}`
    )
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A listing that could not be read, or that the server cut short: never taken for an empty directory.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpListingError extends Schema.TaggedError<FtpListingError>("@ftp-effect/core/FtpListingError")(
  "FtpListingError",
  {
    path: Schema.String,
    reason: Schema.Literal("Unreadable", "CutShort", "TooManyEntries", "TooLarge", "LeadsOutOfTree"),
    /** The first line that made no sense, or the server's final reply; cut, and empty if the listing is too large. */
    line: Schema.String,
    /** The limit that was passed: entries for `TooManyEntries`, bytes for `TooLarge`. */
    limit: Schema.optional(Schema.JsonNumber),
    detail: Schema.String,
    endpoint: Schema.String
  }
) {
  override get message(): string {
    const directory = this.path === "" ? "the login directory" : this.path
    const line = this.line === "" ? "" : `: ${this.line}`
    return WireText.toDisplay(`The listing of ${directory} (${this.endpoint}) ${this.detail}${line}`)
  }
  get isRetryable(): boolean {
    return false
  }
}
