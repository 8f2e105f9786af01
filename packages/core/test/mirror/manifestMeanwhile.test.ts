/** What is written, here or there, while a mirror with a manifest is under way. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { onDisk, served, up, withHasher } from "./stage.ts"

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
