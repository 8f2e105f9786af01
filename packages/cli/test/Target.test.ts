import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { distinct, type Existing, place } from "../src/arguments/Target.ts"

describe("Target places copies as cp and scp do", () => {
  const table: ReadonlyArray<readonly [Existing, slash: boolean, several: boolean, directory: boolean, string]> = [
    ["Directory", false, false, false, "Into"],
    ["Directory", true, true, false, "Into"],
    ["Directory", false, false, true, "Into"],
    ["File", false, false, false, "As"],
    ["File", false, true, false, "several sources can't be copied onto one file, T"],
    ["File", false, false, true, "a directory can't be copied onto a file, T"],
    ["File", true, false, false, "T is a file, not a directory"],
    ["Nothing", false, false, false, "As"],
    ["Nothing", false, false, true, "As"],
    ["Nothing", true, false, false, "Into"],
    ["Nothing", true, true, false, "Into"],
    ["Nothing", false, true, false, "the directory T does not exist"]
  ]
  it.each(table)(
    "%s, slash %s, several %s, directory %s: %s",
    (existing, endsInSlash, several, onlyDirectory, expected) => {
      const placed = place({ existing, endsInSlash, shown: "T" }, { several, onlyDirectory })
      expect(Either.match(placed, { onLeft: ({ message }) => message, onRight: String })).toBe(expected)
    }
  )
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
