/**
 * A step, done if the target is still as it was when the step was planned, which may be hours ago. Asked right before:
 *
 *     a file that is deleted as ours, or is in the way     is it the same file?            `ownFiles.ts`
 *     a file that is renamed                               is it the same file?            `ownFiles.ts`
 *     a temporary name of an upload                        is it dead?                     `deadNames.ts`
 *     with `only`, a name that the target does not list    has another client put one?     `hidden.ts`
 *
 * What is another one by now stays, and the step is settled without having been done.
 */
import * as Effect from "effect/Effect"
import * as Masked from "../base/masked.ts"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import * as DeadNames from "./deadNames.ts"
import type * as Hidden from "./hidden.ts"
import type { Step } from "./MirrorPlan.ts"
import * as OwnFiles from "./ownFiles.ts"
import { type Flow, perform, type Result } from "./performStep.ts"
import type { Outdated } from "./recheck.ts"
import type { ApplyOptions } from "./stepModel.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Whether the step is about what replaces something of another type, or a directory above it is that. */
export type Replacing = "Itself" | "Above" | "No"

/** One attempt. */
export interface Attempt {
  readonly step: Step
  readonly source: MirrorTree
  readonly target: MirrorTree
  readonly file: LocalInfo | undefined
  readonly guard: Hidden.Guard | undefined
  /** Whether the target need not be asked if it has the file. */
  readonly isAsked: () => boolean
  readonly replacing: Replacing
  /** More files, if it is one and nothing is asked before it. */
  readonly flow?: Flow | undefined
}

/** Who hears of a step that is not done. */
export interface Handlers {
  /** What it was to remove is not there any more. */
  readonly reach: (step: Step) => void
  readonly stays: (step: Step, found: Outdated["found"], at?: string) => void
}

/** What another client has put there. */
export const TAKEN = { _tag: "File", size: undefined, modified: undefined } as const

/** `"Settled"` if there was nothing to do after all. It begins at the call. */
export const performIfUnchanged = (
  masked: Masked.Masked | undefined,
  { file, flow, guard, isAsked, replacing, source, step, target }: Attempt,
  given: ApplyOptions,
  { reach, stays }: Handlers
): Effect.Effect<Result | "Settled", MirrorError> => {
  const restore = Masked.restoreOf(masked)
  const removed = (removal: Effect.Effect<DeadNames.Now, MirrorError>) =>
    Effect.map(restore(removal), (now) => {
      if (now === "Gone") {
        reach(step)
      } else if (now !== "Dead") {
        stays(step, now)
      }
      return now === "Dead" ? undefined : "Settled"
    })
  if (DeadNames.isRemoval(step)) {
    return removed(DeadNames.remove(step, target))
  }
  if (OwnFiles.isRemoval(step, target, given)) {
    return removed(OwnFiles.remove(step, target))
  }
  const options = replacing === "No" ? given : { ...given, ...REPLACING[replacing] }
  const performed = (): Effect.Effect<Result | "Settled", MirrorError> =>
    step._tag === "Rename"
      ? Effect.map(restore(OwnFiles.rename(step, target)), (now) => {
          if (now !== "Dead") {
            stays(step, now === "Gone" ? { _tag: "Absent" } : now, step.from)
          }
          return now === "Dead" ? undefined : "Settled"
        })
      : perform(
          masked,
          step,
          source,
          target,
          guard === undefined ? options : { ...options, onPublish: guard.onPublish },
          file,
          flow
        )
  return guard === undefined || isAsked()
    ? performed()
    : Effect.flatMap(restore(guard.isTaken), (taken): Effect.Effect<Result | "Settled", MirrorError> => {
        if (taken) {
          stays(step, TAKEN)
        }
        return taken ? Effect.succeed("Settled") : performed()
      })
}

/**
 * A file that has a temporary name anyway needs no other one. What is in a directory that has one goes with that if the run ends
 * early, so no later run finds it.
 */
const REPLACING = { Itself: { atomic: false, resume: "Never" }, Above: { resume: "Never" } } as const
