/** The ways to the server: a proxy, active mode, an address family. Real time: sockets don't run by the TestClock. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ProxyDialects from "../../node/test/support/ProxyDialects.ts"
import { run, serve } from "./support/cli.ts"

const ok = { code: 0, out: "hello\n", error: "" }
const root = { "a.txt": "hello\n" }

describe("a proxy", () => {
  const login = { user: "pat", password: "hunter2" }
  const socks = ProxyDialects.socks5

  it.scopedLive("the proxy comes from --proxy, else from FTP_PROXY; an empty one is none", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const first = yield* socks({})
      const second = yield* socks({})
      const environment = { FTP_PROXY: `socks5://127.0.0.1:${first.port}` }
      const cat = (...words: ReadonlyArray<string>) => run(["cat", `${url}a.txt`, ...words], { environment })
      expect(yield* cat()).toMatchObject(ok)
      expect([first.total(), second.total()]).toEqual([2, 0])
      expect(yield* cat("--proxy", `socks5://127.0.0.1:${second.port}`)).toMatchObject(ok)
      expect([first.total(), second.total()]).toEqual([2, 2])
      expect(yield* cat("--proxy", "")).toMatchObject(ok)
      expect([first.total(), second.total()]).toEqual([2, 2])
    })
  )

  it.scopedLive("the proxy receives its login, which is never shown, with a warning if on the command line", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      const { port } = yield* socks({ login })
      const proxy = `socks5://pat:hunter2@127.0.0.1:${port}`
      expect(yield* run(["cat", `${url}a.txt`], { environment: { FTP_PROXY: proxy } })).toMatchObject(ok)
      const typed = yield* run(["cat", "--verbose", `${url}a.txt`, "--proxy", proxy])
      expect(typed).toMatchObject({ code: 0, error: expect.stringContaining("set FTP_PROXY instead of --proxy") })
      const wrong = yield* run(["cat", "-v", `${url}a.txt`], {
        environment: { FTP_PROXY: proxy.replace("hunter2", "hunter22") }
      })
      const broken = yield* run(["cat", `${url}a.txt`], {
        environment: { FTP_PROXY: proxy.replace("socks5", "socks9") }
      })
      expect(wrong.code).toBe(3)
      expect(broken).toMatchObject({ code: 2, error: expect.stringContaining("FTP_PROXY: not the URL of a proxy") })
      for (const { error, out } of [typed, wrong, broken]) {
        expect(out + error).not.toContain("hunter2")
      }
    })
  )
})

describe("data connections", () => {
  it.scopedLive("--active lets the server open data connections, on the ports of --active-ports", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root })
      expect(yield* run(["cat", "--active", `${url}a.txt`])).toMatchObject(ok)
      expect(yield* run(["cat", "--active-ports", "42500-42900", `${url}a.txt`])).toMatchObject(ok)
      const asked = (yield* server.commands).filter((line) => /^(EPSV|PASV|EPRT|PORT)/.test(line))
      expect(asked).toEqual([
        expect.stringMatching(/^EPRT \|1\|127\.0\.0\.1\|\d+\|$/),
        expect.stringMatching(/^EPRT \|1\|127\.0\.0\.1\|42[5-9]\d\d\|$/)
      ])
    })
  )
})

describe("the address of --active-address", () => {
  it.scopedLive("--active-address is the address that the server is asked to connect to", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root })
      expect(yield* run(["cat", "--active-address", "127.0.0.1", `${url}a.txt`])).toMatchObject(ok)
      // Nobody is there: what counts is what the server was told.
      yield* run([
        "cat",
        "--active-address",
        "127.0.0.9",
        "--active-ports",
        "42910-42990",
        "--retry-time",
        "0",
        `${url}a.txt`
      ])
      const asked = (yield* server.commands).filter((line) => /^(EPSV|PASV|EPRT)/.test(line))
      expect(asked.slice(0, 2)).toEqual([
        expect.stringMatching(/^EPRT \|1\|127\.0\.0\.1\|\d+\|$/),
        expect.stringMatching(/^EPRT \|1\|127\.0\.0\.9\|429[1-9]\d\|$/)
      ])
    })
  )
})

describe("an error", () => {
  it.scopedLive("an error behind a proxy names the server once, and the proxy", () =>
    Effect.gen(function* () {
      const cat = (url: string, ...words: ReadonlyArray<string>) =>
        Effect.map(run(["cat", url, ...words]), ({ error }) => error.split("\n")[0])
      const unheard = "connection refused (ECONNREFUSED)"
      for (const url of ["ftp://127.0.0.1:1/a", "ftpes://127.0.0.1:1/a", "ftps://127.0.0.1:1/a"]) {
        expect(yield* cat(url)).toBe(`ftp-effect: Could not connect to 127.0.0.1:1: ${unheard}`)
      }
      expect(yield* cat("ftp://nowhere.invalid/a")).toMatch(
        /^ftp-effect: Could not connect to nowhere\.invalid:21: [^.:]+$/
      )
      expect(yield* cat("ftp://files.test/a", "--proxy", "socks5://127.0.0.1:1")).toBe(
        `ftp-effect: Could not connect to files.test:21: through the proxy 127.0.0.1 port 1: ${unheard}`
      )
    })
  )
})

describe("the address family", () => {
  it.scopedLive("-4 and -6 use only that address family", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root })
      expect(yield* run(["cat", "-4", `${url}a.txt`])).toMatchObject(ok)
      expect(yield* run(["cat", "-6", `${url}a.txt`])).toMatchObject({
        code: 3,
        error: expect.stringContaining("has no IPv6 address")
      })
    })
  )
})
