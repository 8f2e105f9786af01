/** The planner: properties over trees of any shape, and a table of single rules. */
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Filter from "#core/mirror/Filter"
import { plan } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { applySteps, type ModelTree, snapshotOf } from "./modelTree.ts"
import { check, contents, everythingGoes, none, ownOf, planned } from "./planned.ts"

describe("a plan that may delete everything", () => {
  it("makes the target equal to the source, by steps that are possible in their order", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const { steps } = planned(source, target, everythingGoes)
      expect(contents(applySteps(source, target, steps))).toEqual(contents(source))
    })
  })

  it("has no steps but times for a target that an earlier plan made", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const after = applySteps(source, target, planned(source, target, everythingGoes).steps)
      const again = planned(source, after, everythingGoes)
      expect({ steps: again.steps, skipped: again.skipped }).toEqual({ steps: [], skipped: [] })
    })
  })

  it("does the same with removals first, and with some files last", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const rules: Rules.Rules = { ...everythingGoes, deleteWhen: "Before", isLast: (path) => path.endsWith("a") }
      const { steps } = planned(source, target, rules)
      expect(contents(applySteps(source, target, steps))).toEqual(contents(source))
      const files = steps.filter(({ _tag }) => _tag === "Copy" || _tag === "Replace").map(({ path }) => path)
      expect(files.findLastIndex((path) => !path.endsWith("a"))).toBeLessThanOrEqual(
        files.filter((path) => !path.endsWith("a")).length - 1
      )
    })
  })

  it("renames a file of an earlier run instead of sending its content again", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const { steps } = planned(
        source,
        target,
        everythingGoes,
        ownOf(target, () => true)
      )
      expect(contents(applySteps(source, target, steps))).toEqual(contents(source))
      const renamed = new Set(steps.flatMap((step) => (step._tag === "Rename" ? [step.from] : [])))
      const left = [...target].flatMap(([path, file]) =>
        file === undefined || source.has(path) || renamed.has(path) || renamed.size === 0 ? [] : [file.content]
      )
      const sent = steps.flatMap(({ _tag, path }) => (_tag === "Copy" ? [source.get(path)?.content] : []))
      // What is sent is in no file that is removed, unless that one had to go before.
      const removedLate = steps.flatMap((step) =>
        step._tag === "Remove" && step.reason._tag === "NotInSource" ? [target.get(step.path)?.content] : []
      )
      expect(sent.filter((content) => left.includes(content ?? "") && removedLate.includes(content))).toEqual([])
    })
  })
})

