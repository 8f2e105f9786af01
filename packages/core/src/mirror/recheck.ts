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
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import { foldWidely } from "../protocol/NameFolding.ts"
import { isCaseAlone } from "./cases.ts"
import { compareTimes } from "./compare.ts"
import * as Filter from "./Filter.ts"
import type { Precondition, Step } from "./MirrorPlan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { finder, preconditionOf } from "./transfers.ts"
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

type Found = Outdated["found"]

/** What is there, if it is not what was expected; `"Reached"` if it is what the step is to make. */
type Verdict = "Holds" | "Reached" | Omit<Outdated, "step">

export const recheck = (
  steps: ReadonlyArray<Step>,
  { source, target }: Pick<Trees, "source" | "target">,
  {
    filter = Filter.everything,
    isLast,
    names: { compareCase, fold }
  }: Pick<Rules, "isLast" | "names"> & Partial<Pick<Rules, "filter">>
): Rechecked => {
  const inSource = lookUp(source, (path) => path)
  const inTarget = lookUp(target, fold)
  const inSourceFolded = lookUp(source, fold)
  const children = childrenOf(target)
  const unread = new Set(target.gaps.map(({ path }) => path))
  const replacing = new Map(
    steps.flatMap((step) =>
      // A file that is moved to where a directory is in the way has another reason.
      step._tag === "Rename" || (step._tag !== "Remove" && step.reason._tag === "TypeDiffers")
        ? [[fold(step.path), step] as const]
        : []
    )
  )
  /** What is no longer in the target when the next step is done. */
  const leaving = new Set<string>()
  const made = new Set<string>()
  const broken = new Set<string>()

  /** The step that needs a removal of what is in its way. */
  const replacementFor = ({ path }: Step) => {
    const root = [path, ...Tree.ancestors(path)].find((above) => replacing.has(fold(above)))
    return root === undefined ? undefined : replacing.get(fold(root))
  }

  const others = new Map(Array.from(source.entries.keys(), (path) => [foldWidely(path), path]))

  /** What the source has under a name that may be the same one in the target. */
  const inAnotherCase = (path: string): Found | undefined => {
    const other = others.get(foldWidely(path))
    return other === undefined || !isCaseAlone(path, other) || (compareCase?.(path, other) ?? "Two") === "Two"
      ? undefined
      : inSource(other)
  }

  const atSource = (step: Step): Found | undefined => {
    if (step._tag !== "Remove") {
      const found = inSource(step.path)
      return isAsPlanned(expectedOfSource(step), found) ? undefined : found
    }
    if (step.reason._tag === "Excluded") {
      return undefined
    }
    if (step.reason._tag !== "TypeDiffers") {
      const found = inSourceFolded(step.path)
      return found._tag !== "Absent" ? found : inAnotherCase(step.path)
    }
    const replacement = replacementFor(step)
    return replacement === undefined ? { _tag: "Absent" } : atSource(replacement)
  }

  const atTarget = (step: Step): Found | undefined => {
    const now = inTarget(step.path)
    const found: Found = now._tag !== "Unread" && leaving.has(fold(step.path)) ? { _tag: "Absent" } : now
    if (!isAsPlanned(step.precondition, found)) {
      return found
    }
    if (step._tag === "Remove") {
      return step.precondition._tag !== "Directory"
        ? undefined
        : Tree.isWithin(step.path, unread)
          ? { _tag: "Unread" }
          : (children.get(step.path) ?? []).every((path) => leaving.has(fold(path)))
            ? undefined
            : found
    }
    const parent = Tree.parent(step.path)
    const above = parent === "" || made.has(fold(parent)) ? undefined : inTarget(parent)
    return above === undefined || above._tag === "Directory" ? undefined : above
  }

  /** What was in the way is gone, and what comes in its place is there. */
  const isReplaced = (step: Step): boolean => {
    const replacement = step._tag === "Remove" && step.reason._tag === "TypeDiffers" ? replacementFor(step) : undefined
    return replacement !== undefined && isReached(replacement, inTarget)
  }

  const verdict = (step: Step): Verdict => {
    const moved = step._tag === "Rename" ? inTarget(step.from) : undefined
    const isMoved = step._tag !== "Rename" || moved === undefined || isAsPlanned(step.moved, moved)
    const found = isMoved ? atTarget(step) : moved
    if (found !== undefined && (isReached(step, inTarget) || isReplaced(step))) {
      return "Reached"
    }
    const changed = atSource(step)
    return changed !== undefined
      ? { side: "Source", found: changed }
      : found === undefined
        ? "Holds"
        : { side: "Target", found, ...(!isMoved && { at: step.from }) }
  }

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
      if (step._tag === "Remove" || step._tag === "Rename") {
        leaving.add(fold(step._tag === "Rename" ? step.from : step.path))
      } else if (step._tag === "MakeDirectory") {
        made.add(fold(step.path))
      }
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

/** What a path has now. A name that is not in a directory that was not read to its end may be there all the same. */
const lookUp = (tree: Tree.Snapshot, fold: Rules["names"]["fold"]) => {
  const find = finder(tree, fold)
  const unread = new Set(tree.gaps.map(({ path }) => path))
  return (path: string): Found => {
    const entry = find(path)
    return entry === undefined ? { _tag: Tree.isWithin(path, unread) ? "Unread" : "Absent" } : preconditionOf(entry)
  }
}

/** The paths in each directory, with those of names that are no entries: nothing deletes these. */
const childrenOf = ({ entries, refused = [] }: Tree.Snapshot): ReadonlyMap<string, ReadonlyArray<string>> => {
  const children = new Map<string, Array<string>>()
  for (const path of [...entries.keys(), ...refused.map(({ path }) => path)]) {
    const parent = Tree.parent(path)
    const siblings = children.get(parent)
    if (siblings === undefined) {
      children.set(parent, [path])
    } else {
      siblings.push(path)
    }
  }
  return children
}

const expectedOfSource = (step: Exclude<Step, { readonly _tag: "Remove" }>): Precondition =>
  step._tag === "MakeDirectory"
    ? { _tag: "Directory" }
    : step._tag === "MakeLink"
      ? { _tag: "Link", to: step.to }
      : { _tag: "File", size: step._tag === "SetTime" ? undefined : step.bytes, modified: step.modified }

const isAsPlanned = (expected: Precondition, found: Found): boolean =>
  expected._tag === found._tag &&
  (expected._tag !== "Link" || found._tag !== "Link" || expected.to === found.to) &&
  (expected._tag !== "File" ||
    found._tag !== "File" ||
    ((expected.size === undefined || expected.size === found.size) && isSameTime(expected.modified, found.modified)))

/** As long as a listing is as precise as before, the same time is exactly the same. */
export const isSameTime = (before: FtpTime | undefined, now: FtpTime | undefined): boolean =>
  before === undefined ||
  (now !== undefined &&
    (before.precision === now.precision
      ? DateTime.toEpochMillis(before.at) === DateTime.toEpochMillis(now.at)
      : compareTimes(before, now) === "Same"))

/** Whether the target is as the step would make it. */
const isReached = (step: Step, inTarget: (path: string) => Found): boolean => {
  const found = inTarget(step.path)
  switch (step._tag) {
    case "MakeDirectory":
      return found._tag === "Directory"
    case "MakeLink":
      return found._tag === "Link" && found.to === step.to
    case "Remove":
      return found._tag === "Absent"
    case "Rename":
      return inTarget(step.from)._tag === "Absent" && isAsPlanned(step.moved, found)
    default:
      return (
        found._tag === "File" &&
        isSameSize(step, found.size) &&
        step.modified !== undefined &&
        found.modified !== undefined &&
        compareTimes(step.modified, found.modified) === "Same"
      )
  }
}

const isSameSize = (step: Extract<Step, { readonly modified?: unknown }>, size: number | undefined): boolean => {
  const expected =
    step._tag === "SetTime" ? (step.precondition._tag === "File" ? step.precondition.size : undefined) : step.bytes
  return expected !== undefined && expected === size
}
