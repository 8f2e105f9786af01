/** Another user, who can write to a directory of the source, puts other files in the place of those that were found. */
import * as Fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ANY_USER, AT, published, stage, UNCHANGED } from "./support/otherUser.ts"

const OWNER_ONLY_ENTERS = 0o700

const LARGE = 300_000

describe("a file of a directory in which another user can write", () => {
  /** A file outside takes the place of the one that was found, just before that is opened. */
  for (const [what, put] of [
    ["a link to a file outside", (from: string, to: string) => Fs.symlinkSync(from, to)],
    ["a hard link to a file outside", (from: string, to: string) => Fs.linkSync(from, to)]
  ] as const) {
    it.scopedLive(`is not published once it has become ${what}`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        const file = at("tree", "d", "file")
        const { contents, failures } = yield* published(
          at("tree"),
          {},
          {
            ...UNCHANGED,
            readWhole: (path, when) => {
              if (path === file && when === "Before") {
                Fs.unlinkSync(file)
                put(at("out", "file"), file)
              }
            }
          }
        )
        expect(contents).toEqual([])
        expect(failures).toEqual([expect.stringMatching(/link/)])
      })
    )
  }

  it.scopedLive("is not published if a link leads to it only while it is opened", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const link = at("tree", "link")
      const lead = (to: string) => {
        Fs.rmSync(link, { force: true })
        Fs.symlinkSync(to, link)
      }
      lead(at("tree", "d", "file"))
      const { contents, failures } = yield* published(
        at("tree"),
        {},
        {
          ...UNCHANGED,
          readWhole: (path, when) => {
            if (path === link && when === "Before") {
              lead(at("out", "file"))
            }
          },
          realPath: (path, when) => {
            if (path === link && when === "Before") {
              lead(at("tree", "d", "file"))
            }
          }
        }
      )
      expect(contents).toEqual(["public"])
      expect(failures).toEqual([expect.stringContaining("a link leads out of the tree")])
    })
  )

  it.scopedLive("is not published once a directory above has become a link", () =>
    Effect.gen(function* () {
      const at = yield* stage
      for (const path of [at("tree", "d", "e"), at("out", "e")]) {
        Fs.mkdirSync(path)
        Fs.chmodSync(path, ANY_USER)
        Fs.renameSync(join(path, "..", "file"), join(path, "file"))
      }
      const { contents, failures } = yield* published(
        at("tree"),
        {},
        {
          ...UNCHANGED,
          readWhole: (path, when) => {
            if (path === at("tree", "d", "e", "file") && when === "Before") {
              Fs.renameSync(at("tree", "d"), at("aside"))
              Fs.symlinkSync(at("out"), at("tree", "d"))
            }
          }
        }
      )
      expect(contents).toEqual([])
      expect(failures).toEqual([expect.stringContaining("a link leads out of the tree")])
    })
  )

  it.scopedLive("is not published if it may be a hard link of that user to a file that he can't read", () =>
    Effect.gen(function* () {
      const at = yield* stage
      Fs.unlinkSync(at("tree", "d", "file"))
      Fs.linkSync(at("out", "file"), at("tree", "d", "file"))
      const { contents, failures } = yield* published(at("tree"), {}, UNCHANGED)
      expect(contents).toEqual([])
      expect(failures).toEqual([expect.stringContaining("a hard link to a file that he can't read")])
    })
  )

  it.scopedLive("is published with its hard links once only its owner can make them there", () =>
    Effect.gen(function* () {
      const at = yield* stage
      for (const path of [at("tree"), at("tree", "d")]) {
        Fs.chmodSync(path, OWNER_ONLY_ENTERS)
      }
      Fs.linkSync(at("tree", "d", "file"), at("aside"))
      const { contents, failures } = yield* published(at("tree"), {}, UNCHANGED)
      expect(failures).toEqual([])
      expect(contents).toEqual(["public"])
    })
  )

  it.scopedLive("is published as it is by then, if its owner replaces it meanwhile", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const file = at("tree", "d", "file")
      const { contents } = yield* published(
        at("tree"),
        {},
        {
          ...UNCHANGED,
          readWhole: (path, when) => {
            if (path === file && when === "Before") {
              Fs.writeFileSync(at("aside"), "newer!")
              Fs.utimesSync(at("aside"), AT, AT)
              Fs.renameSync(at("aside"), file)
            }
          }
        }
      )
      expect(contents).toEqual(["newer!"])
    })
  )

  for (const [what, content] of [
    ["a small file", "public"],
    ["an empty file", ""],
    ["a large file", "x".repeat(LARGE)]
  ] as const) {
    // Only Linux can hold a directory while its entries are asked for.
    it.scopedLive.skipIf(process.platform !== "linux")(
      `is opened as it was found, without more questions: ${what}`,
      () =>
        Effect.gen(function* () {
          const at = yield* stage
          Fs.writeFileSync(at("tree", "d", "file"), content)
          const { asked, contents } = yield* published(at("tree"), {}, UNCHANGED)
          expect(contents).toEqual([content])
          expect(asked.filter((path) => path.endsWith("file"))).toEqual([])
        })
    )
  }
})
