/** What is written, here or there, while a mirror with a manifest is under way. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { kinds, onDisk, served, up, withHasher } from "./stage.ts"

const OWNED = { manifest: true, delete: "Ours" } as const

/** Larger than a file that is hashed as it is sent. */
const SIZE = 300_000

/** Files of which one is written once, right after its last byte was read for the first time. */
const writtenOnceRead = (path: string, write: (memory: typeof MemoryFiles.MemoryFiles.Service) => void) =>
  Layer.effect(
    FtpLocalFile,
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const memory = yield* MemoryFiles.MemoryFiles
      let isWritten = false
      return {
        ...files,
        openReader: (at, offset) =>
          Effect.map(files.openReader(at, offset), (reader) => ({
            ...reader,
            read: Effect.tap(reader.read, (chunk) =>
              Effect.sync(() => {
                if (Option.isNone(chunk) && at === path && !isWritten) {
                  isWritten = true
                  write(memory)
                }
              })
            )
          }))
      } satisfies FtpLocalFile
    })
  )

describe("a larger file that is written while it is hashed for the manifest", () => {
  it.effect("fails, and is sent by the next run, even if it is then as it was", () =>
    Effect.gen(function* () {
      const before = { big: "1".repeat(SIZE), other: "o" }
      yield* onDisk(before)
      const written = writtenOnceRead("/site/big", ({ files, times }) => {
        files.set("/site/big", Buffer.from("2".repeat(SIZE)))
        times.set("/site/big", DateTime.unsafeMake(9_000_000))
      })
      const first = yield* Effect.provide(up(OWNED), written)
      expect(first).toMatchObject({
        isComplete: false,
        failures: [{ step: { path: "big" }, error: { _tag: "FtpIntegrityError", reason: "Changed" } }]
      })
      yield* onDisk(before, 5)
      expect(yield* up(OWNED)).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toMatchObject(before)
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )
})

describe("a file that another client replaces by one of the same size while the run is under way", () => {
  const stranger = Effect.map(FtpTestServer.FtpTestServer, ({ write }) => ({
    onEvent: (event: FtpMirror.MirrorEvent) => {
      if (event._tag === "Done" && event.step.path === "a") {
        Effect.runSync(Effect.orDie(write("/www/a", "them")))
      }
    }
  }))

  it.effect("is not taken for ours: it is not deleted", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up({ ...OWNED, ...(yield* stranger) })
      yield* onDisk({ keep: "k" })
      const result = yield* up(OWNED)
      expect(kinds(result)).toEqual([])
      expect(result.plan.skipped).toMatchObject([{ path: "a", reason: "Drifted" }])
      expect(yield* served("/www/")).toMatchObject({ a: "them" })
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("is not taken for the one of the source: that is sent again", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up({ ...OWNED, ...(yield* stranger) })
      const result = yield* up(OWNED)
      expect(kinds(result)).toEqual(["Replace a"])
      expect(yield* served("/www/")).toMatchObject({ a: "ours" })
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )

  it.effect("is ours on a server that refuses to set times, as nothing shows that it is not", () =>
    Effect.gen(function* () {
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* fault({ _tag: "Refuse", verb: "MFMT", reply: "550 no", times: Number.POSITIVE_INFINITY })
      yield* onDisk({ a: "ours", keep: "k" })
      yield* up(OWNED)
      expect(kinds(yield* up(OWNED))).toEqual([])
      yield* onDisk({ keep: "k" })
      expect(kinds(yield* up(OWNED))).toEqual(["Remove a"])
    }).pipe(Effect.provide(withHasher({ root: { "www/x": "x" } })))
  )
})
