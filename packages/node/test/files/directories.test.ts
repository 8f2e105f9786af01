/** Local directories on the disk. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { directories } from "../../src/files/directories.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "ftp-effect-directories-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

describe("a directory", () => {
  it.scopedLive("has its files with size and time, directories, and links that are not followed", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(join(here, "file"), "four")
      Fs.mkdirSync(join(here, "directory"))
      Fs.symlinkSync("file", join(here, "link"))
      Fs.symlinkSync("nothing", join(here, "dangling"))
      const entries = yield* directories.read(here)
      expect(Object.fromEntries(entries.map(({ name, size, type }) => [name, [type, size]]))).toEqual({
        file: ["File", 4],
        directory: ["Directory", 0],
        link: ["SymbolicLink", 0],
        dangling: ["SymbolicLink", 0]
      })
    })
  )

  it.scopedLive("has a name that is not UTF-8 too, as something that can't be read", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(Buffer.concat([Buffer.from(`${here}/a`), Buffer.from([0xff])]), "x")
      expect(yield* directories.read(here)).toMatchObject([{ name: "a\ufffd", type: "Other" }])
    })
  )

  it.scopedLive("is made with its parents, and may be there", () =>
    Effect.gen(function* () {
      const here = yield* folder
      const deep = join(here, "a", "b", "c")
      yield* directories.make(deep)
      yield* directories.make(deep)
      expect(Fs.statSync(deep).isDirectory()).toBe(true)
    })
  )

  it.scopedLive("is made once by several that make it at the same time", () =>
    Effect.gen(function* () {
      const here = yield* folder
      const paths = Array.from({ length: 20 }, (_, index) => join(here, "a", "b", "c", String(index)))
      yield* Effect.forEach(paths, directories.make, { concurrency: "unbounded" })
      expect(Fs.readdirSync(join(here, "a/b/c"))).toHaveLength(paths.length)
    })
  )

  it.scopedLive("is not made below a file or a dangling link", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(join(here, "file"), "")
      Fs.symlinkSync("nothing", join(here, "dangling"))
      const failures = yield* Effect.forEach(["file/a/b", "dangling/a/b", "file"], (name) =>
        Effect.flip(directories.make(join(here, name)))
      )
      expect(failures).toMatchObject([
        { detail: "a part of the path is not a directory" },
        { detail: "a part of the path is not a directory" },
        { reason: "AlreadyExists" }
      ])
    })
  )

  it.live.runIf(process.platform === "linux")(
    "that can't be made is a failure, though its parent is there: below /proc node:fs would ask for ever",
    () =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(directories.make("/proc/nothing/a/b"))).toMatchObject({ reason: "NotFound" })
      })
  )

  it.scopedLive("that is not empty, or is none, is not removed", () =>
    Effect.gen(function* () {
      const here = yield* folder
      Fs.writeFileSync(join(here, "file"), "")
      expect(yield* Effect.flip(directories.remove(here))).toMatchObject({ _tag: "FtpLocalFileError" })
      expect(yield* Effect.flip(directories.remove(join(here, "file")))).toMatchObject({ _tag: "FtpLocalFileError" })
      expect(Fs.existsSync(join(here, "file"))).toBe(true)
    })
  )
})
