/** What is told of a swap while it goes on. */
import type { MirrorEvent, SwapState } from "./events.ts"
import type { MirrorError } from "./trees.ts"

/** A state of the swap of that path. */
export type Tell = (state: SwapState, path: string, error?: MirrorError) => void

/** To the listener of a mirror's events. */
export const telling =
  (onEvent: ((event: MirrorEvent) => void) | undefined): Tell =>
  (state, path, error) =>
    onEvent?.({ _tag: "Swap", state, path, ...(error !== undefined && { error }) })
