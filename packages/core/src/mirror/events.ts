/** What happens during a mirror, from the first listing to the result. */

import type { MirrorPlan } from "./MirrorPlan.ts"
import type { MirrorResult, NotSwapped } from "./result.ts"
import type { Displaced, StepEvent } from "./stepModel.ts"
import type { MirrorError } from "./trees.ts"

/**
 * What happens during a mirror; each event tells by its fields all that is to be shown of it.
 *
 * - `"Scanned"`: how many directories of one side were listed so far, and how many entries they have
 * - `"Planned"`: what will be done. A mirror that copies while it reads has no such event, but
 * - `"Found"`: one more piece of the plan, each thing once: steps, what is left as it is, how many files need nothing.
 *   After the one with `isLast` come only files of `only: "Missing"`, which are asked for when their turn comes, and what
 *   a person should know of the whole
 * - `"Outdated"`: a step of a plan that was checked again is not done, or the temporary name of an upload is not deleted
 * - `"Started"`, `"Resumed"`, `"Progress"`, `"Retried"`, `"Done"`, `"Failed"`, `"TimeNotKept"`, `"Reached"`, `"LeftOut"`: what becomes of one step
 * - `"Displaced"`: something that was to be replaced by something of another type is not where it belongs, see `Displaced`.
 *   It is sent of a run that fails as a whole or is interrupted too, which has no result
 * - `"Swap"`: where a swap is, and the name beside the target that it is about. `"Watching"`: an unfinished stage of an
 *   earlier run, or the old tree that it has not removed, and it may be alive: half a minute shows. `"Claimed"`: it is continued. `"Staging"`: a new one is made.
 *   `"Staged"`: all is there. `"Swapped"`: it is live. `"Finished"`, `"RolledBack"`, `"Tidied"`: a swap that was cut off
 *   between its two renames, or after them, was brought to its end, or the old tree is live again. `"CutOff"`, of a plan: a swap
 *   is still between its renames, and the next run ends it. `"Left"`: the old tree of such a swap could not be removed, for
 *   the reason in `error`; without one it has changed since its run has seen it last, and stays. `"Foreign"`: something
 *   that looks like a part of a swap is left as it is, as nothing shows what it is
 * - `"NotSwapped"`: one of the two renames failed, and what is where by then
 * - `"Summary"`: the end, unless the mirror fails as a whole or is interrupted before. It is sent as well if a mirror is
 *   interrupted after its swap, while it removes what an earlier run has left
 *
 * @since 0.1.0
 * @category models
 */
export type MirrorEvent =
  | {
      readonly _tag: "Scanned"
      readonly side: "Source" | "Target"
      readonly directories: number
      readonly entries: number
    }
  | { readonly _tag: "Planned"; readonly plan: MirrorPlan }
  | {
      readonly _tag: "Found"
      readonly steps: MirrorPlan["steps"]
      readonly skipped: MirrorPlan["skipped"]
      readonly warnings: ReadonlyArray<string>
      readonly unchanged: number
      /** Whether all directories are read. */
      readonly isLast: boolean
    }
  | StepEvent
  | ({ readonly _tag: "Displaced" } & Displaced)
  | {
      readonly _tag: "Swap"
      readonly state: SwapState
      readonly path: string
      readonly error?: MirrorError | undefined
    }
  | NotSwapped
  | { readonly _tag: "Summary"; readonly result: MirrorResult }

/**
 * Where a swap is: see `MirrorEvent`.
 *
 * @since 0.1.0
 * @category models
 */
export type SwapState =
  | "Watching"
  | "Claimed"
  | "Staging"
  | "Staged"
  | "Swapped"
  | "Finished"
  | "RolledBack"
  | "Tidied"
  | "CutOff"
  | "Left"
  | "Foreign"
