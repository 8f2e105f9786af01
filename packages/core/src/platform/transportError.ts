/** The error of a transport; public as `FtpTransport`'s. */
import type { ProxyProblem } from "../base/FtpError.ts"
import { TaggedError } from "../protocol/taggedError.ts"

/**
 * What went wrong below FTP. It never leaves the library: floor 3 turns it into a `FtpConnectError` or
 * `FtpConnectionLost`. `Closed` is an operation on a connection that is already gone; `Reset` is the peer's RST or a
 * broken pipe.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpTransportError extends TaggedError("FtpTransportError")<{
  readonly reason:
    | "Resolve"
    | "Refused"
    | "Unreachable"
    | "TimedOut"
    | "Reset"
    | "Closed"
    | "AddressInUse"
    | "Tls"
    | "Other"
  /** One line for a person, never empty. It does not repeat the host and port that the caller asked for. */
  readonly detail: string
  /** Present if the peer was reached, and the TLS handshake is what did not come about. */
  readonly stage?: "Tls" | undefined
  /** Present if the proxy is at fault, not the peer. */
  readonly proxy?: ProxyProblem | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return this.detail
  }
}
