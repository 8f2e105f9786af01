/** What replaces something of another type, in a plan of which not all can be done: it comes as a whole, or not at all. Pure. */
import type { Step } from "./MirrorPlan.ts"
import type { Removal } from "./removals.ts"
import * as Tree from "./Tree.ts"

/** Whether a step removes what is in the way of something of another type. */
export const isInTheWay = (step: Step): step is Removal => step._tag === "Remove" && step.reason._tag === "TypeDiffers"

/**
 * What is in the way goes only if what replaces it comes as a whole: which of the steps that hold stay because one of
 * the same replacement is not done.
 */
export const splitBy = (
  undone: ReadonlyArray<Step>,
  holds: ReadonlyArray<Step>,
  replacementFor: (step: Step) => Step | undefined
): ((step: Step) => boolean) => {
  const removals = holds.filter(isInTheWay)
  const replacements = new Map(
    removals.flatMap((step) => {
      const replacement = replacementFor(step)
      return replacement === undefined ? [] : [[replacement.path, replacement] as const]
    })
  )
  const of = (step: Step): Step | undefined =>
    step._tag === "Remove"
      ? isInTheWay(step)
        ? replacementFor(step)
        : undefined
      : replacements.size === 0
        ? undefined
        : [step.path, ...Tree.ancestors(step.path)].map((path) => replacements.get(path)).find((at) => at !== undefined)
  const held = new Set(holds)
  const stay = new Set(undone.map(of))
  return (step) => {
    const replacement = of(step)
    return replacement === undefined ? isInTheWay(step) : stay.has(replacement) || !held.has(replacement)
  }
}
