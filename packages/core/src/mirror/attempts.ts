/**
 * The steps of a plan, tried one by one: what was done, what failed, and what is left out because of that.
 */
import * as Effect from "effect/Effect"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import { performIfUnchanged, type Replacing, TAKEN } from "./checkedStep.ts"
import { endsAll } from "./endsAll.ts"
import * as Hidden from "./hidden.ts"
import * as LostRename from "./lostRename.ts"
import type { Step } from "./MirrorPlan.ts"
import { type Group, groupOf } from "./order.ts"
import * as Proofs from "./proofs.ts"
import type { Outdated } from "./recheck.ts"
import { mayPass } from "./secondTurn.ts"
import type { ApplyOptions, Failure, Outcome } from "./stepModel.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** The steps of one run, and what became of them. */
export interface Run {
  readonly attempt: (
    step: Step,
    target: MirrorTree,
    isAgain?: boolean,
    source?: MirrorTree,
    found?: LocalInfo
  ) => Effect.Effect<void, MirrorError>
  /** Removes a link that was listed as a directory, so that nothing beyond it is touched. */
  readonly unlink: (step: Step) => Effect.Effect<void, MirrorError>
  /**
   * Proves that the directory of a step is where its path says, before a worker that keeps a session tries the step: the
   * proof takes a session of its own. If it fails, so does each step in that directory.
   */
  readonly prepare: (step: Step) => Effect.Effect<void, MirrorError>
  /** Makes directories of one directory in one flight. True for each that was made; nothing is said of the others. */
  readonly makeTogether: (steps: ReadonlyArray<Step>) => Effect.Effect<ReadonlyArray<boolean>, MirrorError>
  /** What became of the attempt to make a directory. */
  /** The target was asked just now whether it has the file of a step. */
  readonly asked: (step: Step) => void
  readonly stateOf: (path: string) => "Made" | "Exists" | "Failed"
  readonly takeRetries: (group: Group) => ReadonlyArray<Step>
  readonly hasFailures: () => boolean
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

export const make = (
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions,
  replacingAt: (path: string) => Replacing = () => "No"
): Effect.Effect<Run> =>
  Effect.sync(() => {
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
    const prove = Proofs.make(source, target, made)

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

    const undo: Run["undo"] = (steps) => {
      for (const step of steps) {
        if (done.delete(step)) {
          unmake(step)
          leaveOut(step, "Failures")
        }
      }
    }

    const stays: Run["stays"] = (step, found, at) => {
      const why: Outdated = { step, side: "Target", found, ...(at !== undefined && { at }) }
      outdated.push(why)
      isMissing ||= isMissed(why)
      for (const above of Tree.ancestors(at ?? step.path)) {
        occupied.add(above)
      }
      emit({ _tag: "Outdated", ...why })
    }

    const handlers = { stays, gone: (step: Step) => void reached.add(step) }

    const attempt: Run["attempt"] = (step, to, isAgain = false, from = source, found) =>
      Effect.suspend(() => {
        if (Tree.isWithin(step.path, broken)) {
          leaveOut(step, "Directory")
          return Effect.void
        }
        if (step._tag === "Remove" && Tree.isWithin(step.path, unlinked)) {
          if (!unlinked.has(step.path)) {
            reached.add(step)
          }
          return Effect.void
        }
        if (step._tag === "Remove" && occupied.has(step.path)) {
          stays(step, { _tag: "Directory" })
          return Effect.void
        }
        begun.add(step)
        emit({ _tag: "Started", step })
        const guard = Hidden.guardOf(step, to, options)
        const file = found ?? (isAgain ? undefined : options.sourceFiles?.get(step.path))
        const isAsked = () => asked.delete(step) || made.has(Tree.parent(step.path))
        const performed = performIfUnchanged(
          { step, source: from, target: to, file, guard, isAsked, replacing: replacingAt(step.path) },
          options,
          handlers
        )
        const proof = prove(step, isAgain)
        return Effect.matchEffect(proof === undefined ? performed : Effect.zipRight(proof, performed), {
          onFailure: (error) => {
            if (guard?.wasTaken() === true) {
              stays(step, TAKEN)
              return Effect.void
            }
            if (step._tag === "SetTime" && options.mustKeepTimes !== true && isRefusal(error)) {
              timesNotKept.push({ step, error })
              emit({ _tag: "TimeNotKept", step, error })
              return Effect.void
            }
            failures.set(step, error)
            if (step._tag === "MakeDirectory") {
              broken.add(step.path)
            }
            const willRetry = !isAgain && isFile(step) && mayPass(error)
            emit({ _tag: "Failed", step, error, triedAgain: isAgain, willRetry })
            return endsAll(error) ? Effect.fail(error) : Effect.void
          },
          onSuccess: (result) => {
            failures.delete(step)
            if (result === "Settled") {
              return Effect.void
            }
            if (result === "Made") {
              made.add(step.path)
            }
            const copied = typeof result === "object" ? result : undefined
            done.set(step, copied?.bytes ?? 0)
            emit({ _tag: "Done", step, result: copied })
            return Effect.void
          }
        })
      })

    const unlink: Run["unlink"] = (step) =>
      target._tag === "Local" || !target.mayHaveLinks() || Tree.isWithin(step.path, unlinked)
        ? Effect.void
        : Effect.zipRight(prove(step) ?? Effect.void, target.removeFile(step.path)).pipe(
            Effect.andThen(() => {
              unlinked.add(step.path)
              done.set(step, 0)
              emit({ _tag: "Done", step, result: undefined })
            }),
            Effect.catchIf(
              (error) => !endsAll(error),
              () => Effect.void
            )
          )

    const makeTogether: Run["makeTogether"] = (all) => {
      // Directories that can't be made are reported one by one.
      const steps = all.some(({ path }) => Tree.isWithin(path, broken)) ? [] : all
      for (const step of steps) {
        begun.add(step)
      }
      return Effect.forEach(steps.slice(0, 1), (step) => prove(step) ?? Effect.void, { discard: true }).pipe(
        Effect.andThen(steps.length === 0 ? Effect.succeed([]) : target.makeDirectories(steps.map(({ path }) => path))),
        Effect.tap((each) =>
          Effect.sync(() => {
            for (const step of steps.filter((_, index) => each[index])) {
              emit({ _tag: "Started", step })
              made.add(step.path)
              done.set(step, 0)
              emit({ _tag: "Done", step, result: undefined })
            }
          })
        ),
        // Each of them meets the same failure when it is made alone, and reports it.
        Effect.catchIf(
          (error) => !endsAll(error),
          () => Effect.succeed([])
        )
      )
    }

    return {
      attempt,
      makeTogether,
      unlink,
      prepare: (step) =>
        Effect.catchIf(
          prove(step) ?? Effect.void,
          (error) => !endsAll(error),
          () => Effect.void
        ),
      asked: (step) => {
        asked.add(step)
      },
      stateOf: (path) => (made.has(path) ? "Made" : broken.has(path) ? "Failed" : "Exists"),
      takeRetries: (group) =>
        [...failures].flatMap(([step, error]) => (groupOf(step, options) === group && mayPass(error) ? [step] : [])),
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
  })

/** A server without the right to set times, or a local file of another user's. Not a file that is gone, nor a busy server. */
const isRefusal = (error: MirrorError): boolean =>
  (error._tag === "FtpRejected" || (error._tag === "FtpLocalFileError" && error.operation === "SetTime")) &&
  error.reason !== "NotFound" &&
  !(error._tag === "FtpRejected" && error.isRetryable) &&
  !endsAll(error)

/** Whether the target lacks something of the source because the step was outdated: what was to be renamed is gone. */
export const isMissed = ({ at, step }: Outdated): boolean => step._tag === "Rename" && at !== undefined

const isFile = ({ _tag }: Step): boolean => _tag === "Copy" || _tag === "Replace"
