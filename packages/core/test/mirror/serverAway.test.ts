/** A server that is away for a while in the middle of a run: a file that begins then does not end the run for all. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import type { OpenError } from "@ftp-effect/core/FtpError"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { endpoint, PASSWORD } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { nothingInUse } from "../support/pool.ts"
import { onDisk, served } from "./stage.ts"

/** The server is away until this time, in millis; dials that it missed. */
class Away extends Context.Tag("test/Away")<Away, { until: number; dials: number }>() {}

const transport = Layer.effect(
  FtpTransport.FtpTransport,
  Effect.gen(function* () {
    const transport = yield* FtpTransport.FtpTransport
    const away = yield* Away
    return {
      ...transport,
      connect: (options: Parameters<typeof transport.connect>[0]) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (now >= away.until) {
            return transport.connect(options)
          }
          away.dials++
          return new FtpTransport.FtpTransportError({ reason: "Refused", detail: "connection refused" })
        })
    }
  })
).pipe(Layer.provide(MemoryTransport.layer))

/** A session is asked before each file whether it is there: so it is found to be lost before a file begins. */
const stage = (retry: Layer.Layer<never> = Layer.empty) =>
  Layer.unwrapEffect(
    Effect.map(endpoint, (endpoint) => FtpClient.layerPooled({ endpoints: [endpoint], maxPerHost: 2, probeAfter: 0 }))
  ).pipe(
    Layer.provide(retry),
    Layer.provideMerge(FtpTestServer.layer({ users: { ann: PASSWORD }, root: {} })),
    Layer.provideMerge(Layer.mergeAll(FtpSecurity.layerPlain, FtpDataChannel.layerPassive)),
    Layer.provideMerge(transport),
    Layer.provideMerge(Layer.sync(Away, () => ({ until: 0, dials: 0 }))),
    Layer.provideMerge(MemoryFiles.layer)
  )

const FILES = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, `${index}`]))

/** A mirror whose server goes away for so many millis when the third file is done. */
const mirrored = (millis: number) =>
  Effect.gen(function* () {
    const { resetConnections } = yield* FtpTestServer.FtpTestServer
    const away = yield* Away
    const clock = yield* Effect.clock
    yield* onDisk(FILES)
    let done = 0
    const onEvent = (event: FtpMirror.MirrorEvent) => {
      if (event._tag === "Done" && event.step._tag === "Copy" && ++done === 3) {
        away.until = clock.unsafeCurrentTimeMillis() + millis
        Effect.runFork(resetConnections)
      }
    }
    return yield* Effect.flatMap(Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")]), ([from, to]) =>
      inTime(FtpMirror.mirror(from, to, { onEvent }))
    )
  })

describe("a server that is away for a while during a mirror", () => {
  it.effect("is waited for, also by files that begin meanwhile, and one warning says so", () => {
    const warnings: Array<unknown> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(message)))
    )
    return Effect.gen(function* () {
      const result = yield* mirrored(60_000)
      expect(result).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toEqual(FILES)
      expect((yield* Away).dials).toBeGreaterThan(2)
      expect(warnings).toEqual([[expect.stringContaining("is away, and is tried again")]])
      yield* nothingInUse
    }).pipe(Effect.provide(Layer.merge(stage(), noting)))
  })

  it.effect("ends the run when the time for resuming is over", () =>
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      const error = yield* Effect.flip(mirrored(100 * 3_600_000))
      expect(error as OpenError).toMatchObject({ _tag: "FtpConnectError", reason: "Refused" })
      const took = (yield* Clock.currentTimeMillis) - began - 3_600_000
      expect(took).toBeGreaterThanOrEqual(180_000)
      expect(took).toBeLessThan(300_000)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not waited for at the first connection of a run", () =>
    Effect.gen(function* () {
      const away = yield* Away
      away.until = Number.POSITIVE_INFINITY
      yield* onDisk(FILES)
      const [from, to] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
      const error = yield* Effect.flip(FtpMirror.mirror(from, to))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "Refused" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not waited for if nothing is to be resumed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(mirrored(60_000))
      expect(error as OpenError).toMatchObject({ _tag: "FtpConnectError", reason: "Refused" })
    }).pipe(Effect.provide(stage(FtpRetry.layer({ resume: FtpRetry.whileProgress }))))
  )
})
