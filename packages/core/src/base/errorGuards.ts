/**
 * Questions about an error that is not known to be one of ours.
 */
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"
import type { FtpError } from "./errorGroups.ts"
import { FtpRejected } from "./errors.ts"

const tags: ReadonlySet<string> = new Set([
  "FtpConnectError",
  "FtpAuthError",
  "FtpConnectionLost",
  "FtpRejected",
  "FtpProtocolViolation",
  "FtpTransferInterrupted",
  "FtpIntegrityError",
  "FtpListingError",
  "FtpUsageError"
])

/**
 * Whether a value is one of the nine errors.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFtpError = (value: unknown): value is FtpError =>
  value instanceof Error && "_tag" in value && typeof value._tag === "string" && tags.has(value._tag)

const hasReason = (value: unknown, reason: FtpRejected["reason"]): value is FtpRejected =>
  value instanceof FtpRejected && value.reason === reason

/**
 * Whether the server says that there is no such path.
 *
 * @since 0.1.0
 * @category guards
 */
export const isNotFound = (value: unknown): value is FtpRejected => hasReason(value, "NotFound")

/**
 * Whether the server says that the name is taken.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAlreadyExists = (value: unknown): value is FtpRejected => hasReason(value, "AlreadyExists")

/**
 * Whether this user may not do that.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPermissionDenied = (value: unknown): value is FtpRejected => hasReason(value, "PermissionDenied")

/**
 * Whether the refusal (550, 553) gives no reason: `reason` is then the most likely one, or `"Other"`. vsftpd sends such.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnexplained = ({ reply }: FtpRejected): boolean => ReplyMeaning.givesNoReason(reply)

/**
 * Whether the server says that the file is in use.
 *
 * @since 0.1.0
 * @category guards
 */
export const isBusy = (value: unknown): value is FtpRejected => hasReason(value, "Busy")

/**
 * Whether trying again can help. True for no error but the nine.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (value: unknown): boolean => isFtpError(value) && value.isRetryable
