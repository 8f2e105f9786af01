/** Trees in memory, and what the steps of a plan do to them: the model that the planner is checked against. */
import type { MirrorPlan } from "@ftp-effect/core/MirrorPlan"
import * as DateTime from "effect/DateTime"
import * as Arbitrary from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Tree from "#core/mirror/Tree"

/** `undefined` is a directory. */
export interface ModelFile {
  readonly content: string
  readonly second: number
}

export type ModelTree = ReadonlyMap<string, ModelFile | undefined>

export const contentHash = (content: string): string => `sha256 of ${content}`

const entryOf = (path: string, file: ModelFile | undefined, hashes: boolean): Tree.TreeEntry =>
  file === undefined
    ? Tree.entry(path, "Directory")
    : Tree.entry(path, "File", {
        size: Option.some(file.content.length),
        modified: Option.some({ at: DateTime.unsafeMake(file.second * 1000), precision: "Second", zone: "Utc" }),
        sha256: hashes ? Option.some(contentHash(file.content)) : Option.none()
      })

/** Breadth first, as trees are read. */
export const snapshotOf = (
  tree: ModelTree,
  { gaps = [], hashes = true }: { readonly hashes?: boolean; readonly gaps?: ReadonlyArray<Tree.Gap> } = {}
): Tree.Snapshot =>
  Tree.snapshot(
    [...tree]
      .sort(([first], [second]) => Tree.depth(first) - Tree.depth(second) || (first < second ? -1 : 1))
      .map(([path, file]) => entryOf(path, file, hashes)),
    gaps
  )

/** Does the steps as a server would: each fails here if what it needs is not there. */
export const applySteps = (source: ModelTree, target: ModelTree, steps: MirrorPlan["steps"]): ModelTree => {
  const now = new Map(target)
  const demand = (holds: boolean, what: string) => {
    if (!holds) {
      throw new Error(what)
    }
  }
  const hasParent = (path: string) => {
    const parent = Tree.parent(path)
    return parent === "" || (now.has(parent) && now.get(parent) === undefined)
  }
  for (const step of steps) {
    const { path } = step
    switch (step._tag) {
      case "MakeDirectory":
        demand(!now.has(path) && hasParent(path), `MKD ${path}`)
        now.set(path, undefined)
        break
      case "Copy":
      case "Replace": {
        demand(now.has(path) === (step._tag === "Replace") && hasParent(path), `STOR ${path}`)
        demand(source.get(path) !== undefined, `RETR ${path}`)
        now.set(path, source.get(path))
        break
      }
      case "Rename":
        demand(now.get(step.from) !== undefined && !now.has(path) && hasParent(path), `RNTO ${path}`)
        now.set(path, now.get(step.from))
        now.delete(step.from)
        break
      case "SetTime": {
        const file = now.get(path)
        demand(file !== undefined, `MFMT ${path}`)
        now.set(path, { content: file?.content ?? "", second: DateTime.toEpochMillis(step.modified.at) / 1000 })
        break
      }
      case "Remove":
        demand(now.has(path), `DELE ${path}`)
        demand(![...now.keys()].some((other) => Tree.parent(other) === path), `RMD ${path}`)
        now.delete(path)
    }
  }
  return now
}

const names = Arbitrary.constantFrom("a", "b", "c", "B", "x y", "é")

/** A few names, so that two trees have much in common. */
export const modelTree: Arbitrary.Arbitrary<ModelTree> = Arbitrary.array(
  Arbitrary.record({
    path: Arbitrary.array(names, { minLength: 1, maxLength: 4 }),
    file: Arbitrary.option(
      Arbitrary.record({ content: Arbitrary.string({ maxLength: 3 }), second: Arbitrary.integer({ min: 0, max: 9 }) }),
      { nil: undefined }
    )
  }),
  { maxLength: 14 }
).map((items) => {
  const tree = new Map<string, ModelFile | undefined>()
  for (const { file, path } of items) {
    const joined = path.join("/")
    const above = [...Tree.ancestors(joined)]
    const isFree =
      !tree.has(joined) && above.every((directory) => !tree.has(directory) || tree.get(directory) === undefined)
    if (isFree) {
      for (const directory of above) {
        tree.set(directory, undefined)
      }
      tree.set(joined, file)
    }
  }
  return tree
})
