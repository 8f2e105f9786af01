/** Who hears of the steps of a run: the manifest that is kept, then the caller, by events and by progress. */

import type { Step } from "./MirrorPlan.ts"
import type { Keeping } from "./manifestKeeping.ts"
import * as Progress from "./progress.ts"
import type { StepEvent } from "./stepModel.ts"

export interface Listeners {
  readonly keeping: Pick<Keeping, "onDone" | "onUndone"> | undefined
  readonly onEvent?: ((event: StepEvent) => void) | undefined
  readonly onProgress?: ((progress: Progress.MirrorProgress) => void) | undefined
}

/** `steps` are those that are to be done. */
export const make = (
  steps: ReadonlyArray<Step>,
  { keeping, onEvent, onProgress }: Listeners
): ((event: StepEvent) => void) => {
  const tally = onProgress && Progress.make(steps)
  return (event) => {
    if (event._tag === "Done") {
      keeping?.onDone(event.step, event.result)
    } else if (event._tag === "LeftOut" || event._tag === "Failed") {
      keeping?.onUndone(event.step)
    }
    onEvent?.(event)
    const progress = tally?.after(event)
    if (progress !== undefined) {
      onProgress?.(progress)
    }
  }
}
