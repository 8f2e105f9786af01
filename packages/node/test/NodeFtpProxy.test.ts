import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { carrying } from "../../core/test/suites/transport/carrying.ts"
import { MIB, pattern, type Test } from "../../core/test/suites/transport/wire.ts"
import { dial, failureOf, HOST, kinds, LOGIN, login, nothingOpen, wrongLogin } from "./support/proxyKinds.ts"

const serve = (options: FtpTestServer.Options = {}) =>
  Effect.provide(
    FtpTestServer.make({
      users: { ann: "secret" },
      root: { "dir/a.txt": "hello", "large.bin": pattern(3 * MIB, 7) },
      ...options
    }),
    NodeFtpTransport.layer
  )

const names = Effect.flatMap(FtpClient, (client) =>
  Effect.map(client.list("dir"), (entries) => entries.map(({ name }) => name))
)

const download = (path: string) =>
  Effect.flatMap(FtpClient, (client) =>
    Effect.map(Stream.runCollect(client.download(path)), (parts) => Buffer.concat([...parts]))
  )

// Real time: sockets don't run by the TestClock.
for (const kind of kinds) {
  describe(`through ${kind.name}`, () => {
    for (const [how, needed, userInfo] of [
      ["without a login", undefined, ""],
      ["with a login", LOGIN, "ann%40proxy:p:%C3%A4%2F1@"]
    ] as const) {
      it.scopedLive(`lists, downloads and uploads ${how}, control and each data connection in a tunnel`, () =>
        Effect.gen(function* () {
          const proxy = yield* kind.serve({ login: needed, names: { "files.test": HOST } })
          const server = yield* serve()
          const layer = NodeFtp.layer({
            url: `ftp://ann:secret@files.test:${server.address.port}`,
            proxy: `${kind.scheme}://${userInfo}${HOST}:${proxy.port}`
          })
          const bytes = pattern(2 * MIB, 5)
          const upload = Effect.flatMap(FtpClient, (client) => client.upload("b.bin", FtpSource.fromBytes(bytes)))
          const [found, downloaded] = yield* Effect.provide(Effect.all([names, download("large.bin"), upload]), layer)
          expect(found).toEqual(["a.txt"])
          expect(downloaded.equals(pattern(3 * MIB, 7))).toBe(true)
          expect(Buffer.compare(yield* server.read("/b.bin"), bytes)).toBe(0)
          const [control, ...data] = proxy.asked
          expect(control).toBe(`files.test:${server.address.port}`)
          expect(data.map((each) => each.replace(/\d+$/, ""))).toEqual(["files.test:", "files.test:", "files.test:"])
          expect(proxy.faults).toEqual([])
          yield* nothingOpen(proxy)
        })
      )
    }

    it.scopedLive("takes a proxy whose answers come byte by byte, and one that needs no login", () =>
      Effect.gen(function* () {
        const proxy = yield* kind.serve({ answers: "Dripping" })
        const { address } = yield* serve()
        const proxied = `${kind.scheme}://ann:secret@${HOST}:${proxy.port}`
        const layer = NodeFtp.layer({ url: `ftp://ann:secret@${HOST}:${address.port}`, proxy: Redacted.make(proxied) })
        expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
        expect(proxy.faults).toEqual([])
      })
    )

    it.scopedLive("asks for an IPv6 address as one", () =>
      Effect.gen(function* () {
        const proxy = yield* kind.serve()
        const { address } = yield* serve({ host: "::1" })
        const proxied = `${kind.scheme}://${HOST}:${proxy.port}`
        const layer = NodeFtp.layer({ url: `ftp://ann:secret@[::1]:${address.port}`, proxy: proxied })
        expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
        expect(proxy.asked.map((each) => each.replace(/\d+$/, ""))).toEqual(["[::1]:", "[::1]:"])
      })
    )

    it.scopedLive("dials the name again after PASV, whatever address the server names", () =>
      Effect.gen(function* () {
        const proxy = yield* kind.serve({ names: { "files.test": HOST } })
        const server = yield* serve({ denied: ["EPSV"], passiveHost: "10.9.8.7" })
        const layer = NodeFtp.layer({
          url: `ftp://ann:secret@files.test:${server.address.port}`,
          proxy: `${kind.scheme}://${HOST}:${proxy.port}`
        })
        expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
        expect(proxy.asked.map((each) => each.replace(/\d+$/, ""))).toEqual(["files.test:", "files.test:"])
        expect(yield* server.commands).toContain("PASV")
      })
    )

    it.scopedLive("says what the proxy said of a data port, and leaves nothing open", () =>
      Effect.gen(function* () {
        const { address } = yield* serve()
        const proxy = yield* kind.serve({ forbids: ({ port }) => port !== address.port })
        const proxied = `${kind.scheme}://${HOST}:${proxy.port}`
        const layer = NodeFtp.layer({ url: `ftp://ann:secret@${HOST}:${address.port}`, proxy: proxied })
        const error = yield* Effect.flip(Effect.provide(names, layer))
        expect(error).toMatchObject({ _tag: "FtpConnectError", channel: "Data" })
        expect(error.message).toContain(kind.says.forbidden)
        yield* nothingOpen(proxy)
      })
    )

    it.scopedLive("does not try again what the proxy refused", () =>
      Effect.gen(function* () {
        const proxy = yield* kind.serve({ login: LOGIN })
        const layer = NodeFtp.layer({ url: "ftp://files.test", proxy: `${kind.scheme}://${HOST}:${proxy.port}` })
        const error = yield* Effect.flip(Effect.provide(names, layer))
        expect(error).toMatchObject({ _tag: "FtpConnectError", channel: "Control", reason: "Refused" })
        expect(error.message).toContain(kind.says.loginNeeded)
        expect(proxy.total()).toBe(1)
      })
    )

    it.scopedLive("a dial that failed is closed before its scope is", () =>
      Effect.gen(function* () {
        const { address } = yield* Effect.scoped(serve())
        const proxy = yield* kind.serve({ login: LOGIN, forbids: ({ port }) => port === 4 })
        const via = `through the proxy ${HOST} port ${proxy.port}`
        const through = (who: NodeFtpProxy.Login | undefined) =>
          Effect.provide(kind.layer({ host: HOST, port: proxy.port, login: who }))
        const failures = yield* Effect.all([
          through(undefined)(failureOf()),
          through(wrongLogin)(failureOf()),
          through(login)(failureOf({ host: HOST, port: 4 })),
          through(login)(failureOf({ host: HOST, port: address.port })),
          through(login)(failureOf({ host: "nowhere.test" }))
        ])
        expect(failures.map(({ message }) => message)).toEqual([
          `${via}: ${kind.says.loginNeeded}`,
          `${via}: ${kind.says.loginWrong}`,
          `${via}: ${kind.says.forbidden}`,
          `${via}: ${kind.says.unreachable}`,
          `${via}: ${kind.says.unreachable}`
        ])
        expect(JSON.stringify(failures)).not.toContain("swordfish")
        yield* nothingOpen(proxy)
      })
    )

    it.scopedLive("can be dialled through another proxy", () =>
      Effect.gen(function* () {
        const { address } = yield* serve()
        const [near, far] = [yield* kind.serve({ names: { "far.test": HOST } }), yield* kind.serve()]
        const first = yield* kind.make({ host: HOST, port: near.port })
        const second = yield* kind.make({ host: "far.test", port: far.port }, first)
        const connection = yield* Effect.provideService(dial({ host: HOST, port: address.port }), FtpTransport, second)
        expect(`${Buffer.from(Option.getOrThrow(yield* connection.read))}`).toMatch(/^220 /)
        expect([near.asked, far.asked]).toEqual([[`far.test:${far.port}`], [`${HOST}:${address.port}`]])
      })
    )

    it.effect("active mode is refused in words", () =>
      Effect.gen(function* () {
        const transport = yield* FtpTransport
        const error = yield* Effect.flip(Effect.scoped(transport.listen({ host: HOST, ports: "Any" })))
        expect(error.message).toMatch(/^no server can connect to us through a proxy: active mode needs a direct line/)
      }).pipe(Effect.provide(kind.layer({ host: HOST })))
    )
  })
}

