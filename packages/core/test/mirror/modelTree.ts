/** Trees in memory, and what the steps of a plan do to them: the model that the planner is checked against. */
import type { MirrorPlan } from "@ftp-effect/core/MirrorPlan"
import * as DateTime from "effect/DateTime"
import * as Arbitrary from "effect/FastCheck"
import * as Option from "effect/Option"
import { relative } from "#core/mirror/links"
import * as Tree from "#core/mirror/Tree"

export interface ModelFile {
  readonly content: string
  readonly second: number
  readonly to?: undefined
}

/** Leads to a path of the tree. */
export interface ModelLink {
  readonly to: string
}

/** `undefined` is a directory. */
export type ModelTree = ReadonlyMap<string, ModelFile | undefined>

export type LinkedTree = ReadonlyMap<string, ModelFile | ModelLink | undefined>

export const contentHash = (content: string): string => `sha256 of ${content}`

const entryOf = (path: string, file: ModelFile | ModelLink | undefined, hashes: boolean): Tree.TreeEntry =>
  file === undefined
    ? Tree.entry(path, "Directory")
    : file.to !== undefined
      ? { ...Tree.entry(path, "SymbolicLink", { linkTarget: Option.some(relative(path, file.to)) }), leadsTo: file.to }
      : Tree.entry(path, "File", {
          size: Option.some(file.content.length),
          modified: Option.some({ at: DateTime.unsafeMake(file.second * 1000), precision: "Second", zone: "Utc" }),
          sha256: hashes ? Option.some(contentHash(file.content)) : Option.none()
        })

/** Breadth first, as trees are read. */
export const snapshotOf = (
  tree: LinkedTree,
  { gaps = [], hashes = true }: { readonly hashes?: boolean; readonly gaps?: ReadonlyArray<Tree.Gap> } = {}
): Tree.Snapshot =>
  Tree.snapshot(
    [...tree]
      .sort(([first], [second]) => Tree.depth(first) - Tree.depth(second) || (first < second ? -1 : 1))
      .map(([path, file]) => entryOf(path, file, hashes)),
    gaps
  )

/** Does the steps as a server would: each fails here if what it needs is not there. */
export const applySteps = <T extends LinkedTree>(source: T, target: T, steps: MirrorPlan["steps"]): T => {
  const now = new Map<string, ModelFile | ModelLink | undefined>(target)
  let hasLinks = false
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
    demand(
      !hasLinks || step._tag === "MakeLink" || step._tag === "Remove",
      `${step._tag} ${path} after a link was made`
    )
    switch (step._tag) {
      case "MakeLink": {
        const there = now.get(path)
        demand(step.precondition._tag === "Link" ? there?.to !== undefined : !now.has(path), `SITE SYMLINK ${path}`)
        demand(hasParent(path), `the directory of ${path}`)
        now.set(path, { to: step.to })
        hasLinks = true
        break
      }
      case "MakeDirectory":
        demand(!now.has(path) && hasParent(path), `MKD ${path}`)
        now.set(path, undefined)
        break
      case "Copy":
      case "Replace": {
        demand(now.has(path) === (step._tag === "Replace") && hasParent(path), `STOR ${path}`)
        const file = source.get(path)
        demand(file !== undefined && file.to === undefined, `RETR ${path}`)
        now.set(path, file)
        break
      }
      case "Rename":
        demand(now.get(step.from) !== undefined && !now.has(path) && hasParent(path), `RNTO ${path}`)
        now.set(path, now.get(step.from))
        now.delete(step.from)
        break
      case "SetTime": {
        const file = now.get(path)
        demand(file !== undefined && file.to === undefined, `MFMT ${path}`)
        now.set(path, {
          content: file?.to === undefined ? (file?.content ?? "") : "",
          second: DateTime.toEpochMillis(step.modified.at) / 1000
        })
        break
      }
      case "Remove":
        demand(now.has(path), `DELE ${path}`)
        demand(![...now.keys()].some((other) => Tree.parent(other) === path), `RMD ${path}`)
        now.delete(path)
    }
  }
  return now as LinkedTree as T
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

/** Some files of a tree are links instead, to any path. */
export const linkedTree: Arbitrary.Arbitrary<LinkedTree> = Arbitrary.record({
  tree: modelTree,
  links: Arbitrary.array(Arbitrary.option(Arbitrary.array(names, { maxLength: 3 }), { nil: undefined }), {
    minLength: 14,
    maxLength: 14
  })
}).map(({ links, tree }) => {
  let next = 0
  return new Map(
    [...tree].map(([path, file]): readonly [string, ModelFile | ModelLink | undefined] => {
      const to = file === undefined ? undefined : links[next++]
      return [path, to === undefined ? file : { to: to.join("/") }]
    })
  )
})
