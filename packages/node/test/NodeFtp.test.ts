import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Certificates from "./support/Certificates.ts"

const serve = (options: FtpTestServer.Options = {}) =>
  Effect.provide(
    FtpTestServer.make({ users: { ann: "secret", "b@b": "p/w" }, root: { "dir/a.txt": "hello" }, ...options }),
    NodeFtpTransport.layer
  )

class Source extends Context.Tag("test/Source")<Source, FtpClient>() {}
class Target extends Context.Tag("test/Target")<Target, FtpClient>() {}

const names = Effect.flatMap(FtpClient, (client) =>
  Effect.map(client.list("dir"), (entries) => entries.map(({ name }) => name))
)

const refusal = (options: NodeFtp.Options) =>
  Effect.flip(Effect.provide(Effect.void, NodeFtp.layer(options))).pipe(Effect.map((error) => error.message))

// Real time: sockets don't run by the TestClock.
describe("the client by URL", () => {
  it.scopedLive("logs in as the URL says; the URL's path is not part of the layer", () =>
    Effect.gen(function* () {
      const { address } = yield* serve()
      const layer = NodeFtp.layerUrl(`ftp://b%40b:p%2Fw@127.0.0.1:${address.port}/nowhere/at/all`)
      expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
    })
  )

  it.scopedLive("is one of its own for each URL, also where an app has several", () =>
    Effect.gen(function* () {
      const at = ({ address }: Effect.Effect.Success<ReturnType<typeof serve>>) =>
        NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${address.port}`)
      const app = Layer.merge(
        Layer.provide(Layer.effect(Source, FtpClient), at(yield* serve())),
        Layer.provide(Layer.effect(Target, FtpClient), at(yield* serve({ root: { "dir/b.txt": "hello" } })))
      )
      const both = Effect.all([
        Effect.provideServiceEffect(names, FtpClient, Source),
        Effect.provideServiceEffect(names, FtpClient, Target)
      ])
      expect(yield* Effect.provide(both, app)).toEqual([["a.txt"], ["b.txt"]])
    })
  )

  it.scopedLive("takes the password beside the URL, instead of the one in it", () =>
    Effect.gen(function* () {
      const { address } = yield* serve()
      const password = Redacted.make("secret")
      for (const login of ["ann", "ann:stale"]) {
        const layer = NodeFtp.layer({ url: `ftp://${login}@127.0.0.1:${address.port}`, password })
        expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
      }
    })
  )

  it.scopedLive("takes a URL that was parsed before, and the account", () =>
    Effect.gen(function* () {
      const { address } = yield* serve({ users: { ann: { password: "secret", account: "book" } } })
      const url = yield* FtpUrl.parse(`ftp://ann:secret@127.0.0.1:${address.port}`)
      const layer = NodeFtp.layer({ url, account: Redacted.make("book") })
      expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
    })
  )

  it.scopedLive("holds the local files for transfers", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "ftp-effect-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const file = join(folder, "a.txt")
      yield* Effect.provide(
        Effect.zipRight(FtpTransfer.toFile("dir/a.txt", file), FtpTransfer.fromFile(file, "b.txt")),
        NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`)
      )
      expect(readFileSync(file, "utf8")).toBe("hello")
      expect(new TextDecoder().decode(yield* server.read("/b.txt"))).toBe("hello")
    })
  )

  it.scopedLive("dials nothing before the first operation, and leaves no connection behind", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const before = yield* Effect.zipRight(FtpPool, server.connections).pipe(
        Effect.provide(NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
      )
      expect(before.total).toBe(0)
      yield* Effect.provide(names, NodeFtp.layerUrl(`ftp://ann:secret@127.0.0.1:${server.address.port}`))
      expect((yield* server.commands).at(-1)).toBe("QUIT")
    })
  )
})

describe("mirrors", () => {
  it.scopedLive("stand in for a server that is not there, with the same login unless they have their own", () =>
    Effect.gen(function* () {
      const mirror = yield* serve()
      const password = Redacted.make("secret")
      const layer = NodeFtp.layer({
        url: "ftp://ann@127.0.0.1:1",
        password,
        mirrors: [`ftp://ann@127.0.0.1:${mirror.address.port}`]
      })
      expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
    })
  )

  it.effect("get a secret neither for another user nor for the anonymous one", () =>
    Effect.gen(function* () {
      const mirrors = ["ftp://bob@mirror.example", "ftp://mirror.example", "ftp://ann:own@mirror.example"]
      const { endpoints } = yield* Effect.provide(
        FtpPool,
        NodeFtp.layer({ url: "ftp://ann@files.example", password: Redacted.make("secret"), mirrors })
      )
      expect(endpoints.map(({ password }) => Redacted.value(password))).toEqual(["secret", "", "anonymous@", "own"])
    })
  )
})

