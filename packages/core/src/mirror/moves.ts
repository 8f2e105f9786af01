/**
 * Files that have another name now: renamed in the target instead of sent again.
 *
 *     source: new/a.txt, SHA-256 3f…      Copy new/a.txt      ──┐
 *     target: old/a.txt, ours, 3f…        Remove old/a.txt    ──┴──►  Rename old/a.txt → new/a.txt
 *
 * Only a file that is removed anyway can be renamed, so nothing is lost that the rules would keep.
 */
import * as Option from "effect/Option"
import type { Step } from "./MirrorPlan.ts"
import type { Removal } from "./removals.ts"
import type { Trees } from "./rules.ts"

/** The steps, the removals among them, with renames in place of a copy and a removal of the same content. */
export const findMoves = (
  { ours, source }: Trees,
  steps: ReadonlyArray<Step>,
  removals: ReadonlyArray<Removal>
): ReadonlyArray<Step> => {
  const byContent = new Map<string, Array<Removal>>()
  for (const removal of removals) {
    const own = removal.reason._tag === "NotInSource" ? ours.get(removal.path) : undefined
    if (own !== undefined && !own.isDrifted && removal.precondition._tag === "File") {
      const same = byContent.get(own.sha256)
      byContent.set(own.sha256, same === undefined ? [removal] : [...same, removal])
    }
  }
  if (byContent.size === 0) {
    return [...steps, ...removals]
  }
  const moved = new Set<Removal>()
  const changed = steps.map((step): Step => {
    const sha256 = step._tag === "Copy" ? source.entries.get(step.path)?.sha256 : undefined
    const from = sha256 !== undefined && Option.isSome(sha256) ? byContent.get(sha256.value)?.pop() : undefined
    if (from === undefined || step._tag !== "Copy" || step.precondition._tag !== "Absent") {
      return step
    }
    moved.add(from)
    return {
      _tag: "Rename",
      path: step.path,
      from: from.path,
      reason: { _tag: "Moved", from: from.path },
      precondition: step.precondition,
      bytes: step.bytes,
      modified: step.modified,
      moved: from.precondition
    }
  })
  return [...changed, ...removals.filter((removal) => !moved.has(removal))]
}
