/** A local disk on which case does not count, on a system on which it does: vfat or exFAT under Linux. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Effect from "effect/Effect"
import * as NameFolding from "#core/protocol/NameFolding"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, stage } from "./stage.ts"

/** Has a map or a set find a key by any case of it, or by what else is the same. */
const ignoringCase = (keyed: Map<string, unknown> | Set<string>, fold = (name: string) => name.toLowerCase()): void => {
  const actual = (key: string) => [...keyed.keys()].find((one) => fold(one) === fold(key)) ?? key
  for (const name of ["get", "set", "has", "delete", "add"]) {
    const own: unknown = Reflect.get(keyed, name)
    if (typeof own === "function") {
      Reflect.set(keyed, name, (key: string, ...more: ReadonlyArray<unknown>) => own.call(keyed, actual(key), ...more))
    }
  }
}

const vfat = Effect.map(MemoryFiles.MemoryFiles, ({ directories, files, ids, links, modes, times }) =>
  [directories, files, ids, links, modes, times].forEach((keyed) => {
    ignoringCase(keyed)
  })
)

const EXTRA: FtpMirror.MirrorOptions = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 } }

const NONE: FtpMirror.MirrorOptions = { delete: "None" }

describe("a local disk that ignores case", () => {
  for (const options of [NONE, EXTRA]) {
    it.effect(`gets one of two names that differ in case alone: delete ${options.delete}`, () =>
      Effect.gen(function* () {
        yield* vfat
        yield* onDisk({ c: "here before" })
        const { failures, isComplete } = yield* down(options)
        expect({ failures, isComplete }).toEqual({ failures: [], isComplete: false })
        const named = Object.entries(yield* disk).filter(([path]) => /^a\.txt$/i.test(path))
        expect(named).toEqual([["A.txt", "upper"]])
      }).pipe(Effect.provide(stage({ root: { "www/A.txt": "upper", "www/a.txt": "lower", "www/d": "d" } })))
    )
  }

  it.effect("keeps a file that was sent under its name in another case", () =>
    Effect.gen(function* () {
      yield* vfat
      yield* onDisk({ "index.html": "old", "sub/x": "x" })
      const { failures } = yield* down(EXTRA)
      expect(failures).toEqual([])
      expect(Object.values(yield* disk)).toEqual(["the new one", "x"])
    }).pipe(Effect.provide(stage({ root: { "www/Index.html": "the new one", "www/sub/x": "x" } })))
  )
})

describe("a local disk that does not", () => {
  it.effect("gets both names, and loses what only it has", () =>
    Effect.gen(function* () {
      yield* onDisk({ "index.html": "old" })
      const { isComplete } = yield* down(EXTRA)
      expect(isComplete).toBe(true)
      expect(yield* disk).toEqual({ "A.txt": "upper", "a.txt": "lower", "Index.html": "new" })
    }).pipe(Effect.provide(stage({ root: { "www/A.txt": "upper", "www/a.txt": "lower", "www/Index.html": "new" } })))
  )
})

describe("a local disk of a system that ignores case", () => {
  const apfs = Effect.map(MemoryFiles.MemoryFiles, ({ directories, files, ids, links, modes, times }) =>
    [directories, files, ids, links, modes, times].forEach((keyed) => {
      ignoringCase(keyed, NameFolding.foldWidely)
    })
  )
  const foldingNames = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.flatMap(FtpLocalFile, (files) =>
      Effect.provideService(self, FtpLocalFile, {
        ...files,
        directories: { ...files.directories, foldsNames: true }
      })
    )

  it.effect("is asked about what not all such systems ignore", () =>
    Effect.gen(function* () {
      yield* apfs
      yield* onDisk({ "straße.txt": "old" })
      const { failures } = yield* foldingNames(down(EXTRA))
      expect(failures).toEqual([])
      expect(Object.values(yield* disk)).toEqual(["the new one"])
    }).pipe(Effect.provide(stage({ root: { "www/STRASSE.txt": "the new one" } })))
  )

  it.effect("gets one of two such names", () =>
    Effect.gen(function* () {
      yield* apfs
      yield* onDisk({})
      expect(yield* foldingNames(down())).toMatchObject({ isComplete: false, failures: [] })
      expect(Object.values(yield* disk)).toEqual(["capitals"])
    }).pipe(Effect.provide(stage({ root: { "www/STRASSE.txt": "capitals", "www/straße.txt": "small letters" } })))
  )

  it.effect("gets both, and loses what only it has, if it does not ignore that", () =>
    Effect.gen(function* () {
      yield* vfat
      yield* onDisk({ "\ufb01.txt": "old" })
      expect(yield* foldingNames(down(EXTRA))).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* disk).toEqual({ "STRASSE.txt": "1", "straße.txt": "2", "fi.txt": "3" })
    }).pipe(Effect.provide(stage({ root: { "www/STRASSE.txt": "1", "www/straße.txt": "2", "www/fi.txt": "3" } })))
  )
})
