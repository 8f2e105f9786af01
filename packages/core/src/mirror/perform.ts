/** A plan, done, with its manifest kept meanwhile, and what is to be said of it all. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import * as Apply from "./apply.ts"
import type { CopyOptions } from "./copyModel.ts"
import type { MirrorEvent } from "./events.ts"
import * as Expected from "./expected.ts"
import { isMissed } from "./ledger.ts"
import * as Listening from "./listening.ts"
import * as ManifestKeeping from "./manifestKeeping.ts"
import { isLast, type Prepared } from "./prepare.ts"
import type * as Progress from "./progress.ts"
import type { Rechecked } from "./recheck.ts"
import type { MirrorResult } from "./result.ts"
import type { Rules } from "./rules.ts"
import { isFine } from "./skips.ts"
import * as SourceFiles from "./sourceFiles.ts"
import * as Spelling from "./spelling.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"
import { isInTheWay } from "./wholeReplacements.ts"

export type { MirrorResult } from "./result.ts"

export interface PerformOptions extends Pick<CopyOptions, "durability"> {
  readonly compare?: Rules["compare"]["by"] | undefined
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
  readonly onProgress?: ((progress: Progress.MirrorProgress) => void) | undefined
}

/** Does the steps that hold: all of the plan's, if they were not checked again. */
export const perform = (
  { manifest, plan }: Prepared,
  source: MirrorTree,
  planned: MirrorTree,
  { compare, durability, onEvent, onProgress }: PerformOptions,
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
        manifest === undefined
          ? undefined
          : yield* ManifestKeeping.make(manifest.files, manifest.store, target, {
              mayUndo: rechecked.holds.some(isInTheWay),
              read: manifest.read
            })
      for (const outdated of rechecked.outdated) {
        onEvent?.({ _tag: "Outdated", ...outdated })
      }
      for (const step of rechecked.reached) {
        onEvent?.({ _tag: "Reached", step })
      }
      for (const { because, step } of rechecked.leftOut) {
        onEvent?.({ _tag: "LeftOut", step, because })
      }
      yield* Expected.warm(rechecked.holds, source, target)
      const outcome = yield* Apply.apply({ steps: rechecked.holds, skipped: plan.skipped }, source, target, {
        sourceFiles: SourceFiles.of(plan),
        keepsTimes,
        mustKeepTimes: times === "Keep",
        compare,
        isLast: isLast(plan.options),
        only: plan.options.only,
        delete: plan.options.delete,
        deleteWhen,
        atomic,
        verify,
        durability,
        hash: manifest?.hash,
        onEvent: Listening.make(rechecked.holds, { keeping, onEvent, onProgress }),
        onDisplaced: (displaced) => onEvent?.({ _tag: "Displaced", ...displaced })
      }).pipe(Effect.onError(() => keeping?.settle ?? Effect.void))
      const written = yield* Effect.either(keeping?.finish ?? Effect.void)
      const leftOut = [...rechecked.leftOut.map(({ step }) => step), ...outcome.leftOut]
      const { outdated } = rechecked
      const result: MirrorResult = {
        ...outcome,
        leftOut,
        plan,
        outdated: [...outdated, ...outcome.outdated],
        reached: [...rechecked.reached, ...outcome.reached],
        isComplete:
          outcome.failures.length + leftOut.length + outdated.length + outcome.displaced.length === 0 &&
          !outcome.outdated.some(isMissed) &&
          plan.skipped.every(({ reason }) => isFine(reason)),
        manifestError: Option.getOrUndefined(Either.getLeft(written)),
        published: { _tag: "PerFile" },
        leftTrees: []
      }
      onEvent?.({ _tag: "Summary", result })
      return result
    })
  )
