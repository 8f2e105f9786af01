/** The same tree up and down, on servers that lack commands. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, SITE, served, up, withHasher } from "./stage.ts"

/** With names that a listing could be read wrongly by. */
const TREE = {
  ...SITE,
  "a b/c  d.txt": "spaces",
  "a b/ -l": "looks like an option",
  "deep/er/still/x": "deep",
  "empty.txt": "",
  "ünï/ç.txt": "letters"
}

const DENIED: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["has all commands", []],
  ["has no MLSD", ["MLSD", "MLST"]],
  ["has no MFMT", ["MFMT"]],
  ["has neither MFMT nor another way to set times", ["MFMT", "MDTM", "SITE"]],
  ["can't rename", ["RNFR", "RNTO"]],
  ["has no MLSD, no MFMT and can't rename", ["MLSD", "MLST", "MFMT", "SITE", "RNFR", "RNTO"]]
]

describe.each(DENIED)("a tree on a server that %s", (_, denied) => {
  it.effect("is that of this machine, and comes back as it was, each with nothing left to do", () =>
    Effect.gen(function* () {
      const renames = !denied.includes("RNTO")
      yield* onDisk(TREE)
      const first = yield* up({ manifest: true, atomic: renames })
      expect([first.isComplete, first.failures]).toEqual([true, []])
      const { ".ftp-effect-manifest.json": manifest, ...there } = yield* served("/www/")
      expect(there).toEqual(TREE)
      expect([manifest !== undefined, first.manifestError]).toEqual([true, undefined])
      const again = yield* up({ manifest: true, atomic: renames })
      expect(again.plan.steps).toEqual([])
      yield* onDisk({})
      ;(yield* MemoryFiles.MemoryFiles).times.clear()
      const back = yield* down({ filter: { patterns: ["/.ftp-effect-manifest.json"] } })
      expect([back.isComplete, back.failures]).toEqual([true, []])
      expect(yield* disk).toEqual(TREE)
      expect((yield* down({ filter: { patterns: ["/.ftp-effect-manifest.json"] } })).plan.steps).toEqual([])
    }).pipe(Effect.provide(withHasher({ denied })))
  )
})

describe("a server that lists MFMT and refuses it", () => {
  const refusing = Effect.flatMap(FtpTestServer.FtpTestServer, ({ fault }) =>
    fault({ _tag: "Refuse", verb: "MFMT", reply: "550 Unable to handle command", times: Number.POSITIVE_INFINITY })
  )

  it.effect("gets the files with the times of their upload, and they count as the same from then on", () =>
    Effect.gen(function* () {
      yield* refusing
      yield* onDisk(SITE)
      expect(yield* up()).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/")).toEqual(SITE)
      expect((yield* up()).plan.steps).toEqual([])
    }).pipe(Effect.provide(withHasher()))
  )

  it.effect("gets no file if the times have to be kept", () =>
    Effect.gen(function* () {
      yield* refusing
      yield* onDisk(SITE)
      const { failures, isComplete } = yield* up({ times: "Keep" })
      expect([isComplete, failures.length]).toEqual([false, Object.keys(SITE).length])
      expect(yield* served("/www/")).toEqual({})
    }).pipe(Effect.provide(withHasher()))
  )
})

describe("a server that tells times in its listings alone, to the minute", () => {
  it.effect("has its files fetched once", () =>
    Effect.gen(function* () {
      yield* onDisk({ "a.txt": "a" })
      yield* up()
      yield* onDisk({})
      ;(yield* MemoryFiles.MemoryFiles).times.clear()
      yield* TestClock.adjust("1 hour")
      expect(yield* down()).toMatchObject({ isComplete: true, failures: [] })
      expect((yield* down()).plan.steps).toEqual([])
    }).pipe(Effect.provide(withHasher({ denied: ["MLSD", "MLST", "MDTM", "MFMT", "SITE"] })))
  )
})
