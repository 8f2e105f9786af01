/**
 * What became of the steps of a mirror so far, by its events; for a summary of one that ends too early.
 *
 *     Found ──► Started ──► Progress ──► Done, Outdated, TimeNotKept
 *                  └───────────────────► Failed
 *     what has none of the last four is not done; nor is what was done, and is left out or has failed after all
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

/** `steps` are those that are known before the first event. */
export const make = (steps: ReadonlyArray<MirrorPlan.Step>): Tally => {
  const found = new Set(steps)
  const settled = new Set<MirrorPlan.Step>()
  const done = new Set<MirrorPlan.Step>()
  const failures = new Map<MirrorPlan.Step, FtpMirror.MirrorError>()
  const outdated: Array<FtpMirror.Outdated> = []
  const timesNotKept: Array<FtpMirror.MirrorResult["timesNotKept"][number]> = []
  const displaced: Array<FtpMirror.Displaced> = []
  const moved = new Map<MirrorPlan.Step, number>()
  const open = new Set<MirrorPlan.Step>()
  let isBegun = false
  /** What of it is done is taken back. */
  const undo = (step: MirrorPlan.Step) => {
    if (done.delete(step)) {
      settled.delete(step)
    }
  }
  return {
    done: () => [...done],
    failures: () => Array.from(failures, ([step, error]) => ({ step, error })),
    outdated,
    timesNotKept,
    displaced,
    left: () => [...found].filter((step) => !settled.has(step) && !failures.has(step)),
    unfinished: () => ({ files: moved.size, bytes: [...moved.values()].reduce((sum, bytes) => sum + bytes, 0) }),
    open: () => [...open],
    isBegun: () => isBegun,
    follow: (event) => {
      isBegun ||= event._tag === "Started"
      if (event._tag === "Started") {
        open.add(event.step)
      } else if ("step" in event && ENDS.has(event._tag)) {
        open.delete(event.step)
      }
      switch (event._tag) {
        case "Found":
          for (const step of event.steps) {
            found.add(step)
          }
          return
        case "Progress":
          moved.set(event.step, event.bytes)
          return
        case "Done":
          done.add(event.step)
          settled.add(event.step)
          failures.delete(event.step)
          moved.delete(event.step)
          return
        case "Failed":
          undo(event.step)
          failures.set(event.step, event.error)
          return
        case "LeftOut":
          undo(event.step)
          return
        case "Outdated":
          outdated.push(event)
          settled.add(event.step)
          return
        case "TimeNotKept":
          timesNotKept.push(event)
          settled.add(event.step)
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

const ENDS: ReadonlySet<FtpMirror.MirrorEvent["_tag"]> = new Set(["Done", "Failed", "Outdated", "TimeNotKept"])
