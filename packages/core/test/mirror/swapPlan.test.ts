/** What holds for every plan of a swap, and what is made of what a swap has left: generated trees, and tables. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Filter from "#core/mirror/Filter"
import { plan as planPerFile } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import { stateOf } from "#core/mirror/swapFacts"
import * as Marker from "#core/mirror/swapMarker"
import { plan as planSwap } from "#core/mirror/swapPlan"
import { applySteps, contentHash, type ModelTree, modelTree, snapshotOf } from "./modelTree.ts"

const rules = FastCheck.record({
  delete: FastCheck.constantFrom("None" as const, "Extra" as const, "Ours" as const),
  deleteExcluded: FastCheck.boolean(),
  conflict: FastCheck.constantFrom("Fail" as const, "Replace" as const),
  patterns: FastCheck.array(FastCheck.constantFrom("a", "b", "!a", "c/", "x y"), { maxLength: 3 }),
  maxBytes: FastCheck.constantFrom(undefined, undefined, 1),
  newerThan: FastCheck.constantFrom(undefined, undefined, DateTime.unsafeMake(2_000))
}).map(
  ({ maxBytes, newerThan, patterns, ...chosen }): Rules.Rules => ({
    ...Rules.defaults,
    ...chosen,
    compare: { by: "Hash", keepsTimes: true },
    maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
    filter: Filter.make({ patterns, maxBytes, newerThan })
  })
)

/** What an earlier run put there, as far as the name tells. */
const treesOf = (source: ModelTree, target: ModelTree): Rules.Trees => ({
  source: snapshotOf(source),
  target: snapshotOf(target),
  ours: new Map(
    [...target].flatMap(([path, file]) =>
      file !== undefined && path.includes("a")
        ? [[path, { sha256: contentHash(file.content), size: file.content.length, isDrifted: false }] as const]
        : []
    )
  )
})

/** Paths with what is there: a content, or nothing for a directory. */
const shape = (tree: ModelTree) =>
  [...tree].map(([path, file]) => `${path} ${file === undefined ? "/" : file.content}`).sort()

/** The tree that is live at the end, and that which a mirror file by file ends with. */
const bothEnds = (source: ModelTree, target: ModelTree, rules: Rules.Rules) => {
  const trees = treesOf(source, target)
  const swap = planSwap(trees, rules)
  const perFile = planPerFile(trees, { ...rules, conflict: rules.delete === "Extra" ? "Replace" : rules.conflict })
  const staged = swap.steps.filter(({ _tag }) => _tag !== "Remove")
  return {
    swap,
    perFile,
    swapped: swap.steps.length === 0 ? target : applySteps(source, new Map(), staged),
    mirrored: applySteps(source, target, perFile.steps)
  }
}

describe("the plan of a swap", () => {
  it("ends with the tree that a mirror file by file ends with, unless it is refused", () => {
    let swaps = 0
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, rules, (source, target, rules) => {
        const { mirrored, swap, swapped } = bothEnds(source, target, rules)
        if (swap.refused === undefined) {
          swaps += swap.steps.length > 0 ? 1 : 0
          expect(shape(swapped)).toEqual(shape(mirrored))
        }
      }),
      { numRuns: 2000 }
    )
    expect(swaps).toBeGreaterThan(100)
  })

  it("is refused for what would be lost only if a mirror file by file leaves more in the target", () => {
    let refusals = 0
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, rules, (source, target, rules) => {
        const { mirrored, swap } = bothEnds(source, target, rules)
        if (swap.refused?.reason === "Protected") {
          refusals++
          const [path = ""] = swap.refused.paths
          expect(mirrored.has(path)).toBe(true)
          expect(mirrored.get(path)).toEqual(target.get(path))
        }
      }),
      { numRuns: 2000 }
    )
    expect(refusals).toBeGreaterThan(100)
  })

  it("says how much of what would be lost is deleted by delete: Extra", () => {
    const seen = { all: 0, some: 0, none: 0 }
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, rules, (source, target, rules) => {
        const trees = treesOf(source, target)
        const { refused } = planSwap(trees, rules)
        if (refused?.reason === "Protected") {
          const { refused: still } = planSwap(trees, { ...rules, delete: "Extra" })
          const left = still?.reason === "Protected" ? still.count : 0
          expect(refused.deletable).toBe(refused.count - left)
          seen[left === 0 ? "all" : left === refused.count ? "none" : "some"]++
        }
      }),
      { numRuns: 2000 }
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20)
  })

  it("has nothing to do for two trees that are equal, and is refused if either can't be read to its end", () => {
    const tree: ModelTree = new Map([["a", { content: "a", second: 1 }]])
    const gap = { path: "b", reason: "Failed", detail: "450" } as const
    const swapOf = (source: ReadonlyArray<typeof gap>, target: ReadonlyArray<typeof gap>) =>
      planSwap(
        { source: snapshotOf(tree, { gaps: source }), target: snapshotOf(tree, { gaps: target }), ours: new Map() },
        Rules.defaults
      )
    expect(swapOf([], [])).toMatchObject({ steps: [], refused: undefined, unchanged: 1 })
    expect(swapOf([gap], []).refused).toEqual({ reason: "SourceIncomplete", count: 1, paths: ["b"] })
    expect(swapOf([], [gap]).refused).toEqual({ reason: "TargetUnread", count: 1, paths: ["b"] })
  })
})

describe("what a swap has left", () => {
  it.each([
    [false, false, false, "AllGone"],
    [false, false, true, "StageGone"],
    [false, true, false, "Swapped"],
    [false, true, true, "Swapped"],
    [true, false, false, "NotBegun"],
    [true, false, true, "Between"],
    [true, true, false, "NotBegun"],
    [true, true, true, "Remade"]
  ] as const)("with stage %s, live tree %s and old tree %s is %s", (stage, live, previous, state) => {
    expect(stateOf({ stage, live, previous })).toBe(state)
  })
})

describe("the marker of a swap", () => {
  const id = "20260102030405-0123abcd"
  const marker = Marker.make({ id, target: "www", source: "dist", phase: "Ready", previous: "Remove", beat: 1 })
  const read = (text: string) => Option.getOrUndefined(Marker.decode(text, { base: "www", id }))

  it("is read as it was written", () => {
    expect(read(Marker.encode(marker))).toEqual(marker)
    const claimed = { ...marker, claimed: "20260102030404-0123abcd" }
    expect(read(Marker.encode(claimed))).toEqual(claimed)
  })

  it.each([
    ["of another swap", Marker.encode({ ...marker, id: "20260102030405-0123abce" })],
    ["of another target", Marker.encode({ ...marker, target: "blog" })],
    ["of a version that is not known", Marker.encode(marker).replace('"version":1', '"version":2')],
    ["whose claimed stage leads elsewhere", JSON.stringify({ ...marker, claimed: "../../etc" })],
    ["that was cut off", Marker.encode(marker).slice(0, 40)],
    ["that is no JSON", "<html>"],
    ["that is empty", ""]
  ])("counts for nothing if it is one %s", (_, text) => {
    expect(read(text)).toBeUndefined()
  })

  it("has a name from which only its own id is read", () => {
    const { marker: name, next } = Marker.namesOf("www", id)
    expect(Marker.idOfMarker("www", name)).toBe(id)
    for (const other of [next, `x${name}`, `${name}x`, "www.ftp-effect-swap-../x.json", "www.ftp-effect-swap-.json"]) {
      expect(Marker.idOfMarker("www", other), other).toBeUndefined()
    }
    expect(Marker.idOfMarker("ww", name)).toBeUndefined()
  })
})
