// Real time throughout: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type { Fault, TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Certificates from "../support/Certificates.ts"
import { loginOf, type On, open, serve } from "../support/secured.ts"

const { layerExplicit, layerImplicit } = FtpSecurity

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
      ["FtpConnectError", "Tls", /refuses TLS: AUTH TLS was answered 530/]
    ],
    [
      "AUTH refused for now",
      "Explicit",
      [{ _tag: "Refuse", verb: "AUTH", reply: "431 Not now." }],
      ["FtpConnectError", "Tls", /AUTH TLS was answered 431/]
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
      "234, and then everything stays unencrypted",
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
      "a server without TLS where TLS is implicit",
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
        const error = yield* Effect.flip(open(server, layer({ authorities: [authority] }), on))
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
      const error = yield* Effect.flip(open(server, layerExplicit({ authorities: [authority] })))
      assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
      assert.deepStrictEqual(yield* loginOf(server), [])
    })
  )

  it.scopedLive("a server without TLS", () =>
    Effect.gen(function* () {
      const server = yield* serve(undefined, { tls: undefined })
      for (const layer of [layerExplicit(), layerImplicit()]) {
        const error = yield* Effect.flip(open(server, layer))
        assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
      }
      assert.deepStrictEqual(yield* loginOf(server), [])
    })
  )
})

describe("unencrypted bytes after the 234 are never taken for protected ones (CVE-2021-22947)", () => {
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
        const error = yield* Effect.flip(open(server, layerExplicit({ authorities: [authority] })))
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
