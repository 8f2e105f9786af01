/** Which skipped paths leave a tree complete all the same. */
import type { Skip } from "./MirrorPlan.ts"

/** What is left as it is because the caller wants it so, or is no part of the source. */
const FINE: ReadonlySet<Skip["reason"]> = new Set([
  "Excluded",
  "Link",
  "Reserved",
  "Drifted",
  "Newer",
  "Existing",
  "Missing"
])

/** Whether a tree is complete without what is skipped for that reason. */
export const isFine = (reason: Skip["reason"]): boolean => FINE.has(reason)
