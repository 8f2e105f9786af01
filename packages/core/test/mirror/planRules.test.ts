/** What holds for every plan, whatever its rules: generated rules over generated trees. */
import { describe, expect, it } from "@effect/vitest"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Filter from "#core/mirror/Filter"
import { plan } from "#core/mirror/plan"
import { recheck } from "#core/mirror/recheck"
import * as Rules from "#core/mirror/rules"
import * as Tree from "#core/mirror/Tree"
import { applySteps, contentHash, type ModelTree, modelTree, snapshotOf } from "./modelTree.ts"

/** Plain names, so that the last one that matches decides. */
const pattern = FastCheck.constantFrom("a", "b", "!a", "!b", "c/", "!c/", "x y", "!x y", "B")
const patterns = FastCheck.array(pattern, { maxLength: 5 })

const rules: FastCheck.Arbitrary<Rules.Rules> = FastCheck.record({
  only: FastCheck.constantFrom("All" as const, "Newer" as const, "Missing" as const, "Existing" as const),
  delete: FastCheck.constantFrom("None" as const, "Extra" as const, "Ours" as const),
  deleteExcluded: FastCheck.boolean(),
  deleteWhen: FastCheck.constantFrom("Before" as const, "During" as const, "After" as const),
  conflict: FastCheck.constantFrom("Fail" as const, "Replace" as const),
  by: FastCheck.constantFrom("Hash" as const, "SizeAndTime" as const),
  patterns
}).map(
  ({ by, patterns, ...chosen }): Rules.Rules => ({
    ...Rules.defaults,
    ...chosen,
    compare: { by, keepsTimes: true },
    maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
    filter: Filter.make({ patterns })
  })
)

/** Which files of the target an earlier run put there. */
const isOurs = (path: string): boolean => path.includes("a")

const oursOf = (target: ModelTree): ReadonlyMap<string, Rules.OwnFile> =>
  new Map(
    [...target].flatMap(([path, file]) =>
      file !== undefined && isOurs(path)
        ? [[path, { sha256: contentHash(file.content), size: file.content.length, isDrifted: false }] as const]
        : []
    )
  )

const planned = (source: ModelTree, target: ModelTree, rules: Rules.Rules, gaps: Gaps = {}) =>
  plan(
    {
      source: snapshotOf(source, { gaps: gaps.source ?? [] }),
      target: snapshotOf(target, { gaps: gaps.target ?? [] }),
      ours: oursOf(target)
    },
    rules
  )

interface Gaps {
  readonly source?: ReadonlyArray<Tree.Gap>
  readonly target?: ReadonlyArray<Tree.Gap>
}

const gapAt = (path: string): Tree.Gap => ({ path, reason: "Unread", detail: "2 lines" })

const holds = (predicate: (source: ModelTree, target: ModelTree, rules: Rules.Rules) => void) =>
  FastCheck.assert(FastCheck.property(modelTree, modelTree, rules, predicate), { numRuns: 400 })

const removed = (steps: MirrorPlan.MirrorPlan["steps"]) =>
  steps.flatMap(({ _tag, path }) => (_tag === "Remove" ? [path] : []))

const isExcluded = (tree: ModelTree, path: string, { filter }: Rules.Rules): boolean =>
  [path, ...Tree.ancestors(path)].some((at) =>
    Option.isSome(filter.excludedBy(Tree.entry(at, tree.get(at) === undefined ? "Directory" : "File")))
  )

