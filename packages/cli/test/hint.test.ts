import { describe, expect, it } from "@effect/vitest"
import * as ExitCode from "../src/errors/ExitCode.ts"
import * as Hint from "../src/errors/hint.ts"
import { connect, failures, listing, rejected, violation } from "./support/failures.ts"

describe("the hint", () => {
  it.each([
    ["Ssh", "that is an SSH server"],
    ["Http", "that is a web server"],
    ["Tls", "that port wants encryption"],
    [undefined, "is that an FTP server?"]
  ] as const)("for a peer that is %s names it", (peer, expected) => {
    expect(Hint.hint(connect("Greeting", { stage: "Greeting", peer }))).toContain(expected)
    expect(Hint.hint(violation({ peer }))).toContain(expected)
  })

  it.each([
    ["NotReached", "is the proxy running"],
    ["NotAProxy", "socks5:// or http://"],
    ["Login", "USER:PASSWORD@"],
    ["Refused", "the proxy does not get there"]
  ] as const)("for a proxy that is at fault (%s) is about the proxy", (proxy, expected) => {
    const hint = Hint.hint(connect("Unreachable", { stage: "Proxy", proxy }))
    expect(hint).toContain(expected)
    expect(hint).toContain("FTP_PROXY")
  })

  it("distinguishes a peer that says nothing from a host that does not answer", () => {
    expect(Hint.hint(connect("TimedOut", { stage: "Greeting" }))).toMatch(/accepted the connection.*ftps:/)
    expect(Hint.hint(connect("TimedOut", { stage: "Tls" }))).toMatch(/accepted the connection.*ftpes:/)
    expect(Hint.hint(connect("TimedOut", { stage: "Dial" }))).toContain("firewall")
  })

  it("for a server that refuses AUTH says that it has no encryption there", () => {
    expect(Hint.hint(connect("Tls", { stage: "Tls", verb: "AUTH" }))).toContain("no encryption on that port")
    expect(Hint.hint(connect("Tls", { stage: "Tls" }))).toContain("ftpes:// begins unencrypted")
  })

  it("asks to report a listing only if it can't be read", () => {
    expect(Hint.hint(listing("Unreadable"))).toContain("please report the line")
    for (const reason of ["CutShort", "TooManyEntries", "TooLarge", "LeadsOutOfTree"] as const) {
      expect(Hint.hint(listing(reason)) ?? "").not.toContain("report")
    }
  })

  it("for a pattern without a match says so, unless a name is to be made", () => {
    for (const path of ["out/*.csv", "a?", "[ab]"]) {
      expect(Hint.hint(rejected("NotFound", "MLST", path))).toContain("nothing matches this pattern")
    }
    expect(Hint.hint(rejected("NotFound", "RETR", "a.csv"))).not.toContain("pattern")
    expect(Hint.hint(rejected("NotFound", "STOR", "a*/b"))).toContain("mkdir -p")
  })

  it("for a certificate that is not the pinned one does not suggest to pin it", () => {
    const date = new Date(0)
    const names = { subject: "CN=a", issuer: "CN=a", names: [] }
    const certificate = { ...names, validFrom: date, validTo: date, fingerprint: "00ff", keyFingerprint: "00aa" }
    const of = (reason: "NotPinned" | "SelfSigned") =>
      Hint.hint(connect("Tls", { stage: "Tls", certificate, certificateProblem: { reasons: [reason], detail: "" } }))
    expect(of("SelfSigned")).toContain("--pin sha256:00ff")
    expect(of("NotPinned")).not.toContain("00ff")
    expect(of("NotPinned")).toContain("ask its operator")
  })

  it("for a login without a password says where one is looked for", () => {
    const error = failures.flatMap(({ error }) => (error._tag === "FtpAuthError" ? [error] : []))
    const [missing] = error.filter(({ reason }) => reason === "PasswordNeeded")
    expect(missing === undefined ? undefined : Hint.hint(missing)).toMatch(
      /^no password was found, or an empty one: set FTP_PASSWORD/
    )
  })

  it("for a name that can't be made is about its directory", () => {
    for (const verb of ["STOR", "MKD", "RNTO"]) {
      expect(Hint.hint(rejected("NotFound", verb))).toContain("mkdir -p")
    }
    expect(Hint.hint(rejected("NotFound", "RETR"))).toContain("is the path right?")
    expect(Hint.hint(rejected("AlreadyExists", "MKD"))).toContain("mkdir -p")
    expect(Hint.hint(rejected("AlreadyExists", "STOR"))).toBeUndefined()
  })

  it("for a file that can't be read says what is done with directories", () => {
    expect(Hint.hint(rejected("Other", "RETR"))).toContain("get -r")
    // vsftpd refuses MKD with the same text, whatever the reason is.
    expect(Hint.hint(rejected("Other", "MKD"))).toBe(
      "perhaps the login may not write there; the dialogue may show more: --verbose"
    )
    expect(Hint.hint(rejected("Other", "DELE"))).toContain("may not delete there")
    expect(Hint.hint(rejected("Other", "CWD"))).toBe("the dialogue may show more: --verbose")
  })

  it("for a verb that the server does not know names the verb", () => {
    expect(Hint.hint(rejected("Unsupported", "MFMT"))).toBe("this server has no MFMT")
  })
})

/** Fields that are free text; all others are closed, or the server's. */
const FREE_TEXT = ["detail", "message", "command", "expected", "received", "actual", "why", "line", "path"]

/** The same error with all its free text replaced, that of its cause too. */
const reworded = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value
  }
  const copy = Object.create(Object.getPrototypeOf(value))
  // `cause` is not enumerable.
  for (const key of Object.getOwnPropertyNames(value)) {
    const field: unknown = Reflect.get(value, key)
    copy[key] =
      FREE_TEXT.includes(key) && typeof field === "string"
        ? "SSH HTTP TLS no greeting through the proxy"
        : reworded(field)
  }
  return copy
}

describe("changing the text of an error", () => {
  const others = (["Ssh", "Http", "Tls"] as const).flatMap((peer) => [
    connect("Greeting", { stage: "Greeting", peer }),
    violation({ peer })
  ])
  const proxies = (["NotReached", "NotAProxy", "Login", "Refused"] as const).map((proxy) =>
    connect("Refused", { stage: "Proxy", proxy })
  )
  const stages = (["Dial", "Tls", "Greeting"] as const).map((stage) => connect("TimedOut", { stage }))
  const all = [...failures.map(({ error }) => error), ...others, ...proxies, ...stages]

  it.each(all.map((error) => [error._tag, error] as const))(
    "changes no hint, exit code or decision of %s",
    (_, error) => {
      const other = reworded(error)
      expect(Hint.hint(other)).toBe(Hint.hint(error))
      expect(ExitCode.of(other)).toBe(ExitCode.of(error))
      expect(ExitCode.isFatal(other)).toBe(ExitCode.isFatal(error))
      if ("isRetryable" in error) {
        expect(other).toHaveProperty("isRetryable", error.isRetryable)
      }
    }
  )
})