describe("the scheme", () => {
  const modes = [
    ["ftpes", "Explicit"],
    ["ftps", "Implicit"]
  ] as const
  for (const [scheme, mode] of modes) {
    it.scopedLive(`${scheme}: is ${mode.toLowerCase()} TLS, which trusts what the options say`, () =>
      Effect.gen(function* () {
        const { authority, server: identity } = yield* Certificates.make
        const server = yield* serve({ tls: { mode, identity, required: true } })
        const url = `${scheme}://ann:secret@127.0.0.1:${server.address.port}`
        const trusting = NodeFtp.layer({ url, tls: { authorities: [authority] } })
        expect(yield* Effect.provide(names, trusting)).toEqual(["a.txt"])
        expect(yield* server.commands).toContain("PROT P")
        const distrust = yield* Effect.flip(Effect.provide(names, NodeFtp.layerUrl(url)))
        expect(distrust).toMatchObject({ _tag: "FtpConnectError", reason: "Tls" })
      })
    )
  }
})

describe("who dials the data connection", () => {
  const ways = [
    ["we do, unless the options say otherwise", {}, "EPSV"],
    ["the server does, to any free port, in active mode", { active: {} }, "EPRT"]
  ] as const
  for (const [title, options, verb] of ways) {
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const server = yield* serve()
        const url = `ftp://ann:secret@127.0.0.1:${server.address.port}`
        expect(yield* Effect.provide(names, NodeFtp.layer({ url, ...options }))).toEqual(["a.txt"])
        const asked = (yield* server.commands).filter((line) => /^(EPSV|PASV|EPRT|PORT)/.test(line))
        expect(asked.map((line) => line.split(" ", 1)[0])).toEqual([verb])
      })
    )
  }

  it.scopedLive("to a port of the range, where the options name one", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const url = `ftp://ann:secret@127.0.0.1:${server.address.port}`
      const layer = NodeFtp.layer({ url, active: { ports: [42_000, 42_400] } })
      expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
      const [, port] = (yield* server.commands).flatMap((line) => /^EPRT \|1\|127\.0\.0\.1\|(\d+)\|$/.exec(line) ?? [])
      expect(Number(port)).toBeGreaterThanOrEqual(42_000)
      expect(Number(port)).toBeLessThanOrEqual(42_400)
    })
  )
})

describe("greet", () => {
  it.scopedLive("secures the connection, sends no login, and takes its leave", () =>
    Effect.gen(function* () {
      const { authority, server: identity } = yield* Certificates.make
      const server = yield* serve({ tls: { mode: "Explicit", identity } })
      const url = `ftpes://ann@127.0.0.1:${server.address.port}`
      yield* NodeFtp.greet({ url, tls: { authorities: [authority] } })
      expect(yield* server.commands).toEqual(["AUTH TLS", "PBSZ 0", "PROT P", "QUIT"])
      expect(yield* Effect.flip(NodeFtp.greet({ url }))).toMatchObject({ _tag: "FtpConnectError", reason: "Tls" })
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
    })
  )

  it.scopedLive("tries again as the client does, where that can help", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const url = `ftp://127.0.0.1:${server.address.port}`
      yield* server.fault({ _tag: "Refuse", verb: "CONNECT", reply: "421 Too many connections" })
      yield* NodeFtp.greet({ url, retry: { connect: Schedule.recurs(1) } })
      expect((yield* server.connections).total).toBe(2)
      yield* server.fault({ _tag: "Refuse", verb: "CONNECT", reply: "421 Too many connections" })
      const error = yield* Effect.flip(NodeFtp.greet({ url, retry: { connect: Schedule.stop } }))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "TooManyConnections" })
    })
  )
})

describe("what can't be is a FtpUsageError before anything is dialled", () => {
  it.effect("trust options of TLS for a scheme without TLS", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "ftp://ann:secret@h", tls: { minVersion: "TLSv1.3" } })).toBe(
        "tls: ftp://ann@h/ has no TLS; with it: ftpes:// (after AUTH) or ftps:// (from the start)"
      )
    })
  )

  it.effect("a pin that can't be read, in words that say what one looks like", () =>
    Effect.gen(function* () {
      for (const url of ["ftpes://h", "ftps://h"]) {
        expect(yield* refusal({ url, tls: { pins: ["sha256:00"] } })).toBe(
          'pins: "sha256:00" is not a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64'
        )
      }
    })
  )

  it.effect("active mode through a proxy, or together with what is for passive mode", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "ftp://h", active: {}, proxy: "socks5://p" })).toMatch(
        /^active: no server can connect/
      )
      expect(yield* refusal({ url: "ftp://h", active: {}, passive: {} })).toBe(
        "active: does not go together with `passive`"
      )
    })
  )

  it.effect("an address of our own that no server could connect to", () =>
    Effect.gen(function* () {
      for (const advertise of ["", "host.example", "[2001:db8::7]", "203.0.113.7:21", "0.0.0.0", "::"]) {
        expect(yield* refusal({ url: "ftp://h", active: { advertise } })).toBe(
          `active.advertise: "${advertise}" is not a numeric address that a server could connect to, like 203.0.113.7`
        )
      }
    })
  )

  it.effect("a text that is no URL, in words that don't hold it", () =>
    Effect.gen(function* () {
      expect(yield* refusal({ url: "http://ann:secret@h" })).toBe(
        "url: not an FTP URL: it does not start with ftp://, ftpes:// or ftps://"
      )
      expect(yield* refusal({ url: "ftp://h", mirrors: ["ftp://h:x"] })).toMatch(/^mirrors: not an FTP URL: its host/)
    })
  )

  it.effect("a password without a user, and mirrors with another protection", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("secret")
      expect(yield* refusal({ url: "ftp://h", password: secret })).toBe(
        "password: ftp://h/ names no user that it is for"
      )
      expect(yield* refusal({ url: "ftp://h", account: secret })).toBe("account: ftp://h/ names no user that it is for")
      expect(yield* refusal({ url: "ftp://h", mirrors: ["ftps://m"] })).toBe(
        "mirrors: ftps://m/ and ftp://h/ differ in their scheme"
      )
    })
  )
})

