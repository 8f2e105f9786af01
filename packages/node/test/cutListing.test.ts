// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "../../core/src/base/serverCapabilities.ts"
import { trusting } from "./support/dataModes.ts"
import { endpointOf, serve, services } from "./support/secured.ts"

const FILES = 50

const root = Object.fromEntries(
  Array.from({ length: FILES }, (_, index) => [`d/file-number-${String(index).padStart(4, "0")}.txt`, "1"])
)

/** Listings before the one that is cut: after some of them, the short way is taken. */
const BEFORE = 3

/** Bytes of the listing that come: in them, and behind them, libuv sees an end instead of the RST. */
const CUTS = [1, 300, 1200]

describe("a listing whose connection is reset behind some of its bytes, while the server confirms it", () => {
  for (const isProtected of [false, true]) {
    it.scopedLive(`is not taken for whole ${isProtected ? "over TLS" : "in plain"}`, () =>
      Effect.gen(function* () {
        const server = yield* serve(undefined, isProtected ? { root } : { root, tls: undefined })
        const session = yield* Effect.provide(
          FtpSession.make({ endpoint: endpointOf(server), capabilities: ServerCapabilities.make() }),
          services(isProtected ? yield* trusting : FtpSecurity.layerPlain)
        )
        for (let count = 0; count < BEFORE; count++) {
          yield* session.list("d")
        }
        for (const afterBytes of CUTS) {
          yield* server.fault({ _tag: "DropData", verb: "MLSD", afterBytes, how: "Reset", reply: "226 done" })
          const { entries } = yield* session.list("d")
          expect(entries.length).toBe(FILES)
        }
      })
    )
  }
})
