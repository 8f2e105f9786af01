/**
 * Names of a source that can't all have a place in the target, as they are one there, or may be one: the first one gets it.
 */
import { foldWidely } from "../protocol/NameFolding.ts"
import * as Grouping from "./grouping.ts"
import type { Skip } from "./MirrorPlan.ts"
import type { NameRules } from "./rules.ts"

/** The paths of a source that have a place in the target. */
export interface Places {
  readonly take: (path: string) => void
  /** Why another path has no place besides those; `undefined` if it has. */
  readonly whyNone: (path: string) => Omit<Skip, "path"> | undefined
}

/** `undefined` if each path is another one. */
export const make = ({ compareCase, fold, isCaseUnclear, isExact }: NameRules): Places | undefined => {
  if (isExact?.() === true && isCaseUnclear?.() !== true) {
    return undefined
  }
  const taken = new Map<string, string>()
  // Where a server does not say if case counts, two names of the source may be one in the target.
  const alike = isCaseUnclear?.() === true ? new Map<string, Array<string>>() : undefined
  return {
    take: (path) => {
      taken.set(fold(path), path)
      if (alike !== undefined) {
        Grouping.add(alike, foldWidely(path), path)
      }
    },
    whyNone: (path) => {
      const same = taken.get(fold(path))
      if (same !== undefined) {
        return { reason: "Collides", detail: `the same name as ${same} in the target` }
      }
      const other = alike?.get(foldWidely(path))?.find((other) => compareCase?.(other, path) === "Unknown")
      return other === undefined
        ? undefined
        : {
            reason: "Collides",
            detail: `may be the same name as ${other} in the target, which does not say if case counts`
          }
    }
  }
}
