/** What others do to a local file, or to its part, while it is downloaded. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { MIB } from "../../support/bytes.ts"
import { layer } from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"

const CONTENT = new Uint8Array(4 * MIB).map((_, at) => (at * 31 + (at >> 12)) & 255)
const OLD = new TextEncoder().encode("precious")
const PART = "b.ftp-effect.part"

const stage = layer({ server: { root: { a: CONTENT } }, pool: { maxPerHost: 2 } }).pipe(
  Layer.provideMerge(MemoryFiles.layer)
)

/** Runs `act` once, when half of it is here, and says how the download ended. */
const meanwhile = (options: FtpTransfer.ToFileOptions, act: (files: Map<string, Uint8Array>) => void) =>
  Effect.gen(function* () {
    const { files } = yield* MemoryFiles.MemoryFiles
    let isDone = false
    const onProgress = ({ bytes }: FtpTransfer.Progress) => {
      if (!isDone && bytes >= MIB) {
        isDone = true
        act(files)
      }
    }
    return yield* Effect.either(inTime(FtpTransfer.toFile("a", "b", { rate: 8 * MIB, onProgress, ...options })))
  })

describe("a download whose part is removed", () => {
  for (const durability of ["Synced", "Written"] as const) {
    for (const segments of [1, 2]) {
      it.effect(`fails, and what was there stays (${durability}, ${segments} segments)`, () =>
        Effect.gen(function* () {
          const { files } = yield* MemoryFiles.MemoryFiles
          files.set("b", OLD)
          const ended = yield* meanwhile({ durability, segments }, (files) => files.delete(PART))
          expect(ended).toMatchObject({ _tag: "Left", left: { _tag: "FtpLocalFileError", reason: "NotFound" } })
          expect(files.get("b")).toEqual(OLD)
        }).pipe(Effect.provide(stage))
      )
    }
  }
})

describe("two downloads into one file", () => {
  it.effect("are one: the second says that it is in use, and the first is whole", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      const begun = yield* Deferred.make<void>()
      const first = yield* Effect.fork(
        inTime(
          FtpTransfer.toFile("a", "b", {
            rate: 8 * MIB,
            onProgress: () => Deferred.unsafeDone(begun, Effect.void)
          })
        )
      )
      yield* Deferred.await(begun)
      const second = yield* Effect.flip(FtpTransfer.toFile("a", "b"))
      expect(second).toMatchObject({ _tag: "FtpLocalFileError", reason: "InUse" })
      yield* Fiber.join(first)
      expect(Buffer.compare(files.get("b") ?? OLD, CONTENT)).toBe(0)
      expect([...files.keys()]).toEqual(["b"])
    }).pipe(Effect.provide(stage))
  )
})

describe("a file that is made meanwhile", () => {
  it.effect("is not replaced where it must not be, and what was fetched is kept", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      const ended = yield* meanwhile({ existing: "Fail" }, (files) => files.set("b", OLD))
      expect(ended).toMatchObject({ _tag: "Left", left: { _tag: "FtpLocalFileError", reason: "AlreadyExists" } })
      expect(files.get("b")).toEqual(OLD)
      files.delete("b")
      expect(yield* FtpTransfer.keptBytes("b")).toBe(CONTENT.length)
      yield* inTime(FtpTransfer.toFile("a", "b"))
      expect(Buffer.compare(files.get("b") ?? OLD, CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage))
  )
})
