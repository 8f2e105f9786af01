import { assert, describe, it } from "@effect/vitest"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Fault, TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { eventually } from "../../../core/test/suites/client/Check.ts"
import * as Certificates from "../support/Certificates.ts"
import * as Relay from "../support/Relay.ts"
import { download, HELLO, loginOf, type On, open, serve } from "../support/secured.ts"

// Real time throughout: sockets don't run by the TestClock.

const { layerExplicit, layerImplicit } = FtpSecurity

const failure = <A, E extends { readonly _tag: string; readonly message: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flip(self)

describe("a session over TLS", () => {
  const modes: ReadonlyArray<readonly [mode: TlsSettings["mode"], layer: typeof layerImplicit, first: string]> = [
    ["Explicit", layerExplicit, "AUTH TLS"],
    ["Implicit", layerImplicit, "PBSZ 0"]
  ]
  for (const [mode, layer, first] of modes) {
    it.scopedLive(`${mode}: is protected before the login, and so is its data`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode, required: true }))
        const session = yield* open(server, layer({ authorities: [authority] }))
        assert.strictEqual(yield* download(session), HELLO)
        const commands = yield* server.commands
        assert.strictEqual(commands[0], first)
        const [pbsz, prot, user] = ["PBSZ 0", "PROT P", "USER ann"].map((line) => commands.indexOf(line))
        assert.deepStrictEqual([pbsz, prot, user], [pbsz, (pbsz ?? 0) + 1, (pbsz ?? 0) + 2])
      })
    )

    it.scopedLive(`${mode}: asks for the protection of data after the login where the server wants it so`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode }))
        const session = yield* open(server, layer({ authorities: [authority], protectData: "AfterLogin" }))
        assert.strictEqual(yield* download(session), HELLO)
        const commands = yield* server.commands
        assert.isAbove(commands.indexOf("PROT P"), commands.indexOf("PASS ****"))
      })
    )
  }

  it.scopedLive("FEAT is asked for within TLS only: what was said in clear is forgotten", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve()
      yield* open(server, layerExplicit({ authorities: [authority] }))
      const commands = yield* server.commands
      assert.isAbove(commands.indexOf("FEAT"), commands.indexOf("PROT P"))
    })
  )

  it.scopedLive("AUTH SSL is tried by option only", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve()
      const refuse = server.fault({ _tag: "Refuse", verb: "AUTH", reply: "504 No such mechanism." })
      yield* refuse
      const refused = yield* failure(open(server, layerExplicit({ authorities: [authority] })))
      assert.strictEqual(refused._tag, "FtpConnectError")
      yield* refuse
      const session = yield* open(server, layerExplicit({ authorities: [authority], authSsl: true }))
      assert.strictEqual(yield* download(session), HELLO)
      assert.include(yield* server.commands, "AUTH SSL")
    })
  )
})