describe("a plan with other rules", () => {
  it("deletes nothing by default, and copies whatever has no conflict", () => {
    check().holds((source, target) => {
      const { steps } = planned(source, target, Rules.defaults)
      const after = applySteps(source, target, steps)
      expect([...target.keys()].filter((path) => !after.has(path))).toEqual([])
    })
  })

  it("never touches what is excluded, on either side", () => {
    const filter = Filter.make({ patterns: ["b", "x y/"] })
    const isExcluded = (path: string) => /(^|\/)b(\/|$)|(^|\/)x y\//.test(path)
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const { steps } = planned(source, target, { ...everythingGoes, filter })
      expect(steps.filter(({ path }) => isExcluded(path))).toEqual([])
      const after = applySteps(source, target, steps)
      for (const [path, file] of target) {
        if (isExcluded(path)) {
          expect(after.get(path)).toEqual(file)
        }
      }
    })
  })

  it("deletes what a pattern excludes if that is asked for, whether or not the source has it", () => {
    const filter = Filter.make({ patterns: ["b", "x y/"] })
    const isExcluded = (path: string) => Option.isSome(filter.excludedBy(Tree.entry(path, "File")))
    check().holds((source, target) => {
      const wanted = new Map(
        [...source].filter(([path, file]) =>
          Option.isNone(filter.excludedBy(Tree.entry(path, file === undefined ? "Directory" : "File")))
        )
      )
      FastCheck.pre(wanted.size > 0)
      const { steps } = planned(source, target, { ...everythingGoes, filter, deleteExcluded: true, conflict: "Fail" })
      const after = applySteps(source, target, steps)
      const copied = steps.flatMap(({ _tag, path }) => (_tag === "Remove" ? [] : [path]))
      expect(copied.filter((path) => !wanted.has(path))).toEqual([])
      for (const [path, file] of after) {
        if (file !== undefined && isExcluded(path)) {
          // It stays in the way of something that is wanted: a conflict.
          expect([path, ...Tree.ancestors(path)].some((at) => wanted.has(at))).toBe(true)
        }
      }
    })
  })

  it("never deletes what its size or its age excludes, as that may change with the next version of the file", () => {
    const source: ModelTree = new Map([["a", { content: "x", second: 1 }]])
    const target: ModelTree = new Map([["b", { content: "large", second: 1 }]])
    const filter = Filter.make({ maxBytes: 3 })
    const { steps } = planned(source, target, { ...everythingGoes, filter, deleteExcluded: true })
    expect(steps.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["Copy a"])
  })

  it("deletes only what an earlier run put there, and what has not been changed since", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const isOwn = (path: string) => path.includes("a")
      const ours = new Map(ownOf(target, isOwn))
      for (const [path, own] of ours) {
        if (path.includes("c")) {
          ours.set(path, { ...own, isDrifted: true })
        }
      }
      const rules: Rules.Rules = { ...everythingGoes, delete: "Ours", conflict: "Fail" }
      const { steps } = planned(source, target, rules, ours)
      for (const [path, file] of target) {
        if (file !== undefined && !(isOwn(path) && !path.includes("c"))) {
          expect(steps.find((step) => step._tag === "Remove" && step.path === path)).toBeUndefined()
        }
      }
      applySteps(source, target, steps)
    })
  })

  it("deletes nothing in a directory of the target that could not be read, nor below it", () => {
    check().holds((source, target) => {
      FastCheck.pre(source.size > 0)
      const gap: Tree.Gap = { path: "a", reason: "Unread", detail: "2 lines" }
      const { steps } = plan(
        { source: snapshotOf(source), target: snapshotOf(target, { gaps: [gap] }), ours: none },
        everythingGoes
      )
      expect(steps.filter(({ _tag, path }) => _tag === "Remove" && /^a(\/|$)/.test(path))).toEqual([])
    })
  })

  it("copies all into a directory of the target that could not be read, and says so", () => {
    const source: ModelTree = new Map([
      ["a", undefined],
      ["a/new", { content: "x", second: 1 }]
    ])
    const gaps: ReadonlyArray<Tree.Gap> = [{ path: "a", reason: "Unread", detail: "2 lines" }]
    const target = snapshotOf(new Map([["a", undefined]]), { gaps })
    const { steps } = plan({ source: snapshotOf(source), target, ours: none }, Rules.defaults)
    expect(steps).toMatchObject([{ _tag: "Copy", path: "a/new", reason: { _tag: "Unknown", fact: "Presence" } }])
  })

  for (const only of ["Missing", "Newer", "Existing"] as const) {
    it(`replaces no file that it may not have seen in a directory that could not be read (only: ${only})`, () => {
      const source: ModelTree = new Map([
        ["a", undefined],
        ["a/new", { content: "x", second: 1 }]
      ])
      const target = snapshotOf(new Map([["a", undefined]]), {
        gaps: [{ path: "a", reason: "Unread", detail: "2 lines" }]
      })
      const made = plan({ source: snapshotOf(source), target, ours: none }, { ...Rules.defaults, only })
      expect(made.steps).toEqual([])
      expect(made.skipped).toMatchObject([{ path: "a/new", reason: "Unread" }])
    })
  }

  for (const [what, source, reason] of [
    ["is missing", Tree.missing, "SourceMissing"],
    ["is empty", Tree.snapshot([]), "SourceEmpty"],
    [
      "could not be read to its end",
      Tree.snapshot([Tree.entry("new", "Directory")], [{ path: "new", reason: "CutShort", detail: "426" }]),
      "Incomplete"
    ]
  ] as const) {
    it(`deletes nothing if the source ${what}`, () => {
      const target = snapshotOf(new Map([["old", { content: "x", second: 1 }]]))
      const made = plan({ source, target, ours: none }, everythingGoes)
      expect(made.withheld).toMatchObject({ reason, count: 1 })
      expect(made.steps.filter(({ _tag }) => _tag === "Remove")).toEqual([])
    })
  }

  it("deletes nothing if all of the source is excluded", () => {
    const source = Tree.snapshot([Tree.entry(".git", "Directory")])
    const target = snapshotOf(new Map([["old", { content: "x", second: 1 }]]))
    const rules = { ...everythingGoes, filter: Filter.make({ patterns: [".git"] }) }
    const made = plan({ source, target, ours: none }, rules)
    expect(made.withheld).toMatchObject({ reason: "SourceEmpty", count: 1 })
    expect(made.steps).toEqual([])
  })

  const many = (count: number): ModelTree =>
    new Map(Array.from({ length: count }, (_, index) => [`f${index}`, { content: "x", second: 1 }]))

  for (const [have, stay, isWithheld] of [
    [10, 0, false],
    [11, 0, true],
    [100, 50, false],
    [100, 49, true]
  ] as const) {
    it(`${isWithheld ? "does not delete" : "deletes"} ${have - stay} of ${have} files by default`, () => {
      const source = new Map([...many(stay), ["new", { content: "n", second: 1 }] as const])
      const { steps, withheld } = planned(source, many(have), { ...Rules.defaults, delete: "Extra" })
      expect(withheld?.reason).toBe(isWithheld ? "TooMany" : undefined)
      expect(steps.filter(({ _tag }) => _tag === "Remove").length).toBe(isWithheld ? 0 : have - stay)
      expect(steps.filter(({ _tag }) => _tag === "Copy").map(({ path }) => path)).toEqual(["new"])
    })
  }

  it("counts no file that is moved among those that are deleted", () => {
    const old = new Map(Array.from({ length: 30 }, (_, index) => [`old/${index}`, { content: `${index}`, second: 1 }]))
    const source: ModelTree = new Map([...old].map(([path, file]) => [path.replace("old", "new"), file]))
    const rules: Rules.Rules = { ...Rules.defaults, delete: "Ours" }
    const ours = ownOf(old, () => true)
    const tags = (made: ReturnType<typeof planned>) => new Set(made.steps.map(({ _tag }) => _tag))
    const moved = planned(source, old, rules, ours)
    expect(moved.withheld).toBeUndefined()
    expect(tags(moved)).toEqual(new Set(["Rename"]))
    const others: ModelTree = new Map([...source].map(([path]) => [path, { content: "another", second: 2 }]))
    const replaced = planned(others, old, rules, ours)
    expect(replaced.withheld).toMatchObject({ reason: "TooMany", count: 30 })
    expect(tags(replaced)).toEqual(new Set(["Copy"]))
  })

  it("deletes nothing in a login directory unless that is forced", () => {
    const [source, target] = [many(1), many(3)]
    const rules: Rules.Rules = { ...Rules.defaults, delete: "Extra", isHome: true }
    expect(planned(source, target, rules).withheld?.reason).toBe("Home")
    expect(planned(source, target, { ...rules, isHome: false }).steps.length).toBe(2)
  })
})

