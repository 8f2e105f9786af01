/** Which skipped paths leave a tree complete all the same. */
import type { Skip } from "./planExceptions.ts"

/** What is left as it is because the caller wants it so, or is no part of the source. */
const FINE: ReadonlySet<Skip["reason"]> = new Set([
  "Excluded",
  "Link",
  "Special",
  "Reserved",
  "Drifted",
  "Newer",
  "Existing",
  "Missing"
])

/**
 * Whether the target lacks something of the source because of what is skipped, so that the mirror is not complete. What is
 * left as it is because the caller wants it so is not.
 *
 * @since 0.1.0
 * @category guards
 */
export const isIncomplete = ({ reason }: Pick<Skip, "reason">): boolean => !isFine(reason)

/** Whether a tree is complete without what is skipped for that reason. */
export const isFine = (reason: Skip["reason"]): boolean => FINE.has(reason)