describe("a downgrade ends the session before a credential leaves", () => {
  const silence = { connect: Duration.millis(300) }
  const attacks: ReadonlyArray<
    readonly [
      name: string,
      mode: TlsSettings["mode"],
      faults: ReadonlyArray<Fault>,
      error: readonly [tag: string, reason: string | undefined, message: RegExp],
      on?: On
    ]
  > = [
    [
      "AUTH refused",
      "Explicit",
      [{ _tag: "Refuse", verb: "AUTH", reply: "530 Please login with USER and PASS.", times: 2 }],
      ["FtpConnectError", "Tls", /refuses TLS: AUTH was answered 530/]
    ],
    [
      "AUTH refused for now",
      "Explicit",
      [{ _tag: "Refuse", verb: "AUTH", reply: "431 Not now." }],
      ["FtpConnectError", "Tls", /AUTH was answered 431/]
    ],
    [
      "AUTH answered as if it were for another mechanism",
      "Explicit",
      [{ _tag: "Refuse", verb: "AUTH", reply: "334 Go on." }],
      ["FtpProtocolViolation", undefined, /234 in answer to AUTH TLS.*334/]
    ],
    [
      "AUTH answered by 230: you are in",
      "Explicit",
      [{ _tag: "Refuse", verb: "AUTH", reply: "230 Logged in." }],
      ["FtpProtocolViolation", undefined, /234 in answer to AUTH TLS.*230/]
    ],
    [
      "a greeting that says we are in already (CVE-2021-22946)",
      "Explicit",
      [{ _tag: "Refuse", verb: "CONNECT", reply: "230 Logged in." }],
      ["FtpConnectError", "Tls", /greeted with 230/]
    ],
    [
      "the same over implicit TLS",
      "Implicit",
      [{ _tag: "Refuse", verb: "CONNECT", reply: "230 Logged in." }],
      ["FtpConnectError", "Tls", /greeted with 230/]
    ],
    [
      "PROT refused",
      "Explicit",
      [{ _tag: "Refuse", verb: "PROT", reply: "536 No." }],
      ["FtpConnectError", "Tls", /does not protect data connections: PROT P was answered 536/]
    ],
    [
      "PROT refused over implicit TLS",
      "Implicit",
      [{ _tag: "Refuse", verb: "PROT", reply: "502 No." }],
      ["FtpConnectError", "Tls", /PROT P was answered 502/]
    ],
    [
      "PBSZ and with it PROT refused",
      "Explicit",
      [{ _tag: "Refuse", verb: "PBSZ", reply: "500 No." }],
      ["FtpConnectError", "Tls", /PROT P was answered 503/]
    ],
    [
      "234, and then everything goes on in clear",
      "Explicit",
      [{ _tag: "BadHandshake", verb: "AUTH", how: "Clear" }],
      ["FtpConnectError", "Tls", /does not speak TLS here/]
    ],
    [
      "234, and then the connection is reset",
      "Explicit",
      [{ _tag: "BadHandshake", verb: "AUTH", how: "Refuse" }],
      ["FtpConnectError", "Unreachable", /during the TLS handshake/]
    ],
    [
      "234, and then silence",
      "Explicit",
      [{ _tag: "BadHandshake", verb: "AUTH", how: "Withhold" }],
      ["FtpConnectError", "TimedOut", /no TLS handshake within/],
      { timeouts: silence }
    ],
    [
      "a server in clear where TLS is implicit",
      "Implicit",
      [{ _tag: "BadHandshake", verb: "CONNECT", how: "Clear" }],
      ["FtpConnectError", "Tls", /does not speak TLS here/]
    ],
    [
      "a reset where TLS is implicit",
      "Implicit",
      [{ _tag: "BadHandshake", verb: "CONNECT", how: "Refuse" }],
      ["FtpConnectError", "Unreachable", /during the TLS handshake|reset by the peer/]
    ],
    [
      "silence where TLS is implicit",
      "Implicit",
      [{ _tag: "BadHandshake", verb: "CONNECT", how: "Withhold" }],
      ["FtpConnectError", "TimedOut", /no TLS handshake within/],
      { timeouts: silence }
    ]
  ]
  for (const [name, mode, faults, [tag, reason, message], on] of attacks) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode }))
        yield* Effect.forEach(faults, server.fault)
        const layer = mode === "Explicit" ? layerExplicit : layerImplicit
        const error = yield* failure(open(server, layer({ authorities: [authority] }), on))
        assert.strictEqual(error._tag, tag, error.message)
        assert.strictEqual("reason" in error ? error.reason : undefined, reason, error.message)
        assert.match(error.message, message)
        assert.notMatch(error.message, / port \d/)
        assert.deepStrictEqual(yield* loginOf(server), [])
      })
    )
  }

  it.scopedLive("an AUTH that somebody on the way has stripped from the server", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve(undefined, { denied: ["AUTH"] })
      const error = yield* failure(open(server, layerExplicit({ authorities: [authority] })))
      assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
      assert.deepStrictEqual(yield* loginOf(server), [])
    })
  )

  it.scopedLive("a server without TLS", () =>
    Effect.gen(function* () {
      const server = yield* serve(undefined, { tls: undefined })
      for (const layer of [layerExplicit(), layerImplicit()]) {
        const error = yield* failure(open(server, layer))
        assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
      }
      assert.deepStrictEqual(yield* loginOf(server), [])
    })
  )
})

describe("a server that dies in a session", () => {
  const deaths: ReadonlyArray<
    readonly [name: string, end: (relay: Relay.Relay) => Effect.Effect<void>, message: RegExp]
  > = [
    ["by a reset", ({ reset }) => reset, /: connection reset by the peer( \(ECONNRESET\))?$/],
    ["without a word", ({ close }) => close, /: the server closed the connection$/],
    [
      "with last words in clear, as vsftpd",
      ({ say }) => say("500 OOPS: child died\r\n"),
      /: it broke off, as bytes came that are not of TLS \(ERR_SSL_\w+\)$/
    ]
  ]
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const [name, end, message] of deaths) {
      it.scopedLive(`${version}: ${name}, is a connection that was lost, not one without TLS`, () =>
        Effect.gen(function* () {
          const { authority } = yield* Certificates.make
          const server = yield* serve()
          yield* server.fault({ _tag: "Silence", verb: "NOOP" })
          const relay = yield* Relay.make(server.address.port)
          const security = layerExplicit({ authorities: [authority], maxVersion: version })
          const session = yield* open({ ...server, address: relay.address }, security)
          const running = yield* Effect.fork(failure(session.run(Command.noop)))
          yield* eventually(
            "NOOP",
            Effect.map(server.commands, (commands) => commands.at(-1)),
            "NOOP"
          )
          yield* end(relay)
          const error = yield* Fiber.join(running)
          assert.deepInclude(error, { _tag: "FtpConnectionLost", channel: "Control", isRetryable: true }, error.message)
          assert.match(error.message, message)
        })
      )
    }
  }
})

