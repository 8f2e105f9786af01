import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Bar from "../src/output/Bar.ts"
import * as Measure from "../src/output/Measure.ts"
import * as Progress from "../src/output/Progress.ts"
import * as ProgressLines from "../src/output/ProgressLines.ts"
import * as FakeScreen from "./support/screen.ts"

const MiB = 1024 * 1024

const state = (more: Partial<Progress.State>): Progress.State => ({
  bytes: 0,
  resumedFrom: 0,
  total: 0,
  filesDone: 0,
  files: 0,
  searching: false,
  rate: 0,
  retries: 0,
  active: new Set(),
  ...more
})

const active = (name: string, bytes: number, total: number) => ({ name, since: 0, bytes, total: Option.some(total) })

describe("Measure", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [MiB - 1, "1.0 MiB"],
    [5.25 * 1024 * MiB, "5.3 GiB"]
  ])("%d bytes are %s", (count, expected) => {
    expect(Measure.bytes(count)).toBe(expected)
  })

  it.each([
    [0, "0:00"],
    [59.6, "1:00"],
    [754, "12:34"],
    [3723, "1:02:03"]
  ])("%d seconds are %s", (seconds, expected) => {
    expect(Measure.clock(seconds)).toBe(expected)
  })

  it.each([
    ["photos/2024/a.raw", 40, "photos/2024/a.raw"],
    ["photos/2024/a.raw", 10, "phot…a.raw"],
    ["日本語のファイル.txt", 10, "日本….txt"],
    ["ab", 1, "…"],
    ["ab", 0, ""]
  ])("%s in %d columns", (text, columns, expected) => {
    expect(Measure.shorten(text, columns)).toBe(expected)
    expect(Measure.width(Measure.shorten(text, columns))).toBeLessThanOrEqual(columns)
  })
})

describe("Bar", () => {
  it.each([
    [0, 10, "░░░░░░░░░░", "[        ]"],
    [0.5, 10, "█████░░░░░", "[===>    ]"],
    [0.56, 10, "█████▌░░░░", "[===>    ]"],
    [1, 10, "██████████", "[========]"],
    [7, 3, "███", "[=]"],
    [0.5, 0, "", "[]"]
  ])("of %d in %d columns", (share, columns, blocks, ascii) => {
    expect([Bar.bar(share, columns, true), Bar.bar(share, columns, false)]).toEqual([blocks, ascii])
  })

  it.each([
    [{ LANG: "de_DE.UTF-8" }, true],
    [{ LANG: "de_DE.utf8", LC_ALL: "" }, true],
    [{ LANG: "de_DE.UTF-8", LC_ALL: "C" }, false],
    [{ LANG: "C", LC_CTYPE: "C.UTF-8" }, true],
    [{}, false]
  ])("is of blocks if the locale is of UTF-8: %o, %s", (env, expected) => {
    expect(Bar.isUnicode(env, "linux")).toBe(expected)
    expect(Bar.isUnicode(env, "win32")).toBe(true)
  })
})

