/** TLS on a server whose certificates are made by this run: whom the flags trust, and what they present. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Certificates from "../../node/test/support/Certificates.ts"
import { jsonLines, run, serve } from "./support/cli.ts"
import { files, ok, secured } from "./support/secured.ts"

// Real time: sockets don't run by the TestClock.
describe("trust", () => {
  for (const mode of ["Explicit", "Implicit"] as const) {
    it.scopedLive(`--ca and --pin decide whom to trust, with ${mode.toLowerCase()} TLS`, () =>
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

  it.scopedLive(
    "without flags the system's authorities decide; the error names the problem, the pin, and what to do",
    () =>
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

  it.scopedLive("--insecure trusts any certificate, and warns each time", () =>
    Effect.gen(function* () {
      const { url } = yield* secured()
      const ran = yield* run(["cat", "--insecure", `${url}a.txt`])
      expect(ran).toMatchObject({ code: 0, out: "hello\n" })
      expect(ran.error).toMatch(/^ftp-effect: warning: --insecure: [^\n]+\n$/)
      const quiet = yield* run(["cat", "--insecure", "--quiet", `${url}a.txt`])
      expect(quiet.error).toContain("warning: --insecure")
    })
  )

  it.scopedLive("--tls-min refuses an older TLS even with a trusted certificate", () =>
    Effect.gen(function* () {
      const { url } = yield* secured({ maxVersion: "TLSv1.2" })
      const { ca } = yield* files
      expect(yield* run(["cat", "--ca", ca, `${url}a.txt`])).toMatchObject(ok)
      expect(yield* run(["cat", "--ca", ca, "--tls-min", "1.3", `${url}a.txt`])).toMatchObject({ code: 12, out: "" })
    })
  )

  it.scopedLive("ftpes:// never falls back to plaintext if the server has no TLS", () =>
    Effect.gen(function* () {
      const { server } = yield* serve({ root: { "a.txt": "hello\n" } })
      const ran = yield* run(["cat", `ftpes://127.0.0.1:${server.address.port}/a.txt`])
      expect(ran).toMatchObject({ code: 12, out: "", error: expect.stringContaining("the server refuses TLS") })
      expect(ran.error).toContain("ftps://")
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
    })
  )
})

describe("client certificate", () => {
  it.scopedLive("a client certificate is presented from --cert and --key, or from one file with both", () =>
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
