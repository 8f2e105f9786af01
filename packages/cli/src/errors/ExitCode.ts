/**
 * What an error means to a script: the exit code, and whether it makes sense to continue. What it means to a person is
 * in `hint`.
 *
 *      0  everything done          6  permission denied by the server
 *      1  some of it failed        7  a local file or disk
 *      2  usage error              8  a file is not what was sent
 *      3  no connection            9  the peer does not speak FTP as it should
 *      4  no login                10  the connection was lost
 *      5  not found               11  the server said no, for another reason
 *                                 12  not encrypted, or not by whom it should be
 *                                 13  not verified as strictly as requested
 *
 *    130  interrupted (Ctrl-C)  143  terminated          129  hung up
 *    141  the reader of the output is gone              70  a defect of ours
 *
 * The table is complete by type: an error or a reason without a code does not compile.
 */
import type { FtpConnectError, FtpError, FtpRejected, FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
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

/** One entry for each error: complete by type. */
export type Table<A> = { readonly [Tag in Failure["_tag"]]: (error: Extract<Failure, { readonly _tag: Tag }>) => A }

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
  FtpConnectError: ({ reason }) => (reason === "Tls" ? Tls : reason === "LoginUnconfirmed" ? Login : Connect),
  FtpAuthError: () => Login,
  FtpConnectionLost: () => Lost,
  FtpRejected: ({ reason }) => rejected[reason],
  FtpProtocolViolation: () => Protocol,
  FtpTransferInterrupted: ({ cause }) => codeOfCause(cause),
  FtpIntegrityError: ({ reason }) => (reason === "Unverified" ? Unverified : Integrity),
  FtpListingError: () => Protocol,
  FtpUsageError: () => Usage,
  FtpLocalFileError: () => Local,
  CliError: ({ kind }) => kinds[kind],
  OutputClosed: () => ReaderGone,
  Incomplete: ({ code }) => code
}

const kinds: { readonly [kind in CliError["kind"]]: number } = { Usage, Failed, Exists: Refused, Untrusted: Tls }

const codeOfCause = (cause: FtpTransferInterrupted["cause"]): number => {
  switch (cause._tag) {
    case "FtpConnectError":
      return isTls(cause) ? Tls : Lost
    case "FtpConnectionLost":
      return Lost
    case "FtpRejected":
      // 426 or 451 in mid-transfer: a line that broke, as the server reports it.
      return cause.reason === "Other" ? Lost : rejected[cause.reason]
  }
}

const isTls = ({ reason }: FtpConnectError): boolean => reason === "Tls"

/** The exit code for an error. */
export const of = (error: Failure): number => pick(codes, error)

/** The exit code for several failures beside `done` successes: their own if nothing worked and all have the same. */
export const ofAll = (failures: ReadonlyArray<number>, done: number): number => {
  const [first = Failed] = failures
  return done === 0 && failures.every((code) => code === first) ? first : Failed
}

const fatal: Table<boolean> = {
  FtpConnectError: ({ channel, reason, stage }) => reason === "Tls" || (channel === "Control" && stage !== "Pool"),
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

/** Whether the next file would fail in the same way, so that continuing makes no sense. */
export const isFatal = (error: Failure): boolean => pick(fatal, error)

/** The entry for an error. */
export const pick = <A>(table: Table<A>, error: Failure): A => {
  const row: (error: never) => A = table[error._tag]
  return row(error as never)
}
