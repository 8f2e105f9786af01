/**
 * Whether the steps of a plan are still what they were meant to be: source and target, read again, against what the plan
 * says that they had. Pure.
 *
 *     the source's file, the target's precondition          the step
 *     both as planned                                       holds
 *     the target is already as the step would make it       is reached: nothing to do
 *     one of them is not as planned, or can't be read       is outdated: it is not done
 *     it holds, but needs one that is outdated              is left out
 *     it holds, but a part of what it replaces, as          is left out: all of the replacement comes, or nothing
 *     something of another type, does not
 *
 * Sizes and times are as exact as listings are. If a step that was to copy is outdated, or the source has nothing that
 * takes part any more, nothing is deleted; after the first, what goes last is left out too.
 */
import * as Option from "effect/Option"
import * as Filter from "./Filter.ts"
import type { Precondition, Step } from "./MirrorPlan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as StepVerdict from "./stepVerdict.ts"
import * as Tree from "./Tree.ts"
import * as WholeReplacements from "./wholeReplacements.ts"

/**
 * A step that is not done, because its source or what the target has there is no longer as planned. `found` is what is
 * there now; `"Unread"` if its directory could not be read. It is at `at`, if that is another path than the step's: the old
 * name of a file that is to be renamed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outdated {
  readonly step: Step
  readonly side: "Source" | "Target"
  readonly found: Precondition | { readonly _tag: "Unread" }
  readonly at?: string | undefined
}

/**
 * The steps of a plan, by what has become of what they need.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rechecked {
  readonly holds: ReadonlyArray<Step>
  /** The target is as they would make it: a plan that is applied again, or what someone else has done. */
  readonly reached: ReadonlyArray<Step>
  readonly outdated: ReadonlyArray<Outdated>
  /** They need a directory whose step is outdated, or delete or go last although a copy is outdated. */
  readonly leftOut: ReadonlyArray<{ readonly step: Step; readonly because: "Directory" | "Failures" }>
}

/** The directories of each tree that tell whether the steps hold, with those above them. */
export const concerned = (
  steps: ReadonlyArray<Step>,
  fold: Rules["names"]["fold"]
): { readonly source: (path: string) => boolean; readonly target: (path: string) => boolean } => {
  const source = new Set<string>()
  const target = new Set<string>()
  const add = (paths: Set<string>, directory: string) => {
    for (let at = directory; at !== "" && !paths.has(at); at = Tree.parent(at)) {
      paths.add(at)
    }
  }
  for (const step of steps) {
    const directory = Tree.parent(step.path)
    add(source, directory)
    add(target, fold(directory))
    if (step._tag === "Rename") {
      add(target, fold(Tree.parent(step.from)))
    } else if (step._tag === "Remove" && step.precondition._tag === "Directory") {
      add(target, fold(step.path))
    }
  }
  return { source: (path) => source.has(path), target: (path) => target.has(fold(path)) }
}

export const recheck = (
  steps: ReadonlyArray<Step>,
  { source, target }: Pick<Trees, "source" | "target">,
  { filter = Filter.everything, isLast, names }: Pick<Rules, "isLast" | "names"> & Partial<Pick<Rules, "filter">>
): Rechecked => {
  const { replacementFor, verdict, willBeDone } = StepVerdict.make(steps, { source, target }, names)
  /** Directories that are not made after all. */
  const broken = new Set<string>()
  const holds: Array<Step> = []
  const reached: Array<Step> = []
  const outdated: Array<Outdated> = []
  const leftOut: Array<Rechecked["leftOut"][number]> = []
  for (const step of steps) {
    if (Tree.isWithin(step.path, broken)) {
      leftOut.push({ step, because: "Directory" })
      continue
    }
    const result = verdict(step)
    if (result === "Reached") {
      reached.push(step)
    } else if (result === "Holds") {
      holds.push(step)
      willBeDone(step)
    } else {
      outdated.push({ step, ...result })
      if (step._tag === "MakeDirectory") {
        broken.add(step.path)
      }
    }
  }
  const isWhole = leftOut.length === 0 && outdated.every(({ step }) => step._tag === "Remove")
  const isSafeToDelete =
    isWhole && source.gaps.length === 0 && [...source.entries.values()].some((entry) => !isExcluded(entry, filter))
  const isHeldBack = (step: Step) =>
    step._tag === "Remove"
      ? !WholeReplacements.isInTheWay(step) && !isSafeToDelete
      : !isWhole && (step._tag === "Copy" || step._tag === "Replace") && isLast(step.path)
  const undone = [...outdated.map(({ step }) => step), ...leftOut.map(({ step }) => step), ...holds.filter(isHeldBack)]
  const isSplit = WholeReplacements.splitBy(undone, holds, replacementFor)
  const isLeft = (step: Step) => isHeldBack(step) || isSplit(step)
  return {
    holds: holds.filter((step) => !isLeft(step)),
    reached,
    outdated,
    leftOut: [...leftOut, ...holds.filter(isLeft).map((step) => ({ step, because: "Failures" as const }))]
  }
}

const isExcluded = (entry: Tree.TreeEntry, filter: Rules["filter"]): boolean => Option.isSome(filter.excludedBy(entry))
