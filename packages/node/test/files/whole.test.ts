import Fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, vi } from "@effect/vitest"
import { FtpLocalFile, type WholeFile } from "@ftp-effect/core/FtpLocalFile"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-whole-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

const BYTES = new TextEncoder().encode("all of it")

const write = (path: string, options: Partial<WholeFile> = {}) =>
  Effect.flatMap(FtpLocalFile, ({ writeWhole }) =>
    writeWhole === undefined
      ? Effect.dieMessage("no such call")
      : writeWhole({
          path,
          partialFile: `${path}.part`,
          bytes: BYTES,
          modified: Option.none(),
          mode: Option.none(),
          existing: "Replace",
          durability: "Written",
          ...options
        })
  ).pipe(Effect.provide(NodeFtpFile.layer))

/** What each way of writing must do. */
const laws = () => {
  it.scopedLive("gets its bytes, time and permissions, and leaves nothing beside it", () =>
    Effect.gen(function* () {
      const here = yield* folder
      const at = DateTime.unsafeMake("2020-01-02T03:04:05Z")
      const refused = yield* write(join(here, "a"), { modified: Option.some(at), mode: Option.some(0o640) })
      expect(refused).toEqual([])
      const { mode, mtime } = Fs.statSync(join(here, "a"))
      expect([Fs.readFileSync(join(here, "a"), "utf8"), mode & 0o777, mtime.toISOString()]).toEqual([
        "all of it",
        0o640,
        "2020-01-02T03:04:05.000Z"
      ])
      expect(Fs.readdirSync(here)).toEqual(["a"])
    })
  )

  it.scopedLive("is written if it has to be synced first", () =>
    Effect.gen(function* () {
      const here = yield* folder
      yield* write(join(here, "a"), { durability: "Synced" })
      expect(Fs.readFileSync(join(here, "a"), "utf8")).toBe("all of it")
    })
  )

  for (const durability of ["Written", "Synced"] as const) {
    it.scopedLive(`gets a name that nothing has, and no other one: ${durability}`, () =>
      Effect.gen(function* () {
        const here = yield* folder
        expect(yield* write(join(here, "a"), { durability, existing: "Fail" })).toEqual([])
        expect(Fs.readdirSync(here)).toEqual(["a"])
        expect(Fs.readFileSync(join(here, "a"), "utf8")).toBe("all of it")
      })
    )
  }

  it.scopedLive("leaves nothing if it can't be renamed", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.mkdirSync(join(here, "a"))
      expect(yield* Effect.flip(write(join(here, "a")))).toMatchObject({ operation: "Rename", path: join(here, "a") })
      expect(Fs.readdirSync(here)).toEqual(["a"])
    })
  )

  it.scopedLive("does not replace what has appeared, unless it may", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(join(here, "a"), "another's")
      const error = yield* Effect.flip(write(join(here, "a"), { existing: "Fail" }))
      expect(error).toMatchObject({ reason: "AlreadyExists" })
      expect(Fs.readdirSync(here)).toEqual(["a"])
      yield* write(join(here, "a"))
      expect(Fs.readFileSync(join(here, "a"), "utf8")).toBe("all of it")
    })
  )
}

describe("a small file, written on a quick disk", laws)

describe("a small file, written on a disk that turned out to be slow", () => {
  it.scopedLive("is handed to a thread, after several that took long", () =>
    Effect.gen(function* () {
      const here = yield* folder
      // Later than what was asked before the clock was replaced.
      let now = performance.now() + 1000
      const slow = vi.spyOn(performance, "now").mockImplementation(() => {
        now += 20
        return now
      })
      // The disk is slow, not the machine that the test shares.
      const usage = process.resourceUsage()
      const alone = vi.spyOn(process, "resourceUsage").mockImplementation(() => usage)
      yield* Effect.forEach(Array.from({ length: 8 }), () => write(join(here, "a")))
      slow.mockRestore()
      alone.mockRestore()
      const openSync = vi.spyOn(Fs, "openSync")
      syncBuiltinESMExports()
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          openSync.mockRestore()
          syncBuiltinESMExports()
        })
      )
      yield* write(join(here, "a"))
      expect(openSync).not.toHaveBeenCalled()
    })
  )

  laws()
})
