/**
 * What has become of the steps of a plan so far, and of what they need. `attempts` tries them.
 *
 *     not begun ──► begun ──► done ──► undone: left out
 *         │           ├─────► failed ──► done, when it is tried again
 *         │           └─────► outdated, reached
 *         └─► left out
 */
import type { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import type { Copied } from "./copyModel.ts"
import * as LostRename from "./lostRename.ts"
import type { Step } from "./MirrorPlan.ts"
import { type Group, groupOf } from "./order.ts"
import * as OtherDownload from "./otherDownload.ts"
import type { Outdated } from "./recheck.ts"
import { mayPass } from "./secondTurn.ts"
import type { ApplyOptions, Failure, Outcome } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError } from "./trees.ts"

/** A file that another run downloads to the same name, and how that was found. */
export interface InUse {
  readonly step: Step
  readonly error: FtpLocalFileError
}

/** What is asked of it and told to it by others than `attempts`. */
export interface Standing {
  /** The target was asked just now whether it has the file of a step. */
  readonly asked: (step: Step) => void
  /** What became of the attempt to make a directory. */
  readonly stateOf: (path: string) => "Made" | "Exists" | "Failed"
  /** Files whose failure may pass. */
  readonly takeRetries: (group: Group) => ReadonlyArray<Step>
  /** Files that another run downloads. What fails of them from now on is final. */
  readonly takeInUse: (group: Group) => ReadonlyArray<InUse>
  readonly hasFailures: () => boolean
  /** Of removals, those that were refused: what they were to remove may be gone. */
  readonly refused: (steps: ReadonlyArray<Step>) => ReadonlyArray<Step>
  readonly leaveOut: (steps: ReadonlyArray<Step>) => void
  /** A step that would come to the name of another one. */
  readonly collides: (step: Step) => void
  /** Whether a step was tried: something of it may be there. */
  readonly isBegun: (step: Step) => boolean
  /** What is known of a rename: without the reply the server may have done it, or may still do it. */
  readonly certaintyOf: (step: Step) => "Done" | "NotDone" | "Unknown" | "Interrupted"
  /** Whether a step was done, and not undone. */
  readonly isDone: (step: Step) => boolean
  /** Whether what a step was to remove is not there any more. */
  readonly isGone: (step: Step) => boolean
  /** A step that was done has failed after all; without an error it is left out. */
  readonly fail: (step: Step, error: MirrorError | undefined) => void
  /** What it was to remove is something else by now, which stays. */
  readonly stays: (step: Step, found: Outdated["found"], at?: string) => void
  /** What was done of them is left out after all. */
  readonly undo: (steps: ReadonlyArray<Step>) => void
  readonly outcome: () => Omit<Outcome, "displaced">
}

export interface Ledger extends Standing {
  /** The directories that this run has made. */
  readonly made: ReadonlySet<string>
  /** Whether the step is over before it was tried, by what became of others: that is noted. Else it has begun. */
  readonly isOver: (step: Step) => boolean
  /** Whether nothing that became of others is known to decide about the step. */
  readonly isFree: (step: Step) => boolean
  /** Whether a directory that the step needs could not be made. */
  readonly isBelowBroken: (step: Step) => boolean
  /** Whether a link that was listed as a directory is removed, and what was listed below it with it. */
  readonly isUnlinked: (step: Step) => boolean
  /** Whether the target need not be asked if it has the file of a step; it is the next time. */
  readonly takeAsked: (step: Step) => boolean
  readonly begin: (step: Step) => void
  /** The target is already as it would have made it. */
  readonly reach: (step: Step) => void
  /** There was nothing to do for it after all, so an earlier failure counts no more. */
  readonly settled: (step: Step) => void
  readonly succeeded: (step: Step, copied?: Copied) => void
  /** Its directory was made, and not there before. */
  readonly madeBy: (step: Step) => void
  readonly unlinked: (step: Step) => void
  readonly failed: (step: Step, error: MirrorError, isAgain: boolean) => void
  readonly timeNotKept: (step: Step, error: MirrorError) => void
}

