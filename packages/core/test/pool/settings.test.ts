/** Which settings hold for a session: those that were in force when its pool was made, not those of its borrower. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import { FtpAddressFamily } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const stage = layer({ server: { root: { a: "12345" } } })
const hasty = FtpTimeouts.layer({ reply: Duration.millis(50) })

/** While the server takes a second for the answer. */
const sizeInTime = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const server = yield* FtpTestServer.FtpTestServer
  yield* server.fault({ _tag: "Delay", verb: "SIZE", duration: "1 second", times: Number.POSITIVE_INFINITY })
  return yield* inTime(Effect.option(client.size("a")), "1 minute")
})

describe("the settings of a pool's sessions", () => {
  it.effect("are not those of the call that happens to dial: limits", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* Effect.provide(client.exists("a"), hasty)
      expect(yield* sizeInTime).toEqual(Option.some(5))
    }).pipe(Effect.provide(stage))
  )

  it.effect("are not those of the call that happens to dial: the address family", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      expect(yield* Effect.provideService(client.exists("a"), FtpAddressFamily, "IPv6")).toBe(true)
    }).pipe(Effect.provide(stage))
  )

  it.effect("are those that were in force when the pool was made", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* Effect.provide(client.exists("a"), FtpTimeouts.layer({}))
      expect(yield* sizeInTime).toEqual(Option.none())
    }).pipe(Effect.provide(Layer.provide(stage, hasty)))
  )
})
