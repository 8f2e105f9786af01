/** What the doctor says of TLS and certificates. Real time and sockets: that is where TLS is. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import type * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import type * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Certificates from "../support/Certificates.ts"
import { endpointOf, loginOf, serve, transport } from "../support/secured.ts"

type Made = Certificates.Certificates

/** A server with these settings of TLS, examined by a client that trusts the authority, and what the server saw. */
const examine = (
  tls: (certificates: Made) => Partial<FtpTestServer.TlsSettings>,
  options: (certificates: Made) => Partial<FtpSecurity.ExplicitOptions> = () => ({}),
  on: Partial<FtpDoctor.Options> & { readonly server?: FtpTestServer.Options } = {}
) =>
  Effect.gen(function* () {
    const certificates = yield* Certificates.make
    const { server: serverOptions, ...examined } = on
    const server = yield* serve(tls, serverOptions)
    const report = yield* FtpDoctor.examine({
      endpoint: endpointOf(server),
      security: "Explicit",
      tls: { authorities: [certificates.authority], ...options(certificates) },
      sessions: 1,
      ...examined
    }).pipe(Effect.provide(transport))
    return { report, logins: yield* loginOf(server), certificates }
  })

const findingOf = ({ findings }: FtpDoctor.Report, check: FtpDoctor.Check) =>
  findings.find((finding) => finding.check === check)

describe("FtpDoctor.examine, of certificates", () => {
  it.scopedLive.each([
    ["one that has expired", ({ expired }: Made) => expired, /expired/i],
    ["one of a time to come", ({ future }: Made) => future, /not (yet )?valid/i],
    ["one that signed itself", ({ selfSigned }: Made) => selfSigned, /self.signed/i],
    ["one of another name", ({ wrongName }: Made) => wrongName, /files\.test/],
    [
      "one of an authority that is not known",
      ({ unknownAuthority }: Made) => unknownAuthority,
      /verif|issuer|authority/i
    ]
  ] as const)("does not accept %s, names its pin, and sends no login", ([_, identity, why]) =>
    Effect.gen(function* () {
      const { certificates, logins, report } = yield* examine((made) => ({ identity: identity(made) }))
      expect(findingOf(report, "Tls")?.severity).toBe("Ok")
      const finding = findingOf(report, "Certificate")
      expect(finding).toMatchObject({ severity: "Error", text: expect.stringMatching(/^not accepted: /) })
      expect(finding?.text).toMatch(why)
      const pin = `sha256:${identity(certificates).fingerprint}`
      expect(JSON.stringify(finding)).toContain(pin)
      expect(finding?.advice.map(({ to }) => to)).toEqual(["User", "Administrator"])
      expect(report.error).toMatchObject(Option.some({ _tag: "FtpConnectError", reason: "Tls" }))
      expect(report.profile).toEqual(Option.none())
      expect(logins).toEqual([])
    })
  )

  it.scopedLive("accepts one by its pin, and says so", () =>
    Effect.gen(function* () {
      const { report } = yield* examine(
        ({ selfSigned }) => ({ identity: selfSigned }),
        ({ selfSigned }) => ({ authorities: undefined, pins: [`sha256:${selfSigned.fingerprint}`] })
      )
      expect(findingOf(report, "Certificate")).toMatchObject({
        severity: "Ok",
        text: expect.stringMatching(/accepted by its pin$/)
      })
      expect(findingOf(report, "Login")?.severity).toBe("Ok")
    })
  )

  it.scopedLive("warns of one that is accepted without being verified", () =>
    Effect.gen(function* () {
      const { report } = yield* examine(
        ({ selfSigned }) => ({ identity: selfSigned }),
        () => ({ authorities: undefined, certificates: "DangerouslyAcceptAny" })
      )
      expect(findingOf(report, "Certificate")).toMatchObject({
        severity: "Warning",
        text: expect.stringMatching(/accepted, but not verified$/),
        advice: [{ to: "User", text: expect.stringMatching(/use --pin sha256:[0-9a-f]{64} instead$/) }]
      })
    })
  )

  it.scopedLive("finds the certificate of a server that is asked for no TLS, and advises to use it", () =>
    Effect.gen(function* () {
      const { report } = yield* examine(
        () => ({}),
        () => ({}),
        { security: "Plain", tls: undefined }
      )
      expect(findingOf(report, "Tls")).toMatchObject({
        severity: "Warning",
        text: expect.stringMatching(/^not used, although the server has it: 1\.3 and 1\.2/)
      })
      expect(findingOf(report, "Certificate")).toMatchObject({
        severity: "Ok",
        text: expect.stringMatching(/not trusted by itself$/)
      })
    })
  )
})

describe("FtpDoctor.examine, of TLS", () => {
  it.scopedLive("notes a server that speaks TLS 1.2 only", () =>
    Effect.gen(function* () {
      const { report } = yield* examine(() => ({ maxVersion: "TLSv1.2" }))
      expect(findingOf(report, "Tls")).toMatchObject({
        severity: "Note",
        text: expect.stringMatching(/^1\.2, .*; not 1\.3$/),
        facts: { versions: ["1.2"] }
      })
      expect(findingOf(report, "Certificate")?.severity).toBe("Ok")
    })
  )

  it.scopedLive("finds that a server has none", () =>
    Effect.gen(function* () {
      const { logins, report } = yield* examine(
        () => ({}),
        () => ({}),
        { server: { tls: undefined } }
      )
      expect(findingOf(report, "Tls")).toMatchObject({ severity: "Error", facts: { versions: [] } })
      expect(findingOf(report, "Certificate")).toBeUndefined()
      expect(report.error).toMatchObject(Option.some({ _tag: "FtpConnectError" }))
      expect(logins).toEqual([])
    })
  )

  it.scopedLive("finds that a silent port speaks TLS from the first byte", () =>
    Effect.gen(function* () {
      const { report } = yield* examine(
        () => ({ mode: "Implicit" }),
        () => ({}),
        { security: "Plain", tls: undefined }
      ).pipe(Effect.provide(FtpTimeouts.layer({ greeting: "500 millis" })))
      expect(report.findings.at(-1)).toMatchObject({
        check: "Greeting",
        severity: "Error",
        facts: { speaksTls: true },
        advice: [{ to: "User", text: expect.stringMatching(/^use ftps:\/\/ instead of ftp:\/\/: /) }]
      })
    })
  )

  it.scopedLive.each([
    ["vsftpd", true, "must resume the TLS session, and do"],
    ["ProFTPD", true, "must resume the TLS session, and do"],
    [undefined, false, "the server does not demand it"]
  ] as const)(
    "finds out whether a server demands session reuse (%s: %s), for the profile too",
    ([requireReuse, isDemanded, text]) =>
      Effect.gen(function* () {
        const { report } = yield* examine(() => ({ requireReuse }))
        expect(findingOf(report, "SessionReuse")).toMatchObject({
          severity: "Ok",
          text: expect.stringContaining(text),
          facts: { resumed: true, demanded: isDemanded }
        })
        const facts = Option.map(report.profile, (profile) => profile[isDemanded ? "works" : "fails"])
        expect(Option.getOrElse(facts, () => [])).toContain("TLS session reuse")
      })
  )
})
