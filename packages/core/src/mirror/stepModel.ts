/** What becomes of the steps of a plan when it is done, and how they are done; public as `FtpMirror`'s. */
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import type { Copied, CopyOptions } from "./copyModel.ts"
import type { OnServer } from "./copyOnServer.ts"
import type { Step } from "./MirrorPlan.ts"
import type { Outdated } from "./recheck.ts"
import type { Rules } from "./rules.ts"
import type { SourceFiles } from "./sourceFiles.ts"
import type { MirrorError } from "./trees.ts"

/**
 * What becomes of one step. `bytes` counts from the beginning of the file; after `"Resumed"` an earlier run has
 * moved so many of them. `"Retried"` is a transfer that was interrupted
 * and is tried again, from where it was if that is possible; a step that failed with `willRetry` begins again at the end
 * of its group. A step that is
 * left out because it `"Collides"` has a name that another one of the run has in the target, as case does not count there, or
 * the server does not say if it does. `"Reached"` ends a step that was not needed any more: see `Outcome`. `"TimeNotKept"` ends a step that was to set a time alone, and was refused: no failure, unless times must be
 * kept.
 *
 * @since 0.1.0
 * @category models
 */
export type StepEvent =
  | { readonly _tag: "Started"; readonly step: Step }
  | { readonly _tag: "Resumed"; readonly step: Step; readonly bytes: number }
  | { readonly _tag: "Progress"; readonly step: Step; readonly bytes: number }
  | { readonly _tag: "Done"; readonly step: Step; readonly result: Copied | undefined }
  | { readonly _tag: "Retried"; readonly step: Step; readonly cause: FtpTransferInterrupted }
  | {
      readonly _tag: "Failed"
      readonly step: Step
      readonly error: MirrorError
      readonly triedAgain: boolean
      readonly willRetry: boolean
    }
  | { readonly _tag: "TimeNotKept"; readonly step: Step; readonly error: MirrorError }
  | { readonly _tag: "Reached"; readonly step: Step }
  | ({ readonly _tag: "Outdated" } & Outdated)
  | { readonly _tag: "LeftOut"; readonly step: Step; readonly because: "Directory" | "Failures" | "Collides" }

/**
 * A step that could not be done.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly step: Step
  readonly error: MirrorError
}

/**
 * Something that was to be replaced by something of another type (`conflict: "Replace"`), and does not have its name, or has
 * not made room for it. All paths are those of the tree; `path` is that of both.
 *
 * - `"Old"`: the old one has its name. What could not be removed of the new one is at `replacement`
 * - `"New"`: the new one has its name. What could not be removed of the old one is at `old`
 * - `"None"`: neither can have it: the old one is at `old`, the new one at `replacement`
 * - `"Unknown"`: the server could not be asked, or it may still do a rename whose reply was lost. They are at `path`, `old` or `replacement`
 *
 * @since 0.1.0
 * @category models
 */
export interface Displaced {
  readonly path: string
  readonly live: "Old" | "New" | "None" | "Unknown"
  readonly old?: string | undefined
  readonly replacement?: string | undefined
}

/**
 * What became of the steps.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  /** What was to be replaced by something of another type, if old and new one are not both where they belong. */
  readonly displaced: ReadonlyArray<Displaced>
  readonly done: ReadonlyArray<Step>
  readonly failures: ReadonlyArray<Failure>
  /** Steps that were to set a time, which the target has refused. The content is right, and no more depends on it. */
  readonly timesNotKept: ReadonlyArray<Failure>
  /** Not tried, as something before them failed. */
  readonly leftOut: ReadonlyArray<Step>
  /**
   * Not needed any more: the target was already as they would have made it, when the plan was checked again or when their
   * turn came, as another run has done it. What was listed below a link that the listing showed as a directory went with
   * the link.
   */
  readonly reached: ReadonlyArray<Step>
  /**
   * Temporary names of uploads that were not deleted, with the directories that they are in: another client may be writing
   * to them, or the server does not tell. With `only`, files that another client has put there meanwhile. The target is
   * complete all the same. It is not if a file that was to be renamed is among them: another client has replaced or deleted it.
   */
  readonly outdated: ReadonlyArray<Outdated>
  /** Bytes of the files that were copied. */
  readonly bytes: number
}

export interface ApplyOptions extends Omit<CopyOptions, "found"> {
  /** Files of a local source that are known by their ids. */
  readonly sourceFiles?: SourceFiles | undefined
  readonly isLast: Rules["isLast"]
  /** By what a file that another run has made in a local target meanwhile is known. Default `"SizeAndTime"`. */
  readonly compare?: Rules["compare"]["by"] | undefined
  /** With `"Missing"` and `"Newer"` the target is asked for each file before it is replaced. Default `"All"`. */
  readonly only?: Rules["only"] | undefined
  /** With `"Ours"` a server is asked for each file right before it is deleted. Default `"Extra"`. */
  readonly delete?: Rules["delete"] | undefined
  readonly deleteWhen: Rules["deleteWhen"]
  /** How a file comes into the target without being sent. */
  readonly onServer?: OnServer | undefined
  /** Called in the fiber of the work: it must be quick and must not throw. */
  readonly onEvent?: ((event: StepEvent) => void) | undefined
  /** As `onEvent`, with what is not where it belongs, as soon as it is known: of a run that fails as a whole too. */
  readonly onDisplaced?: ((displaced: Displaced) => void) | undefined
}
