/** Why a path is copied, deleted, or left alone. */
import { describe, expect, it } from "@effect/vitest"
import { describeExplanation } from "@ftp-effect/core/FtpMirror"
import { explain } from "#core/mirror/explain"
import * as Filter from "#core/mirror/Filter"
import * as Rules from "#core/mirror/rules"
import type * as Tree from "#core/mirror/Tree"
import { type ModelTree, snapshotOf } from "./modelTree.ts"

const file = (content: string) => ({ content, second: 1 })

const source: ModelTree = new Map([
  ["same", file("x")],
  ["longer", file("xyz")],
  ["new", file("n")],
  ["keep.tmp", file("k")],
  ["drop.tmp", file("d")],
  ["build", undefined],
  ["dir", file("now a file")]
])

const target: ModelTree = new Map([
  ["same", file("x")],
  ["longer", file("x")],
  ["old", file("o")],
  ["dir", undefined],
  ["dir/below", file("b")],
  ["unread", undefined]
])

const gaps: ReadonlyArray<Tree.Gap> = [{ path: "unread", reason: "Failed", detail: "550" }]

const about = (path: string, rules: Partial<Rules.Rules> = {}) => {
  const filter = Filter.make({ patterns: ["*.tmp", "build/", "!keep.*"] })
  const trees = {
    source: snapshotOf(source, { hashes: false }),
    target: snapshotOf(target, { hashes: false, gaps }),
    ours: new Map()
  }
  return describeExplanation(explain(path, trees, { ...Rules.defaults, filter, ...rules }))
}

describe("the explanation of", () => {
  for (const [path, rules, words] of [
    ["same", {}, "is unchanged: it counts as the same on both sides"],
    ["./longer", {}, "is replaced: size 1 → 3"],
    ["new", {}, "is copied: not in the target"],
    ["keep.tmp", {}, "is copied: not in the target, and included by !keep.*"],
    ["drop.tmp", {}, "is left alone: excluded by *.tmp"],
    ["build/", {}, "is left alone: excluded by build/"],
    ["build/out.js", {}, "is left alone, as build is: excluded by build/"],
    ["other/build/out.js", {}, "is left alone: excluded by build/"],
    ["dir", { conflict: "Replace" }, "is replaced: a file on one side, a directory on the other"],
    ["dir/below", { conflict: "Replace" }, "is deleted: a file on one side, a directory on the other"],
    ["old", {}, "stays: it is only in the target, and nothing is deleted"],
    ["old", { delete: "Extra" }, "is deleted: not in the source"],
    ["old", { delete: "Ours" }, "stays: it is only in the target, and no earlier run put it there"],
    [
      "old",
      { delete: "Extra", isHome: true },
      "stays: it is only in the target, and the target is, or is above, a login directory or a home, or is the root of a file system"
    ],
    ["unread", { delete: "Extra" }, "stays: it is only in the target, and its directory could not be read: 550"],
    ["dir/below", {}, "is left alone, as dir is: a file in the source, a directory in the target"],
    ["nothing", {}, "is in neither tree"]
  ] as const) {
    it(`${path}${"delete" in rules ? ` that may be deleted (${rules.delete})` : ""} says that it ${words}`, () => {
      expect(about(path, rules)).toBe(words)
    })
  }
})
