import { describe, expect, it } from "@effect/vitest"
import { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as Trust from "../src/connection/Trust.ts"

describe("Trust.readAnswer", () => {
  it.each([
    ["y", "Once"],
    ["YES", "Once"],
    [" a ", "Always"],
    ["always", "Always"],
    ["", "No"],
    ["n", "No"],
    ["ye", "No"],
    ["yes please", "No"],
    ["sure", "No"]
  ])('"%s" means %s', (typed, expected) => {
    expect(Trust.readAnswer(typed)).toBe(expected)
  })
})

describe("Trust.inWords", () => {
  const certificate = {
    subject: "CN=files.example",
    issuer: "CN=files.example",
    names: ["files.example", "10.0.0.1"],
    validFrom: new Date("2025-01-01T00:00:00Z"),
    validTo: new Date("2026-01-01T00:00:00Z"),
    fingerprint: "0123456789abcdef".repeat(4),
    keyFingerprint: "ff".repeat(32)
  }
  const error = new FtpConnectError({
    reason: "Tls",
    channel: "Control",
    stage: "Tls",
    certificateProblem: { reasons: ["SelfSigned"], detail: "the certificate is self-signed" },
    detail:
      "the certificate is self-signed (a certificate for CN=files.example, by CN=files.example; asked for h; its pin is x)",
    certificate,
    endpoint: "h:21",
    transcript: []
  })

  it("the question about a certificate names the problem, and all that a user can compare", () => {
    const lines = Trust.inWords("h:21", error, certificate, new Date("2025-06-01T00:00:00Z"))
    expect(lines).toEqual([
      "h:21 can't prove who it is: the certificate is self-signed.",
      "",
      "  subject   CN=files.example",
      "  names     files.example, 10.0.0.1",
      "  issuer    CN=files.example (itself)",
      "  valid     2025-01-01 to 2026-01-01",
      "  SHA-256   01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:",
      "            01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
      "",
      "Ask the operator of the server for the fingerprint: if it differs, someone is intercepting the connection."
    ])
  })

  it.each([
    ["2026-06-01", "(expired)"],
    ["2024-06-01", "(not yet valid)"]
  ])("says on %s that it is %s", (day, expected) => {
    expect(Trust.inWords("h:21", error, certificate, new Date(day)).join("\n")).toContain(expected)
  })
})
