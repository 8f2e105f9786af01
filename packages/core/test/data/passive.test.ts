/** Data connections that we dial. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { fetch, ready, session } from "../support/scripted.ts"

const inMemory = Effect.provide(services)

const file = (name: string, content: string) => `
  C: RETR ${name}
  D: accept
  S: 150 here
  D: send ${content}
  D: end
  S: 226 done
`

describe("passive data connections", () => {
  it.scoped("come by EPSV, whatever delimiter the server uses (RFC 2428 §3)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 Entering Extended Passive Mode (!!!{port}!)
        ${file("a", "hello")}
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
    }).pipe(inMemory)
  )

  it.scoped("fall back to PASV where EPSV is refused, and remember it", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 500 what
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", "one")}
        C: PASV
        S: 227 ok ({pasv})
        ${file("b", "two")}
      `)
      expect(yield* fetch(made, "a")).toBe("one")
      expect(yield* fetch(made, "b")).toBe("two")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("are announced by PRET where FEAT has it, before each try (DrFTPD)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready("PRET")}
        C: PRET RETR a
        S: 200 ok
        C: EPSV
        S: 502 what
        C: PRET RETR a
        S: 200 ok
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", "one")}
        C: PRET RETR gone
        S: 550 no such file
        C: PRET RETR b
        S: 504 not this one
        C: PASV
        S: 227 ok ({pasv})
        ${file("b", "two")}
      `)
      expect(yield* fetch(made, "a")).toBe("one")
      const refused = { _tag: "FtpRejected", reason: "NotFound", verb: "RETR", path: "gone" }
      const gone = Effect.scoped(made.receive(Command.retr("gone"), { path: "gone" }))
      expect(yield* Effect.flip(gone)).toMatchObject(refused)
      expect(yield* fetch(made, "b")).toBe("two")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("come by PASV at once if EPSV is turned off", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", "one")}
      `)
      expect(yield* fetch(made, "a")).toBe("one")
    }).pipe(
      Effect.provide(
        Layer.merge(FtpSecurity.layerPlain, FtpDataChannel.layerPassiveWith({ epsv: "Never" })).pipe(
          Layer.provideMerge(MemoryTransport.layer)
        )
      )
    )
  )

  it.scoped("fall back to PASV in sessions that had asked for EPSV before another learned that it is refused", () =>
    Effect.gen(function* () {
      const refusal = (wait: string, content: string) => `
        ${ready()}
        C: EPSV
        ${wait}
        S: 500 what
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", content)}
      `
      // What a pool's sessions on one host share.
      const capabilities = ServerCapabilities.make()
      const endpointOf = ({ address }: FtpScript.FtpScript) =>
        FtpEndpoint.make({ host: address.host, port: address.port, user: "ann", password: "secret" })
      const slow = yield* FtpSession.make({
        endpoint: endpointOf(yield* FtpScript.make(refusal("-- wait 5 seconds", "slow"))),
        capabilities
      })
      const quick = yield* FtpSession.make({
        endpoint: endpointOf(yield* FtpScript.make(refusal("", "quick"))),
        capabilities
      })
      const fetched = yield* Effect.fork(fetch(slow, "a"))
      expect(yield* fetch(quick, "a")).toBe("quick")
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(fetched)).toBe("slow")
    }).pipe(inMemory)
  )

  it.scoped("fall back to PASV where only EPSV's port can't be reached", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||9999|)
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", "one")}
        C: PASV
        S: 227 ok ({pasv})
        ${file("b", "two")}
      `)
      expect(yield* fetch(made, "a")).toBe("one")
      expect(yield* fetch(made, "b")).toBe("two")
    }).pipe(inMemory)
  )

  it.scoped("dial the control connection's peer, whatever address 227 names (CVE-2020-8284)", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      yield* network.unroutable("10.9.9.9")
      for (const host of ["10,9,9,9", "0,0,0,0", "127,0,0,2"]) {
        const { session: made } = yield* session(`
          ${ready()}
          C: EPSV
          S: 500 what
          C: PASV
          S: 227 ok ({pasv}) really: ${host}
          ${file("a", host)}
        `)
        expect(yield* fetch(made, "a")).toBe(host)
      }
    }).pipe(inMemory)
  )

  it.scoped("refuse a data port below 1024 on either way", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||25|)
        C: PASV
        S: 227 ok (127,0,0,1,0,25)
      `)
      expect(yield* Effect.flip(fetch(made, "a"))).toMatchObject({
        _tag: "FtpProtocolViolation",
        received: "port 25"
      })
    }).pipe(inMemory)
  )

  for (const refusal of ["425 Can't open passive connection", "450 Not now", "501 What", "522 No"]) {
    it.scoped(`fall back to PASV where EPSV is answered ${refusal}`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`
          ${ready()}
          C: EPSV
          S: ${refusal}
          C: PASV
          S: 227 ok ({pasv})
          ${file("a", "one")}
        `)
        expect(yield* fetch(made, "a")).toBe("one")
      }).pipe(inMemory)
    )
  }

  for (const [port, numbers, expected] of [
    [51201, "200,1", { _tag: "FtpConnectError", channel: "Data", reason: "Refused" }],
    [25, "0,25", { _tag: "FtpProtocolViolation", received: "port 25" }]
  ] as const) {
    it.scoped(`report PASV's port ${port} that can't be dialled, not that EPSV is unknown`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`
          ${ready()}
          C: EPSV
          S: 500 what
          C: PASV
          S: 227 ok (127,0,0,1,${numbers})
        `)
        expect(yield* Effect.flip(fetch(made, "a"))).toMatchObject(expected)
      }).pipe(inMemory)
    )
  }

  it.scoped("report EPSV's failure if PASV fails as well", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 522 no
        C: PASV
        S: 502 no
      `)
      expect(yield* Effect.flip(fetch(made, "a"))).toMatchObject({ _tag: "FtpRejected", command: "EPSV" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("give an EPSV port that swallows everything up after dataConnect, and take PASV", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||9999|)
        C: PASV
        S: 227 ok ({pasv})
        ${file("a", "one")}
      `)
      yield* network.unroutable("127.0.0.1", 9999)
      const fetched = yield* Effect.fork(fetch(made, "a"))
      yield* TestClock.adjust("11 seconds")
      expect(yield* Fiber.join(fetched)).toBe("one")
    }).pipe(inMemory)
  )
})

describe("passive data connections by option", () => {
  const trusting = Layer.mergeAll(
    FtpSecurity.layerPlain,
    FtpDataChannel.layerPassiveWith({ address: "Server", ports: "Any" })
  ).pipe(Layer.provideMerge(MemoryTransport.layer))

  it.scoped("dial the address that 227 names", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 500 what
        C: PASV
        S: 227 ok (127,0,0,9,0,25)
      `)
      const error = yield* Effect.flip(fetch(made, "a"))
      expect(error).toMatchObject({ _tag: "FtpConnectError", channel: "Data" })
      expect(error.message).toContain("127.0.0.9 port 25")
    }).pipe(Effect.provide(trusting))
  )
})
