/**
 * What an error means to a person: one line, and a hint what to try next. A table over the errors' fields, complete by
 * type; no text of an error is read.
 */
import { isAbsolute } from "node:path"
import type {
  FtpConnectError,
  FtpIntegrityError,
  FtpListingError,
  FtpRejected,
  FtpTransferInterrupted,
  PeerKind,
  ProxyProblem
} from "@ftp-effect/core/FtpError"
import { isUnexplained } from "@ftp-effect/core/FtpError"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import { type Failure, pick, type Table } from "./ExitCode.ts"

const REASON_TEXT: { readonly [reason in FtpRejected["reason"]]: string | undefined } = {
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

/** The error in one line, with the server's refusal in plain words first; what is missing here is not missing there. */
export const headline = (error: Failure): string => {
  if (error._tag === "FtpLocalFileError" && error.reason === "NotFound") {
    return `not found on this machine: ${error.path === "" ? '""' : error.path} (${error.detail})`
  }
  const refusal = error._tag === "FtpTransferInterrupted" ? error.cause : error
  const text = refusal._tag === "FtpRejected" ? REASON_TEXT[refusal.reason] : undefined
  return text === undefined ? error.message : `${text}: ${error.message}`
}

/** What a person could try next, if there is anything to say. */
export const hint = (error: Failure): string | undefined => pick(hints, error)

const hints: Table<string | undefined> = {
  FtpConnectError: (error) => connectHint(error),
  FtpAuthError: ({ reason }) => {
    switch (reason) {
      case "Credentials":
        return "is the user right (ftp://USER@host/), and the password? It is taken from FTP_PASSWORD, else ~/.netrc, else asked for"
      case "PasswordNeeded":
        return "no password was found, or an empty one: set FTP_PASSWORD, or add one to ~/.netrc; it is asked for on a terminal only"
      case "AccountNeeded":
        return 'this server also wants an account: set FTP_ACCOUNT, or add "account NAME" to its entry in ~/.netrc'
      case "AnonymousRefused":
        return "this server wants a login: ftp://USER@host/, with the password in FTP_PASSWORD, ~/.netrc or typed when asked"
      case "TlsRequired":
        return "this server requires encryption: write ftpes:// instead of ftp://"
    }
  },
  FtpConnectionLost: ({ reason }) =>
    reason === "TimedOut" ? "the server fell silent; --timeout SECONDS sets how long to wait" : "try again",
  FtpRejected: (error) => rejectedHint(error),
  FtpProtocolViolation: ({ peer }) => peerHint(peer),
  FtpTransferInterrupted: (error) => interruptedHint(error),
  FtpIntegrityError: (error) => integrityHint(error),
  FtpListingError: ({ reason }) => LISTING_HINT[reason],
  FtpUsageError: () => undefined,
  FtpLocalFileError: ({ path, reason }) => {
    switch (reason) {
      case "NoSpace":
        return "make room, or choose another place"
      case "InUse":
        return "wait until it has ended, or choose another name"
      case "NotFound":
        return isAbsolute(path) || path === "." ? undefined : "is the path right? It begins at the current directory"
      default:
        return undefined
    }
  },
  CliError: ({ hint }) => hint,
  OutputClosed: () => undefined,
  Incomplete: () => undefined
}

const connectHint = (error: FtpConnectError): string => {
  const { channel, peer, proxy, reason, stage } = error
  if (proxy !== undefined && reason !== "Tls") {
    return `${PROXY_HINT[proxy]} (it is the one of --proxy, else of FTP_PROXY; to go without: --proxy '')`
  }
  if (channel === "Data" && reason !== "Tls") {
    return "the login worked but the data connection did not: a firewall may block the server's passive ports; ftp-effect doctor URL tries each way"
  }
  switch (reason) {
    case "Resolve":
      return "is the host name spelled right, and does it resolve on this machine?"
    case "Refused":
      return "no server listens there: is it running, and the port right? FTP is on 21 unless the URL says otherwise"
    case "Unreachable":
      return "there is no route to that address: is this machine online, or a VPN needed?"
    case "TimedOut":
      return `${silenceHint(stage)} --timeout SECONDS sets how long to wait`
    case "Tls":
      return tlsHint(error)
    case "Greeting":
      return peerHint(peer)
    case "TooManyConnections":
      return "wait for other sessions to end, or use fewer at once: -P 1"
    case "NoSessionFree":
      return "every session was busy: use fewer at once with -P, or wait longer with --timeout SECONDS"
    case "SessionsHeld":
      return "it asked for a session while it held all of them: allow more with -P"
    case "LoginUnconfirmed":
      return "is the password right? Then try again: it was not repeated, as servers lock accounts after wrong ones"
  }
}

const PROXY_HINT: { readonly [problem in ProxyProblem]: string } = {
  Login: "does its URL have the right login? socks5://USER:PASSWORD@HOST:PORT",
  NotAProxy: "is that a proxy of the kind that its URL says, socks5:// or http://?",
  NotReached: "is the proxy running, and its host and port right?",
  Refused: "the proxy does not get there, or may not: its operator knows"
}

/** Who is silent: up to which step of the way there was an answer. */
const silenceHint = (stage: FtpConnectError["stage"]): string => {
  switch (stage) {
    case "Greeting":
      return "the peer accepted the connection and said nothing: does that port want ftps://, encrypted from the first byte on, or is it no FTP server?"
    case "Tls":
      return "the peer accepted the connection and did not encrypt it: is that port one for ftpes:// or ftp://, or no FTP server's?"
    default:
      return "no answer: a firewall may drop the packets, or the host may be down;"
  }
}

const tlsHint = ({ certificate, certificateProblem, channel, verb }: FtpConnectError): string => {
  if (certificate !== undefined) {
    if (channel === "Data") {
      return "another machine may have answered on the data connection; if a cluster of servers has several certificates, name each with --pin"
    }
    return certificateProblem?.reasons.includes("NotPinned") === true
      ? "the server may have a new certificate, or another machine may answer in its place: ask its operator which pin is right"
      : `if you are sure that this is the server's certificate: --pin sha256:${certificate.fingerprint}; if an authority of your own signed it: --ca FILE`
  }
  if (channel === "Data") {
    return "the login worked but the data connection could not be encrypted; the dialogue may show more: --verbose"
  }
  return verb === "AUTH"
    ? "this server has no encryption on that port: it may have ftps:// on port 990, or only ftp://, unencrypted"
    : "ftpes:// begins unencrypted, usually on port 21; ftps:// is encrypted from the first byte on, usually on port 990"
}

/** Which server it is, if it is not an FTP server. */
const peerHint = (peer: PeerKind | undefined): string => {
  switch (peer) {
    case "Ssh":
      return "that is an SSH server: its files need sftp, another protocol; FTP is usually on port 21"
    case "Http":
      return "that is a web server: its files need http:// and a tool like curl; FTP is usually on port 21"
    case "Tls":
      return "that port wants encryption from the first byte; plain FTP is usually on port 21"
    case undefined:
      return "is that an FTP server? The dialogue may show more: --verbose"
  }
}

const LISTING_HINT: { readonly [reason in FtpListingError["reason"]]: string | undefined } = {
  Unreadable: "please report the line, with --verbose: it may be a listing format that is not known yet",
  CutShort: "the server lists only a part of the directory: its operator can raise that limit",
  TooManyEntries: undefined,
  TooLarge: undefined,
  LeadsOutOfTree: "what it leads to was not removed; the server refuses to remove the entry itself"
}

const integrityHint = ({ direction, reason }: FtpIntegrityError): string => {
  switch (reason) {
    case "Changed":
      return "was the file written meanwhile? Try again"
    case "Size":
      return "was the file written meanwhile? Try again; if the sizes of this server are always wrong: --ignore-size"
    case "Unverified":
      return direction === "Download"
        ? "nothing says that the file is wrong, but this server can't show that it is right: ask for less with --verify"
        : "the server may have all of it, but can't show that: ask for less with --verify"
    case "TooLarge":
      return "--max-bytes SIZE sets how many bytes a file may have"
    case "Hash":
    case "IgnoredOffset":
      return "try again"
  }
}

const interruptedHint = ({ cause, direction, offset }: FtpTransferInterrupted): string | undefined => {
  if (cause._tag === "FtpRejected" && cause.reason !== "Other") {
    return rejectedHint(cause)
  }
  if (cause._tag === "FtpConnectError" && cause.reason === "Tls") {
    return tlsHint(cause)
  }
  // Whether a partial file was kept here is reported at the end of the run.
  return direction === "Download" || offset < FtpTransfer.WORTH_KEEPING
    ? "try again"
    : "try again; --continue resumes from what the server has by now"
}

const rejectedHint = ({ path, reason, verb }: FtpRejected): string | undefined => {
  switch (reason) {
    case "NotFound":
      if (!MAKES_NAME.has(verb) && path !== undefined && WILDCARD.test(path)) {
        return "nothing matches this pattern, and nothing has it as its name"
      }
      return MAKES_NAME.has(verb)
        ? `is its directory${path === undefined || parentOf(path) === undefined ? "" : `, ${parentOf(path)},`} there? mkdir -p makes it, and put makes one that its URL names with a "/" at the end`
        : "is the path right? After the host it is relative to the login directory; a second slash makes it absolute: ftp://host//path"
    case "PermissionDenied":
      return "the login may not do this there"
    case "AlreadyExists":
      return verb === "MKD" ? "to take a directory that exists for made: mkdir -p" : undefined
    case "NotEmpty":
      return "to remove a directory with everything in it: rm -r"
    case "Busy":
      return "another client may be using it: try again later"
    case "StorageFull":
      return "the server's disk or this user's quota is full"
    case "Unsupported":
      return `this server has no ${verb}`
    case "BadSequence":
      return MORE
    case "Other":
      if (WRITES.has(verb)) {
        return `perhaps the login may not ${verb === "DELE" || verb === "RMD" ? "delete" : "write"} there; ${MORE}`
      }
      return verb === "RETR" ? `if that is a directory: ls lists it, and get -r downloads it; otherwise, ${MORE}` : MORE
  }
}

/** What could have been meant as a pattern. */
const WILDCARD = /[*?[]/

const MORE = "the dialogue may show more: --verbose"

/** What is above a path with slashes, if it shows that: not the login directory, and not the root. */
export const parentOf = (path: string): string | undefined => {
  const bare = path.replace(/\/+$/, "")
  return bare.slice(0, Math.max(0, bare.lastIndexOf("/"))).replace(/\/+$/, "") || undefined
}

/** Of something whose name is of a listing: a server that says no more than that it failed may mean either. */
export const ofListed = (error: Failure): string | undefined => {
  const refusal = error._tag === "FtpTransferInterrupted" ? error.cause : error
  if (refusal._tag !== "FtpRejected") {
    return undefined
  }
  const { reason, verb } = refusal
  // It is listed as a file.
  return reason === "Other" && verb === "RETR" && error === refusal
    ? MORE
    : reason === "NotFound" && !MAKES_NAME.has(verb) && isUnexplained(refusal)
      ? "it is listed, so permission may be missing"
      : undefined
}

/** Of a path of a server with a name that is not UTF-8, and that has no name here as it is. */
export const ofName = (path: string): string | undefined =>
  /\p{Surrogate}/u.test(path) ? "--charset says what the server's names are in, as --charset latin1" : undefined

/** The commands that change a directory. */
const WRITES: ReadonlySet<string> = new Set(["STOR", "APPE", "MKD", "RNFR", "RNTO", "DELE", "RMD"])

/** The commands that give a new name to something. */
export const MAKES_NAME: ReadonlySet<string> = new Set(["STOR", "APPE", "MKD", "RNTO"])
