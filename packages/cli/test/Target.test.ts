import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { distinct, type Existing, isWrittenAsDirectory, place } from "../src/arguments/Target.ts"

describe("Target places files as cp and scp do, and one tree by the text of the target", () => {
  const table: ReadonlyArray<readonly [Existing, slash: boolean, several: boolean, directory: boolean, string]> = [
    ["Directory", false, false, false, "Into"],
    ["Directory", true, true, false, "Into"],
    ["Directory", false, false, true, "As"],
    ["Directory", true, false, true, "Into"],
    ["Directory", false, true, true, "Into"],
    ["File", false, false, false, "As"],
    ["File", false, true, false, "several sources can't be copied onto one file, T"],
    ["File", false, false, true, "a directory can't be copied onto a file, T"],
    ["File", true, false, false, "T is a file, not a directory"],
    ["Nothing", false, false, false, "As"],
    ["Nothing", false, false, true, "As"],
    ["Nothing", true, false, false, "Into"],
    ["Nothing", true, false, true, "Into"],
    ["Nothing", true, true, false, "Into"],
    ["Nothing", false, true, false, "the directory T does not exist"]
  ]
  it.each(table)(
    "%s, slash %s, several %s, directory %s: %s",
    (existing, isWrittenAsDirectory, several, onlyDirectory, expected) => {
      const placed = place({ existing, isWrittenAsDirectory, shown: "T" }, { several, onlyDirectory })
      expect(Either.match(placed, { onLeft: ({ message }) => message, onRight: String })).toBe(expected)
    }
  )
})

describe("A target is written as a directory", () => {
  const table = [
    ["if it ends in a slash", ["a/", "/", "./a//", "a\\"], true],
    ["if its last name is . or ..", [".", "..", "a/.", "../.."], true],
    ["never otherwise", ["a", "a/b", ".a", "a.", "...", "a/..b"], false]
  ] as const
  it.each(table)("%s", (_, targets, expected) => {
    expect(targets.map(isWrittenAsDirectory)).toEqual(targets.map(() => expected))
  })
})

describe("Target.distinct", () => {
  const table: ReadonlyArray<readonly [sources: ReadonlyArray<string>, expected: string | ReadonlyArray<string>]> = [
    [[], []],
    [
      ["a/x", "b/y", "b/x.y"],
      ["a/x", "b/y", "b/x.y"]
    ],
    [
      ["a/x", "b/y", "a/x"],
      ["a/x", "b/y"]
    ],
    [["a/x", "b/y", "b/x"], "a/x and b/x would both become t/x"]
  ]
  it.each(table)("%j: %j", (sources, expected) => {
    const left = distinct(
      sources,
      (path) => path,
      (path) => `t/${path.split("/")[1]}`
    )
    expect(Either.match(left, { onLeft: ({ message }) => message, onRight: (kept) => kept })).toEqual(expected)
  })
})
