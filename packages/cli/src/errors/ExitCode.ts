/**
 * What an error means to a script and to a person: the exit code, a hint, and whether going on makes sense.
 *
 *      0  everything done          6  permission denied by the server
 *      1  some of it failed        7  a local file or disk
 *      2  called in a wrong way    8  a file is not what was sent
 *      3  no connection            9  the peer does not speak FTP as it should
 *      4  no login                10  the connection was lost
 *      5  not found               11  the server said no, for another reason
 *                                 12  not encrypted, or not by whom it should be
 *                                 13  less shows that it is whole than was asked for
 *
 *    130  interrupted (Ctrl-C)   143  terminated   129  hung up   141  nobody reads the output   70  a defect of ours
 *
 * The table is complete by type: an error or a reason without a code does not compile.
 */
import type {
  FtpConnectError,
  FtpError,
  FtpIntegrityError,
  FtpRejected,
  FtpTransferInterrupted
} from "@ftp-effect/core/FtpError"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { CliError, Incomplete, OutputClosed } from "./CliError.ts"

export const Ok = 0
export const Failed = 1
export const Usage = 2
export const Connect = 3
export const Login = 4
export const NotFound = 5
export const Permission = 6
export const Local = 7
export const Integrity = 8
export const Protocol = 9
export const Lost = 10
export const Refused = 11
export const Tls = 12
export const Unverified = 13
export const Defect = 70
export const HungUp = 129
export const Interrupted = 130
export const ReaderGone = 141
export const Terminated = 143

/** All that a command can fail with. */
export type Failure = FtpError | FtpLocalFileError | CliError | OutputClosed | Incomplete

type Table<A> = { readonly [Tag in Failure["_tag"]]: (error: Extract<Failure, { readonly _tag: Tag }>) => A }

const rejected: { readonly [reason in FtpRejected["reason"]]: number } = {
  NotFound,
  PermissionDenied: Permission,
  AlreadyExists: Refused,
  NotEmpty: Refused,
  Busy: Refused,
  StorageFull: Refused,
  Unsupported: Refused,
  BadSequence: Refused,
  Other: Refused
}

const codes: Table<number> = {
  FtpConnectError: ({ reason }) => (reason === "Tls" ? Tls : Connect),
  FtpAuthError: () => Login,
  FtpConnectionLost: () => Lost,
  FtpRejected: ({ reason }) => rejected[reason],
  FtpProtocolViolation: () => Protocol,
  FtpTransferInterrupted: ({ cause }) => codeOfCause(cause),
  FtpIntegrityError: ({ reason }) => (reason === "Unverified" ? Unverified : Integrity),
  FtpListingError: () => Protocol,
  FtpUsageError: () => Usage,
  FtpLocalFileError: () => Local,
  CliError: ({ kind }) => (kind === "Usage" ? Usage : kind === "Untrusted" ? Tls : Failed),
  OutputClosed: () => ReaderGone,
  Incomplete: ({ code }) => code
}

const codeOfCause = (cause: FtpTransferInterrupted["cause"]): number => {
  switch (cause._tag) {
    case "FtpConnectError":
      return isTls(cause) ? Tls : Lost
    case "FtpConnectionLost":
      return Lost
    case "FtpRejected":
      // 426 or 451 in mid-transfer: a line that broke, told by the server.
      return cause.reason === "Other" ? Lost : rejected[cause.reason]
  }
}

const isTls = ({ reason }: FtpConnectError): boolean => reason === "Tls"

/** The exit code for an error. */
export const of = (error: Failure): number => pick(codes, error)

/** The exit code for several failures beside `done` successes: their own where nothing worked and all have the same. */
export const ofAll = (failures: ReadonlyArray<number>, done: number): number => {
  const [first = Failed] = failures
  return done === 0 && failures.every((code) => code === first) ? first : Failed
}

const fatal: Table<boolean> = {
  FtpConnectError: ({ channel, reason }) => reason === "Tls" || (channel === "Control" && reason !== "NoSessionFree"),
  FtpAuthError: () => true,
  FtpConnectionLost: () => false,
  FtpRejected: ({ reason }) => reason === "StorageFull",
  FtpProtocolViolation: () => false,
  FtpTransferInterrupted: ({ cause }) =>
    cause._tag === "FtpRejected" ? cause.reason === "StorageFull" : cause._tag === "FtpConnectError" && isTls(cause),
  FtpIntegrityError: () => false,
  FtpListingError: () => false,
  FtpUsageError: () => false,
  FtpLocalFileError: ({ reason }) => reason === "NoSpace",
  CliError: ({ kind }) => kind === "Untrusted",
  OutputClosed: () => true,
  Incomplete: () => true
}

