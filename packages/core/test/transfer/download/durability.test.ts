/** A download that gets its final name only when the disk has it. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { MIB } from "../../support/bytes.ts"
import { layer } from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"

const CONTENT = new Uint8Array(68 * MIB)
for (let at = 0; at < CONTENT.length; at++) {
  CONTENT[at] = (at * 31 + (at >> 12)) & 255
}

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
              ? new FtpLocalFileError({ reason: "Other", operation: "Sync", path, detail: "input/output error" })
              : Effect.void
          })
        }))
    })
    return Context.make(Disk, disk).pipe(Context.add(FtpLocalFile, service))
  })
).pipe(Layer.provideMerge(MemoryFiles.layer))

const stage = layer({ server: { root: { a: CONTENT } }, pool: { maxPerHost: 1 } }).pipe(Layer.provideMerge(files))

const get = (durability: "Written" | "Synced") => inTime(FtpTransfer.toFile("a", "b", { durability }))

describe("a download that is to be on the disk", () => {
  it.effect("is synced while it comes, and when it is whole, before it has its name", () =>
    Effect.gen(function* () {
      yield* get("Synced")
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
      expect(yield* Effect.flip(get("Synced"))).toMatchObject({ _tag: "FtpLocalFileError", operation: "Sync" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect([...files.keys()]).toEqual([])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is so where nothing is said", () =>
    Effect.gen(function* () {
      yield* inTime(FtpTransfer.toFile("a", "b"))
      expect((yield* Disk).syncs.at(-1)?.bytes).toBe(CONTENT.length)
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not synced otherwise", () =>
    Effect.gen(function* () {
      yield* get("Written")
      expect((yield* Disk).syncs).toEqual([])
    }).pipe(Effect.provide(stage))
  )
})

describe("after a power cut", () => {
  /**
   * Interrupted by the server when so many bytes have come; the machine is started anew; what was not synced is holes.
   */
  const cutAt = (bytes: number, durability: "Written" | "Synced") =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", afterBytes: bytes })
      const failed = yield* Effect.flip(inTime(FtpTransfer.toFile("a", "b", { durability, retry: Schedule.stop })))
      expect(failed._tag).toBe("FtpTransferInterrupted")
      const disk = yield* MemoryFiles.MemoryFiles
      const part = disk.files.get("b.ftp-effect.part")
      const synced = (yield* Disk).syncs.at(-1)?.bytes ?? 0
      const length = part?.byteLength ?? 0
      part?.fill(0, synced)
      disk.boot = Option.some("the second start")
      return { length, synced, left: yield* FtpTransfer.keptBytes("b") }
    })

  const isWhole = Effect.gen(function* () {
    const { files } = yield* MemoryFiles.MemoryFiles
    expect(Buffer.compare(files.get("b") ?? new Uint8Array(0), CONTENT)).toBe(0)
    expect([...files.keys()]).toEqual(["b"])
  })

  it.effect("a download resumes what was synced", () =>
    Effect.gen(function* () {
      const { left, length, synced } = yield* cutAt(67 * MIB, "Synced")
      expect(length).toBeGreaterThan(synced)
      expect(left).toBeGreaterThanOrEqual(64 * MIB)
      expect(left).toBeLessThanOrEqual(synced)
      yield* get("Synced")
      yield* isWhole
    }).pipe(Effect.provide(stage))
  )

  it.effect("one that was not synced begins anew", () =>
    Effect.gen(function* () {
      expect((yield* cutAt(67 * MIB, "Written")).left).toBe(0)
      yield* get("Written")
      yield* isWhole
    }).pipe(Effect.provide(stage))
  )

  it.effect("a download resumes what was synced if the boot is unknown", () =>
    Effect.gen(function* () {
      const disk = yield* MemoryFiles.MemoryFiles
      disk.boot = Option.none()
      const { left, synced } = yield* cutAt(67 * MIB, "Synced")
      disk.boot = Option.none()
      expect(left).toBeLessThanOrEqual(synced)
      yield* get("Synced")
      yield* isWhole
    }).pipe(Effect.provide(stage))
  )

  it.effect("without one, all that was written counts", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", afterBytes: 67 * MIB })
      yield* Effect.flip(inTime(FtpTransfer.toFile("a", "b", { durability: "Written", retry: Schedule.stop })))
      expect(yield* FtpTransfer.keptBytes("b")).toBeGreaterThan(66 * MIB)
    }).pipe(Effect.provide(stage))
  )
})
