import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
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
import { CliError, Incomplete, OutputClosed } from "../src/errors/CliError.ts"
import * as ExitCode from "../src/errors/ExitCode.ts"

const context = { endpoint: "h:21", transcript: [] }
const reply = { code: 550, lines: ["no"] } as const

const connect = (reason: FtpConnectError["reason"], detail = "", channel: FtpConnectError["channel"] = "Control") =>
  new FtpConnectError({ reason, channel, detail, ...context })
const rejected = (reason: FtpRejected["reason"]) =>
  new FtpRejected({ reason, command: "RETR x", reply, outcome: "NotApplied", ...context })
const lost = new FtpConnectionLost({
  channel: "Control",
  reason: "Closed",
  phase: "Command",
  detail: "",
  outcome: "Unknown",
  ...context
})
const interrupted = (cause: FtpTransferInterrupted["cause"]) =>
  new FtpTransferInterrupted({ path: "x", direction: "Download", offset: 0, transferred: 0, cause, outcome: "Unknown" })
const local = (reason: FtpLocalFileError["reason"]) =>
  new FtpLocalFileError({ reason, operation: "Write", path: "x", detail: "" })

describe("ExitCode", () => {
  const table: ReadonlyArray<readonly [string, ExitCode.Failure, code: number, isFatal: boolean]> = [
    ["a closed port", connect("Refused"), 3, true],
    ["a wrong host", connect("Resolve"), 3, true],
    ["no data connection", connect("TimedOut", "", "Data"), 3, false],
    ["a certificate that is not trusted", connect("Tls"), 12, true],
    ["a data connection that is not encrypted", connect("Tls", "", "Data"), 12, true],
    ["a busy pool", connect("NoSessionFree"), 3, false],
    ["a wrong password", new FtpAuthError({ reason: "Credentials", reply, ...context }), 4, true],
    ["a missing file", rejected("NotFound"), 5, false],
    ["a forbidden file", rejected("PermissionDenied"), 6, false],
    ["a full server", rejected("StorageFull"), 11, true],
    ["another refusal", rejected("Other"), 11, false],
    ["a full local disk", local("NoSpace"), 7, true],
    ["a missing local file", local("NotFound"), 7, false],
    ["a file cut short", integrity(), 8, false],
    ["a file without the proof that was asked for", integrity("Unverified"), 13, false],
    ["a broken protocol", new FtpProtocolViolation({ expected: "x", received: "y", ...context }), 9, false],
    ["an unread listing", new FtpListingError({ path: "x", line: "?", detail: "", endpoint: "h" }), 9, false],
    ["a lost connection", lost, 10, false],
    ["an interrupted transfer", interrupted(lost), 10, false],
    ["a transfer that was refused", interrupted(rejected("StorageFull")), 11, true],
    ["a transfer that the server broke off", interrupted(rejected("Other")), 10, false],
    ["a transfer that was not encrypted", interrupted(connect("Tls", "", "Data")), 12, true],
    ["a certificate that changed", new CliError({ kind: "Untrusted", message: "" }), 12, true],
    ["a wrong call", new FtpUsageError({ argument: "path", why: "holds CR" }), 2, false],
    ["a wrong command line", new CliError({ kind: "Usage", message: "" }), 2, false],
    ["a failure of the command", new CliError({ kind: "Failed", message: "" }), 1, false],
    ["a reader that is gone", new OutputClosed(), 141, true],
    ["what was told already", new Incomplete({ code: 5 }), 5, true]
  ]
  it.each(table)("%s", (_, error, code, isFatal) => {
    expect(ExitCode.of(error)).toBe(code)
    expect(ExitCode.isFatal(error)).toBe(isFatal)
  })

  it.each([
    ["SSH-2.0-OpenSSH_9.2p1", "that is an SSH server"],
    ["HTTP/1.1 400 Bad Request", "that is a web server"],
    ["220 hm", "is that an FTP server?"]
  ])("knows who says %s", (greeting, expected) => {
    expect(ExitCode.hint(connect("Greeting", greeting))).toContain(expected)
    expect(ExitCode.hint(new FtpProtocolViolation({ expected: "a reply", received: greeting, ...context }))).toContain(
      expected
    )
  })

  it.each([
    ["connection refused (ECONNREFUSED)", "Refused", "is the proxy running"],
    ["no such host (ENOTFOUND)", "Resolve", "is the proxy running"],
    ["no tunnel within 1s", "TimedOut", "socks5:// or http://"],
    ["the proxy does not keep to SOCKS5: it is no SOCKS5 proxy", "Unreachable", "socks5:// or http://"],
    ["the proxy does not answer in HTTP", "Unreachable", "socks5:// or http://"],
    ["the proxy closed the connection", "Unreachable", "socks5:// or http://"],
    ["the proxy asks for a user and a password", "Refused", "USER:PASSWORD@"],
    ["the proxy answered 407 x; it asks for a user and a password", "Refused", "USER:PASSWORD@"],
    ["the proxy says: host unreachable, or its name has no address", "Unreachable", "the proxy does not get there"]
  ] as const)("speaks of the proxy where it is about the proxy: %s", (words, reason, expected) => {
    const hint = ExitCode.hint(connect(reason, `through the proxy p port 1080: ${words}`))
    expect(hint).toContain(expected)
    expect(hint).toContain("FTP_PROXY")
  })

  it("tells who accepts a connection and says nothing from who does not answer", () => {
    expect(ExitCode.hint(connect("TimedOut", "no greeting within 4 s"))).toMatch(/accepted the connection.*ftps:/)
    expect(ExitCode.hint(connect("TimedOut", "no TLS handshake within 4 s"))).toMatch(/accepted the connection.*ftpes:/)
    expect(ExitCode.hint(connect("TimedOut", "no answer within 4 s"))).toContain("firewall")
  })

  it("keeps the one reason when nothing worked, and says 1 when something did", () => {
    expect(ExitCode.ofAll([5, 5], 0)).toBe(5)
    expect(ExitCode.ofAll([5, 6], 0)).toBe(1)
    expect(ExitCode.ofAll([5], 3)).toBe(1)
  })

  it("is documented, every code", () => {
    const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8")
    const codes = Object.values(ExitCode).filter((value) => typeof value === "number")
    for (const code of codes) {
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"))
    }
  })
})

function integrity(reason: FtpIntegrityError["reason"] = "Size"): FtpIntegrityError {
  return new FtpIntegrityError({
    reason,
    direction: "Download",
    path: "x",
    expected: "2 bytes",
    actual: "1 bytes",
    endpoint: "h"
  })
}
