/** Plans that are done later: which steps still hold, over trees that have changed since. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpTime } from "@ftp-effect/core/FtpEntry"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Filter from "#core/mirror/Filter"
import { plan } from "#core/mirror/plan"
import { recheck } from "#core/mirror/recheck"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { applySteps, type ModelTree, modelTree, snapshotOf } from "./modelTree.ts"
import { paths } from "./stage.ts"

const rules: Rules.Rules = {
  ...Rules.defaults,
  delete: "Extra",
  conflict: "Replace",
  maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY }
}

const bare = (tree: ModelTree) => snapshotOf(tree, { hashes: false })

const planned = (source: ModelTree, target: ModelTree) =>
  plan({ source: bare(source), target: bare(target), ours: new Map() }, rules).steps

const rechecked = (steps: ReadonlyArray<MirrorPlan.Step>, source: ModelTree, target: ModelTree) =>
  recheck(steps, { source: bare(source), target: bare(target) }, Rules.defaults)

describe("the steps of a plan that is checked again", () => {
  it("hold all, if neither tree has changed", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, (source, target) => {
        const steps = planned(source, target)
        FastCheck.pre(source.size > 0)
        expect(rechecked(steps, source, target)).toEqual({ holds: steps, reached: [], outdated: [], leftOut: [] })
      }),
      { numRuns: 500 }
    )
  })

  it("are possible, and neither replace nor delete what has changed since in the target", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, modelTree, (source, target, now) => {
        FastCheck.pre(source.size > 0)
        const { holds } = rechecked(planned(source, target), source, now)
        const after = applySteps(source, now, holds)
        for (const [path, file] of now) {
          const before = target.get(path)
          const isSame =
            target.has(path) && before?.second === file?.second && before?.content.length === file?.content.length
          if (!isSame) {
            expect(after.has(path) && after.get(path)).toEqual(file)
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("copy no file of the source that has changed since, and delete nothing then", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, modelTree, (source, target, now) => {
        FastCheck.pre(source.size > 0 && target.size > 0)
        const { holds, leftOut, outdated } = rechecked(planned(source, target), now, target)
        applySteps(now, target, holds)
        for (const step of holds) {
          if (step._tag === "Copy" || step._tag === "Replace") {
            expect(now.get(step.path)).toMatchObject({ second: source.get(step.path)?.second })
          }
          if (step._tag === "Remove" && step.reason._tag === "NotInSource") {
            expect(now.has(step.path)).toBe(false)
            expect(outdated.filter(({ step }) => step._tag !== "Remove")).toEqual([])
          }
        }
        if (now.size === 0) {
          expect(holds).toEqual([])
        }
        expect(leftOut.every(({ step }) => !holds.includes(step))).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("are reached all, once they were done", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, modelTree, (source, target) => {
        FastCheck.pre(source.size > 0)
        const steps = planned(source, target)
        const again = rechecked(steps, source, applySteps(source, target, steps))
        expect({ holds: again.holds, leftOut: again.leftOut }).toEqual({ holds: [], leftOut: [] })
        // What was in the way of a directory or file of the same name is there under that name.
        expect(again.outdated.filter(({ step }) => step.reason._tag !== "TypeDiffers")).toEqual([])
      }),
      { numRuns: 500 }
    )
  })

  const file = (content: string, second = 1) => ({ content, second })

  it("keep what is in the way, if something new in it can't go", () => {
    const source: ModelTree = new Map([["a", file("x")]])
    const target: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")]
    ])
    const now: ModelTree = new Map([...target, ["a/2", file("2")]])
    const { holds, leftOut, outdated } = rechecked(planned(source, target), source, now)
    expect(holds).toEqual([])
    expect(paths(outdated.map(({ step }) => step))).toEqual(["Remove a", "Copy a"])
    expect(paths(leftOut.map(({ step }) => step))).toEqual(["Remove a/1"])
  })

  it("hold, and are reached later, if a file is moved to where a directory was", () => {
    const step = (path: string, step: Partial<MirrorPlan.Step>) =>
      ({ path, reason: { _tag: "TypeDiffers" }, precondition: { _tag: "File" }, ...step }) as MirrorPlan.Step
    const steps = [
      step("c/x", { _tag: "Remove" }),
      step("c", { _tag: "Remove", precondition: { _tag: "Directory" } }),
      step("c", {
        _tag: "Rename",
        from: "a",
        reason: { _tag: "Moved", from: "a" },
        precondition: { _tag: "Absent" },
        moved: { _tag: "File" },
        bytes: 1
      })
    ]
    const source: ModelTree = new Map([["c", file("1")]])
    const target: ModelTree = new Map([
      ["a", file("1")],
      ["c", undefined],
      ["c/x", file("x")]
    ])
    expect(rechecked(steps, source, target)).toEqual({ holds: steps, reached: [], outdated: [], leftOut: [] })
    expect(rechecked(steps, source, new Map([["c", file("1")]]))).toEqual({
      holds: [],
      reached: steps,
      outdated: [],
      leftOut: []
    })
    const gone = new Map([...target].filter(([path]) => path !== "a"))
    expect(rechecked(steps, source, gone).outdated.at(-1)).toEqual({
      step: steps[2],
      side: "Target",
      at: "a",
      found: { _tag: "Absent" }
    })
  })

  it("delete nothing if the source has nothing any more but what is excluded", () => {
    const [kept, old] = [file("1"), file("2")]
    const filter = Filter.make({ patterns: ["*.tmp"] })
    const target: ModelTree = new Map([
      ["kept", kept],
      ["old", old]
    ])
    const steps = planned(new Map([["kept", kept]]), target)
    expect(paths(steps)).toEqual(["Remove old"])
    const now = { source: bare(new Map([["a.tmp", kept]])), target: bare(target) }
    expect(recheck(steps, now, { ...Rules.defaults, filter })).toMatchObject({
      holds: [],
      leftOut: [{ step: { path: "old" } }]
    })
  })

  it("hold back what goes last if a copy is outdated", () => {
    const source: ModelTree = new Map([
      ["index", file("x")],
      ["a", file("1")]
    ])
    const steps = planned(source, new Map())
    const trees = { source: bare(new Map([["index", file("x")]])), target: bare(new Map()) }
    const result = recheck(steps, trees, { ...Rules.defaults, isLast: (path) => path === "index" })
    expect(result).toMatchObject({ holds: [], outdated: [{ step: { path: "a" } }], leftOut: [{ because: "Failures" }] })
  })

  it("do not delete in a directory that could not be read, nor below a source that could not be", () => {
    const source: ModelTree = new Map([["b", file("x")]])
    const target: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")],
      ["b", file("x")]
    ])
    const steps = planned(source, target)
    const gap: Tree.Gap = { path: "a", reason: "Unread", detail: "1 line" }
    const inTarget = { source: bare(source), target: snapshotOf(new Map([["a", undefined]]), { gaps: [gap] }) }
    expect(recheck(steps, inTarget, Rules.defaults).holds).toEqual([])
    const inSource = { source: snapshotOf(source, { gaps: [gap], hashes: false }), target: bare(target) }
    expect(recheck(steps, inSource, Rules.defaults).holds).toEqual([])
  })

  it("write into no directory that is gone, or is a link now", () => {
    const source: ModelTree = new Map([
      ["a", undefined],
      ["a/1", file("1")]
    ])
    const steps = planned(source, new Map([["a", undefined]]))
    for (const entries of [[], [Tree.entry("a", "SymbolicLink")]]) {
      const result = recheck(steps, { source: bare(source), target: Tree.snapshot(entries) }, Rules.defaults)
      expect(result).toMatchObject({ holds: [], outdated: [{ side: "Target" }] })
    }
  })

  it("hold, and are reached, although a listing shows a time to come in the year before", () => {
    const at = (iso: string, precision: FtpTime["precision"], guess?: FtpTime["guess"]): FtpTime => ({
      at: DateTime.unsafeMake(iso),
      precision,
      zone: "Utc",
      ...(guess !== undefined && { guess })
    })
    const tree = (modified: FtpTime) =>
      Tree.snapshot([Tree.entry("a", "File", { size: Option.some(1), modified: Option.some(modified) })])
    const source = tree(at("2027-03-01T12:00:40Z", "Second"))
    const before = tree(at("2027-03-01T12:00:20Z", "Second"))
    const steps = plan({ source, target: before, ours: new Map() }, rules).steps
    expect(paths(steps)).toEqual(["Replace a"])
    const listed = tree(at("2026-03-01T12:00:00Z", "Minute", "Year"))
    const all = { holds: steps, reached: [], outdated: [], leftOut: [] }
    expect(recheck(steps, { source, target: listed }, Rules.defaults)).toEqual(all)
    expect(recheck(steps, { source: listed, target: before }, Rules.defaults)).toEqual(all)
    const done = plan({ source, target: tree(at("2027-03-01T11:00:00Z", "Second")), ours: new Map() }, rules).steps
    expect(recheck(done, { source, target: listed }, Rules.defaults)).toMatchObject({ reached: done, outdated: [] })
  })
})
