/**
 * When the TLS handshake of a data connection that we dial begins. Most servers let it begin with the connection, which
 * saves a round trip; pyftpdlib closes a connection on which bytes arrive before the transfer command.
 *
 *     unknown ──an early handshake completes───────────────────────► early
 *        ├──the greeting names a server that closes such ones──────► late: after the first reply to the command
 *        └──an early handshake is cut short────────────────────────► late
 */
import type { DataError, FtpConnectError } from "../base/FtpError.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type * as Reply from "../protocol/Reply.ts"
import * as ReplyMeaning from "../protocol/ReplyMeaning.ts"

const FACT = "Early TLS"

export const isAllowed = (capabilities: ServerCapabilities, greeting: Reply.Reply): boolean => {
  if (capabilities.get(FACT) === "Unknown" && ReplyMeaning.wantsLateTls(greeting)) {
    capabilities.set(FACT, false)
  }
  return capabilities.get(FACT) !== "Fails"
}

export const completed = (capabilities: ServerCapabilities): void => {
  if (capabilities.get(FACT) === "Unknown") {
    capabilities.set(FACT, true)
  }
}

/** Whether this failure of an early handshake shows that the server wants it late. */
export const isTooEarly = (capabilities: ServerCapabilities, error: DataError): error is FtpConnectError => {
  const isCutShort = error._tag === "FtpConnectError" && error.stage === "Tls" && error.reason === "Unreachable"
  if (!isCutShort || capabilities.get(FACT) !== "Unknown") {
    return false
  }
  capabilities.set(FACT, false)
  return true
}
