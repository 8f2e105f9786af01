/**
 * What became of the steps of a mirror so far, by its events; for a summary of one that ends too early.
 *
 *     Found ──► Started ──► Progress ──► Done, Reached, Outdated, TimeNotKept
 *                  └───────────────────► Failed
 *     what has none of the last five is not done; nor is what was done, and is left out or has failed after all
 */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"

/** What has become of the steps. */
export interface Tally {
  readonly follow: (event: FtpMirror.MirrorEvent) => void
  readonly done: () => ReadonlyArray<MirrorPlan.Step>
  /** Those that are not tried again, or not yet. */
  readonly failures: () => FtpMirror.MirrorResult["failures"]
  readonly outdated: ReadonlyArray<FtpMirror.Outdated>
  /** Those that another run has done meanwhile. */
  readonly reached: ReadonlyArray<MirrorPlan.Step>
  readonly timesNotKept: FtpMirror.MirrorResult["timesNotKept"]
  readonly displaced: FtpMirror.MirrorResult["displaced"]
  /** Those that were not tried, or not to their end. */
  readonly left: () => ReadonlyArray<MirrorPlan.Step>
  /** Bytes of files that are not done: those that an earlier run moved too, if it was resumed. */
  readonly unfinished: () => { readonly files: number; readonly bytes: number }
  /** Those that were begun, and whose end is not known. */
  readonly open: () => ReadonlyArray<MirrorPlan.Step>
  readonly isBegun: () => boolean
}

/** What has become of one step. */
interface Fate {
  isFound: boolean
  isOpen: boolean
  isDone: boolean
  isSettled: boolean
  /** Bytes that have moved, until it is done. */
  moved: number | undefined
}

/** `steps` are those that are known before the first event. */
export const make = (steps: ReadonlyArray<MirrorPlan.Step>): Tally => {
  // One entry for each: sets for all that is asked would be looked into ten times for a small file.
  const fates = new Map<MirrorPlan.Step, Fate>()
  const failures = new Map<MirrorPlan.Step, FtpMirror.MirrorError>()
  const outdated: Array<FtpMirror.Outdated> = []
  const reached: Array<MirrorPlan.Step> = []
  const timesNotKept: Array<FtpMirror.MirrorResult["timesNotKept"][number]> = []
  const displaced: Array<FtpMirror.Displaced> = []
  let isBegun = false
  const fateOf = (step: MirrorPlan.Step): Fate => {
    let fate = fates.get(step)
    if (fate === undefined) {
      fate = { isFound: false, isOpen: false, isDone: false, isSettled: false, moved: undefined }
      fates.set(step, fate)
    }
    return fate
  }
  const stepsThat = (is: (fate: Fate, step: MirrorPlan.Step) => boolean) =>
    [...fates].flatMap(([step, fate]) => (is(fate, step) ? [step] : []))
  const find = (step: MirrorPlan.Step) => {
    fateOf(step).isFound = true
  }
  /** What of it is done is taken back. */
  const undo = (step: MirrorPlan.Step) => {
    const fate = fateOf(step)
    if (fate.isDone) {
      fate.isDone = false
      fate.isSettled = false
    }
  }
  const end = (step: MirrorPlan.Step): Fate => {
    const fate = fateOf(step)
    fate.isOpen = false
    return fate
  }
  /** There is nothing to do for it any more. */
  const settle = (step: MirrorPlan.Step) => {
    const fate = end(step)
    fate.isSettled = true
    fate.moved = undefined
    failures.delete(step)
  }
  steps.forEach(find)
  return {
    done: () => stepsThat(({ isDone }) => isDone),
    failures: () => Array.from(failures, ([step, error]) => ({ step, error })),
    outdated,
    reached,
    timesNotKept,
    displaced,
    left: () => stepsThat(({ isFound, isSettled }, step) => isFound && !isSettled && !failures.has(step)),
    unfinished: () => {
      const moved = [...fates.values()].flatMap(({ moved }) => (moved === undefined ? [] : [moved]))
      return { files: moved.length, bytes: moved.reduce((sum, bytes) => sum + bytes, 0) }
    },
    open: () => stepsThat(({ isOpen }) => isOpen),
    isBegun: () => isBegun,
    follow: (event) => {
      switch (event._tag) {
        case "Found":
          event.steps.forEach(find)
          return
        case "Started":
          isBegun = true
          fateOf(event.step).isOpen = true
          return
        case "Progress":
          fateOf(event.step).moved = event.bytes
          return
        case "Done": {
          const fate = end(event.step)
          fate.isDone = true
          fate.isSettled = true
          fate.moved = undefined
          failures.delete(event.step)
          return
        }
        case "Failed":
          end(event.step)
          undo(event.step)
          failures.set(event.step, event.error)
          return
        case "LeftOut":
          undo(event.step)
          return
        case "Reached":
          settle(event.step)
          reached.push(event.step)
          return
        case "Outdated":
          settle(event.step)
          outdated.push(event)
          return
        case "TimeNotKept":
          timesNotKept.push(event)
          end(event.step).isSettled = true
          return
        case "Displaced": {
          const { _tag, ...each } = event
          displaced.push(each)
          return
        }
      }
    }
  }
}
