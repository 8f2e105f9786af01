/**
 * One failure of each kind that a command can end with, its exit code, and whether the next file would fail in the same
 * way.
 */
import {
  FtpAuthError,
  FtpConnectError,
  FtpConnectionLost,
  FtpIntegrityError,
  FtpListingError,
  FtpProtocolViolation,
  FtpRejected,
  FtpTransferInterrupted,
  FtpUsageError
} from "@ftp-effect/core/FtpError"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import { CliError, Incomplete, OutputClosed } from "../../src/errors/CliError.ts"
import type * as ExitCode from "../../src/errors/ExitCode.ts"

const context = { endpoint: "h:21", transcript: [] }
const reply = { code: 550, lines: ["no"] } as const

export const connect = (
  reason: FtpConnectError["reason"],
  details: Partial<
    Pick<
      FtpConnectError,
      "channel" | "stage" | "detail" | "proxy" | "peer" | "verb" | "certificate" | "certificateProblem"
    >
  > = {}
): FtpConnectError =>
  new FtpConnectError({ reason, channel: "Control", stage: "Dial", detail: "a detail", ...details, ...context })

export const rejected = (reason: FtpRejected["reason"], verb = "RETR", path = "x"): FtpRejected =>
  new FtpRejected({ reason, command: `${verb} ${path}`, verb, path, reply, outcome: "NotApplied", ...context })

export const violation = (details: Partial<Pick<FtpProtocolViolation, "peer">> = {}): FtpProtocolViolation =>
  new FtpProtocolViolation({ expected: "a reply", received: "x", ...details, ...context })

const lost = new FtpConnectionLost({
  channel: "Control",
  reason: "Closed",
  phase: "Command",
  detail: "a detail",
  outcome: "Unknown",
  ...context
})

const interrupted = (cause: FtpTransferInterrupted["cause"]) =>
  new FtpTransferInterrupted({ path: "x", direction: "Download", offset: 0, transferred: 0, cause, outcome: "Unknown" })

const local = (reason: FtpLocalFileError["reason"]) =>
  new FtpLocalFileError({ reason, operation: "Write", path: "x", detail: "a detail" })

export const listing = (reason: FtpListingError["reason"]): FtpListingError =>
  new FtpListingError({ path: "x", reason, line: "?", limit: undefined, detail: "", endpoint: "h" })

const integrity = (reason: FtpIntegrityError["reason"] = "Size") =>
  new FtpIntegrityError({
    reason,
    direction: "Download",
    path: "x",
    expected: "2 bytes",
    actual: "1 bytes",
    endpoint: "h"
  })

export interface Example {
  readonly name: string
  readonly error: ExitCode.Failure
  readonly code: number
  readonly isFatal: boolean
}

export const failures: ReadonlyArray<Example> = [
  { name: "a closed port", error: connect("Refused"), code: 3, isFatal: true },
  { name: "a wrong host", error: connect("Resolve"), code: 3, isFatal: true },
  { name: "no data connection", error: connect("TimedOut", { channel: "Data" }), code: 3, isFatal: false },
  { name: "a certificate that is not trusted", error: connect("Tls"), code: 12, isFatal: true },
  {
    name: "a data connection that is not encrypted",
    error: connect("Tls", { channel: "Data", stage: "Tls" }),
    code: 12,
    isFatal: true
  },
  { name: "a login without an answer", error: connect("LoginUnconfirmed"), code: 4, isFatal: true },
  { name: "a busy pool", error: connect("NoSessionFree", { stage: "Pool" }), code: 3, isFatal: false },
  { name: "a pool that waits for itself", error: connect("SessionsHeld", { stage: "Pool" }), code: 3, isFatal: false },
  {
    name: "a wrong password",
    error: new FtpAuthError({ reason: "Credentials", reply, ...context }),
    code: 4,
    isFatal: true
  },
  {
    name: "a missing password",
    error: new FtpAuthError({ reason: "PasswordNeeded", reply, ...context }),
    code: 4,
    isFatal: true
  },
  { name: "a missing file", error: rejected("NotFound"), code: 5, isFatal: false },
  { name: "a forbidden file", error: rejected("PermissionDenied"), code: 6, isFatal: false },
  { name: "a full server", error: rejected("StorageFull"), code: 11, isFatal: true },
  { name: "another refusal", error: rejected("Other"), code: 11, isFatal: false },
  { name: "a full local disk", error: local("NoSpace"), code: 7, isFatal: true },
  { name: "a missing local file", error: local("NotFound"), code: 7, isFatal: false },
  { name: "a file cut short", error: integrity(), code: 8, isFatal: false },
  { name: "a file without the proof that was asked for", error: integrity("Unverified"), code: 13, isFatal: false },
  { name: "a broken protocol", error: violation(), code: 9, isFatal: false },
  {
    name: "an unread listing",
    error: listing("Unreadable"),
    code: 9,
    isFatal: false
  },
  { name: "a lost connection", error: lost, code: 10, isFatal: false },
  { name: "an interrupted transfer", error: interrupted(lost), code: 10, isFatal: false },
  { name: "a transfer that was refused", error: interrupted(rejected("StorageFull")), code: 11, isFatal: true },
  { name: "a transfer that the server broke off", error: interrupted(rejected("Other")), code: 10, isFatal: false },
  {
    name: "a transfer that was not encrypted",
    error: interrupted(connect("Tls", { channel: "Data", stage: "Tls" })),
    code: 12,
    isFatal: true
  },
  {
    name: "a certificate that changed",
    error: new CliError({ kind: "Untrusted", message: "" }),
    code: 12,
    isFatal: true
  },
  { name: "a wrong call", error: new FtpUsageError({ argument: "path", why: "holds CR" }), code: 2, isFatal: false },
  { name: "a wrong command line", error: new CliError({ kind: "Usage", message: "" }), code: 2, isFatal: false },
  { name: "a failure of the command", error: new CliError({ kind: "Failed", message: "" }), code: 1, isFatal: false },
  { name: "a reader that is gone", error: new OutputClosed(), code: 141, isFatal: true },
  { name: "a failure that is reported already", error: new Incomplete({ code: 5 }), code: 5, isFatal: true }
]
