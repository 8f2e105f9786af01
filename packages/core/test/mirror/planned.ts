/** Plans of model trees, and properties of them. */
import * as FastCheck from "effect/FastCheck"
import { plan } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import { contentHash, type ModelTree, modelTree, snapshotOf } from "./modelTree.ts"

export const everythingGoes: Rules.Rules = {
  ...Rules.defaults,
  delete: "Extra",
  conflict: "Replace",
  maxDelete: { _tag: "Count", count: Number.POSITIVE_INFINITY },
  compare: { by: "Hash", keepsTimes: true }
}

export const none: ReadonlyMap<string, Rules.OwnFile> = new Map()

export const planned = (source: ModelTree, target: ModelTree, rules: Rules.Rules, ours = none) =>
  plan({ source: snapshotOf(source), target: snapshotOf(target), ours }, rules)

/** What an earlier run put there: all files of the tree whose path passes. */
export const ownOf = (tree: ModelTree, isOwn: (path: string) => boolean): ReadonlyMap<string, Rules.OwnFile> =>
  new Map(
    [...tree].flatMap(([path, file]) =>
      file !== undefined && isOwn(path)
        ? [[path, { sha256: contentHash(file.content), size: file.content.length, isDrifted: false }] as const]
        : []
    )
  )

export const contents = (tree: ModelTree): Record<string, string> =>
  Object.fromEntries([...tree].map(([path, file]) => [path, file === undefined ? "directory" : `:${file.content}`]))

export const check = (...trees: Array<FastCheck.Arbitrary<ModelTree>>) => ({
  holds: (predicate: (source: ModelTree, target: ModelTree) => void) =>
    FastCheck.assert(FastCheck.property(trees[0] ?? modelTree, trees[1] ?? modelTree, predicate), { numRuns: 500 })
})
