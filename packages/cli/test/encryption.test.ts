/** What the flags about TLS do, on a server with certificates that this run makes. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Certificates from "../../node/test/support/Certificates.ts"
import { folder, jsonLines, run, serve } from "./support/cli.ts"

interface Secured {
  readonly url: string
  /** As in the file of known certificates. */
  readonly authority: string
  readonly server: Effect.Effect.Success<ReturnType<typeof serve>>["server"]
}

const secured = (tls: Partial<FtpTestServer.TlsSettings> = {}) =>
  Effect.gen(function* () {
    const { server: identity } = yield* Certificates.make
    const mode = tls.mode ?? "Explicit"
    const { server } = yield* serve({
      users: { ann: "secret" },
      anonymous: true,
      root: { "a.txt": "hello\n", "big.bin": new Uint8Array(300_000) },
      tls: { mode, identity, required: true, ...tls }
    })
    const authority = `127.0.0.1:${server.address.port}`
    return { server, authority, url: `${mode === "Explicit" ? "ftpes" : "ftps"}://${authority}/` } satisfies Secured
  })

/** A folder with the authority's certificate and the client's. */
const files = Effect.gen(function* () {
  const here = yield* folder
  const { authority, client, other, otherAuthority } = yield* Certificates.make
  const write = (name: string, text: string, mode = 0o600) => {
    Fs.writeFileSync(join(here, name), text, { mode })
    return join(here, name)
  }
  const key = Redacted.value(client.key)
  return {
    write,
    ca: write("ca.pem", authority),
    otherCa: write("other-ca.pem", otherAuthority),
    cert: write("cert.pem", client.certificate),
    key: write("key.pem", key),
    together: write("together.pem", `${client.certificate}\n${key}`),
    otherKey: write("other-key.pem", Redacted.value(other.key)),
    openKey: write("open-key.pem", key, 0o644),
    garbage: write("garbage.pem", "hello")
  }
})

const ok = { code: 0, out: "hello\n", error: "" }

// Real time: sockets don't run by the TestClock.
describe("whom to trust", () => {
  for (const mode of ["Explicit", "Implicit"] as const) {
    it.scopedLive(`is said by --ca or --pin, with ${mode.toLowerCase()} TLS`, () =>
      Effect.gen(function* () {
        const { url } = yield* secured({ mode })
        const { ca, otherCa } = yield* files
        const { other, server } = yield* Certificates.make
        const cat = (...words: ReadonlyArray<string>) => run(["cat", `${url}a.txt`, ...words])
        expect(yield* cat("--ca", ca)).toMatchObject(ok)
        expect(yield* cat("--pin", `sha256:${server.fingerprint}`)).toMatchObject(ok)
        expect(
          yield* cat("--pin", `sha256:${other.fingerprint}`, "--pin", `sha256//${server.keyBase64}`)
        ).toMatchObject(ok)
        expect(yield* cat("--ca", otherCa)).toMatchObject({ code: 12, out: "" })
        expect(yield* cat("--pin", `sha256:${other.fingerprint}`)).toMatchObject({ code: 12, out: "" })
      })
    )
  }

  it.scopedLive("is the system's authorities else; the error says what is wrong, the pin, and what to do", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const { server } = yield* Certificates.make
      const ran = yield* run(["cat", `${url}a.txt`])
      expect(ran).toMatchObject({ code: 12, out: "", asked: [] })
      expect(ran.error).toContain("is signed by an authority that is not trusted")
      expect(ran.error).toContain(
        `  hint: if you are sure that this is the server's certificate: --pin sha256:${server.fingerprint}`
      )
      const [line] = jsonLines((yield* run(["cat", "--json", `${url}a.txt`])).error)
      expect(line).toMatchObject({ kind: "error", tag: "FtpConnectError", reason: "Tls", exitCode: 12 })
    })
  )

  it.scopedLive("is anybody with --insecure, which warns each time", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const ran = yield* run(["cat", "--insecure", `${url}a.txt`])
      expect(ran).toMatchObject({ code: 0, out: "hello\n" })
      expect(ran.error).toMatch(/^ftp-effect: warning: --insecure: [^\n]+\n$/)
      const quiet = yield* run(["cat", "--insecure", "--quiet", `${url}a.txt`])
      expect(quiet.error).toContain("warning: --insecure")
    })
  )

  it.scopedLive("does not decide about an old TLS", () =>
    Effect.gen(function* () {
      const { url } = yield* secured({ maxVersion: "TLSv1.2" })
      const { ca } = yield* files
      expect(yield* run(["cat", "--ca", ca, `${url}a.txt`])).toMatchObject(ok)
      expect(yield* run(["cat", "--ca", ca, "--tls-min", "1.3", `${url}a.txt`])).toMatchObject({ code: 12, out: "" })
    })
  )

  it.scopedLive("never turns into clear text where the server has no TLS", () =>
    Effect.gen(function* () {
      const { server } = yield* serve({ root: { "a.txt": "hello\n" } })
      const ran = yield* run(["cat", `ftpes://127.0.0.1:${server.address.port}/a.txt`])
      expect(ran).toMatchObject({ code: 12, out: "", error: expect.stringContaining("the server refuses TLS") })
      expect(ran.error).toContain("ftps://")
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
    })
  )
})

