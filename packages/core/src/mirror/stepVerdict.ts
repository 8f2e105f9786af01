/**
 * What has become of one step of a plan: its source and the target, read again, against what the plan says that they had.
 * Pure, but for what the steps before it leave behind. See `recheck`.
 */
import { foldWidely } from "../protocol/NameFolding.ts"
import { isCaseAlone } from "./cases.ts"
import { isSameTime, mayBeSame } from "./compare.ts"
import type { Precondition, Step } from "./MirrorPlan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { finder, preconditionOf } from "./transfers.ts"

/** What is there now; `"Unread"` if its directory could not be read. */
export type Found = Precondition | { readonly _tag: "Unread" }

/** What is there, if it is not what was expected; `"Reached"` if it is what the step is to make. */
export type Verdict =
  | "Holds"
  | "Reached"
  | { readonly side: "Source" | "Target"; readonly found: Found; readonly at?: string }

export interface Verdicts {
  /** To be asked in the order of the plan. */
  readonly verdict: (step: Step) => Verdict
  /** A step that is going to be done: those after it find what it leaves. */
  readonly willBeDone: (step: Step) => void
  /** The step that needs a removal of what is in its way. */
  readonly replacementFor: (step: Step) => Step | undefined
}

export const make = (
  steps: ReadonlyArray<Step>,
  { source, target }: Pick<Trees, "source" | "target">,
  { compareCase, fold }: Rules["names"]
): Verdicts => {
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

  return {
    verdict,
    willBeDone: (step) => {
      if (step._tag === "Remove" || step._tag === "Rename") {
        leaving.add(fold(step._tag === "Rename" ? step.from : step.path))
      } else if (step._tag === "MakeDirectory") {
        made.add(fold(step.path))
      }
    },
    replacementFor
  }
}

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
        mayBeSame(step.modified, found.modified)
      )
  }
}

const isSameSize = (step: Extract<Step, { readonly modified?: unknown }>, size: number | undefined): boolean => {
  const expected =
    step._tag === "SetTime" ? (step.precondition._tag === "File" ? step.precondition.size : undefined) : step.bytes
  return expected !== undefined && expected === size
}