describe("bytes in clear behind the 234 are never taken for protected ones (CVE-2021-22947)", () => {
  const injections: ReadonlyArray<readonly [name: string, text: string, apart: boolean]> = [
    ["a whole reply", "200 PBSZ ok\r\n200 PROT ok\r\n230 in\r\n", false],
    ["half a line", "200 PBSZ", false],
    ["a lone CR", "\r", false],
    ["a whole reply in a packet of its own", "200 PBSZ ok\r\n", true],
    ["half a line in a packet of its own", "200 PB", true]
  ]
  for (const [name, text, apart] of injections) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve()
        yield* server.fault({ _tag: "Behind", verb: "AUTH", text, apart })
        const error = yield* failure(open(server, layerExplicit({ authorities: [authority] })))
        // A packet of its own may come when the handshake has begun, and is no TLS then.
        assert.isTrue(
          error._tag === "FtpProtocolViolation" ||
            (apart && error._tag === "FtpConnectError" && error.reason === "Tls"),
          error.message
        )
        assert.deepStrictEqual(yield* server.commands, ["AUTH TLS"])
      })
    )
  }
})

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
          const error = yield* failure(open(server, layer({ authorities: [certificates.authority] })))
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
      const error = yield* failure(open(server, layerExplicit()))
      assert.match(error.message, /signed by an authority that is not trusted/)
    })
  )

  it.scopedLive("is checked for a numeric address by its address", () =>
    Effect.gen(function* () {
      const certificates = yield* Certificates.make
      const layer = layerExplicit({ authorities: [certificates.authority] })
      const good = yield* serve(({ addressOnly }) => ({ identity: addressOnly }))
      assert.strictEqual(yield* download(yield* open(good, layer, { host: "127.0.0.1" })), HELLO)
      const error = yield* failure(open(good, layer, { host: "files.test" }))
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

describe("a pin", () => {
  const colons = (hex: string) => hex.toUpperCase().match(/../g)?.join(":") ?? ""
  const spellings: ReadonlyArray<readonly [name: string, pin: (identity: Certificates.Identity) => string]> = [
    ["of the certificate", ({ fingerprint }) => `sha256:${fingerprint}`],
    ["of the certificate, with colons as openssl prints it", ({ fingerprint }) => `sha256:${colons(fingerprint)}`],
    ["of the key", ({ keyFingerprint }) => `SHA256:${colons(keyFingerprint)}`],
    ["of the key, as curl writes it", ({ keyBase64 }) => `sha256//${keyBase64}`]
  ]
  for (const [name, pinOf] of spellings) {
    it.scopedLive(`${name} is enough for a certificate that nobody else trusts`, () =>
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
        const error = yield* failure(open(server, layer))
        assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", channel: "Control" })
        assert.match(error.message, /its certificate is not the pinned one/)
        assert.include(error.message, `its pin is sha256:${identity.fingerprint}`)
        assert.deepStrictEqual(yield* loginOf(server), [])
      })
    )
  }

  for (const layer of [layerExplicit, layerImplicit]) {
    it.effect(`that can't be read is told before anything is dialled, by ${layer.name}`, () =>
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
          const error = yield* failure(
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

describe("ALPN (RFC 7301)", () => {
  for (const [mode, layer] of [
    ["Explicit", layerExplicit],
    ["Implicit", layerImplicit]
  ] as const) {
    it.scopedLive(
      `${mode}: names "ftp", on data connections too, so that no other protocol's server takes us for its own`,
      () =>
        Effect.gen(function* () {
          const { authority } = yield* Certificates.make
          const strict = yield* serve(() => ({ mode, protocols: ["ftp"] }))
          const session = yield* open(strict, layer({ authorities: [authority] }))
          assert.strictEqual(yield* download(session), HELLO)
          const other = yield* serve(() => ({ mode, protocols: ["h2", "http/1.1"] }))
          const error = yield* failure(open(other, layer({ authorities: [authority] })))
          assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
          assert.match(error.message, /: the peer does not speak FTP here \(ERR_SSL_\w+\)$/)
          assert.deepStrictEqual(yield* loginOf(other), [])
        })
    )
  }

  it.scopedLive("names nothing by option, for a server that does not bear it", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve(() => ({ protocols: ["h2"] }))
      const session = yield* open(server, layerExplicit({ authorities: [authority], alpn: "None" }))
      assert.strictEqual(yield* download(session), HELLO)
    })
  )
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

  it.scopedLive("that is missing or not accepted is told in the server's words", () =>
    Effect.gen(function* () {
      const { authority, selfSignedClient } = yield* Certificates.make
      const server = yield* asking
      for (const identity of [undefined, selfSignedClient]) {
        const error = yield* failure(open(server, layerExplicit({ authorities: [authority], identity })))
        assert.match(error.message, /530 A certificate of the client is needed/)
      }
    })
  )
})
