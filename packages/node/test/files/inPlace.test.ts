/** Directories that are read where their path says, while another user changes the path. */
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "@effect/vitest"
import type { FileId, LocalEntry } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { directories } from "../../src/files/directories.ts"
import * as Privacy from "../../src/files/privacy.ts"
import * as NodeFtpFile from "../../src/NodeFtpFile.ts"

const AT = new Date(1_700_000_000_000)

/** Two directories of the same names, `mine` and `other`. */
const stage = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.realpathSync(Fs.mkdtempSync(join(tmpdir(), "ftp-effect-in-place-")))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  )
  for (const [name, content] of [
    ["mine", "public"],
    ["other", "SECRET"]
  ] as const) {
    Fs.mkdirSync(join(folder, name, "below"), { recursive: true })
    for (const path of [join(folder, name, "file"), join(folder, name, "below", "file")]) {
      Fs.writeFileSync(path, content)
      Fs.utimesSync(path, AT, AT)
    }
  }
  return (...names: ReadonlyArray<string>) => join(folder, ...names)
})

const readInPlace = (path: string) => Effect.suspend(() => (directories.readInPlace ?? expect.unreachable())(path))

const byName = (entries: ReadonlyArray<LocalEntry>) =>
  [...entries].sort((one, other) => (one.name < other.name ? -1 : 1))

const openDescriptors = () => Fs.readdirSync("/proc/self/fd").length

/** Puts the link in the place of the directory, and that back, until it is stopped. */
const swapping = (directory: string, aside: string, link: string) =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new Worker(
          `const { renameSync } = require("node:fs")
           const { directory, aside, link } = require("node:worker_threads").workerData
           for (;;) {
             renameSync(directory, aside)
             renameSync(link, directory)
             renameSync(directory, link)
             renameSync(aside, directory)
           }`,
          { eval: true, workerData: { directory, aside, link } }
        )
    ),
    (worker) => Effect.promise(() => worker.terminate())
  )

describe.skipIf(process.platform !== "linux")("a directory that is read in place", () => {
  it.scopedLive("has what one has that is read by its path", () =>
    Effect.gen(function* () {
      const at = yield* stage
      Fs.symlinkSync("file", at("mine", "link"))
      const found = Option.getOrThrow(yield* readInPlace(at("mine")))
      expect(byName(found.entries)).toEqual(byName(yield* directories.read(at("mine"))))
      expect(found.entries).toHaveLength(3)
    })
  )

  it.scopedLive("has all of them if they are too many to be read without a thread", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const names = Array.from({ length: 400 }, (_, index) => `${index}-${"n".repeat(240)}`).sort()
      for (const name of names) {
        Fs.linkSync(at("mine", "file"), at("mine", "below", name))
      }
      const found = Option.getOrThrow(yield* readInPlace(at("mine", "below")))
      expect(found.entries.map(({ name }) => name)).toEqual([...names, "file"])
    })
  )

  it.scopedLive("is private if only its owner can write to it", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const isPrivate = (mode: number) => {
        Fs.chmodSync(at("mine"), mode)
        return Effect.map(readInPlace(at("mine")), (found) => Option.getOrThrow(found).isPrivate)
      }
      expect(yield* isPrivate(0o755)).toBe(true)
      expect(yield* isPrivate(0o775)).toBe(false)
      expect(yield* isPrivate(0o757)).toBe(false)
      expect(yield* isPrivate(0o1777)).toBe(false)
    })
  )

  it.scopedLive(
    "is none that a link leads to, itself or above, nor a file, nor what is missing; nothing stays open",
    () =>
      Effect.gen(function* () {
        const at = yield* stage
        Fs.symlinkSync("mine", at("link"))
        const before = openDescriptors()
        for (const path of [
          at("link"),
          at("link", "below"),
          at("mine", "file"),
          at("mine", "none"),
          `${at("mine")}/`
        ]) {
          expect(yield* readInPlace(path), path).toEqual(Option.none())
        }
        expect(Option.isSome(yield* readInPlace(at("mine", "below")))).toBe(true)
        expect(openDescriptors()).toBe(before)
      })
  )

  for (const [which, names] of [
    ["it", []],
    ["one above it", ["below"]]
  ] as const) {
    // On real time: another thread swaps them.
    it.scopedLive(`has no entry of another one while a link takes the place of ${which} now and then`, () =>
      Effect.gen(function* () {
        const at = yield* stage
        Fs.symlinkSync("other", at("link"))
        const secret = Fs.statSync(at("other", ...names, "file")).ino
        const isOther = (entries: ReadonlyArray<LocalEntry>) => entries.some(({ id }) => id?.inode === secret)
        yield* swapping(at("mine"), at("aside"), at("link"))
        const path = at("mine", ...names)
        const seen = { entries: 0, none: 0, otherByPath: 0 }
        while (seen.entries < 50 || seen.none < 50 || seen.otherByPath < 50) {
          const found = yield* readInPlace(path)
          if (Option.isSome(found)) {
            expect(isOther(found.value.entries)).toBe(false)
            seen.entries += found.value.entries.length
          } else {
            seen.none++
          }
          // Shows that the link is there often enough.
          const byPath = yield* Effect.orElseSucceed(directories.read(path), () => [])
          seen.otherByPath += isOther(byPath) ? 1 : 0
        }
      })
    )
  }
})

describe("a small file that was found", () => {
  const files = NodeFtpFile.make()
  const readWhole = (path: string, id?: Partial<FileId>) =>
    Effect.gen(function* () {
      const info = Option.getOrThrow(yield* files.info(path))
      const found = info.id ?? expect.unreachable()
      return (change: () => void) => {
        change()
        return (files.readWhole ?? expect.unreachable())(path, { ...info, id: { ...found, ...id } })
      }
    })

  it.scopedLive("is read if nothing has changed", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const read = yield* readWhole(at("mine", "file"))
      expect(Option.map(yield* read(() => {}), (bytes) => Buffer.from(bytes).toString())).toEqual(Option.some("public"))
    })
  )

  it.scopedLive("is not read if another one has got its number since", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const read = yield* readWhole(at("mine", "file"), { changed: AT.getTime() })
      expect(yield* read(() => {})).toEqual(Option.none())
    })
  )

  it.scopedLive("is not read if a link to one of the same size and time has its name now", () =>
    Effect.gen(function* () {
      const at = yield* stage
      const read = yield* readWhole(at("mine", "file"))
      const bytes = yield* read(() => {
        Fs.unlinkSync(at("mine", "file"))
        Fs.symlinkSync(at("other", "file"), at("mine", "file"))
      })
      expect(bytes).toEqual(Option.none())
    })
  )
})

describe("a link that another user may have made", () => {
  const protections = [
    ["lets users link what they can't read", false],
    ["protects files", true]
  ] as const
  for (const [mode, nlink, isDoubtful] of [
    [0o600, 1, false],
    [0o600, 2, true],
    [0o640, 2, true],
    [0o604, 2, true],
    [0o644, 2, false],
    [0o664, 3, false]
  ] as const) {
    for (const [system, isProtected] of protections) {
      const name = `mode ${mode.toString(8)} and ${nlink} names, on a system that ${system}`
      it(`${isDoubtful && !isProtected ? "is" : "is not"} one of ${name}`, () => {
        const stats = Object.assign(new Fs.Stats(), { mode, nlink })
        expect(Privacy.isDoubtfulLink(stats, () => isProtected)).toBe(isDoubtful && !isProtected)
      })
    }
  }
})
