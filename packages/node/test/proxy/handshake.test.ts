import { describe, expect, it } from "@effect/vitest"
import { type Connection, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as NodeFtpProxy from "@ftp-effect/node/NodeFtpProxy"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { pattern, readAll, turns } from "../../../core/test/suites/transport/wire.ts"
import * as ProxyDialects from "../support/ProxyDialects.ts"
import { scripted } from "../support/ProxyServer.ts"
import { dial, failureOf, HOST, kinds, nothingOpen } from "../support/proxyKinds.ts"

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex")

const socks5 = (port: number, login?: NodeFtpProxy.Login) =>
  Effect.provide(NodeFtpProxy.layerSocks5({ host: HOST, port, login }))

const httpConnect = (port: number, login?: NodeFtpProxy.Login) =>
  Effect.provide(NodeFtpProxy.layerHttpConnect({ host: HOST, port, login }))

const textOf = (connection: Connection) =>
  Effect.map(connection.read, (bytes) => Buffer.from(Option.getOrThrow(bytes)).toString("latin1"))

const ann: NodeFtpProxy.Login = { user: "ann", password: Redacted.make("secret") }

/** What a proxy answers to the packets of a client, and how a dial fails then. */
const detailOf = (through: typeof socks5, answers: Parameters<typeof scripted>[0], login?: NodeFtpProxy.Login) =>
  Effect.gen(function* () {
    const proxy = yield* scripted(answers)
    const { message, reason } = yield* through(proxy.port, login)(failureOf())
    yield* nothingOpen(proxy)
    return `${reason}: ${message.replace(/^through the proxy 127\.0\.0\.1 port \d+: /, "")}`
  })

// Real time: sockets don't run by the TestClock.
describe("SOCKS5", () => {
  it.scopedLive("says what RFC 1928 and RFC 1929 say, byte by byte", () =>
    Effect.gen(function* () {
      const granted = hex("05 00 00 01 00000000 0000")
      const proxy = yield* scripted([hex("05 02"), hex("01 00"), Buffer.concat([granted, Buffer.from("220 hi")])])
      const connection = yield* socks5(proxy.port, ann)(dial())
      expect(yield* textOf(connection)).toBe("220 hi")
      expect(proxy.said().toString("hex")).toBe(
        hex(`05 02 00 02  01 03 616e6e 06 736563726574  05 01 00 03 0a 66696c65732e74657374 0015`).toString("hex")
      )
    })
  )

  it.scopedLive("numeric addresses go out as bytes", () =>
    Effect.gen(function* () {
      const addresses = {
        "192.0.2.255": "01 c00002ff",
        "::ffff:192.0.2.1": "01 c0000201",
        "::": "04 00000000000000000000000000000000",
        "2001:db8::1:0:0:f": "04 20010db8000000000001000000000 00f".replaceAll(" ", ""),
        "64:ff9b::192.0.2.1": "04 0064ff9b0000000000000000c0000201",
        "1:2:3:4:5:6:7:8": "04 00010002000300040005000600070008"
      }
      for (const [host, bytes] of Object.entries(addresses)) {
        const proxy = yield* scripted([hex("05 00"), hex("05 00 00 01 00000000 0000")])
        const { remote } = yield* socks5(proxy.port)(dial({ host, port: 0xfffe }))
        expect(proxy.said().toString("hex")).toBe(hex(`05 01 00  05 01 00 ${bytes} fffe`).toString("hex"))
        expect(remote.family).toBe(bytes.startsWith("01") ? "IPv4" : "IPv6")
      }
    })
  )

  it.scopedLive("skips every kind of address in the proxy's answer, and not a byte more", () =>
    Effect.gen(function* () {
      for (const bound of ["IPv4", "IPv6", "Name"] as const) {
        const proxy = yield* ProxyDialects.socks5({ bound, answers: "Glued" })
        const listener = yield* NodeFtpTransport.make().listen({ host: HOST, ports: "Any" })
        const bytes = pattern(40_000, 1)
        const greeting = yield* Effect.fork(
          Effect.flatMap(listener.accept, (peer) => Effect.zipRight(peer.write(bytes), peer.endOutput)).pipe(
            Effect.zipRight(Effect.never),
            Effect.scoped
          )
        )
        const connection = yield* socks5(proxy.port)(dial({ host: HOST, port: listener.address.port }))
        expect((yield* readAll(connection)).equals(bytes)).toBe(true)
        yield* Fiber.interrupt(greeting)
        expect(proxy.faults).toEqual([])
      }
    })
  )

  it.scopedLive("a proxy that breaks the protocol, or refuses, is an error that says how", () =>
    Effect.gen(function* () {
      const broken = "Other: the proxy does not keep to SOCKS5: "
      expect(yield* detailOf(socks5, ["HTTP/1.1 400 Bad Request\r\n\r\n"])).toBe(`${broken}it is no SOCKS5 proxy`)
      expect(yield* detailOf(socks5, [hex("05 02")])).toBe(`${broken}it chose login 2, which was not offered`)
      expect(yield* detailOf(socks5, [hex("05 00"), hex("04 00")])).toBe(`${broken}its answer is not of SOCKS5`)
      expect(yield* detailOf(socks5, [hex("05 00"), hex("05 00 00 02")])).toBe(
        `${broken}it answered with address type 2`
      )
      expect(yield* detailOf(socks5, [hex("05 ff")], ann)).toBe("Refused: the proxy asks for another login")
      for (const [code, detail] of Object.entries({
        "01": "Unreachable: the proxy failed",
        "02": "Refused: the proxy's rules do not allow it",
        "03": "Unreachable: the proxy says: network unreachable",
        "04": "Unreachable: the proxy says: host unreachable, or its name has no address",
        "05": "Refused: the proxy says: connection refused",
        "06": "Unreachable: the proxy says: no answer from the host (TTL expired)",
        "07": "Refused: the proxy makes no connections (command not supported)",
        "08": "Refused: the proxy knows no such kind of address",
        "5b": "Unreachable: the proxy failed (code 91)"
      })) {
        expect(yield* detailOf(socks5, [hex("05 00"), hex(`05 ${code}`)])).toBe(detail)
      }
    })
  )
})

describe("HTTP CONNECT", () => {
  it.scopedLive("says what RFC 9110 and RFC 7617 say, to the letter", () =>
    Effect.gen(function* () {
      const proxy = yield* scripted(["HTTP/1.0 200\r\n\r\n220 hi"])
      const connection = yield* httpConnect(proxy.port, ann)(dial({ host: "2001:DB8::1" }))
      expect(yield* textOf(connection)).toBe("220 hi")
      const authority = "[2001:DB8::1]:21"
      expect(proxy.said().toString()).toBe(
        `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Basic YW5uOnNlY3JldA==\r\n\r\n`
      )
    })
  )

  it.scopedLive("passes over interim answers, and takes lines that end in LF alone", () =>
    Effect.gen(function* () {
      const answer =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 204 Fine\nA: b\n\n\n220"
      const proxy = yield* scripted([answer])
      expect(yield* textOf(yield* httpConnect(proxy.port)(dial()))).toBe("\n220")
    })
  )

  it.scopedLive("a proxy that breaks the protocol, or refuses, is an error that says how", () =>
    Effect.gen(function* () {
      const broken = "Other: the proxy does not answer in HTTP"
      expect(yield* detailOf(httpConnect, ["220 files.example FTP\r\n\r\n"])).toBe(broken)
      // A server that says no more, as an FTP server that waits for commands: the timeout of the dial would be minutes.
      expect(yield* detailOf(httpConnect, ["220 files.example FTP\r\n"])).toBe(broken)
      expect(yield* detailOf(httpConnect, ["2"])).toBe(broken)
      expect(yield* detailOf(httpConnect, ["HTTP/2 200 OK\r\n\r\n"])).toBe(broken)
      expect(yield* detailOf(httpConnect, ["\r\n\r\n"])).toBe(broken)
      const no = (line: string) => detailOf(httpConnect, [`HTTP/1.1 ${line}\r\n\r\n`])
      expect(yield* no("405 Not Allowed")).toBe(
        "Refused: the proxy answered 405 Not Allowed; many proxies only allow port 443"
      )
      expect(yield* no("404 \x1b[31mno")).toBe("Refused: the proxy answered 404 \\x1b[31mno")
      expect(yield* no("101 Switching Protocols")).toBe("Refused: the proxy answered 101 Switching Protocols")
      expect(yield* no("302 Found")).toBe("Refused: the proxy answered 302 Found")
      expect(yield* no("503")).toBe("Unreachable: the proxy answered 503")
      expect(yield* no("504 Slow")).toBe("TimedOut: the proxy answered 504 Slow")
      expect((yield* no(`500 ${"x".repeat(5000)}`)).length).toBeLessThan(150)
    })
  )

  it.scopedLive("a head without an end is given up at 16 KiB, one interim answer after the other too", () =>
    Effect.gen(function* () {
      const flood = "the head of the proxy's answer is longer than"
      const line = "X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
      const fields = (bytes: number) => line.repeat(Math.ceil(bytes / line.length))
      expect(yield* detailOf(httpConnect, [`HTTP/1.1 200 OK\r\n${fields(17 * 1024)}`])).toContain(flood)
      expect(yield* detailOf(httpConnect, [`HTTP/1.1 200 OK\r\n${fields(17 * 1024)}\r\n`])).toContain(flood)
      expect(yield* detailOf(httpConnect, ["HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)])).toContain(flood)
      const proxy = yield* scripted([`HTTP/1.1 200 OK\r\n${fields(15 * 1024)}\r\n220`])
      expect(yield* textOf(yield* httpConnect(proxy.port)(dial()))).toBe("220")
    })
  )
})

for (const { layer, make, name, serve } of kinds) {
  describe(`the handshake of ${name}`, () => {
    it.scopedLive("what a proxy can't be asked for is not sent to it", () =>
      Effect.gen(function* () {
        const proxy = yield* serve()
        const words = "not a host name or numeric address that a proxy can be asked for"
        const refused = (host: string, port = 21) =>
          Effect.provide(failureOf({ host, port }), layer({ host: HOST, port: proxy.port }))
        for (const host of [
          "",
          "a b",
          "a\r\nX: y",
          "a:1",
          "a/b",
          "[::1]",
          "a@b",
          "a..b",
          ".",
          "é/b",
          "x".repeat(254)
        ]) {
          const { message, reason } = yield* refused(host)
          expect(reason).toBe("Resolve")
          expect(message).toContain(words)
          expect(message).not.toMatch(/[\r\n]/)
        }
        expect((yield* refused("fe80::1%eth0")).message).toContain("an address with a zone")
        for (const port of [0, 65536, -1, 1.5, Number.NaN]) {
          expect((yield* refused("files.test", port)).message).toBe(`files.test: the port ${port} is not 1 to 65535`)
        }
        expect(proxy.total()).toBe(0)
      })
    )

    it.scopedLive(
      "a name that is not ASCII is asked for in its ASCII form; the connection's remote end is what was asked",
      () =>
        Effect.gen(function* () {
          const ascii = "xn--bcher-kva.test"
          const listener = yield* NodeFtpTransport.make().listen({ host: HOST, ports: "Any" })
          const { port } = listener.address
          const proxy = yield* serve({ names: { [ascii]: HOST } })
          const connection = yield* Effect.provide(
            dial({ host: "bücher.test", port }),
            layer({ host: HOST, port: proxy.port })
          )
          expect(proxy.asked).toEqual([`${ascii}:${port}`])
          expect(connection.remote).toEqual({ host: ascii, port, family: "IPv4" })
        })
    )

    it.scopedLive("a proxy that hangs up has closed the connection", () =>
      Effect.gen(function* () {
        const proxy = yield* scripted(["Hang up"])
        const error = yield* Effect.provide(failureOf(), layer({ host: HOST, port: proxy.port }))
        expect(error.reason).toBe("Closed")
        expect(error.message).toMatch(/: the proxy closed the connection$/)
        yield* nothingOpen(proxy)
      })
    )

    it.scopedLive("a proxy that is not there is named", () =>
      Effect.gen(function* () {
        const { port } = (yield* Effect.scoped(NodeFtpTransport.make().listen({ host: HOST, ports: "Any" }))).address
        const error = yield* Effect.provide(failureOf(), layer({ host: HOST, port }))
        expect(error.reason).toBe("Refused")
        expect(error.message).toMatch(/^through the proxy 127\.0\.0\.1 port \d+: connection refused \(ECONNREFUSED\)$/)
      })
    )

    it.scoped("a silent proxy is given up when the time is over, the time of the dial included", () =>
      Effect.gen(function* () {
        const proxy = yield* scripted([])
        const sockets = NodeFtpTransport.make()
        const through = yield* make(
          { host: HOST, port: proxy.port },
          { ...sockets, connect: (options) => Effect.delay(sockets.connect(options), "4 seconds") }
        )
        const dialling = yield* Effect.fork(Effect.provideService(failureOf(), FtpTransport, through))
        yield* TestClock.adjust("4 seconds")
        yield* untilOpen(proxy)
        yield* TestClock.adjust("5999 millis")
        expect(Option.isNone(yield* Fiber.poll(dialling))).toBe(true)
        yield* TestClock.adjust("1 millis")
        const error = yield* Fiber.join(dialling)
        expect(error.reason).toBe("TimedOut")
        expect(error.message).toMatch(/^through the proxy 127\.0\.0\.1 port \d+: no tunnel within 10s$/)
        yield* nothingOpen(proxy)
      })
    )

    it.scoped("an interrupted dial is over at once, and leaves nothing open in a scope that is", () =>
      Effect.gen(function* () {
        const proxy = yield* scripted([])
        const dialling = yield* Effect.fork(Effect.provide(dial(), layer({ host: HOST, port: proxy.port })))
        yield* untilOpen(proxy)
        yield* Fiber.interrupt(dialling)
        yield* nothingOpen(proxy)
      })
    )

    it.scopedLive("what breaks later names the proxy", () =>
      Effect.gen(function* () {
        const listener = yield* NodeFtpTransport.make().listen({ host: HOST, ports: "Any" })
        const { port } = listener.address
        const proxy = yield* serve()
        const connection = yield* Effect.provide(dial({ host: HOST, port }), layer({ host: HOST, port: proxy.port }))
        const peer = yield* listener.accept
        yield* peer.reset
        const error = yield* Effect.flip(connection.read)
        expect(error.reason).toBe("Reset")
        expect(error.message).toContain(`through the proxy ${HOST} port ${proxy.port}: `)
      })
    )
  })
}

const untilOpen = (proxy: { readonly open: () => number; readonly said: () => Buffer }) =>
  Effect.repeat(turns(1), { until: () => proxy.said().byteLength > 0 })
