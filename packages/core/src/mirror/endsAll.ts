/** Which failures of one file the next one would have too. */
import type { MirrorError } from "./trees.ts"

/** Whether it makes no sense to continue: no login, no server, no room. */
export const endsAll = (error: MirrorError): boolean => {
  switch (error._tag) {
    case "FtpAuthError":
      return true
    case "FtpConnectError":
      return error.reason === "Tls" || (error.channel === "Control" && error.stage !== "Pool")
    case "FtpRejected":
      return error.reason === "StorageFull"
    case "FtpTransferInterrupted":
      return endsAll(error.cause) && (error.cause._tag !== "FtpConnectError" || error.cause.reason === "Tls")
    case "FtpLocalFileError":
      return error.reason === "NoSpace"
    default:
      return false
  }
}
