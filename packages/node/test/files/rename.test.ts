/** A rename that replaces nothing, with hard links and without. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { renameIfAbsent } from "../../src/files/rename.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-rename-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

/** What file systems like vfat answer. */
const withoutLinks = {
  ...Fs,
  link: (_from: string, _to: string, done: Fs.NoParamCallback) =>
    done(Object.assign(new Error("operation not permitted"), { code: "EPERM" }))
}

/** Puts a directory in the place of the old name, which can't be unlinked then. */
const thenBlocked = {
  ...Fs,
  link: (from: string, to: string, done: Fs.NoParamCallback) => {
    Fs.linkSync(from, to)
    Fs.unlinkSync(from)
    Fs.mkdirSync(from)
    done(null)
  }
}

describe("a rename that replaces nothing", () => {
  it.scoped("succeeds when the file has its new name and the old one can't be removed", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const at = (name: string) => Path.join(root, name)
      Fs.writeFileSync(at("a"), "new")
      yield* renameIfAbsent(at("a"), at("b"), thenBlocked)
      expect(Fs.readFileSync(at("b"), "utf8")).toBe("new")
    })
  )

  for (const [where, calls] of [
    ["with hard links", Fs],
    ["without hard links", withoutLinks]
  ] as const) {
    it.scoped(`moves the file, and leaves one that exists alone, ${where}`, () =>
      Effect.gen(function* () {
        const root = yield* folder
        const at = (name: string) => Path.join(root, name)
        Fs.writeFileSync(at("a"), "new")
        Fs.writeFileSync(at("b"), "old")
        expect(yield* Effect.flip(renameIfAbsent(at("a"), at("b"), calls))).toMatchObject({
          reason: "AlreadyExists",
          path: at("b")
        })
        expect(Fs.readFileSync(at("b"), "utf8")).toBe("old")
        yield* renameIfAbsent(at("a"), at("c"), calls)
        expect(Fs.readdirSync(root).sort()).toEqual(["b", "c"])
        expect(Fs.readFileSync(at("c"), "utf8")).toBe("new")
        expect(yield* Effect.flip(renameIfAbsent(at("none"), at("d"), calls))).toMatchObject({ reason: "NotFound" })
        expect(Fs.readdirSync(root).sort()).toEqual(["b", "c"])
      })
    )
  }
})
