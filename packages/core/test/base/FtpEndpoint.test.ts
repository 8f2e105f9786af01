import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const full = { host: "files.example", port: 2121, user: "ann", password: "s3cret", account: "acc0unt" }

describe("FtpEndpoint", () => {
  it("fills in port 21 and the anonymous login without an e-mail address", () => {
    const endpoint = FtpEndpoint.make({ host: "files.example" })
    expect(endpoint.port).toBe(21)
    expect(endpoint.user).toBe("anonymous")
    expect(Redacted.value(endpoint.password)).toBe("anonymous@")
    expect(endpoint.account).toEqual(Option.none())
  })

  it("gives a named user no password but the given one", () => {
    expect(Redacted.value(FtpEndpoint.make({ host: "h", user: "ann" }).password)).toBe("")
  })

  it("is equal by value, secrets included, and keys a map", () => {
    const one = FtpEndpoint.make(full)
    const same = FtpEndpoint.make({ ...full, password: Redacted.make("s3cret") })
    expect(Equal.equals(one, same)).toBe(true)
    expect(Hash.hash(one)).toBe(Hash.hash(same))
    expect(HashMap.get(HashMap.make([one, 1]), same)).toEqual(Option.some(1))
    for (const other of [
      { host: "other.example" },
      { port: 21 },
      { user: "bob" },
      { password: "other" },
      { account: "other" },
      { account: undefined }
    ]) {
      expect(Equal.equals(one, FtpEndpoint.make({ ...full, ...other }))).toBe(false)
    }
  })

  it.each([
    [full, "ann@files.example:2121"],
    [{ host: "files.example" }, "files.example:21"],
    [{ host: "::1" }, "[::1]:21"],
    [{ host: "[::1]", user: "ann" }, "ann@[::1]:21"],
    [{ host: "h", user: "a\r\nb\u001b" }, "a\\r\\nb\\x1b@h:21"]
  ])("is labelled without a secret: %j is %s", (options, label) => {
    expect(FtpEndpoint.toLabel(FtpEndpoint.make(options))).toBe(label)
  })

  it.each([
    { host: "ann:s3cret@files.example", port: 21, user: "ann", password: Redacted.make(""), account: Option.none() },
    { host: "h", port: 21, user: "ann", password: "s3cret", account: Option.none() },
    { host: "h", port: 21, user: "ann", password: Redacted.make(""), account: Option.some("s3cret") },
    { host: "h", port: 21, user: "ann", password: Redacted.make(""), account: "s3cret" },
    "ftp://ann:s3cret@files.example"
  ])("the error for input that is no endpoint shows no secret, case %#", (input) => {
    const decoded = Schema.decodeUnknownEither(FtpEndpoint.FtpEndpoint)(input)
    expect(Either.isLeft(decoded)).toBe(true)
    expect(String(decoded) + JSON.stringify(decoded)).not.toContain("s3cret")
    const validated = Schema.validateEither(FtpEndpoint.FtpEndpoint)(input)
    expect(Either.isLeft(validated)).toBe(true)
    expect(String(validated) + JSON.stringify(validated)).not.toContain("s3cret")
  })

  it("the error for a host that holds a login shows no secret", () => {
    expect(() => FtpEndpoint.make({ host: "ann:s3cret@files.example" })).toThrow(/^(?!.*s3cret)/s)
  })

  it("shows its secrets to no printer", () => {
    const endpoint = FtpEndpoint.make(full)
    for (const shown of [String(endpoint), JSON.stringify(endpoint), inspect({ endpoint }, { depth: 9 })]) {
      expect(shown).toContain("files.example")
      expect(shown).not.toMatch(/s3cret|acc0unt/)
    }
  })

  it.each([
    { host: "" },
    { host: "a b" },
    { host: "a\r\nb" },
    { host: "fe80::1%" },
    { host: "h", port: 0 },
    { host: "h", port: 65536 }
  ])("is not made of %j", (options) => {
    expect(() => FtpEndpoint.make(options)).toThrow()
  })
})
