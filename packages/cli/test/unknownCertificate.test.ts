/**
 * A certificate that no authority vouches for: the question on a terminal, and the certificates known from earlier
 * answers.
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Certificates from "../../node/test/support/Certificates.ts"
import { folder, run } from "./support/cli.ts"
import { files, ok, secured } from "./support/secured.ts"

// Real time: sockets don't run by the TestClock.
describe("an unknown certificate, on a terminal", () => {
  const world = (home: string, typed: string) => ({
    environment: { XDG_CONFIG_HOME: home },
    terminal: { answer: "", typed }
  })
  const known = (home: string) => join(home, "ftp-effect/known_certificates")

  it.scopedLive("an unknown certificate is shown, asked about, and trusted for this run after yes", () =>
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

  it.scopedLive("no password is sent before the question about an unknown certificate is answered, nor after no", () =>
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

  it.scopedLive("a certificate is known after always, without a terminal too, and for that port only", () =>
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

  it.scopedLive("a certificate other than the known one ends the command: no question, no password", () =>
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

  it.scopedLive("the certificate is decided before the user is asked for a password, and before a login is sent", () =>
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

  it.scopedLive("an unknown certificate causes no question if the flags say whom to trust", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const { otherCa } = yield* files
      const ran = yield* run(["cat", `${url}a.txt`, "--ca", otherCa], world(yield* folder, "a"))
      expect(ran).toMatchObject({ code: 12, asked: [] })
    })
  )

  it.scopedLive("a certificate that can't be saved is trusted for this run, with a warning", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const home = yield* folder
      Fs.symlinkSync("/nonexistent/folder", join(home, "ftp-effect"))
      const ran = yield* run(["cat", `${url}a.txt`], world(home, "a"))
      expect(ran).toMatchObject({ code: 0, error: expect.stringContaining("trusted for this run only") })
    })
  )
})
