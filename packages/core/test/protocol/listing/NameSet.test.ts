import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as NameSet from "#core/protocol/listing/NameSet"

const named = (names: ReadonlyArray<string>) => names.map((name) => ({ name }))
const letters = FastCheck.array(FastCheck.constantFrom("a", "b", "c", "d"), { maxLength: 6 })

describe("the names of one listing in another", () => {
  it.each([
    { all: [".x", "a", "b"], some: ["a", "b"], expected: true },
    { all: ["b", ".x", "a"], some: ["a", "b"], expected: true },
    { all: ["a", "b"], some: ["a", "c"], expected: false },
    { all: ["a"], some: ["a", "b"], expected: false },
    { all: ["a"], some: ["a", "a"], expected: true },
    { all: [], some: [], expected: true }
  ])("$some in $all: $expected", ({ all, expected, some }) => {
    expect(NameSet.includes(named(all), named(some))).toBe(expected)
  })

  it("are found whatever the order of either", () => {
    FastCheck.assert(
      FastCheck.property(letters, letters, (all, some) => {
        expect(NameSet.includes(named(all), named(some))).toBe(some.every((name) => all.includes(name)))
      })
    )
  })
})
