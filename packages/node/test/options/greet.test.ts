// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { serve } from "../support/byUrl.ts"
import * as Certificates from "../support/Certificates.ts"

describe("greet", () => {
  it.scopedLive("secures the connection, sends no login, and takes its leave", () =>
    Effect.gen(function* () {
      const { authority, server: identity } = yield* Certificates.make
      const server = yield* serve({ tls: { mode: "Explicit", identity } })
      const url = `ftpes://ann@127.0.0.1:${server.address.port}`
      yield* NodeFtp.greet({ url, tls: { authorities: [authority] } })
      expect(yield* server.commands).toEqual(["AUTH TLS", "PBSZ 0", "PROT P", "QUIT"])
      expect(yield* Effect.flip(NodeFtp.greet({ url }))).toMatchObject({ _tag: "FtpConnectError", reason: "Tls" })
      expect((yield* server.commands).filter((line) => /^(USER|PASS)/.test(line))).toEqual([])
    })
  )

  it.scopedLive("tries again as the client does, if that can help", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const url = `ftp://127.0.0.1:${server.address.port}`
      yield* server.fault({ _tag: "Refuse", verb: "CONNECT", reply: "421 Too many connections" })
      yield* NodeFtp.greet({ url, retry: { connect: Schedule.recurs(1) } })
      expect((yield* server.connections).total).toBe(2)
      yield* server.fault({ _tag: "Refuse", verb: "CONNECT", reply: "421 Too many connections" })
      const error = yield* Effect.flip(NodeFtp.greet({ url, retry: { connect: Schedule.stop } }))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "TooManyConnections" })
    })
  )
})
