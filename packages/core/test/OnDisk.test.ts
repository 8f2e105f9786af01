/** A download that gets its final name only when the disk has it. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, LocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer } from "./support/embedded.ts"
import { inTime } from "./support/inTime.ts"
import * as MemoryFiles from "./support/memoryFiles.ts"

const MIB = 1024 * 1024
const CONTENT = new Uint8Array(68 * MIB).fill(7)

/** What the disk was asked for: how much the file held each time, and whether it had its final name. */
class Disk extends Context.Tag("test/Disk")<
  Disk,
  { readonly syncs: Array<{ readonly path: string; readonly bytes: number }>; fails: number }
>() {}

const files = Layer.effectContext(
  Effect.gen(function* () {
    const below = yield* FtpLocalFile
    const { files } = yield* MemoryFiles.MemoryFiles
    const disk: Disk["Type"] = { syncs: [], fails: 0 }
    const service = FtpLocalFile.of({
      ...below,
      openWriter: (path, mode) =>
        Effect.map(below.openWriter(path, mode), (writer) => ({
          ...writer,
          sync: Effect.suspend(() => {
            disk.syncs.push({ path, bytes: files.get(path)?.byteLength ?? 0 })
            return disk.fails-- > 0
              ? new LocalFileError({ reason: "Other", operation: "Sync", path, detail: "input/output error" })
              : Effect.void
          })
        }))
    })
    return Context.make(Disk, disk).pipe(Context.add(FtpLocalFile, service))
  })
).pipe(Layer.provideMerge(MemoryFiles.layer))

const stage = layer({ server: { root: { a: CONTENT } }, pool: { maxPerHost: 1 } }).pipe(Layer.provideMerge(files))

const get = (rename: "Written" | "OnDisk") => inTime(FtpTransfer.toFile("a", "b", { rename }))

describe("a download that is to be on the disk", () => {
  it.effect("is synced while it comes, and when it is whole, before it has its name", () =>
    Effect.gen(function* () {
      yield* get("OnDisk")
      const { syncs } = yield* Disk
      expect(syncs.every(({ path }) => path === "b.ftp-effect.part")).toBe(true)
      expect(syncs.length).toBe(2)
      expect(syncs[0]?.bytes).toBeGreaterThanOrEqual(64 * MIB)
      expect(syncs[0]?.bytes).toBeLessThan(CONTENT.length)
      expect(syncs[1]?.bytes).toBe(CONTENT.length)
    }).pipe(Effect.provide(stage))
  )

  it.effect("fails if any of it could not be written, though the disk says so once", () =>
    Effect.gen(function* () {
      const disk = yield* Disk
      disk.fails = 1
      expect(yield* Effect.flip(get("OnDisk"))).toMatchObject({ _tag: "LocalFileError", operation: "Sync" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect([...files.keys()]).toEqual([])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not synced otherwise", () =>
    Effect.gen(function* () {
      yield* get("Written")
      expect((yield* Disk).syncs).toEqual([])
    }).pipe(Effect.provide(stage))
  )
})
