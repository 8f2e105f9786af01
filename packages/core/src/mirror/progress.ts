/** How far a mirror is, over all its files, from what happens to each. */

import type { Step } from "./MirrorPlan.ts"
import type { StepEvent } from "./stepModel.ts"

/**
 * How far a mirror is with the files that it copies. A file that failed counts as neither done nor moved.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorProgress {
  /** The file that moved last, relative to the root. */
  readonly path: string
  /** How many files are done. */
  readonly files: number
  /** All files to copy; of trees that are copied while they are read, those that were found so far. */
  readonly totalFiles: number
  /** The bytes that have moved, of files that are not done too. */
  readonly bytes: number
  /** The bytes of all files. What a listing did not tell counts from when it moves. */
  readonly totalBytes: number
}

/** What is known of the files, and what happens to them. */
export interface Tally {
  /** Counts a step, if it copies a file. */
  readonly add: (step: Step) => void
  /** The progress after an event, or `undefined` if it is the same. */
  readonly after: (event: StepEvent) => MirrorProgress | undefined
}

export const make = (steps: ReadonlyArray<Step>): Tally => {
  const expected = new Map<string, number>()
  const moved = new Map<string, number>()
  const finished = new Set<string>()
  let bytes = 0
  let totalBytes = 0
  const add = (step: Step): void => {
    if (isFile(step)) {
      expected.set(step.path, step.bytes ?? 0)
      totalBytes += step.bytes ?? 0
    }
  }
  steps.forEach(add)
  const move = (path: string, now: number) => {
    bytes += now - (moved.get(path) ?? 0)
    moved.set(path, now)
    const known = expected.get(path) ?? 0
    if (now > known) {
      totalBytes += now - known
      expected.set(path, now)
    }
  }
  const after: Tally["after"] = (event) => {
    const { step } = event
    if (!isFile(step)) {
      return undefined
    }
    switch (event._tag) {
      case "Progress":
        move(step.path, event.bytes)
        break
      case "Done":
        move(step.path, event.result?.bytes ?? 0)
        finished.add(step.path)
        break
      case "Reached":
        move(step.path, expected.get(step.path) ?? 0)
        finished.add(step.path)
        break
      case "Failed":
        finished.delete(step.path)
        move(step.path, 0)
        break
      case "LeftOut":
        // It was done, and taken back.
        if (!finished.delete(step.path)) {
          return undefined
        }
        move(step.path, 0)
        break
      case "Started":
      case "Resumed":
      case "Retried":
      case "TimeNotKept":
      case "Outdated":
        return undefined
    }
    return { path: step.path, files: finished.size, totalFiles: expected.size, bytes, totalBytes }
  }
  return { add, after }
}

const isFile = (step: Step): step is Extract<Step, { readonly _tag: "Copy" | "Replace" }> =>
  step._tag === "Copy" || step._tag === "Replace"
