/** A swap that fills the disk of the server. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { onDisk, served, stage, up } from "./stage.ts"
import { beside, OLD, SWAP } from "./swapping.ts"

describe("a swap whose new tree does not fit", () => {
  it.effect("leaves the old tree live, and a warning names what stays beside it, with its size", () => {
    const warnings: Array<string> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(String(message))))
    )
    return Effect.gen(function* () {
      yield* onDisk({ "a.bin": "a".repeat(1000), "b.bin": "b".repeat(9000) })
      const error = yield* Effect.flip(up({ ...SWAP, last: ["b.bin"] }))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", cause: { reason: "StorageFull" } })
      expect(yield* served("/www/")).toEqual({ "index.html": "old", "old.txt": "old" })
      const left = (yield* beside).filter((path) => path !== "/www")
      expect(left.length).toBe(2)
      expect(warnings.length).toBe(1)
      for (const path of left) {
        expect(warnings[0]).toContain(` ${path.slice(1)}`)
      }
      expect(warnings[0]).toContain("at least 1000 bytes")
      const staged = left.find((path) => path.includes("-next-"))
      expect(Object.keys(yield* served(`${staged}/`)).filter((path) => path.endsWith(".bin"))).toEqual(["a.bin"])

      const began = yield* Clock.currentTimeMillis
      const events: Array<FtpMirror.MirrorEvent> = []
      const again = yield* Effect.flip(up({ ...SWAP, last: ["b.bin"], onEvent: (event) => void events.push(event) }))
      expect(again).toMatchObject({ _tag: "FtpTransferInterrupted", path: expect.stringContaining("b.bin") })
      expect(events).toContainEqual(expect.objectContaining({ _tag: "Swap", state: "Claimed" }))
      expect((yield* Clock.currentTimeMillis) - began).toBeLessThan(30_000)
      expect((yield* beside).filter((path) => path !== "/www").length).toBe(2)
    }).pipe(Effect.provide(Layer.merge(stage({ root: OLD, quota: 5000 }), noting)))
  })
})