describe("our own certificate", () => {
  it.scopedLive("is shown with --cert and --key, or from one file with both", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const { url } = yield* secured({ clientAuthorities: [authority] })
      const { ca, cert, key, openKey, together } = yield* files
      const cat = (...words: ReadonlyArray<string>) => run(["cat", `${url}a.txt`, "--ca", ca, ...words])
      expect((yield* cat()).code).toBe(4)
      expect(yield* cat("--cert", cert, "--key", key)).toMatchObject(ok)
      expect(yield* cat("--cert", together)).toMatchObject(ok)
      const open = yield* cat("--cert", cert, "--key", openKey)
      expect(open).toMatchObject({ code: 0, error: expect.stringContaining("chmod 600") })
    })
  )
})

describe("a certificate that no authority vouches for, on a terminal", () => {
  const world = (home: string, typed: string) => ({
    environment: { XDG_CONFIG_HOME: home },
    terminal: { answer: "", typed }
  })
  const known = (home: string) => join(home, "ftp-effect/known_certificates")

  it.scopedLive("is shown and asked about, and trusted for this run", () =>
    Effect.gen(function* () {
      const { authority, server, url } = yield* secured()
      const home = yield* folder
      const { server: identity } = yield* Certificates.make
      const ran = yield* run(["cat", `${url}a.txt`], world(home, "y"))
      expect(ran).toMatchObject({
        code: 0,
        out: "hello\n",
        asked: ["Trust this certificate? [y]es once / [a]lways / [N]o "]
      })
      expect(ran.error).toContain(`${authority} can't prove who it is: the certificate is signed by an authority`)
      expect(ran.error).toContain("  subject   CN=files.test\n")
      expect(ran.error.replace(/[:\s]/g, "").toLowerCase()).toContain(`sha-256${identity.fingerprint}`)
      expect(Fs.existsSync(known(home))).toBe(false)
      // One connection to see it, and one for everything else.
      expect((yield* server.connections).total).toBe(2)
    })
  )

  it.scopedLive("is no reason to send a password before the answer, nor after a no", () =>
    Effect.gen(function* () {
      const { server, url } = yield* secured()
      const home = yield* folder
      for (const typed of ["", "n", "maybe"]) {
        const ran = yield* run(["cat", `${url}a.txt`], world(home, typed))
        expect(ran).toMatchObject({ code: 12, out: "", error: expect.stringContaining("is not trusted") })
      }
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
      expect(Fs.existsSync(known(home))).toBe(false)
    })
  )

  it.scopedLive("is known from then on after always, without a terminal too, and for that port only", () =>
    Effect.gen(function* () {
      const { authority, url } = yield* secured()
      const { server: identity } = yield* Certificates.make
      const elsewhere = yield* secured()
      const home = yield* folder
      const first = yield* run(["cat", `${url}a.txt`], world(home, "always"))
      expect(first).toMatchObject({ code: 0, error: expect.stringContaining(`Saved in ${known(home)}`) })
      expect(Fs.readFileSync(known(home), "utf8")).toMatch(
        new RegExp(`^${authority} sha256:${identity.fingerprint} \\d{4}-\\d\\d-\\d\\d\n$`)
      )
      expect(Fs.statSync(known(home)).mode & 0o777).toBe(0o600)
      const environment = { XDG_CONFIG_HOME: home }
      expect(yield* run(["cat", `${url}a.txt`], { environment })).toMatchObject(ok)
      expect(yield* run(["cat", `${elsewhere.url}a.txt`], { environment })).toMatchObject({ code: 12 })
    })
  )

  it.scopedLive("and is another one than is known, is a hard stop: nobody is asked, no password is sent", () =>
    Effect.gen(function* () {
      const { other, server: identity } = yield* Certificates.make
      const { authority, server, url } = yield* secured({ identity: other })
      const home = yield* folder
      Fs.mkdirSync(join(home, "ftp-effect"))
      Fs.writeFileSync(known(home), `${authority} sha256:${identity.fingerprint} 2026-01-02\n`)
      const ran = yield* run(["cat", `${url}a.txt`], world(home, "a"))
      expect(ran).toMatchObject({ code: 12, out: "", asked: [] })
      expect(ran.error).toContain(`the certificate of ${authority} is not the one that was trusted on 2026-01-02`)
      expect(ran.error).toContain(`sha256:${other.fingerprint}`)
      expect(ran.error).toContain(`remove the line of ${authority} from ${known(home)}`)
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
      // What the flags say goes before what is known.
      const { ca } = yield* files
      expect(yield* run(["cat", `${url}a.txt`, "--ca", ca], world(home, ""))).toMatchObject(ok)
    })
  )

  it.scopedLive("is settled before anybody is asked for a password, and before a login is sent", () =>
    Effect.gen(function* () {
      const { authority, server, url } = yield* secured()
      const named = url.replace("://", "://ann@")
      const home = yield* folder
      const { ca, otherCa } = yield* files
      const { other } = yield* Certificates.make
      const terminal = (typed: string) => ({ ...world(home, typed), terminal: { answer: "secret", typed } })
      const trust = "Trust this certificate? [y]es once / [a]lways / [N]o "
      const password = "Password for ann@127.0.0.1: "

      for (const [typed, words, asked] of [
        ["n", [], [trust]],
        ["a", ["--ca", otherCa], []],
        ["a", ["--pin", `sha256:${other.fingerprint}`], []]
      ] as const) {
        expect(yield* run(["cat", `${named}a.txt`, ...words], terminal(typed))).toMatchObject({
          code: 12,
          out: "",
          asked
        })
      }
      Fs.mkdirSync(join(home, "ftp-effect"))
      Fs.writeFileSync(known(home), `${authority} sha256:${other.fingerprint} 2026-01-02\n`)
      expect(yield* run(["cat", `${named}a.txt`], terminal("a"))).toMatchObject({ code: 12, out: "", asked: [] })
      Fs.rmSync(known(home))
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])

      for (const [words, asked] of [
        [[], [trust, password]],
        [["--ca", ca], [password]],
        [["--insecure"], [password]]
      ] as const) {
        const ran = yield* run(["cat", `${named}a.txt`, ...words], terminal("y"))
        expect(ran).toMatchObject({ code: 0, out: "hello\n", asked })
      }
      expect((yield* server.commands).filter((line) => /^USER/.test(line))).toEqual(Array(3).fill("USER ann"))
    })
  )

  it.scopedLive("is not asked about where the flags say whom to trust", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const { otherCa } = yield* files
      const ran = yield* run(["cat", `${url}a.txt`, "--ca", otherCa], world(yield* folder, "a"))
      expect(ran).toMatchObject({ code: 12, asked: [] })
    })
  )

  it.scopedLive("that can't be kept is trusted for this run, with a warning", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const home = yield* folder
      Fs.symlinkSync("/nonexistent/folder", join(home, "ftp-effect"))
      const ran = yield* run(["cat", `${url}a.txt`], world(home, "a"))
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("trusted for this run only") })
    })
  )
})