describe("two names that are one in the target", () => {
  const names: Rules.NameRules = { ...Rules.anyName, fold: (path) => path.toLowerCase() }

  it("never become one file: the second is left out", () => {
    const source: ModelTree = new Map([
      ["README", { content: "1", second: 1 }],
      ["readme", { content: "2", second: 2 }]
    ])
    const { skipped, steps } = planned(source, new Map(), { ...everythingGoes, names })
    expect(steps.map(({ path }) => path)).toEqual(["README"])
    expect(skipped).toMatchObject([{ path: "readme", reason: "Collides" }])
  })

  it("are looked for in vain if the target has each path as it is: nothing else changes if it says so", () => {
    const exact = { ...Rules.anyName, isExact: () => true }
    check().holds((source, target) => {
      expect(planned(source, target, { ...everythingGoes, names: exact })).toEqual(
        planned(source, target, everythingGoes)
      )
    })
  })

  it("are the same file if one is in the source and the other in the target: its content is read by the source's", () => {
    const source: ModelTree = new Map([["README", { content: "1", second: 1 }]])
    const target: ModelTree = new Map([["readme", { content: "2", second: 2 }]])
    const { steps } = planned(source, target, { ...everythingGoes, names })
    expect(steps).toMatchObject([{ _tag: "Replace", path: "README" }])
  })
})

describe("what the target has beside a link of the source", () => {
  it("is not deleted: links are not followed, and what is left out is left alone", () => {
    const source = Tree.snapshot([Tree.entry("shared", "SymbolicLink", { linkTarget: Option.some("../shared") })])
    const target = snapshotOf(
      new Map([
        ["shared", undefined],
        ["shared/photo", { content: "p", second: 1 }]
      ])
    )
    const made = plan({ source, target, ours: none }, everythingGoes)
    expect(made.steps).toEqual([])
    expect(made.skipped).toMatchObject([{ path: "shared", reason: "Link", detail: "a link to ../shared" }])
  })
})
