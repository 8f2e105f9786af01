import { describe, expect, it, vi } from "@effect/vitest"
import { isQuick, timed } from "../../src/files/quick.ts"

let now = 0
let preemptions = 0

/** Millis that each run takes, one after the other, and whether the process loses its processor in the longer ones. */
const runs = (durations: ReadonlyArray<number>, isPreempted = false, run = timed) => {
  const usage = process.resourceUsage()
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now)
  const switches = vi
    .spyOn(process, "resourceUsage")
    .mockImplementation(() => ({ ...usage, involuntaryContextSwitches: preemptions }))
  for (const duration of durations) {
    run(() => {
      now += duration
      preemptions += isPreempted && duration > 1 ? 1 : 0
    })
  }
  clock.mockRestore()
  switches.mockRestore()
}

/** One run in so many is slow. */
const oneIn = (many: number) => Array.from({ length: 1000 }, (_, index) => (index % many === 0 ? 30 : 0.1))

describe("a local disk", () => {
  it("counts as quick while only one run of calls in twenty takes long, as on a machine that is busy", () => {
    runs(oneIn(20))
    expect(isQuick()).toBe(true)
  })

  it("counts as quick however often the process has to wait for a processor", () => {
    runs(oneIn(2), true)
    expect(isQuick()).toBe(true)
  })

  it("counts a run within another one once, as that of a directory whose entries are asked for", () => {
    const nested: typeof timed = (run) => timed(() => timed(run))
    runs([30, 30, 30, 30, 30], false, nested)
    expect(isQuick()).toBe(true)
  })

  it("counts as slow when one in five does, and stays slow", () => {
    runs(oneIn(5))
    expect(isQuick()).toBe(false)
    runs(Array.from({ length: 1000 }, () => 0.1))
    expect(isQuick()).toBe(false)
  })
})
