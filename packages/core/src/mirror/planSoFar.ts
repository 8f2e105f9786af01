/**
 * What a mirror that copies while it reads has found to do so far; the listener of its events, and the account of its
 * progress, hear of each thing at once.
 */
import type { FileStep } from "./copyModel.ts"
import type * as CopyTree from "./copyTree.ts"
import type { MirrorEvent } from "./events.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"
import type * as Progress from "./progress.ts"

export interface PlanSoFar {
  readonly steps: Array<MirrorPlan.Step>
  readonly skipped: Array<MirrorPlan.Skip>
  readonly warnings: Array<string>
  unchanged: number
  readonly dead: Array<string>
  readonly last: Array<FileStep>
  readonly times: Array<MirrorPlan.Step>
  /** Tells of a step. It is one of the `steps` when its turn has come. */
  readonly tell: (step: MirrorPlan.Step) => void
  readonly skip: (...skips: ReadonlyArray<MirrorPlan.Skip>) => void
  readonly warn: (warning: string) => void
  readonly same: (files: number) => void
  readonly all: () => void
}

export const make = ({ onEvent }: MirrorOptions, tally: Progress.Tally | undefined): PlanSoFar => {
  const emit = (piece: Partial<Extract<MirrorEvent, { readonly _tag: "Found" }>>) =>
    onEvent?.({ _tag: "Found", steps: [], skipped: [], warnings: [], unchanged: 0, isLast: false, ...piece })
  const found: PlanSoFar = {
    steps: [],
    skipped: [],
    warnings: [],
    unchanged: 0,
    dead: [],
    last: [],
    times: [],
    tell: (step) => {
      tally?.add(step)
      // Without a spread: it is told of each file.
      onEvent?.({ _tag: "Found", steps: [step], skipped: NONE, warnings: NONE, unchanged: 0, isLast: false })
    },
    skip: (...skipped) => {
      found.skipped.push(...skipped)
      emit({ skipped })
    },
    warn: (warning) => {
      found.warnings.push(warning)
      emit({ warnings: [warning] })
    },
    same: (unchanged) => {
      found.unchanged += unchanged
      if (unchanged > 0) {
        emit({ unchanged })
      }
    },
    all: () => emit({ isLast: true })
  }
  return found
}

const NONE: ReadonlyArray<never> = []

/** Tells how much of each side was read so far. */
export const scanning = ({ onEvent }: MirrorOptions): CopyTree.Handlers<never, never>["scanned"] => {
  const read = { Source: { directories: 0, entries: 0 }, Target: { directories: 0, entries: 0 } }
  return (side, entries) => {
    read[side].directories++
    read[side].entries += entries
    onEvent?.({ _tag: "Scanned", side, ...read[side] })
  }
}
