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
