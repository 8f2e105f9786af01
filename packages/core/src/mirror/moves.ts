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

type Copy = Extract<Step, { readonly _tag: "Copy" }>

/** The copies whose content is in a file that is removed. */
export const findMoves = (
  { ours, source }: Trees,
  steps: ReadonlyArray<Step>,
  removals: ReadonlyArray<Removal>
): ReadonlyMap<Step, Removal> => {
  const byContent = new Map<string, Array<Removal>>()
  for (const removal of removals) {
    const own = removal.reason._tag === "NotInSource" ? ours.get(removal.path) : undefined
    if (own !== undefined && !own.isDrifted && removal.precondition._tag === "File") {
      const same = byContent.get(own.sha256)
      if (same === undefined) {
        byContent.set(own.sha256, [removal])
      } else {
        same.push(removal)
      }
    }
  }
  const moves = new Map<Step, Removal>()
  for (const step of byContent.size === 0 ? [] : steps) {
    if (step._tag === "Copy" && step.precondition._tag === "Absent") {
      const sha256 = Option.getOrUndefined(source.entries.get(step.path)?.sha256 ?? Option.none())
      const from = sha256 === undefined ? undefined : byContent.get(sha256)?.pop()
      if (from !== undefined) {
        moves.set(step, from)
      }
    }
  }
  return moves
}

/** The steps, the removals among them, with renames in place of a copy and a removal of the same content. */
export const withMoves = (
  trees: Trees,
  steps: ReadonlyArray<Step>,
  removals: ReadonlyArray<Removal>
): ReadonlyArray<Step> => {
  const moves = findMoves(trees, steps, removals)
  const moved = new Set(moves.values())
  return [
    ...steps.map((step) => {
      const from = moves.get(step)
      return step._tag === "Copy" && from !== undefined ? rename(step, from) : step
    }),
    ...removals.filter((removal) => !moved.has(removal))
  ]
}

const rename = ({ bytes, modified, path, precondition }: Copy, from: Removal): Step => ({
  _tag: "Rename",
  path,
  from: from.path,
  reason: { _tag: "Moved", from: from.path },
  precondition,
  bytes,
  modified,
  moved: from.precondition
})
