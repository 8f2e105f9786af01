/** Servers that bear few sessions and don't say so. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { hold, useOnce } from "../support/borrowing.ts"
import { endpoint, layer, PASSWORD } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { connections, withFault } from "../support/server.ts"

const root = { a: "a".repeat(50_000) }

/** A transport on which a server's port is closed while it has a client. */
const closedWhileBusy = Layer.effect(
  FtpTransport.FtpTransport,
  Effect.map(FtpTransport.FtpTransport, (transport) => {
    let clients = 0
    const count = (role: string, by: number) =>
      Effect.sync(() => {
        clients += role === "Control" ? by : 0
      })
    return {
      ...transport,
      connect: (options: Parameters<typeof transport.connect>[0]) =>
        options.role === "Control" && clients > 0
          ? new FtpTransport.FtpTransportError({ reason: "Refused", detail: "connection refused" })
          : Effect.zipRight(
              Effect.acquireRelease(count(options.role, 1), () => count(options.role, -1)),
              transport.connect(options)
            )
    }
  })
).pipe(Layer.provide(MemoryTransport.layer))

const busyPort = Layer.unwrapEffect(
  Effect.map(endpoint, (endpoint) => FtpClient.layerPooled({ endpoints: [endpoint] }))
).pipe(
  Layer.provideMerge(FtpTestServer.layer({ users: { ann: PASSWORD }, root })),
  Layer.provideMerge(
    Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerPassive).pipe(Layer.provideMerge(closedWhileBusy))
  )
)

/** Eight downloads, four at a time, as a command makes them by default. */
const download = Effect.flatMap(FtpClient.FtpClient, (client) =>
  Effect.forEach(
    Array.from({ length: 8 }),
    () => Stream.runFold(client.download("a"), 0, (sum, bytes) => sum + bytes.byteLength),
    { concurrency: 4 }
  )
)

const limit = Effect.flatMap(FtpPool.FtpPool, ({ status }) => Effect.map(status, ([host]) => host?.limit))

/** What a later pool is told of it. */
const savedLimit = Effect.flatMap(FtpPool.FtpPool, ({ profiles }) =>
  Effect.map(profiles, ([profile]) => profile?.sessions?.limit)
)

describe("a server that bears one session and says nothing of it", () => {
  for (const [like, saved] of [
    ["Reset", undefined],
    ["Replacing", undefined],
    ["Silent", 1]
  ] as const) {
    it.effect(`${saved === undefined ? "is not remembered as such by" : "is known to"} later runs: ${like}`, () =>
      Effect.gen(function* () {
        yield* inTime(download)
        expect(yield* limit).toBe(1)
        expect(yield* savedLimit).toBe(saved)
      }).pipe(Effect.provide(layer({ server: { root, limit: { connections: 1, like } } })))
    )
  }

  it.effect.each(["Reset", "Silent", "Replacing"] as const)("serves eight downloads with the defaults: %s", (like) =>
    Effect.gen(function* () {
      expect(yield* inTime(download)).toEqual(Array(8).fill(50_000))
      expect(yield* limit).toBe(1)
      const { total } = yield* connections
      expect(yield* inTime(download)).toEqual(Array(8).fill(50_000))
      expect((yield* connections).total).toBe(total)
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ server: { root, limit: { connections: 1, like } } })))
  )

  it.effect.each(["10 millis", "300 millis"] as const)(
    "is not taken for one that hangs up on FEAT if it ends older clients, which takes %s to answer",
    (duration) =>
      Effect.gen(function* () {
        yield* withFault({ _tag: "Delay", verb: "FEAT", duration, times: Number.POSITIVE_INFINITY })
        const pool = yield* FtpPool.FtpPool
        expect(yield* inTime(download)).toEqual(Array(8).fill(50_000))
        expect(yield* limit).toBe(1)
        expect((yield* connections).total).toBeLessThanOrEqual(5)
        expect((yield* pool.profiles)[0]).toMatchObject({ avoided: [], fails: [] })
        yield* nothingInUse
      }).pipe(Effect.provide(layer({ server: { root, limit: { connections: 1, like: "Replacing" } } })))
  )

  it.effect("is told from one that hangs up on FEAT, which serves as many sessions as before", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "FEAT", times: Number.POSITIVE_INFINITY })
      expect(yield* inTime(download)).toEqual(Array(8).fill(50_000))
      expect(yield* limit).toBe(4)
      expect((yield* (yield* FtpPool.FtpPool).profiles)[0]).toMatchObject({ avoided: ["FEAT"] })
    }).pipe(Effect.provide(layer({ server: { root } })))
  )

  it.effect("serves eight downloads if its port is closed while it is busy", () =>
    Effect.gen(function* () {
      expect(yield* inTime(download)).toEqual(Array(8).fill(50_000))
      expect(yield* limit).toBe(1)
      yield* nothingInUse
    }).pipe(Effect.provide(busyPort))
  )
})

