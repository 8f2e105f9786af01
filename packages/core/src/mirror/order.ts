/**
 * The order of the steps of a plan. Each step needs only steps before it.
 *
 *     removals of what is in the way ─► directories ─► renames ─► files, the biggest first ─► files that go last
 *       ─► times ─► links ─► removals
 *
 * Nothing is written after the links, so nothing is written through one. A file that is renamed out of a directory leaves
 * before the directory is removed.
 */
import * as DeadNames from "./deadNames.ts"
import * as Grouping from "./grouping.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Rules } from "./rules.ts"
import * as Tree from "./Tree.ts"

export const inOrder = (steps: ReadonlyArray<Step>, rules: Rules): ReadonlyArray<Step> => {
  const groups = inGroups(steps, rules)
  return ORDER.flatMap((group) =>
    (groups.get(group) ?? []).sort((first, second) => within(first, second) || compareText(first.path, second.path))
  )
}

const ORDER = [
  "InTheWay",
  "FirstRemovals",
  "Directories",
  "Renames",
  "Files",
  "LastFiles",
  "Times",
  "Links",
  "Removals"
] as const

/** Steps that may be done at once, if those of all groups before are done. */
export type Group = (typeof ORDER)[number]

/** Each step in its group, as they come. */
export const inGroups = (
  steps: ReadonlyArray<Step>,
  rules: Pick<Rules, "deleteWhen" | "isLast">
): Map<Group, Array<Step>> => {
  const groups = new Map<Group, Array<Step>>()
  for (const step of steps) {
    Grouping.add(groups, groupOf(step, rules), step)
  }
  return groups
}

export const groupOf = (step: Step, { deleteWhen, isLast }: Pick<Rules, "deleteWhen" | "isLast">): Group => {
  switch (step._tag) {
    case "MakeDirectory":
      return "Directories"
    case "Rename":
      return "Renames"
    case "SetTime":
      return "Times"
    case "MakeLink":
      return "Links"
    case "Remove":
      // A directory that a renamed file leaves is not empty before.
      return step.reason._tag === "TypeDiffers"
        ? "InTheWay"
        : // After the files: one of them may resume what was left under a temporary name.
          deleteWhen === "Before" && step.precondition._tag !== "Directory" && !DeadNames.isRemoval(step)
          ? "FirstRemovals"
          : "Removals"
    default:
      return isLast(step.path) ? "LastFiles" : "Files"
  }
}

const within = (first: Step, second: Step): number =>
  first._tag === "Remove" && second._tag === "Remove"
    ? Number(isDirectory(first)) - Number(isDirectory(second)) || Tree.depth(second.path) - Tree.depth(first.path)
    : first._tag === "MakeDirectory"
      ? Tree.depth(first.path) - Tree.depth(second.path)
      : bytesOf(second) - bytesOf(first)

/** Whether the step is about a directory that the target has. */
export const isDirectory = ({ precondition }: Step): boolean => precondition._tag === "Directory"

const bytesOf = (step: Step): number => (step._tag === "Copy" || step._tag === "Replace" ? (step.bytes ?? 0) : 0)

const compareText = (first: string, second: string): number => (first < second ? -1 : first > second ? 1 : 0)
