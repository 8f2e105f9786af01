/**
 * Node's error codes as reasons, in words.
 */
import { FtpTransportError } from "@ftp-effect/core/FtpTransport"

/** Alerts have the names that OpenSSL gave them before 3.2, which has SSL/TLS in place of SSLV3. */
const REASONS: Record<string, readonly [reason: FtpTransportError["reason"], words: string]> = {
  ENOTFOUND: ["Resolve", "no such host"],
  ENODATA: ["Resolve", "the host has no address"],
  EAI_AGAIN: ["Resolve", "the name server did not answer"],
  EAI_FAIL: ["Resolve", "the name server failed"],
  EAI_NONAME: ["Resolve", "no such host"],
  ECONNREFUSED: ["Refused", "connection refused"],
  EHOSTUNREACH: ["Unreachable", "host unreachable"],
  EHOSTDOWN: ["Unreachable", "host is down"],
  ENETUNREACH: ["Unreachable", "network unreachable"],
  ENETDOWN: ["Unreachable", "network is down"],
  EADDRNOTAVAIL: ["Unreachable", "address not available"],
  ETIMEDOUT: ["TimedOut", "no answer in time"],
  ECONNRESET: ["Reset", "connection reset by the peer"],
  ECONNABORTED: ["Reset", "connection aborted"],
  EPIPE: ["Reset", "the peer no longer reads"],
  ERR_STREAM_DESTROYED: ["Closed", "the connection is closed"],
  ERR_STREAM_PREMATURE_CLOSE: ["Closed", "the connection is closed"],
  ERR_STREAM_WRITE_AFTER_END: ["Closed", "the output of the connection was ended"],
  ERR_SOCKET_CLOSED: ["Closed", "the connection is closed"],
  ERR_SERVER_NOT_RUNNING: ["Closed", "the listener is closed"],
  EADDRINUSE: ["AddressInUse", "address in use"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["Tls", "the peer does not speak TLS here"],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ["Tls", "the peer does not speak TLS here"],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ["Tls", "no version of TLS in common with the peer"],
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: ["Tls", "no version of TLS in common with the peer"],
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: ["Tls", "no cipher in common with the peer"],
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: ["Tls", "the peer does not speak FTP here"],
  ERR_SSL_NO_SHARED_CIPHER: ["Tls", "no cipher in common with the peer"],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ["Tls", "the peer asks for a certificate of ours"],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: ["Tls", "the peer does not know the authority of our certificate"],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ["Tls", "the peer does not accept our certificate"],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: ["Tls", "the peer does not accept our certificate"],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: ["Tls", "our certificate has expired"],
  EACCES: ["Other", "permission denied"],
  EMFILE: ["Other", "this process has too many files open"],
  ENFILE: ["Other", "this machine has too many files open"]
}

/**
 * What Node threw or emitted, as a `FtpTransportError`. `about` says what failed ("192.0.2.1"), where the caller does
 * not know that. Of several errors (AggregateError: one per address) the most telling one gives the reason, and all are
 * told.
 * @category constructors
 */
export const fromNode = (error: unknown, about?: string): FtpTransportError => {
  if (error instanceof FtpTransportError) {
    return error
  }
  if (error instanceof AggregateError && error.errors.length > 0) {
    return mostTelling(error.errors.map((each) => fromNode(each, addressOf(each) ?? about)))
  }
  const code = codeOf(error)
  const [reason, words] = REASONS[code.replace("_SSL/TLS_ALERT_", "_SSLV3_ALERT_")] ?? [
    code.startsWith("ERR_SSL_") ? "Tls" : "Other",
    error instanceof Error ? error.message : String(error)
  ]
  const detail = `${about === undefined ? "" : `${about}: `}${words}${code === "" ? "" : ` (${code})`}`
  return new FtpTransportError({ reason, detail, cause: error })
}

/**
 * What broke a connection that TLS protected. What OpenSSL can't read then is no sign of a peer without TLS: vsftpd
 * says "500 OOPS" unencrypted when one of its processes has died.
 * @category constructors
 */
export const fromProtected = (error: unknown): FtpTransportError => {
  const code = codeOf(error)
  return code.startsWith("ERR_SSL_") && !code.includes("_ALERT_")
    ? new FtpTransportError({
        reason: "Reset",
        detail: `it broke off, as bytes came that are not of TLS (${code})`,
        cause: error
      })
    : fromNode(error)
}

/**
 * One error for several addresses that all failed: an answer says more than an unreachable network, as a machine
 * without IPv6 has no route to any IPv6 address.
 * @category combinators
 */
export const mostTelling = (errors: ReadonlyArray<FtpTransportError>): FtpTransportError => {
  const told = errors.find(({ reason }) => reason !== "Unreachable") ?? errors[0]
  return new FtpTransportError({
    reason: told?.reason ?? "Other",
    detail: errors.map(({ detail }) => detail).join("; ") || "no address could be reached",
    cause: told?.cause
  })
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : ""

const addressOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "address" in error && "port" in error
    ? `${error.address} port ${error.port}`
    : undefined
