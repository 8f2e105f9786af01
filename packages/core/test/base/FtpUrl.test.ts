import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const decode = Schema.decodeEither(FtpUrl.FtpUrlFromString)
const encode = Schema.encodeEither(FtpUrl.FtpUrlFromString)

/** security user:password@host:port path type */
const read = (text: string): string =>
  Either.match(FtpUrl.parse(text), {
    onLeft: ({ message }) => `no: ${message}`,
    onRight: ({ endpoint, security, path, type }) =>
      `${security} ${endpoint.user}:${Redacted.value(endpoint.password)}@${endpoint.host}:${endpoint.port} ` +
      `${JSON.stringify(path)}${Option.match(type, { onNone: () => "", onSome: (code) => ` ${code}` })}`
  })

const badControl = (part: string): string => `no: its ${part} holds CR, LF or NUL`
const badPlace = "no: its host or port is none (an IPv6 address stands in brackets)"

describe("FtpUrl", () => {
  it.each([
    ["ftp://files.example", 'Plain anonymous:anonymous@@files.example:21 ""'],
    ["ftp://files.example/", 'Plain anonymous:anonymous@@files.example:21 ""'],
    ["FTPES://h/a", 'Explicit anonymous:anonymous@@h:21 "a"'],
    ["ftps://h/a", 'Implicit anonymous:anonymous@@h:990 "a"'],
    ["ftps://h:2121/a", 'Implicit anonymous:anonymous@@h:2121 "a"'],
    ["ftp://h:/a", 'Plain anonymous:anonymous@@h:21 "a"'],
    ["ftp://h/dir/file", 'Plain anonymous:anonymous@@h:21 "dir/file"'],
    ["ftp://h/%2Fdir/file", 'Plain anonymous:anonymous@@h:21 "/dir/file"'],
    ["ftp://h//dir/file", 'Plain anonymous:anonymous@@h:21 "/dir/file"'],
    ["ftp://h/a/../b/", 'Plain anonymous:anonymous@@h:21 "a/../b/"'],
    ["ftp://h/a%20b?c#d", 'Plain anonymous:anonymous@@h:21 "a b?c#d"'],
    ["ftp://h/caf%E9/caf%C3%A9/é", 'Plain anonymous:anonymous@@h:21 "caf\\udce9/café/é"'],
    ["ftp://h/a;type=i", 'Plain anonymous:anonymous@@h:21 "a" I'],
    ["ftp://h/a;TYPE=A", 'Plain anonymous:anonymous@@h:21 "a" A'],
    ["ftp://h/;type=d", 'Plain anonymous:anonymous@@h:21 "" D'],
    ["ftp://h/a%3Btype=i", 'Plain anonymous:anonymous@@h:21 "a;type=i"'],
    ["ftp://h/a;b", 'Plain anonymous:anonymous@@h:21 "a;b"'],
    ["ftp://ann@h", 'Plain ann:@h:21 ""'],
    ["ftp://ann:@h", 'Plain ann:@h:21 ""'],
    ["ftp://anonymous:@h", 'Plain anonymous:@h:21 ""'],
    ["ftp://ann:pa:ss%40%2F@h", 'Plain ann:pa:ss@/@h:21 ""'],
    ["ftp://ann@example:secret@h", 'Plain ann@example:secret@h:21 ""'],
    ["ftp://site%5C$site:x@h", 'Plain site\\$site:x@h:21 ""'],
    ["ftp://[2001:db8::1]:2121/a", 'Plain anonymous:anonymous@@2001:db8::1:2121 "a"'],
    ["ftp://[fe80::1%25eth0]/", 'Plain anonymous:anonymous@@fe80::1%eth0:21 ""'],
    ["ftp://[::ffff:10.0.0.1]", 'Plain anonymous:anonymous@@::ffff:10.0.0.1:21 ""'],
    ["http://h/a", "no: it does not start with ftp://, ftpes:// or ftps://"],
    ["ftp:/h", "no: it does not start with ftp://, ftpes:// or ftps://"],
    ["h/a", "no: it does not start with ftp://, ftpes:// or ftps://"],
    ["", "no: it does not start with ftp://, ftpes:// or ftps://"],
    ["ftp://", badPlace],
    ["ftp:///a", badPlace],
    ["ftp://ann@/a", badPlace],
    ["ftp://h:x/a", badPlace],
    ["ftp://::1/a", badPlace],
    ["ftp://[::1/a", badPlace],
    ["ftp://h%0d%0a/a", badPlace],
    ["ftp://h?a", badPlace],
    ["ftp://h:0/a", "no: its port is not 1 to 65535"],
    ["ftp://h:65536/a", "no: its port is not 1 to 65535"],
    ["ftp://h/a%0d%0aDELE%20b", badControl("path")],
    ["ftp://h/a\nb", badControl("path")],
    ["ftp://h/a%00", badControl("path")],
    ["ftp://a%0Ab@h/", badControl("user")],
    ["ftp://a:b%0D@h/", badControl("password")],
    ["ftp://h/100%", 'no: its path has a "%" without two hex digits (a "%" itself is "%25")'],
    ["ftp://h/a;type=x", "no: its type is not a, i or d"],
    ["ftp://h/\ud800", "no: its path holds a lone surrogate"]
  ])("reads %j as %s (RFC 1738 §3.2)", (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it.each([
    ["h/a", "Scheme", undefined],
    ["ftp://::1/a", "Place", undefined],
    ["ftp://h:65536/a", "Port", undefined],
    ["ftp://h/a;type=x", "Type", undefined],
    ["ftp://100%@h/a", "Percent", "user"],
    ["ftp://ann:100%@h/a", "Percent", "password"],
    ["ftp://h/100%", "Percent", "path"],
    ["ftp://a%0Ab@h/", "Control", "user"],
    ["ftp://a:b%0D@h/", "Control", "password"],
    ["ftp://h/a%00", "Control", "path"],
    ["ftp://\ud800@h/", "Surrogate", "user"],
    ["ftp://ann:\ud800@h/", "Surrogate", "password"],
    ["ftp://h/\ud800", "Surrogate", "path"]
  ])("says of %j as data why it is none: %s of the %s", (text, reason, part) => {
    const error = Either.getOrThrow(Either.flip(FtpUrl.read(text)))
    expect(error).toBeInstanceOf(FtpUrl.InvalidUrl)
    expect({ ...error }).toEqual(
      part === undefined ? { _tag: "InvalidUrl", reason } : { _tag: "InvalidUrl", reason, part }
    )
    expect(Either.flip(FtpUrl.parse(text))).toEqual(Either.right(error))
  })

  it.each([
    ["100%", "Percent"],
    ["a%0d%0aDELE%20b", "Control"],
    ["\ud800", "Surrogate"]
  ])("a path %j is not decoded: %s", (text, reason) => {
    const error = Either.getOrThrow(Either.flip(FtpUrl.decodePath(text)))
    expect(error).toMatchObject({ _tag: "InvalidUrl", reason, part: "path" })
  })

  const make = (options: FtpEndpoint.Options, path = "", security: FtpUrl.Security = "Plain"): FtpUrl.FtpUrl =>
    new FtpUrl.FtpUrl({ endpoint: FtpEndpoint.make(options), security, path, type: Option.none() })

  it.each([
    [make({ host: "h" }), "ftp://h/", "ftp://h/"],
    [make({ host: "h", port: 990 }, "", "Implicit"), "ftps://h/", "ftps://h/"],
    [make({ host: "::1", port: 990 }, "a", "Explicit"), "ftpes://[::1]:990/a", "ftpes://[::1]:990/a"],
    [make({ host: "fe80::1%eth0" }), "ftp://[fe80::1%25eth0]/", "ftp://[fe80::1%eth0]/"],
    [make({ host: "h" }, "/a b;c"), "ftp://h/%2Fa%20b%3Bc", "ftp://h//a b;c"],
    [make({ host: "h", user: "ann", password: "p@ss" }, "a"), "ftp://ann:p%40ss@h/a", "ftp://ann@h/a"],
    [make({ host: "h", user: "ann" }, "a"), "ftp://ann@h/a", "ftp://ann@h/a"],
    [make({ host: "h" }, "caf\udce9/é"), "ftp://h/caf%E9/%C3%A9", "ftp://h/caf\\xe9/é"]
  ])("is printed in full and for people: %s", (url, full, label) => {
    expect(encode(url)).toEqual(Either.right(full))
    expect(FtpUrl.toLabel(url)).toBe(label)
  })

  it.each([
    ["an account", make({ host: "h", account: "a" })],
    ["CR LF in the path", make({ host: "h" }, "a\r\nb")],
    ["NUL in the user", make({ host: "h", user: "a\0" })],
    ["a lone surrogate", make({ host: "h" }, "\ud800")],
    ["a host that no URL can say", make({ host: "a%b" })]
  ])("is not printed with %s", (_, url) => {
    expect(Either.isLeft(encode(url))).toBe(true)
  })

  it("reads what it prints", () => {
    const host = FastCheck.constantFrom(
      "h",
      "files.example",
      "10.0.0.1",
      "::1",
      "fe80::1%eth0",
      "fe80::1%25",
      "bücher.example"
    )
    const url = FastCheck.record({
      host,
      port: FastCheck.oneof(FastCheck.constantFrom(21, 990), FastCheck.integer({ min: 1, max: 65_535 })),
      user: FastCheck.oneof(FtpArbitrary.remoteName, FastCheck.constantFrom("", "anonymous", "a:b@c/d")),
      password: FastCheck.option(FastCheck.oneof(FtpArbitrary.remoteName, FastCheck.constant("")), { nil: undefined }),
      path: FastCheck.oneof(FtpArbitrary.path, FastCheck.constantFrom("", "/", "//", "a;type=i", "%2F", "a//b/")),
      security: FastCheck.constantFrom(...FtpUrl.Security.literals),
      type: FastCheck.option(FastCheck.constantFrom(...FtpUrl.TransferType.literals)).map(Option.fromNullable)
    }).map(
      ({ path, security, type, ...options }) =>
        new FtpUrl.FtpUrl({ endpoint: FtpEndpoint.make(options), security, path, type })
    )
    FastCheck.assert(
      FastCheck.property(url, (made) => {
        const read = Either.flatMap(encode(made), decode)
        expect(Either.isRight(read) && Equal.equals(read.right, made)).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  it.each([
    ["ftp://h/a", false, false],
    ["ftp://ann@h/a", true, false],
    ["ftp://ann:@h/a", true, true],
    ["ftp://ann:secret@h/a", true, true],
    ["ftp://anonymous@h/a", true, false],
    ["ftp://@h/a", true, false],
    ["ftp://h/ann:secret@a", false, false]
  ])("reading %s remembers whether user (%s) and password (%s) were given", (text, user, password) => {
    expect(Either.map(FtpUrl.read(text), ({ given }) => given)).toEqual(Either.right({ user, password }))
  })

  it.each([
    ["ftp://h", ""],
    ["ftp://h/pub/*.txt", "pub/*.txt"],
    ["ftp://h/pub/%2A.txt;type=i", "pub/%2A.txt"],
    ["ftp://h/%2Fetc", "%2Fetc"]
  ])("reading %s keeps its path as written, %s", (text, encodedPath) => {
    expect(Either.map(FtpUrl.read(text), (parsed) => parsed.encodedPath)).toEqual(Either.right(encodedPath))
  })

  it("a URL that was read shows its password to no printer", () => {
    const parsed = Either.getOrThrow(FtpUrl.read("ftp://ann:s3cret@h/a"))
    for (const shown of [JSON.stringify(parsed), inspect(parsed, { depth: 9 })]) {
      expect(shown).not.toContain("s3cret")
    }
  })

  it("never throws", () => {
    const nasty = FastCheck.string({ unit: FastCheck.constantFrom(..."ah:/@[]%25;=.?#\n0", "type=i", "ftp://") })
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.string(), nasty), (text) => {
        FtpUrl.parse(text)
        FtpUrl.parse(`ftp://${text}`)
      }),
      { numRuns: 500 }
    )
  })

  it("no error of a URL shows anything of its password, to no printer", () => {
    const secret = FastCheck.string({ unit: FastCheck.constantFrom(..."QXZJ"), minLength: 6, maxLength: 20 })
    const wrong = FastCheck.constantFrom(
      (secret: string) => `http://ann:${secret}@h/a`,
      (secret: string) => `ftp://ann:${secret}@h:x/a`,
      (secret: string) => `ftp://ann:${secret}@h:0/a`,
      (secret: string) => `ftp://ann:${secret}/@h/a`,
      (secret: string) => `ftp://ann:${secret}@h/a;type=x`,
      (secret: string) => `ftp://ann:${secret}%@h/a`,
      (secret: string) => `ftp://ann:${secret}%0A@h/a`,
      (secret: string) => `ftp://ann:${secret}\ud800@h/a`,
      (secret: string) => `ftp://ann:${secret}@h/100%`,
      (secret: string) => `ftp://ann%00:${secret}@h/`
    )
    FastCheck.assert(
      FastCheck.property(secret, wrong, (secret, wrong) => {
        const error = Either.getOrThrow(Either.flip(FtpUrl.parse(wrong(secret))))
        for (const shown of [String(error), JSON.stringify(error), inspect(error, { depth: 9 }), error.stack]) {
          expect(shown).toContain("InvalidUrl")
          expect(shown).not.toContain(secret)
        }
        expect(error.message).not.toContain(secret)
      })
    )
  })

  it("shows its password to no printer, not even in an error", () => {
    const url = Either.getOrThrow(decode("ftp://ann:s3cret@h/a"))
    for (const shown of [String(url), JSON.stringify(url), inspect({ url }, { depth: 9 })]) {
      expect(shown).toContain("ftp://ann@h/a")
      expect(shown).not.toContain("s3cret")
    }
    const error = Either.getOrThrow(Either.flip(decode("ftp://ann:s3cret@h:x/a")))
    for (const shown of [String(error), error.message, JSON.stringify(error), inspect(error, { depth: 9 })]) {
      expect(shown).not.toContain("s3cret")
    }
  })
})
