// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { names, serve } from "../support/byUrl.ts"
import * as Certificates from "../support/Certificates.ts"

describe("the scheme", () => {
  const modes = [
    ["ftpes", "Explicit"],
    ["ftps", "Implicit"]
  ] as const
  for (const [scheme, mode] of modes) {
    it.scopedLive(`${scheme}: is ${mode.toLowerCase()} TLS, which trusts what the options say`, () =>
      Effect.gen(function* () {
        const { authority, server: identity } = yield* Certificates.make
        const server = yield* serve({ tls: { mode, identity, required: true } })
        const url = `${scheme}://ann:secret@127.0.0.1:${server.address.port}`
        const trusting = NodeFtp.layer({ url, tls: { authorities: [authority] } })
        expect(yield* Effect.provide(names, trusting)).toEqual(["a.txt"])
        expect(yield* server.commands).toContain("PROT P")
        const distrust = yield* Effect.flip(Effect.provide(names, NodeFtp.layerUrl(url)))
        expect(distrust).toMatchObject({ _tag: "FtpConnectError", reason: "Tls" })
      })
    )
  }
})

describe("who dials the data connection", () => {
  const ways = [
    ["we do, unless the options say otherwise", {}, "EPSV"],
    ["the server does, to any free port, in active mode", { active: {} }, "EPRT"]
  ] as const
  for (const [title, options, verb] of ways) {
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const server = yield* serve()
        const url = `ftp://ann:secret@127.0.0.1:${server.address.port}`
        expect(yield* Effect.provide(names, NodeFtp.layer({ url, ...options }))).toEqual(["a.txt"])
        const asked = (yield* server.commands).filter((line) => /^(EPSV|PASV|EPRT|PORT)/.test(line))
        expect(asked.map((line) => line.split(" ", 1)[0])).toEqual([verb])
      })
    )
  }

  it.scopedLive("to a port of the range that the options name", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const url = `ftp://ann:secret@127.0.0.1:${server.address.port}`
      const layer = NodeFtp.layer({ url, active: { ports: [42_000, 42_400] } })
      expect(yield* Effect.provide(names, layer)).toEqual(["a.txt"])
      const [, port] = (yield* server.commands).flatMap((line) => /^EPRT \|1\|127\.0\.0\.1\|(\d+)\|$/.exec(line) ?? [])
      expect(Number(port)).toBeGreaterThanOrEqual(42_000)
      expect(Number(port)).toBeLessThanOrEqual(42_400)
    })
  )
})

describe("settings", () => {
  const silent = Effect.gen(function* () {
    const server = yield* serve()
    yield* server.fault({ _tag: "Silence", verb: "USER", times: Number.POSITIVE_INFINITY })
    return `ftp://ann:secret@127.0.0.1:${server.address.port}`
  })
  const failure = Effect.map(Effect.flip(Effect.timeout(names, "5 seconds")), (error) => error._tag)
  const timeouts = { reply: Duration.millis(50) }
  const retry = { connect: Schedule.stop }

  it.scopedLive("of the options are in force", () =>
    Effect.gen(function* () {
      const url = yield* silent
      expect(yield* Effect.provide(failure, NodeFtp.layer({ url, timeouts, retry }))).toBe("FtpConnectionLost")
      const ipv6 = NodeFtp.layer({ url, retry, family: "IPv6" })
      expect(yield* Effect.provide(failure, ipv6)).toBe("FtpConnectError")
    })
  )

  it.scopedLive("from outside are in force where the options say nothing", () =>
    Effect.gen(function* () {
      const layer = Layer.provide(NodeFtp.layerUrl(yield* silent), [FtpTimeouts.layer(timeouts), FtpRetry.layer(retry)])
      expect(yield* Effect.provide(failure, layer)).toBe("FtpConnectionLost")
    })
  )
})
