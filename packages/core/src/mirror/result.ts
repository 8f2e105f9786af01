/** What a mirror did, as a whole. */
import type { Outcome } from "./attempts.ts"
import type { MirrorPlan } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import type { MirrorError } from "./trees.ts"

/**
 * What a mirror did.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Outcome {
  readonly plan: MirrorPlan
  /** Steps that were not done, as their source or what the target has there was no longer as planned. */
  readonly outdated: ReadonlyArray<Outdated>
  /** Whether the target has all of the source that takes part: no step failed, was outdated, or was left out. */
  readonly isComplete: boolean
  /** Why the manifest could not be written at the end: the next run doesn't know what this one did. */
  readonly manifestError: MirrorError | undefined
}
