/** Servers whose listings tell minutes only: what decides between files of the same size. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { kinds, onDisk, served, up, withHasher } from "./stage.ts"

const FILES = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index % 2}/${index}.txt`, "content"]))

const listed = () => withHasher({ denied: ["MLSD", "MLST"] })

const sentSince = (before: number) =>
  Effect.map(
    Effect.flatMap(FtpTestServer.FtpTestServer, ({ commands }) => commands),
    (lines) => lines.slice(before)
  )

/** One MDTM finds out in which zone LIST is. */
const ZONE = 1

const countOf = (lines: ReadonlyArray<string>, verb: string) => lines.filter((line) => line.startsWith(verb)).length

describe("a mirror to a server that lists minutes", () => {
  it.effect("finds a file of the same size that was changed in the same minute, by MDTM in bursts", () =>
    Effect.gen(function* () {
      yield* onDisk(FILES)
      yield* up()
      const planned = Effect.flatMap(Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")]), (trees) =>
        inTime(FtpMirror.plan(...trees))
      )
      const before = (yield* sentSince(0)).length
      expect((yield* planned).steps).toEqual([])
      const lines = yield* sentSince(before)
      expect(countOf(lines, "MDTM")).toBeGreaterThanOrEqual(40)
      // All are on their way before the first is answered, and one NOOP ends them.
      const first = lines.findLastIndex((line) => line.startsWith("MDTM")) - 39
      expect(countOf(lines.slice(first, first + 40), "MDTM")).toBe(40)
      expect(countOf(lines, "SIZE")).toBe(0)
      yield* onDisk({ ...FILES, "0/0.txt": "CONTENT" }, 5)
      const later = (yield* sentSince(0)).length
      const plan = yield* planned
      expect(plan.steps.length).toBe(40)
      expect(plan.steps[0]).toMatchObject({ _tag: "Replace", reason: { _tag: "TimeDiffers", order: "SourceNewer" } })
      expect(countOf(yield* sentSince(later), "MDTM")).toBe(40)
    }).pipe(Effect.provide(listed()))
  )

  it.effect("finds such a file also if it copies while it reads", () =>
    Effect.gen(function* () {
      yield* onDisk(FILES)
      yield* up()
      const before = (yield* sentSince(0)).length
      expect(kinds(yield* up())).toEqual([])
      expect(countOf(yield* sentSince(before), "MDTM")).toBeGreaterThanOrEqual(40)
      yield* onDisk({ ...FILES, "0/0.txt": "CONTENT" }, 5)
      expect((yield* up()).done.length).toBe(40)
      expect((yield* served("/www/"))["0/0.txt"]).toBe("CONTENT")
    }).pipe(Effect.provide(listed()))
  )

  it.effect("asks for no time that a manifest makes needless", () =>
    Effect.gen(function* () {
      yield* onDisk(FILES)
      yield* up({ manifest: true })
      const before = (yield* sentSince(0)).length
      expect(kinds(yield* up({ manifest: true }))).toEqual([])
      expect(countOf(yield* sentSince(before), "MDTM") - ZONE).toBe(0)
    }).pipe(Effect.provide(listed()))
  )

  it.effect("asks for none if times don't count, or if the server has no MDTM", () =>
    Effect.gen(function* () {
      yield* onDisk(FILES)
      yield* up()
      const before = (yield* sentSince(0)).length
      expect(kinds(yield* up({ compare: "Size" }))).toEqual([])
      expect(countOf(yield* sentSince(before), "MDTM") - ZONE).toBe(0)
    }).pipe(Effect.provide(listed()))
  )

  it.effect("compares by minutes if MDTM is refused", () =>
    Effect.gen(function* () {
      yield* onDisk(FILES)
      yield* up()
      expect(kinds(yield* up())).toEqual([])
    }).pipe(Effect.provide(withHasher({ denied: ["MLSD", "MLST", "MDTM"] })))
  )
})
