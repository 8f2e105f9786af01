// Real time: sockets don't run by the TestClock.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpUsageError } from "@ftp-effect/core/FtpError"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { names, serve } from "./support/byUrl.ts"

class Source extends Context.Tag("test/Source")<Source, FtpClient>() {}
class Target extends Context.Tag("test/Target")<Target, FtpClient>() {}

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

  it.scopedLive("is a value with all it needs, so that two servers need no layers", () =>
    Effect.gen(function* () {
      const urlOf = ({ address }: Effect.Effect.Success<ReturnType<typeof serve>>) =>
        `ftp://ann:secret@127.0.0.1:${address.port}`
      const [first, second] = [yield* serve(), yield* serve({ root: { "dir/b.txt": "hello" } })]
      yield* Effect.scoped(
        Effect.gen(function* () {
          const from = yield* NodeFtp.make(urlOf(first))
          const to = yield* NodeFtp.make({ url: urlOf(second), maxPerHost: 1, timeouts: { reply: "5 seconds" } })
          yield* to.upload("dir/copy", from.download("dir/a.txt"))
          const folder = mkdtempSync(join(tmpdir(), "ftp-effect-"))
          yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
          yield* to.downloadTree("dir", folder)
          expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("hello")
          yield* to.fromFile(join(folder, "b.txt"), "dir/c.txt")
          const again = yield* Effect.provide(FtpTransfer.readFileString("dir/c.txt"), to.context)
          expect(again).toBe("hello")
        })
      )
      expect((yield* first.connections).current + (yield* second.connections).current).toBe(0)
      expect(yield* Effect.flip(NodeFtp.make("nonsense"))).toMatchObject({ _tag: "FtpUsageError", argument: "url" })
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
