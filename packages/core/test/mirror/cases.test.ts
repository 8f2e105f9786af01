/** What one pair of names shows about its directory. */
import { describe, expect, it } from "@effect/vitest"
import * as Cases from "#core/mirror/cases"

describe("a directory in which two names are one", () => {
  it.each([
    ["the micro sign and the letter", "\u00b5", "\u03bc"],
    ["the long s", "\u017f", "s"],
    ["a ligature", "\ufb01", "fi"]
  ])("is not taken for one that ignores case, if all they differ in is %s", (_, name, other) => {
    const cases = Cases.make()
    cases.note({ directory: "d", names: [name, other] }, "One")
    expect(cases.of({ directory: "d", names: [name, other] })).toBe("One")
    expect(cases.of({ directory: "d", names: ["A", "a"] })).toBeUndefined()
    expect(cases.fold("d/A")).toBe("d/A")
  })

  it("is taken for it if they differ in case", () => {
    const cases = Cases.make()
    cases.note({ directory: "d", names: ["\u00c4", "\u00e4"] }, "One")
    expect(cases.fold("d/A")).toBe("d/a")
  })
})

describe("names on a system that ignores case", () => {
  it.each([
    ["kad\u0131n.txt", "kadin.txt"],
    ["\u00b5", "\u03bc"],
    ["\u017f", "s"]
  ])("are not taken for one before it is asked: %s and %s", (name, other) => {
    const cases = Cases.make({ ignoresCase: true })
    expect(cases.fold(name)).not.toBe(cases.fold(other))
    expect(cases.compare(name, other)).toBe("Unknown")
  })
})

describe("the paths of a tree", () => {
  it("are exact until two names are found to be one", () => {
    const cases = Cases.make()
    cases.note({ directory: "d", names: ["A", "a"] }, "Two")
    expect(cases.isExact()).toBe(true)
    expect(cases.fold("e/B")).toBe("e/B")
    cases.note({ directory: "e", names: ["A", "a"] }, "One")
    expect(cases.isExact()).toBe(false)
    expect(cases.fold("e/B")).toBe("e/b")
  })

  it("are not exact if two names are one in a way of their own", () => {
    const cases = Cases.make()
    cases.note({ directory: "d", names: ["\u017f", "s"] }, "One")
    expect(cases.isExact()).toBe(false)
  })

  it("are not exact on a system that ignores case", () => {
    expect(Cases.make({ ignoresCase: true }).isExact()).toBe(false)
  })
})