export const make = (options: ApplyOptions): Ledger => {
  const emit = options.onEvent ?? (() => {})
  /** With the bytes that were copied for each. */
  const done = new Map<Step, number>()
  const begun = new Set<Step>()
  const failures = new Map<Step, MirrorError>()
  const timesNotKept: Array<Failure> = []
  const leftOut: Array<Step> = []
  const reached = new Set<Step>()
  const outdated: Array<Outdated> = []
  let isMissing = false
  /** Directories in which a temporary name stays. */
  const occupied = new Set<string>()
  const made = new Set<string>()
  const broken = new Set<string>()
  /** Links that were listed as directories: with them goes what was listed below. */
  const unlinked = new Set<string>()
  /** Files that the target was asked for just now. */
  const asked = new Set<Step>()
  /** Files that another run had, which was waited for. */
  const waitedFor = new Set<Step>()

  const leaveOut = (step: Step, because: "Directory" | "Failures" | "Collides") => {
    leftOut.push(step)
    emit({ _tag: "LeftOut", step, because })
  }

  /** Nothing can be put into a directory that is not there after all. */
  const unmake = (step: Step) => {
    if (step._tag === "MakeDirectory") {
      made.delete(step.path)
      broken.add(step.path)
    }
  }

  const undo: Ledger["undo"] = (steps) => {
    for (const step of steps) {
      if (done.delete(step)) {
        unmake(step)
        leaveOut(step, "Failures")
      }
    }
  }

  const reach: Ledger["reach"] = (step) => {
    failures.delete(step)
    reached.add(step)
    emit({ _tag: "Reached", step })
  }

  const stays: Ledger["stays"] = (step, found, at) => {
    const why: Outdated = { step, side: "Target", found, ...(at !== undefined && { at }) }
    outdated.push(why)
    isMissing ||= isMissed(why)
    for (const above of Tree.ancestors(at ?? step.path)) {
      occupied.add(above)
    }
    emit({ _tag: "Outdated", ...why })
  }

  const succeeded: Ledger["succeeded"] = (step, copied) => {
    failures.delete(step)
    done.set(step, copied?.bytes ?? 0)
    emit({ _tag: "Done", step, result: copied })
  }

  return {
    made,
    isOver: (step) => {
      if (Tree.isWithin(step.path, broken)) {
        leaveOut(step, "Directory")
        return true
      }
      if (step._tag === "Remove" && Tree.isWithin(step.path, unlinked)) {
        if (!unlinked.has(step.path)) {
          reach(step)
        }
        return true
      }
      if (step._tag === "Remove" && occupied.has(step.path)) {
        stays(step, { _tag: "Directory" })
        return true
      }
      begun.add(step)
      emit({ _tag: "Started", step })
      return false
    },
    isFree: ({ _tag, path }) =>
      !Tree.isWithin(path, broken) && !(_tag === "Remove" && (Tree.isWithin(path, unlinked) || occupied.has(path))),
    isBelowBroken: ({ path }) => Tree.isWithin(path, broken),
    isUnlinked: ({ path }) => Tree.isWithin(path, unlinked),
    takeAsked: (step) => asked.delete(step) || made.has(Tree.parent(step.path)),
    begin: (step) => {
      begun.add(step)
    },
    reach,
    settled: (step) => {
      failures.delete(step)
    },
    succeeded,
    madeBy: ({ path }) => {
      made.add(path)
    },
    unlinked: (step) => {
      unlinked.add(step.path)
      succeeded(step)
    },
    failed: (step, error, isAgain) => {
      failures.set(step, error)
      if (step._tag === "MakeDirectory") {
        broken.add(step.path)
      }
      const isWaitedFor = OtherDownload.isInUse(error) && !waitedFor.has(step)
      const willRetry = isFile(step) && (isWaitedFor || (!isAgain && mayPass(error)))
      emit({ _tag: "Failed", step, error, triedAgain: isAgain, willRetry })
    },
    timeNotKept: (step, error) => {
      timesNotKept.push({ step, error })
      emit({ _tag: "TimeNotKept", step, error })
    },
    asked: (step) => {
      asked.add(step)
    },
    stateOf: (path) => (made.has(path) ? "Made" : broken.has(path) ? "Failed" : "Exists"),
    takeRetries: (group) =>
      [...failures].flatMap(([step, error]) =>
        groupOf(step, options) === group && mayPass(error) && !OtherDownload.isInUse(error) ? [step] : []
      ),
    takeInUse: (group) =>
      [...failures].flatMap(([step, error]) => {
        if (groupOf(step, options) !== group || !OtherDownload.isInUse(error)) {
          return []
        }
        waitedFor.add(step)
        return [{ step, error }]
      }),
    refused: (steps) =>
      failures.size === 0
        ? []
        : steps.filter((step) => {
            const error = failures.get(step)
            return step._tag === "Remove" && error !== undefined && isRefusal(error)
          }),
    hasFailures: () => failures.size > 0 || leftOut.length > 0 || isMissing,
    leaveOut: (steps) => {
      for (const step of steps) {
        leaveOut(step, "Failures")
      }
    },
    collides: (step) => {
      if (step._tag === "MakeDirectory") {
        broken.add(step.path)
      }
      leaveOut(step, "Collides")
    },
    isBegun: (step) => begun.has(step),
    isDone: (step) => done.has(step),
    certaintyOf: (step) => {
      const error = failures.get(step)
      return done.has(step)
        ? "Done"
        : error !== undefined
          ? LostRename.mayBeDone(error)
            ? "Unknown"
            : "NotDone"
          : begun.has(step)
            ? "Interrupted"
            : "NotDone"
    },
    isGone: (step) => done.has(step) || reached.has(step),
    fail: (step, error) => {
      if (error === undefined) {
        undo([step])
      } else {
        done.delete(step)
        unmake(step)
        failures.set(step, error)
        emit({ _tag: "Failed", step, error, triedAgain: false, willRetry: false })
      }
    },
    stays,
    undo,
    outcome: () => ({
      done: [...done.keys()],
      failures: Array.from(failures, ([step, error]) => ({ step, error })),
      timesNotKept,
      leftOut,
      reached: [...reached],
      outdated,
      bytes: [...done.values()].reduce((sum, bytes) => sum + bytes, 0)
    })
  }
}

/** Whether the target lacks something of the source because the step was outdated: what was to be renamed is gone. */
export const isMissed = ({ at, step }: Outdated): boolean => step._tag === "Rename" && at !== undefined

const isRefusal = (error: MirrorError): boolean =>
  (error._tag === "FtpRejected" && !error.isRetryable) ||
  (error._tag === "FtpLocalFileError" && error.reason === "NotFound")

const isFile = ({ _tag }: Step): boolean => _tag === "Copy" || _tag === "Replace"
