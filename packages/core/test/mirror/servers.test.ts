/** The same tree up and down, on servers that lack commands. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { inTime } from "../support/inTime.ts"
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

  it.effect("is reported as one that has not set a time, and the run is complete: what is deleted goes", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      yield* up()
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* write("/www/extra", "extra")
      yield* refusing
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const made = yield* inTime(FtpMirror.plan(...trees, { delete: "Extra" }))
      const [first, ...others] = Object.keys(SITE).sort()
      const step = (path: string): MirrorPlan.Step => ({
        _tag: "SetTime",
        path,
        reason: { _tag: "TimeDiffers", order: "SourceNewer" },
        precondition: { _tag: "File" },
        modified: { at: DateTime.unsafeMake(1000), precision: "Second", zone: "Utc" }
      })
      const removal = made.steps.filter(({ _tag }) => _tag === "Remove")
      const steps = [...[first ?? "", ...others].map(step), ...removal]
      const events: Array<string> = []
      const onEvent = (event: FtpMirror.MirrorEvent) => void events.push(event._tag)
      const plan = { ...made, steps }
      const result = yield* inTime(FtpMirror.apply(plan, ...trees, { recheck: false, onEvent }))
      expect(result).toMatchObject({ failures: [], leftOut: [], isComplete: true })
      expect(result.timesNotKept.map(({ error, step }) => [step.path, error._tag]).sort()).toEqual(
        Object.keys(SITE)
          .sort()
          .map((path) => [path, "FtpRejected"])
      )
      expect(events.filter((event) => event === "TimeNotKept").length).toBe(4)
      expect(result.done.map(({ path }) => path)).toEqual(["extra"])
      const kept = { ...plan, options: { ...plan.options, times: "Keep" as const } }
      // By now it is known, before anything is done.
      expect(yield* Effect.flip(FtpMirror.apply(kept, ...trees, { recheck: false }))).toMatchObject({
        _tag: "FtpUsageError",
        argument: "times"
      })
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