describe("flags that can't be meant are refused before anybody is asked for anything", () => {
  it.scopedLive("as what they are", () =>
    Effect.gen(function* () {
      const { ca, cert, garbage, key, otherKey } = yield* files
      const url = "ftpes://ann@127.0.0.1:1/"
      const pin = `sha256:${"00".repeat(32)}`
      for (const [words, expected] of [
        [
          ["ftp://ann@127.0.0.1:1/", "--insecure"],
          "--insecure is about encryption, and ftp://ann@127.0.0.1:1/ is unencrypted"
        ],
        [["ftp://ann@127.0.0.1:1/", "--ca", ca], "unencrypted"],
        [[url, "--insecure", "--pin", pin], "--insecure trusts any certificate, and --pin does not"],
        [[url, "--pin", "sha256:12"], '--pin: "sha256:12" is not a pin'],
        [[url, "--pin", pin, "--pin", "x"], '--pin: "x" is not a pin'],
        [[url, "--ca", "/no/such/file"], "--ca: can't read /no/such/file"],
        [[url, "--ca", garbage], "holds no certificate"],
        [[url, "--ca", key], "holds no certificate"],
        [[url, "--key", key], "--key needs its certificate"],
        [[url, "--cert", cert], "holds no private key"],
        [[url, "--cert", cert, "--key", garbage], "holds no private key"],
        [[url, "--cert", cert, "--key", otherKey], "does not belong to the certificate"],
        [[url, "--tls-min", "1.1"], '--tls-min: "1.1" is not 1.2 or 1.3'],
        [[url, "-4", "-6"], "--ipv4 and --ipv6"],
        [[url, "--active-ports", "9-1"], '--active-ports: "9-1" is not a port or a range'],
        [[url, "--active-address", "host.example"], '--active-address: "host.example" is not a numeric address'],
        [[url, "--active-address", "192.0.2.7", "--proxy", "socks5://p"], "--active and a proxy can't go together"],
        [[url, "--active", "--proxy", "socks5://p"], "--active and a proxy can't go together"],
        [[url, "--proxy", "ftp://p"], "not the URL of a proxy"]
      ] as const) {
        const ran = yield* run(["ls", ...words], { terminal: { answer: "secret" } })
        expect(ran).toMatchObject({ code: 2, out: "", asked: [] })
        expect(ran.error).toContain(expected)
      }
    })
  )
})
