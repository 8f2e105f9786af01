// Real time throughout: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Certificates from "../support/Certificates.ts"
import { download, HELLO, loginOf, open, serve } from "../support/secured.ts"

const { layerExplicit, layerImplicit } = FtpSecurity

describe("the certificate of the control connection", () => {
  type Bad = "wrongName" | "expired" | "future" | "selfSigned" | "unknownAuthority"
  const bad: ReadonlyArray<readonly [identity: Bad, words: RegExp]> = [
    ["wrongName", /is for other\.test, not for files\.test/],
    ["expired", /expired on/],
    ["future", /is not valid before/],
    ["selfSigned", /is self-signed/],
    ["unknownAuthority", /signed by an authority that is not trusted/]
  ]
  for (const [name, words] of bad) {
    for (const mode of ["Explicit", "Implicit"] as const) {
      it.scopedLive(`${mode}: ${name} is refused in words that name its pin, before the login`, () =>
        Effect.gen(function* () {
          const certificates = yield* Certificates.make
          const server = yield* serve(() => ({ mode, identity: certificates[name] }))
          const layer = mode === "Explicit" ? layerExplicit : layerImplicit
          const error = yield* Effect.flip(open(server, layer({ authorities: [certificates.authority] })))
          assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", channel: "Control", isRetryable: false })
          assert.match(error.message, words)
          assert.include(error.message, `sha256:${certificates[name].fingerprint}`)
          const shown = error._tag === "FtpConnectError" ? error.certificate : undefined
          assert.strictEqual(shown?.keyFingerprint, certificates[name].keyFingerprint)
          assert.deepStrictEqual(yield* loginOf(server), [])
        })
      )
    }
  }

  it.scopedLive("is checked with the system's authorities unless others are given", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const error = yield* Effect.flip(open(server, layerExplicit()))
      assert.match(error.message, /signed by an authority that is not trusted/)
    })
  )

  it.scopedLive("is checked for a numeric address by its address", () =>
    Effect.gen(function* () {
      const certificates = yield* Certificates.make
      const layer = layerExplicit({ authorities: [certificates.authority] })
      const good = yield* serve(({ addressOnly }) => ({ identity: addressOnly }))
      assert.strictEqual(yield* download(yield* open(good, layer, { host: "127.0.0.1" })), HELLO)
      const error = yield* Effect.flip(open(good, layer, { host: "files.test" }))
      assert.match(error.message, /is for 127\.0\.0\.1, .* not for files\.test/)
    })
  )

  it.scopedLive("is taken whatever it is by DangerouslyAcceptAny", () =>
    Effect.gen(function* () {
      const server = yield* serve(({ selfSigned }) => ({ identity: selfSigned }))
      const session = yield* open(server, layerExplicit({ certificates: "DangerouslyAcceptAny" }), {
        host: "127.0.0.1"
      })
      assert.strictEqual(yield* download(session), HELLO)
    })
  )
})

describe("a certificate pin", () => {
  const colons = (hex: string) => hex.toUpperCase().match(/../g)?.join(":") ?? ""
  const spellings: ReadonlyArray<readonly [name: string, pin: (identity: Certificates.Identity) => string]> = [
    ["of the certificate", ({ fingerprint }) => `sha256:${fingerprint}`],
    ["of the certificate, with colons as openssl prints it", ({ fingerprint }) => `sha256:${colons(fingerprint)}`],
    ["of the key", ({ keyFingerprint }) => `SHA256:${colons(keyFingerprint)}`],
    ["of the key, as curl writes it", ({ keyBase64 }) => `sha256//${keyBase64}`]
  ]
  for (const [name, pinOf] of spellings) {
    it.scopedLive(`${name} is enough for a certificate that has no other trust`, () =>
      Effect.gen(function* () {
        const { selfSigned } = yield* Certificates.make
        const server = yield* serve(() => ({ identity: selfSigned }))
        const session = yield* open(server, layerExplicit({ pins: [`sha256:${"00".repeat(32)}`, pinOf(selfSigned)] }))
        assert.strictEqual(yield* download(session), HELLO)
      })
    )

    it.scopedLive(`${name} refuses any other certificate, a trusted one too, and names the right pin`, () =>
      Effect.gen(function* () {
        const { authority, other, server: identity } = yield* Certificates.make
        const server = yield* serve()
        const layer = layerExplicit({ pins: [pinOf(other)], authorities: [authority] })
        const error = yield* Effect.flip(open(server, layer))
        assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", channel: "Control" })
        assert.match(error.message, /its certificate is not the pinned one/)
        assert.include(error.message, `its pin is sha256:${identity.fingerprint}`)
        assert.deepStrictEqual(yield* loginOf(server), [])
      })
    )
  }

  for (const layer of [layerExplicit, layerImplicit]) {
    it.effect(`that can't be read is an error before anything is dialled, by ${layer.name}`, () =>
      Effect.gen(function* () {
        const { fingerprint } = (yield* Certificates.make).server
        for (const pin of [
          "",
          "sha256:",
          "nonsense",
          "sha256//%%%",
          "md5:00",
          fingerprint,
          `sha256:${fingerprint}00`
        ]) {
          const error = yield* Effect.flip(
            Effect.scoped(Layer.build(layer({ pins: [`sha256:${fingerprint}`, pin], certificates: "Verify" })))
          )
          assert.deepInclude(error, { _tag: "FtpUsageError", argument: "pins" })
          assert.strictEqual(
            error.message,
            `pins: "${pin}" is not a pin: "sha256:" and 64 hexadecimal digits, or "sha256//" and Base64`
          )
        }
      })
    )
  }
})

describe("a certificate of ours", () => {
  const asking = serve(({ authority }) => ({ clientAuthorities: [authority] }))

  it.scopedLive("is shown to a server that asks for one, on data connections too", () =>
    Effect.gen(function* () {
      const { authority, client } = yield* Certificates.make
      const session = yield* open(yield* asking, layerExplicit({ authorities: [authority], identity: client }))
      assert.strictEqual(yield* download(session), HELLO)
    })
  )

  it.scopedLive("that is missing or not accepted is reported in the server's words", () =>
    Effect.gen(function* () {
      const { authority, selfSignedClient } = yield* Certificates.make
      const server = yield* asking
      for (const identity of [undefined, selfSignedClient]) {
        const error = yield* Effect.flip(open(server, layerExplicit({ authorities: [authority], identity })))
        assert.match(error.message, /530 A certificate of the client is needed/)
      }
    })
  )
})