/** Whether the next file would fail in the same way, so that going on makes no sense. */
export const isFatal = (error: Failure): boolean => pick(fatal, error)

const REASON_WORDS: { readonly [reason in FtpRejected["reason"]]: string | undefined } = {
  NotFound: "not found",
  PermissionDenied: "permission denied",
  AlreadyExists: "it exists already",
  NotEmpty: "the directory is not empty",
  Busy: "busy",
  StorageFull: "no space left on the server",
  Unsupported: "not supported by the server",
  BadSequence: undefined,
  Other: undefined
}

/** The error in one line, with the server's refusal in plain words first. */
export const headline = (error: Failure): string => {
  const refusal = error._tag === "FtpTransferInterrupted" ? error.cause : error
  const words = refusal._tag === "FtpRejected" ? REASON_WORDS[refusal.reason] : undefined
  return words === undefined ? error.message : `${words}: ${error.message}`
}

const hints: Table<string | undefined> = {
  FtpConnectError: (error) => {
    const { channel, detail, reason } = error
    const [, ofProxy] = /^through the proxy [^:]+: (.*)$/s.exec(detail) ?? []
    if (ofProxy !== undefined && reason !== "Tls") {
      return `${proxyHint(ofProxy)} (it is the one of --proxy, else of FTP_PROXY; to go without: --proxy '')`
    }
    if (channel === "Data" && reason !== "Tls") {
      return "the login worked but the data connection did not: a firewall may block the server's passive ports"
    }
    switch (reason) {
      case "Resolve":
        return "is the host name spelled right, and does it resolve on this machine?"
      case "Refused":
        return "nothing listens there: is the server running, and the port right? FTP is on 21 unless the URL says otherwise"
      case "Unreachable":
        return "there is no way to that address: is this machine online, or a VPN needed?"
      case "TimedOut":
        return `${silenceHint(detail)}; --timeout SECONDS sets how long to wait`
      case "Tls":
        return tlsHint(error)
      case "Greeting":
        return greetingHint(detail)
      case "TooManyConnections":
        return "wait for other sessions to end, or use fewer at once: -P 1"
      case "NoSessionFree":
        return "every session was busy: use fewer at once with -P, or wait longer with --timeout SECONDS"
    }
  },
  FtpAuthError: ({ reason }) => {
    switch (reason) {
      case "Credentials":
        return "is the user right (ftp://USER@host/), and the password? It is taken from FTP_PASSWORD, else ~/.netrc, else asked for"
      case "AccountNeeded":
        return 'this server also wants an account: set FTP_ACCOUNT, or add "account NAME" to its entry in ~/.netrc'
      case "AnonymousRefused":
        return "this server wants a login: ftp://USER@host/, with the password in FTP_PASSWORD, ~/.netrc or typed when asked"
      case "TlsRequired":
        return "this server lets nobody in without encryption: write ftpes:// instead of ftp://"
    }
  },
  FtpConnectionLost: ({ reason }) =>
    reason === "TimedOut" ? "the server fell silent; --timeout SECONDS sets how long to wait" : "try again",
  FtpRejected: (error) => rejectedHint(error),
  FtpProtocolViolation: ({ received }) => greetingHint(received),
  FtpTransferInterrupted: (error) => interruptedHint(error),
  FtpIntegrityError: (error) => integrityHint(error),
  FtpListingError: () => "please report the line, with --verbose: it may be a listing format that is not known yet",
  FtpUsageError: () => undefined,
  FtpLocalFileError: ({ reason }) =>
    reason === "NoSpace"
      ? "make room, or choose another place"
      : reason === "InUse"
        ? "wait until it has ended, or choose another name"
        : undefined,
  CliError: ({ hint }) => hint,
  OutputClosed: () => undefined,
  Incomplete: () => undefined
}

/** What a person could try next, if there is anything to say. */
export const hint = (error: Failure): string | undefined => pick(hints, error)

