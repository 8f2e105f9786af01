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
