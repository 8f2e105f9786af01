/** A mirror after one that was interrupted: no journal is needed, as the listings tell what is there. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk, served, up } from "./stage.ts"

const FILES = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index % 3}/${index}`, `${index}`]))

describe("a mirror after one that was interrupted", () => {
  for (const [what, options] of [
    ["sets times", {}],
    ["has no MFMT", { denied: ["MFMT"] }]
  ] as const) {
    it.effect(`sends only what is missing, and asks nothing but the listings, if the server ${what}`, () =>
      Effect.gen(function* () {
        const { commands, fault } = yield* FtpTestServer.FtpTestServer
        yield* onDisk(FILES)
        const [source, target] = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")]
        const half = yield* Deferred.make<void>()
        let done = 0
        const onEvent = (event: FtpMirror.MirrorEvent) => {
          if (event._tag === "Done" && event.step._tag === "Copy" && ++done === 6) {
            Effect.runSync(fault({ _tag: "Delay", verb: "STOR", duration: "1 hour" }))
            Deferred.unsafeDone(half, Effect.void)
          }
        }
        const fiber = yield* Effect.fork(FtpMirror.mirror(source, target, { onEvent }))
        yield* inTime(Deferred.await(half))
        yield* inTime(Fiber.interrupt(fiber))
        expect(Object.keys(yield* served("/www/")).length).toBe(6)
        const before = (yield* commands).length
        expect(yield* up()).toMatchObject({ isComplete: true, plan: { unchanged: 6 } })
        const sent = (yield* commands).slice(before).map((line) => line.split(" ")[0] ?? "")
        const count = (verb: string) => sent.filter((other) => other === verb).length
        expect([count("MLSD"), count("STOR"), count("MDTM"), count("MLST")]).toEqual([4, 6, 0, 0])
        expect(count("SIZE")).toBeLessThanOrEqual(6)
        expect(yield* served("/www/")).toEqual(FILES)
      }).pipe(
        Effect.provide(
          layer({ server: { root: {}, ...options }, pool: { maxPerHost: 1 } }).pipe(
            Layer.provideMerge(MemoryFiles.layer)
          )
        )
      )
    )
  }
})
