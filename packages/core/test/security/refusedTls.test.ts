/** A server that does not protect the session now, and one that never does (RFC 4217 §4, RFC 2228 §3). */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { session } from "../support/scripted.ts"

const explicit = Effect.provide(
  Layer.mergeAll(FtpSecurity.layerExplicit(), FtpDataChannel.layerPassive).pipe(
    Layer.provideMerge(MemoryTransport.layer)
  )
)

describe("AUTH TLS that is refused", () => {
  for (const [reply, expected] of [
    [
      "421 Service not available, closing control connection",
      { _tag: "FtpConnectionLost", reason: "ServiceClosing", isRetryable: true }
    ],
    ["450 Busy, try again", { _tag: "FtpRejected", reason: "Busy", outcome: "NotApplied", isRetryable: true }],
    [
      "421 There are too many connected users, please try later.",
      { _tag: "FtpConnectError", reason: "TooManyConnections", stage: "Tls", isRetryable: true }
    ],
    [
      "431 Necessary security information is unavailable",
      { _tag: "FtpConnectError", reason: "Tls", isRetryable: false }
    ],
    ["500 AUTH not understood", { _tag: "FtpConnectError", reason: "Tls", verb: "AUTH", isRetryable: false }],
    ["534 Policy requires SSL", { _tag: "FtpConnectError", reason: "Tls", isRetryable: false }]
  ] as const) {
    it.scoped(`with ${reply}: ${expected._tag} ${expected.reason}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(session(`S: 220 hi\nC: AUTH TLS\nS: ${reply}`))
        expect(error).toMatchObject(expected)
      }).pipe(explicit)
    )
  }
})
