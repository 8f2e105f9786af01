/** Which of the nine errors an operation can fail with. `FtpError` is the public module. */
import type {
  FtpAuthError,
  FtpConnectError,
  FtpConnectionLost,
  FtpProtocolViolation,
  FtpRejected,
  FtpUsageError
} from "./errors.ts"
import type { FtpIntegrityError, FtpListingError, FtpTransferInterrupted } from "./fileErrors.ts"

/**
 * Any of the nine.
 *
 * @since 0.1.0
 * @category models
 */
export type FtpError =
  | FtpConnectError
  | FtpAuthError
  | FtpConnectionLost
  | FtpRejected
  | FtpProtocolViolation
  | FtpTransferInterrupted
  | FtpIntegrityError
  | FtpListingError
  | FtpUsageError

/**
 * A command on a session that exists: sending it, hearing its replies.
 *
 * @since 0.1.0
 * @category models
 */
export type ExchangeError = FtpConnectionLost | FtpProtocolViolation | FtpUsageError

/**
 * One command with its reply judged.
 *
 * @since 0.1.0
 * @category models
 */
export type CommandError = ExchangeError | FtpRejected

/**
 * Getting a session: from the pool, or by dialling and logging in.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenError = FtpConnectError | FtpAuthError | CommandError

/**
 * Moving bytes over a data connection of a session.
 *
 * @since 0.1.0
 * @category models
 */
export type DataError = CommandError | FtpConnectError