describe("a tunnel carries bytes as any transport does", () => {
  const layer = Layer.scoped(
    FtpTransport,
    Effect.gen(function* () {
      const proxy = yield* kinds[0].serve()
      const { connect } = yield* kinds[0].make({ host: HOST, port: proxy.port })
      return { connect, listen: NodeFtpTransport.make().listen }
    })
  )
  const test: Test = (title, body) =>
    it.live(title, () => body.pipe(Effect.scoped, Effect.provide(layer), Effect.orDie))
  // Four kernel buffers of up to 6 MiB, and what each end and the proxy hold themselves.
  carrying(layer, { mostBuffered: 48 * MIB, bothFamilies: "", nothingOpen: Effect.void }, test)
})

describe("the URL of a proxy", () => {
  const refusal = (url: string) => Effect.map(Effect.flip(NodeFtpProxy.makeUrl(url)), ({ message }) => message)

  it.effect("is refused in words that hold nothing of it", () =>
    Effect.gen(function* () {
      for (const url of [
        "",
        "proxy.test:1080",
        "https://u:swordfish@h",
        "socks4://h",
        "constructor://h",
        " http://h"
      ]) {
        expect(yield* refusal(url)).toBe("proxy: not the URL of a proxy: it does not start with socks5:// or http://")
      }
      for (const url of [
        "http://",
        "http://h/path",
        "http://h:x",
        "http://u:sword/fish@",
        "http://a b",
        "socks5://::1"
      ]) {
        expect(yield* refusal(url)).toBe(
          "proxy: not the URL of a proxy: its host or port is none, or something follows them"
        )
      }
      expect(yield* refusal("socks5://h:0")).toBe("proxy: its port is not 1 to 65535")
      expect(yield* refusal("socks5://ann:sword%fish@h")).toBe(
        'proxy: its login has a "%" that encodes nothing (a "%" itself is "%25")'
      )
    })
  )

  it.effect("must not hold a login that can't be sent to the proxy", () =>
    Effect.gen(function* () {
      const socks = "proxy: SOCKS5 takes a user of 1 to 255 bytes and a password of at most as many"
      expect(yield* refusal(`socks5://${"a".repeat(256)}@h`)).toBe(socks)
      expect(yield* refusal(`socks5://a:${"ä".repeat(128)}@h`)).toBe(socks)
      expect(yield* refusal("socks5://@h")).toBe(socks)
      const http = "proxy: a user with a colon, or control characters in a login, can't be said to an HTTP proxy"
      expect(yield* refusal("http://a%3Ab:secret@h")).toBe(http)
      expect(yield* refusal("http://a:b%0D%0AX@h")).toBe(http)
    })
  )

  it.scopedLive("is taken from FTP_PROXY, where it is not empty", () =>
    Effect.gen(function* () {
      const proxy = yield* kinds[0].serve()
      const { address } = yield* serve()
      const run = (url: string) =>
        Effect.provide(names, NodeFtp.layerConfig()).pipe(
          Effect.withConfigProvider(
            ConfigProvider.fromMap(
              new Map([
                ["FTP_URL", `ftp://ann:secret@${HOST}:${address.port}`],
                ["FTP_PROXY", url]
              ])
            )
          )
        )
      expect(yield* run("")).toEqual(["a.txt"])
      expect(proxy.total()).toBe(0)
      expect(yield* run(`SOCKS5H://${HOST}:${proxy.port}/`)).toEqual(["a.txt"])
      expect(proxy.total()).toBe(2)
    })
  )
})