describe("a plan of any rules", () => {
  it("has steps that are possible in their order, after which there is nothing to do", () => {
    holds((source, target, rules) => {
      const { steps } = planned(source, target, rules)
      // The model's rename keeps the time; on a server it is set after it.
      const renamed = new Set(steps.flatMap(({ _tag, path }) => (_tag === "Rename" ? [path] : [])))
      const again = planned(source, applySteps(source, target, steps), rules)
      expect(again.steps.filter(({ _tag, path }) => !(_tag === "SetTime" && renamed.has(path)))).toEqual([])
    })
  })

  it("touches nothing that is excluded, unless it is to be deleted", () => {
    holds((source, target, rules) => {
      const { steps } = planned(source, target, rules)
      const after = applySteps(source, target, steps)
      for (const [path, file] of target) {
        if (file !== undefined && isExcluded(target, path, rules) && !(rules.deleteExcluded && !after.has(path))) {
          expect(after.get(path)).toEqual(file)
        }
      }
      for (const path of after.keys()) {
        expect(target.has(path) || !isExcluded(source, path, rules)).toBe(true)
      }
    })
  })

  it("has no file of the target gone that its rules don't let go", () => {
    holds((source, target, rules) => {
      const after = applySteps(source, target, planned(source, target, rules).steps)
      for (const [path, file] of target) {
        if (file !== undefined && !after.has(path)) {
          const isReplaced = [path, ...Tree.ancestors(path)].some(
            (at) => source.has(at) && (source.get(at) === undefined) !== (target.get(at) === undefined)
          )
          const isDeleted = rules.delete === "Extra" || (rules.delete === "Ours" && isOurs(path))
          expect(isDeleted || (rules.conflict === "Replace" && isReplaced)).toBe(true)
        }
      }
    })
  })

  it("removes what is in the way only for what comes in its place, and never if only what is missing is copied", () => {
    holds((source, target, rules) => {
      const { steps } = planned(source, target, rules)
      const comes = new Set(steps.flatMap(({ _tag, path }) => (_tag === "Remove" ? [] : [path])))
      for (const { _tag, path, reason } of steps) {
        if (_tag === "Remove" && reason._tag === "TypeDiffers") {
          expect([path, rules.only !== "Missing" && Tree.isWithin(path, comes)]).toEqual([path, true])
        }
      }
    })
  })

  it("deletes nothing but what is in the way if a directory of the source could not be read", () => {
    holds((source, target, rules) => {
      const gaps = { source: [gapAt([...source].find(([, file]) => file === undefined)?.[0] ?? "")] }
      const { steps, withheld } = planned(source, target, { ...rules, conflict: "Fail" }, gaps)
      expect(removed(steps)).toEqual([])
      expect(withheld === undefined || withheld.reason !== "TooMany").toBe(true)
    })
  })

  it("deletes nothing in a directory of the target that could not be read", () => {
    holds((source, target, rules) => {
      const gap = [...target].find(([, file]) => file === undefined)?.[0] ?? ""
      const { steps } = planned(source, target, rules, { target: [gapAt(gap)] })
      expect(removed(steps).filter((path) => gap === "" || path === gap || path.startsWith(`${gap}/`))).toEqual([])
    })
  })

  it("is the same once it was saved: its steps hold, and are reached when they are done", () => {
    holds((source, target, generated) => {
      // A directory that a pattern excludes in the source holds back the removal of a file of its name.
      const rules: Rules.Rules = { ...generated, filter: Filter.everything }
      const made: MirrorPlan.MirrorPlan = {
        version: MirrorPlan.VERSION,
        source: "dist",
        target: "ftp://example.com/www",
        options: {
          delete: rules.delete,
          deleteWhen: rules.deleteWhen,
          last: [],
          manifest: { _tag: "None" },
          times: "IfPossible",
          atomic: true
        },
        ...plan({ source: snapshotOf(source), target: snapshotOf(target), ours: new Map() }, rules)
      }
      const text = JSON.stringify(Schema.encodeSync(MirrorPlan.Json)(made))
      const { steps } = Schema.decodeUnknownSync(MirrorPlan.Json)(JSON.parse(text))
      const after = applySteps(source, target, steps)
      expect([...after]).toEqual([...applySteps(source, target, made.steps)])
      const trees = { source: snapshotOf(source), target: snapshotOf(target) }
      const now = recheck(steps, trees, rules)
      expect([now.holds, now.outdated]).toEqual([steps, []])
      const later = recheck(steps, { ...trees, target: snapshotOf(after) }, rules)
      expect(later.outdated).toEqual([])
      // A listing does not show that a file of equal size and time was replaced.
      expect(later.holds.filter(({ reason }) => reason._tag !== "HashDiffers")).toEqual([])
    })
  })
})

describe("patterns in any order", () => {
  it("include what the last one that matches includes, below no excluded directory", () => {
    FastCheck.assert(
      FastCheck.property(modelTree, patterns, (tree, patterns) => {
        const filter = Filter.make({ patterns })
        const decided = (path: string): boolean => {
          const isDirectory = tree.get(path) === undefined
          const last = patterns.findLast((pattern) => {
            const name = pattern.replace(/^!/, "")
            return name.endsWith("/")
              ? isDirectory && Tree.nameOf(path) === name.slice(0, -1)
              : Tree.nameOf(path) === name
          })
          return last !== undefined && !last.startsWith("!")
        }
        for (const [path, file] of tree) {
          const type = file === undefined ? "Directory" : "File"
          const isOut = [...Tree.ancestors(path), path].some(decided)
          expect([path, Option.isSome(filter.excludedBy(Tree.entry(path, type)))]).toEqual([path, isOut])
        }
      }),
      { numRuns: 1000 }
    )
  })
})
