/** A plan, done, with its manifest kept meanwhile, and what is to be said of it all. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import * as Apply from "./apply.ts"
import type { MirrorEvent, Outcome } from "./attempts.ts"
import type { CopyOptions } from "./copyFile.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import * as ManifestKeeping from "./manifestKeeping.ts"
import { isLast, type Prepared } from "./prepare.ts"
import * as Progress from "./progress.ts"
import type { Outdated, Rechecked } from "./recheck.ts"
import * as Spelling from "./spelling.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/**
 * What a mirror did.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Outcome {
  readonly plan: MirrorPlan.MirrorPlan
  /** Steps that were not done, as their source or what the target has there was no longer as planned. */
  readonly outdated: ReadonlyArray<Outdated>
  /** Whether the target has all of the source that takes part: no step failed, was outdated, or was left out. */
  readonly isComplete: boolean
  /** Why the manifest could not be written at the end: the next run doesn't know what this one did. */
  readonly manifestError: MirrorError | undefined
}

export interface PerformOptions extends Pick<CopyOptions, "durability"> {
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
  readonly onProgress?: ((progress: Progress.MirrorProgress) => void) | undefined
}

/** Does the steps that hold: all of the plan's, if they were not checked again. */
export const perform = (
  { manifest, plan }: Prepared,
  source: MirrorTree,
  planned: MirrorTree,
  { durability, onEvent, onProgress }: PerformOptions,
  rechecked: Rechecked = { holds: plan.steps, reached: [], outdated: [], leftOut: [] }
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { atomic, deleteWhen, times, verify } = plan.options
      const target = Spelling.respelled(planned, plan.spellings ?? [])
      const keepsTimes = times !== "Now" && (yield* target.keepsTimes)
      if (times === "Keep" && !keepsTimes) {
        return yield* new FtpUsageError({ argument: "times", why: `${target.label} has no way to set times (MFMT)` })
      }
      const keeping =
        manifest === undefined ? undefined : yield* ManifestKeeping.make(manifest.files, manifest.store, target)
      for (const { because, step } of rechecked.leftOut) {
        onEvent?.({ _tag: "LeftOut", step, because })
      }
      const progressAfter = onProgress && Progress.make(rechecked.holds)
      const outcome = yield* Apply.apply({ steps: rechecked.holds }, source, target, {
        keepsTimes,
        isLast: isLast(plan.options),
        deleteWhen,
        atomic,
        verify,
        durability,
        hash: manifest?.hash,
        onEvent: (event) => {
          if (event._tag === "Done") {
            keeping?.onDone(event.step, event.result)
          }
          onEvent?.(event)
          const progress = progressAfter?.(event)
          if (progress !== undefined) {
            onProgress?.(progress)
          }
        }
      }).pipe(Effect.onError(() => keeping?.settle ?? Effect.void))
      const written = yield* Effect.either(keeping?.finish ?? Effect.void)
      const leftOut = [...rechecked.leftOut.map(({ step }) => step), ...outcome.leftOut]
      const { outdated } = rechecked
      return {
        ...outcome,
        leftOut,
        plan,
        outdated,
        reached: [...rechecked.reached, ...outcome.reached],
        isComplete:
          outcome.failures.length + leftOut.length + outdated.length === 0 &&
          plan.skipped.every(({ reason }) => isFine(reason)),
        manifestError: Option.getOrUndefined(Either.getLeft(written))
      }
    })
  )

/** What is left as it is because the caller wants it so, or is no part of the source. */
const FINE: ReadonlySet<MirrorPlan.Skip["reason"]> = new Set([
  "Excluded",
  "Link",
  "Drifted",
  "Newer",
  "Existing",
  "Missing"
])

/** Whether a tree is complete without what is skipped for that reason. */
export const isFine = (reason: MirrorPlan.Skip["reason"]): boolean => FINE.has(reason)
