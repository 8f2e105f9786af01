/**
 * When the TLS handshake of a data connection that we dial begins. Most servers let it begin with the connection, which
 * saves a round trip. pyftpdlib closes a connection on which bytes arrive before the transfer command; whether they do
 * is a race, so a handshake that completes proves nothing.
 *
 *     early ──the greeting names a server that closes such connections──► late: after the first reply to the command
 *       └─────a handshake is cut short, without a refusal──────────────► late
 */
import type { DataError } from "../base/FtpError.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"

export const isKnownToFail = (capabilities: ServerCapabilities): boolean => capabilities.get("Early TLS") === "Fails"

/** Whether an early handshake failed as where it has to be late. From then on it is. */
export const isLesson = (capabilities: ServerCapabilities, error: DataError): boolean => {
  const isCutShort = error._tag === "FtpConnectError" && error.stage === "Tls" && error.reason === "Unreachable"
  if (isCutShort) {
    capabilities.set("Early TLS", false)
  }
  return isCutShort
}