describe("settings", () => {
  const silent = Effect.gen(function* () {
    const server = yield* serve()
    yield* server.fault({ _tag: "Silence", verb: "USER", times: Number.POSITIVE_INFINITY })
    return `ftp://ann:secret@127.0.0.1:${server.address.port}`
  })
  const failure = Effect.map(Effect.flip(Effect.timeout(names, "5 seconds")), (error) => error._tag)
  const timeouts = { reply: Duration.millis(50) }
  const retry = { connect: Schedule.stop }

  it.scopedLive("of the options are in force", () =>
    Effect.gen(function* () {
      const url = yield* silent
      expect(yield* Effect.provide(failure, NodeFtp.layer({ url, timeouts, retry }))).toBe("FtpConnectionLost")
      const ipv6 = NodeFtp.layer({ url, retry, family: "IPv6" })
      expect(yield* Effect.provide(failure, ipv6)).toBe("FtpConnectError")
    })
  )

  it.scopedLive("from outside are in force where the options say nothing", () =>
    Effect.gen(function* () {
      const layer = Layer.provide(NodeFtp.layerUrl(yield* silent), [FtpTimeouts.layer(timeouts), FtpRetry.layer(retry)])
      expect(yield* Effect.provide(failure, layer)).toBe("FtpConnectionLost")
    })
  )
})

describe("the client by configuration", () => {
  const withEnv = (env: Record<string, string>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env)), { seqDelim: "," }))

  it.scopedLive("reads FTP_URL, FTP_PASSWORD, FTP_MIRRORS and FTP_MAX_PER_HOST", () =>
    Effect.gen(function* () {
      const { address } = yield* serve()
      const read = Effect.provide(Effect.all([names, FtpPool]), NodeFtp.layerConfig())
      const [found, pool] = yield* withEnv({
        FTP_URL: `ftp://ann@127.0.0.1:${address.port}`,
        FTP_PASSWORD: "secret",
        FTP_MIRRORS: `ftp://ann@localhost:${address.port},ftp://127.0.0.1:${address.port}`,
        FTP_MAX_PER_HOST: "2"
      })(read)
      expect(found).toEqual(["a.txt"])
      expect(pool.endpoints.map(({ host, user }) => `${user}@${host}`)).toEqual([
        "ann@127.0.0.1",
        "ann@localhost",
        "anonymous@127.0.0.1"
      ])
      expect(pool.size).toBe(6)
    })
  )

  it.effect("takes empty variables for none, and so the gaps in a list", () =>
    Effect.gen(function* () {
      const url = "ftp://ann@files.example"
      const read = (env: Record<string, string>) => withEnv(env)(NodeFtp.config)
      expect((yield* read({ FTP_URL: url, FTP_MIRRORS: "" })).mirrors).toEqual([])
      expect((yield* read({ FTP_URL: url, FTP_MIRRORS: `${url},, ${url},` })).mirrors).toEqual([url, url])
      expect((yield* read({ FTP_URL: url, FTP_PROXY: "" })).proxy).toBeUndefined()
    })
  )

  it.effect("fails with a ConfigError where FTP_URL is missing, and a FtpUsageError where it is wrong", () =>
    Effect.gen(function* () {
      const tag = (env: Record<string, string>) =>
        Effect.provide(Effect.void, NodeFtp.layerConfig()).pipe(Effect.either, withEnv(env), Effect.map(Either.merge))
      expect(yield* tag({})).toMatchObject({ _op: "MissingData" })
      expect(yield* tag({ FTP_URL: "gopher://h" })).toMatchObject({ _tag: "FtpUsageError" })
    })
  )
})

it("says in its types what it gives and how it fails", () => {
  expectTypeOf(NodeFtp.layer).returns.toEqualTypeOf<
    Layer.Layer<FtpClient | FtpPool | FtpLocalFile | FtpHasher, FtpUsageError>
  >()
  expectTypeOf(NodeFtp.config).toEqualTypeOf<Config.Config<NodeFtp.Options>>()
})
