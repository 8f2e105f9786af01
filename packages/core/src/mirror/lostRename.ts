/**
 * What a rename that failed says about what is there:
 *
 *     C: RNFR a                S: 350
 *     C: RNTO b                the connection breaks, or 30 s pass
 *     C: MLST a, MLST b        only b is there: it was renamed
 *                              only a is there: a slow server may still rename it, whatever is done meanwhile
 */
import type { MirrorError } from "./trees.ts"

/** Whether the server may have renamed, or may still rename: it got RNTO, and its reply is not known. */
export const mayBeDone = (error: MirrorError): boolean => {
  switch (error._tag) {
    case "FtpConnectionLost":
    case "FtpProtocolViolation":
      return error.outcome !== "NotApplied" && (error.verb === undefined || error.verb === "RNTO")
    // No command was sent without a session.
    case "FtpAuthError":
    case "FtpConnectError":
    case "FtpLocalFileError":
    case "FtpRejected":
    case "FtpUsageError":
      return false
    case "FtpIntegrityError":
    case "FtpListingError":
    case "FtpTransferInterrupted":
      return true
  }
}