describe("a pool keeps its limit", () => {
  it.effect("if one further session is lost while it is opened, and the next one is not", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      yield* withFault({ _tag: "CloseControl", verb: "USER" })
      yield* inTime(useOnce)
      expect(yield* limit).toBe(4)
      yield* letGo
    }).pipe(Effect.provide(layer()))
  )

  it.effect("if a server that is restarted closes all sessions", () =>
    Effect.gen(function* () {
      const holders = [yield* hold, yield* hold, yield* hold]
      const { resetConnections } = yield* FtpTestServer.FtpTestServer
      yield* resetConnections
      yield* TestClock.adjust("1 second")
      yield* Effect.all(holders)
      yield* useOnce
      expect(yield* limit).toBe(4)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("regression: if further sessions fail while a crash of the server ends the older ones", () =>
    Effect.gen(function* () {
      const holders = [yield* hold, yield* hold]
      const { resetConnections } = yield* FtpTestServer.FtpTestServer
      yield* withFault({ _tag: "CloseControl", verb: "CONNECT", times: 3 })
      yield* resetConnections
      yield* inTime(useOnce)
      expect(yield* limit).toBe(4)
      yield* Effect.all(holders)
      yield* inTime(useOnce)
      expect(yield* limit).toBe(4)
      expect(yield* savedLimit).toBeUndefined()
    }).pipe(Effect.provide(layer()))
  )

  it.effect("if an older session is closed after it was seen to live beside a younger one", () =>
    Effect.gen(function* () {
      const letGo = yield* hold
      const letYoungerGo = yield* hold
      yield* letGo
      yield* withFault({ _tag: "CloseControl", verb: "NOOP" })
      yield* Effect.exit(useOnce)
      yield* letYoungerGo
      expect(yield* limit).toBe(4)
    }).pipe(Effect.provide(layer()))
  )

  for (const [what, serves, expected] of [
    ["keeps its limit, as it had an answer since", true, 4],
    ["lowers it, as nothing shows that it lived on", false, 1]
  ] as const) {
    it.effect(
      `regression: an older session crashes beside a younger one, before any was returned: the pool ${what}`,
      () =>
        Effect.gen(function* () {
          const pool = yield* FtpPool.FtpPool
          const scope = yield* Scope.make()
          const older = yield* Scope.extend(pool.borrow(), scope)
          const letYoungerGo = yield* hold
          yield* serves ? older.run(Command.pwd) : Effect.void
          yield* withFault({ _tag: "CloseControl", verb: "SYST" })
          yield* Effect.exit(older.run(Command.syst))
          yield* Scope.close(scope, Exit.void)
          expect(yield* limit).toBe(expected)
          yield* letYoungerGo
        }).pipe(Effect.provide(layer()))
    )
  }

  it.effect("if the server is slow to greet, but was no faster for the first session", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* withFault({ _tag: "Delay", verb: "CONNECT", duration: "12 seconds", times: Number.POSITIVE_INFINITY })
      const borrowed = Effect.scoped(Effect.zipRight(pool.borrow(), Effect.sleep("1 minute")))
      yield* inTime(Effect.all([borrowed, borrowed, borrowed], { concurrency: 3 }))
      expect(yield* limit).toBe(4)
    }).pipe(Effect.provide(layer()))
  )
})
