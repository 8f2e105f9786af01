import { describe, expect, it } from "@effect/vitest"
import * as AutoScale from "#core/transfer/download/autoScale"

const STEP = 250

/** How many connections are wanted after a minute, if so many of them move bytes at this rate (bytes per milli). */
const settledAt = (most: number, rateOf: (connections: number) => number): AutoScale.AutoScale => {
  let scale = AutoScale.make(most)
  let bytes = 0
  let movingSince = 0
  for (let now = 0; now <= 60_000; now += STEP) {
    const { wanted } = scale
    scale = AutoScale.step(scale, { now, bytes, movingSince })
    movingSince = scale.wanted === wanted ? movingSince : now
    bytes += rateOf(scale.wanted) * STEP
  }
  return scale
}

describe("the number of connections that a download is worth", () => {
  it.each([
    ["as many as allowed if the server throttles each of them", 8, (connections: number) => connections * 1000, 8],
    ["one if it fills the line", 8, () => 1000, 1],
    ["two if two fill the line", 8, (connections: number) => Math.min(connections, 2) * 1000, 2],
    ["one if no more are allowed", 1, (connections: number) => connections * 1000, 1],
    ["an odd number if that is allowed", 3, (connections: number) => connections * 1000, 3]
  ] as const)("is %s", (_, most, rateOf, wanted) => {
    const scale = settledAt(most, rateOf)
    expect([scale.wanted, scale.isSettled]).toEqual([wanted, true])
  })

  it("stays as it is while one of the connections moves no bytes", () => {
    let scale = AutoScale.make(8)
    for (let now = 0; now <= 10_000; now += STEP) {
      scale = AutoScale.step(scale, { now, bytes: now * 1000, movingSince: undefined })
    }
    expect([scale.wanted, scale.isSettled]).toEqual([1, false])
  })

  it("is tried first with no more of the file than the trial takes", () => {
    let scale = AutoScale.make(8)
    for (let now = 0; scale.wanted === 1; now += STEP) {
      expect(scale.share).toBe(Number.POSITIVE_INFINITY)
      scale = AutoScale.step(scale, { now, bytes: now * 1000, movingSince: 0 })
    }
    expect(scale.wanted).toBe(2)
    expect(scale.share).toBe(1000 * (750 + 1500))
  })
})
