/** Data connections that the server dials. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { fetch, ready, session } from "../support/scripted.ts"

describe("active data connections", () => {
  const active = Effect.provide(
    Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerActive()).pipe(Layer.provideMerge(MemoryTransport.layer))
  )
  const served = (name: string, content: string) => `
    C: RETR ${name}
    S: 150 here
    D: connect
    D: send ${content}
    D: end
    S: 226 done
  `

  it.scoped("are announced by EPRT and accepted after the transfer command", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT |1|127.0.0.1|...
        S: 200 ok
        ${served("a", "hello")}
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* made.reusable).toBe(true)
    }).pipe(active)
  )

  it.scoped("fall back to PORT where EPRT is refused, and remember it", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT ...
        S: 500 what
        C: PORT 127,0,0,1,...
        S: 200 ok
        ${served("a", "one")}
        C: PORT ...
        S: 200 ok
        ${served("b", "two")}
      `)
      expect(yield* fetch(made, "a")).toBe("one")
      expect(yield* fetch(made, "b")).toBe("two")
    }).pipe(active)
  )

  it.scoped("work with a server that dials before it answers EPRT (pyftpdlib, IIS)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT ...
        D: connect
        S: 200 ok
        C: RETR a
        S: 125 here
        D: send hello
        D: end
        S: 226 done
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
    }).pipe(active)
  )

  it.scoped("say so in time when the server never dials", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT ...
        S: 200 ok
        C: RETR a
        S: 150 here
      `)
      const fetched = yield* Effect.fork(Effect.flip(fetch(made, "a")))
      yield* TestClock.adjust("11 seconds")
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fetched)).toMatchObject({ _tag: "FtpConnectError", channel: "Data", reason: "TimedOut" })
      expect(yield* made.reusable).toBe(false)
    }).pipe(active)
  )

  it.scoped("report the server's own words when it can't reach us (425)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT ...
        S: 200 ok
        C: RETR a
        S: 150 here
        -- wait 1 second
        S: 425 Can't open data connection.
      `)
      const fetched = yield* Effect.fork(Effect.flip(fetch(made, "a")))
      yield* TestClock.adjust("2 seconds")
      expect(yield* Fiber.join(fetched)).toMatchObject({ _tag: "FtpRejected", reply: { code: 425 } })
      expect(yield* made.reusable).toBe(true)
    }).pipe(active)
  )

  it.scoped("close their listener", () =>
    Effect.gen(function* () {
      const network = yield* MemoryTransport.MemoryNetwork
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT ...
        S: 200 ok
        C: RETR a
        S: 550 a: No such file
      `)
      const before = yield* network.listeners
      expect(yield* Effect.flip(fetch(made, "a"))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
      expect(yield* network.listeners).toBe(before)
    }).pipe(active)
  )
})

describe("active data connections with a range of ports and an address of our own", () => {
  const advertising = (advertise: string) =>
    Effect.provide(
      Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerActive({ ports: [50_000, 50_001], advertise })).pipe(
        Layer.provideMerge(MemoryTransport.layer)
      )
    )

  it.scoped("advertise that address and a port of the range", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT |1|198.51.100.7|50000|
        S: 200 ok
        C: RETR a
        S: 550 no
      `)
      yield* Effect.flip(fetch(made, "a"))
    }).pipe(advertising("198.51.100.7"))
  )

  it.scoped("name the family of that address, whatever that of the control connection is (RFC 2428 §2)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPRT |2|2001:db8::7|50000|
        S: 200 ok
        C: RETR a
        S: 550 no
      `)
      yield* Effect.flip(fetch(made, "a"))
    }).pipe(advertising("2001:db8::7"))
  )
})