describe("Progress", () => {
  it("progress shows one file on one line", () => {
    const one = state({
      files: 1,
      bytes: 12 * MiB,
      total: 27 * MiB,
      rate: 5 * MiB,
      active: new Set([active("movie.mkv", 12 * MiB, 27 * MiB)])
    })
    expect(ProgressLines.make(one, 1000, 80, 24)).toEqual([
      "movie.mkv    44%  12.0 MiB of 27.0 MiB   5.0 MiB/s   0:03 left"
    ])
  })

  it("progress of several files shows those that take long", () => {
    const several = state({
      files: 340,
      filesDone: 12,
      bytes: 45 * MiB,
      total: 1228 * MiB,
      rate: 5 * MiB,
      active: new Set([active("a/b.raw", MiB, 2 * MiB), { ...active("new", 1, 2), since: 900 }])
    })
    expect(ProgressLines.make(several, 1000, 80, 24)).toEqual([
      "█▍░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   3%   5.0 MiB/s   3:57 left",
      "12 of 340 files   45.0 MiB of 1.2 GiB",
      "  a/b.raw   1.0 MiB of 2.0 MiB"
    ])
    expect(ProgressLines.make(several, 1000, 40, 24)).toEqual([
      "▎░░░░░░░░░   3%   5.0 MiB/s   3:57 left",
      "12 of 340 files   45.0 MiB of 1.2 GiB",
      "  a/b.raw   1.0 MiB of 2.0 MiB"
    ])
    expect(ProgressLines.make(several, 1000, 80, 2)).toEqual([
      "12 of 340 files     3%  45.0 MiB of 1.2 GiB   5.0 MiB/s   3:57 left"
    ])
  })

  it("progress is ASCII alone where the locale is", () => {
    const several = state({
      files: 4,
      filesDone: 2,
      bytes: 5 * MiB,
      total: 10 * MiB,
      rate: MiB,
      active: new Set([active("ünï/日本.txt", MiB, 2 * MiB), active("x".repeat(100), MiB, 2 * MiB)])
    })
    const lines = ProgressLines.make(several, 1000, 60, 24, false)
    expect(lines).toEqual([
      "[=============>              ]  50%   1.0 MiB/s   0:05 left",
      "2 of 4 files   5.0 MiB of 10.0 MiB",
      "  ?n?/????.txt   1.0 MiB of 2.0 MiB",
      "  xxxxxxxxxxxxxxxx~xxxxxxxxxxxxxxxxxxx   1.0 MiB of 2.0 MiB"
    ])
  })

  it("progress counts retries, and names the cause while a file waits for its next attempt", () => {
    const several = state({
      files: 4,
      filesDone: 2,
      bytes: 5 * MiB,
      total: 10 * MiB,
      retries: 3,
      active: new Set([{ ...active("a.raw", MiB, 2 * MiB), since: 900, again: "connection reset by peer" }])
    })
    expect(ProgressLines.make(several, 1000, 80, 24)).toEqual([
      "████████████████████░░░░░░░░░░░░░░░░░░░░  50%   waiting",
      "2 of 4 files   5.0 MiB of 10.0 MiB   3 retries",
      "  a.raw   1.0 MiB of 2.0 MiB   again: connection reset by peer"
    ])
    expect(ProgressLines.make(several, 1000, 50, 24)[2]).toBe("  a.raw   1.0 MiB of 2.0 MiB   again: c… by peer")
  })

  it("progress has a bar by files if no size is known, and none before all files are", () => {
    expect(ProgressLines.make(state({ files: 4, filesDone: 1 }), 0, 80, 24)[0]).toMatch(/^█{10}░{30} {2}25%$/)
    expect(ProgressLines.make(state({ files: 4, filesDone: 1, searching: true }), 0, 80, 24).join()).not.toMatch(
      /[█░%]/
    )
  })

  it("progress shows no remaining time while directories are listed", () => {
    const [line = ""] = ProgressLines.make(state({ files: 3, searching: true, bytes: 1, total: 9, rate: 1 }), 0, 80, 24)
    expect(line).toContain("0 of 3 files so far")
    expect(line).not.toContain("left")
    expect(line).not.toContain("%")
  })

  it.each([20, 40, 60, 80, 200])("progress fits into %d columns with any names", (columns) => {
    const name = "a very long name ".repeat(20)
    const many = state({
      files: 2,
      bytes: 1,
      total: 2,
      rate: 1,
      active: new Set([active(name, 1, 2), active(`\x1b[2J${name}`, 1, 2)])
    })
    const again = { ...active(name, 1, 2), again: `\x1b[2J${name}` }
    const retried = { ...many, active: new Set([again]), retries: 1_000_000 }
    for (const shown of [many, retried]) {
      for (const unicode of [true, false]) {
        for (const line of ProgressLines.make(shown, 10_000, columns, 24, unicode)) {
          expect(Measure.width(line)).toBeLessThan(columns)
          expect(line).not.toContain("\x1b")
        }
      }
    }
  })

  it.each([16, 24, 32, 48, 64, 100])("progress cuts no number in %d columns", (columns) => {
    const MIB = 1024 * 1024
    const several = state({ files: 60, filesDone: 12, bytes: 7 * MIB, total: 45.8 * MIB, rate: 2.7 * MIB, retries: 1 })
    const one = state({
      files: 1,
      bytes: 7 * MIB,
      total: 45.8 * MIB,
      rate: 2.7 * MIB,
      active: new Set([active("a", 1, 2)])
    })
    const searching = { ...several, searching: true }
    for (const [shown, rows] of [
      [several, 24],
      [several, 2],
      [one, 24],
      [searching, 24]
    ] as const) {
      for (const line of ProgressLines.make(shown, 0, columns, rows)) {
        expect(line).not.toContain("…")
        expect(line.replace(/7\.0 MiB( of 45\.8 MiB)?|2\.7 MiB\/s/, "")).not.toMatch(/MiB$/)
        expect(line).not.toBe("")
      }
    }
    expect(ProgressLines.make(several, 0, 32, 24)[1]).toBe("12 of 60 files   7.0 MiB")
  })

  it("progress smooths the rate: a second without bytes does not make it zero", () => {
    const steady = Progress.smooth(0, 1000, 1000)
    expect(steady).toBe(1000)
    expect(Progress.smooth(steady, 0, 1000)).toBeGreaterThan(600)
    expect(Progress.smooth(steady, 0, 60_000)).toBeLessThan(1)
  })

  const painted = (errorIsTerminal: boolean) => {
    const lines: Array<ReadonlyArray<string>> = []
    const layer = FakeScreen.layer({
      errorIsTerminal,
      progress: (more) => Effect.sync(() => void lines.push(more))
    })
    return { lines, layer }
  }

  it.effect("progress appears after a moment, is drawn a few times per second, and is removed", () => {
    const { layer, lines } = painted(true)
    return Effect.scoped(
      Effect.gen(function* () {
        const progress = yield* Progress.make(true)
        progress.found(Option.some(10))
        const reporter = progress.start("f", Option.some(10))
        yield* TestClock.adjust("300 millis")
        expect(lines).toEqual([])
        reporter.at(5, Option.some(10))
        yield* TestClock.adjust("1100 millis")
        expect(lines.length).toBeGreaterThan(5)
        expect(lines.length).toBeLessThan(10)
      })
    ).pipe(
      Effect.andThen(() => expect(lines[lines.length - 1]).toEqual([])),
      Effect.provide(layer)
    )
  })

  it.effect("progress never appears without a terminal", () => {
    const { layer, lines } = painted(false)
    return Effect.scoped(
      Effect.gen(function* () {
        yield* Progress.make(true)
        yield* TestClock.adjust("5 seconds")
        expect(lines).toEqual([])
      })
    ).pipe(Effect.provide(layer))
  })

  it.effect("progress names why a file is tried again until it moves", () => {
    const { layer } = painted(false)
    return Effect.scoped(
      Effect.gen(function* () {
        const { found, start, state } = yield* Progress.make(false)
        found(Option.some(10))
        const file = start("a", Option.some(10))
        const [active] = state.active
        file.at(7, Option.some(10))
        file.again("reset")
        file.at(7, Option.some(10))
        expect(active?.again).toBe("reset")
        file.at(8, Option.some(10))
        expect(active?.again).toBeUndefined()
        file.postponed()
        expect(state.retries).toBe(2)
      })
    ).pipe(Effect.provide(layer))
  })

  it.effect("progress subtracts files that failed", () => {
    const { layer } = painted(false)
    return Effect.scoped(
      Effect.gen(function* () {
        const { found, start, state } = yield* Progress.make(false)
        found(Option.some(10))
        found(Option.some(20))
        const [first, second] = [start("a", Option.some(10)), start("b", Option.some(20))]
        first.at(7, Option.some(10))
        second.at(20, Option.some(25))
        first.failed()
        second.done()
        expect(state).toMatchObject({ bytes: 20, total: 20, filesDone: 2, files: 2 })
      })
    ).pipe(Effect.provide(layer))
  })
})