const integrityHint = ({ direction, reason }: FtpIntegrityError): string => {
  switch (reason) {
    case "Changed":
    case "Size":
      return "did somebody write the file meanwhile? Try again"
    case "Unverified":
      return direction === "Download"
        ? "nothing says that the file is wrong, but this server can't show that it is right: ask for less with --verify"
        : "the server may have all of it, but can't show that: ask for less with --verify"
    case "Hash":
    case "IgnoredOffset":
      return "try again"
  }
}

/** Who is silent, and where: up to which step of the way somebody answered. */
const silenceHint = (words: string): string =>
  words.startsWith("no greeting")
    ? "the peer accepted the connection and said nothing: does that port want ftps://, encrypted from the first byte on, or is it no FTP server?"
    : words.startsWith("no TLS handshake")
      ? "the peer accepted the connection and did not encrypt it: is that port one for ftpes:// or ftp://, or no FTP server's?"
      : "nobody answered: a firewall may drop the packets, or the host be down"

/** What it says itself begins with "the proxy"; the rest is about the way to it. */
const proxyHint = (words: string): string => {
  if (/a user and a password|another login|user and password/.test(words)) {
    return "does its URL have the right login? socks5://USER:PASSWORD@HOST:PORT"
  }
  if (/^no tunnel|^the proxy (?:does not|closed)|^the head of the proxy/.test(words)) {
    return "is that a proxy of the kind that its URL says, socks5:// or http://?"
  }
  return words.startsWith("the proxy")
    ? "the proxy does not get there, or may not: whoever runs it knows"
    : "is the proxy running, and its host and port right?"
}

const tlsHint = ({ certificate, channel, detail }: FtpConnectError): string => {
  if (certificate !== undefined) {
    return channel === "Data"
      ? "somebody else may have answered on the data connection; where a cluster of servers has several certificates, name each with --pin"
      : `if you are sure that this is the server's certificate: --pin sha256:${certificate.fingerprint}; if an authority of your own signed it: --ca FILE`
  }
  if (channel === "Data") {
    return "the login worked but the data connection could not be encrypted; the dialogue may tell more: --verbose"
  }
  return /AUTH was answered/.test(detail)
    ? "this server has no encryption on that port: it may have ftps:// on port 990, or only ftp://, in clear"
    : "ftpes:// begins in clear, usually on port 21; ftps:// is encrypted from the first byte on, usually on port 990"
}

const interruptedHint = ({ cause, direction, offset }: FtpTransferInterrupted): string | undefined => {
  if (cause._tag === "FtpRejected" && cause.reason !== "Other") {
    return rejectedHint(cause)
  }
  if (cause._tag === "FtpConnectError" && isTls(cause)) {
    return tlsHint(cause)
  }
  if (offset < FtpTransfer.WORTH_KEEPING) {
    return "try again"
  }
  return direction === "Download"
    ? "what has arrived is kept: the same command goes on from there"
    : "try again; with --continue from what the server has by now"
}

const rejectedHint = ({ command, reason }: FtpRejected): string | undefined => {
  switch (reason) {
    case "NotFound":
      return "is the path right? After the host it is relative to the login directory; a second slash makes it absolute: ftp://host//path"
    case "PermissionDenied":
      return "the login may not do this there"
    case "AlreadyExists":
      return undefined
    case "NotEmpty":
      return "to remove a directory with everything in it: rm -r"
    case "Busy":
      return "somebody else may be using it: try again later"
    case "StorageFull":
      return "the server's disk or this user's quota is full"
    case "Unsupported":
      return `this server has no ${command.split(" ", 1)[0]}`
    case "BadSequence":
    case "Other":
      return "the dialogue may tell more: --verbose"
  }
}

/** Who it is that does not speak FTP, as far as the words tell. */
const greetingHint = (words: string): string =>
  /SSH/.test(words)
    ? "that is an SSH server: its files need sftp, another protocol; FTP is usually on port 21"
    : /HTTP/i.test(words)
      ? "that is a web server: its files need http:// and a tool like curl; FTP is usually on port 21"
      : /TLS/.test(words)
        ? "that port wants encryption from the first byte; plain FTP is usually on port 21"
        : "is that an FTP server? The dialogue may tell more: --verbose"

const pick = <A>(table: Table<A>, error: Failure): A => {
  const row: (error: never) => A = table[error._tag]
  return row(error as never)
}
