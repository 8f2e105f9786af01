/**
 * A mirror that deletes nothing: files are copied while both trees are read (`copyTree`), and the plan is what was found
 * to do by the end.
 *
 *     a directory, planned ──► files at once ──► files that go last ──► times
 *
 * A file whose failure may pass is tried once more at the end. What needs the whole of both trees first takes the other
 * way: deleting, replacing a directory by a file, a manifest, hashes, links.
 */
import * as Effect from "effect/Effect"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as Apply from "./apply.ts"
import * as Attempts from "./attempts.ts"
import * as CopyReading from "./copyReading.ts"
import * as CopyTree from "./copyTree.ts"
import * as DeadUploads from "./deadUploads.ts"
import * as Jobs from "./jobs.ts"
import * as ListingPace from "./listingPace.ts"
import * as MirrorPlan from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"
import { inOrder } from "./order.ts"
import * as PlanOptions from "./planOptions.ts"
import * as PlanSoFar from "./planSoFar.ts"
import { manifestName, refuseTrees, rulesOf } from "./prepare.ts"
import * as Progress from "./progress.ts"
import type { MirrorResult } from "./result.ts"
import * as Shares from "./shares.ts"
import { isFine } from "./skips.ts"
import type { Spelling } from "./spelling.ts"
import type * as StepModel from "./stepModel.ts"
import * as StreamedSteps from "./streamedSteps.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Whether a mirror with these options can begin to copy before all is read. */
export const isPossible = ({
  compare,
  conflict,
  delete: what = "None",
  links,
  manifest = false,
  swap
}: MirrorOptions): boolean =>
  swap === undefined &&
  what === "None" &&
  conflict !== "Replace" &&
  manifest === false &&
  compare !== "Hash" &&
  links !== "Copy"

/** Copies what differs. Fails, and does nothing, if the root of the source can't be read. */
export const mirror = (
  source: MirrorTree,
  unspelled: MirrorTree,
  options: MirrorOptions
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    yield* refuseTrees(source, unspelled)
    // Nothing is deleted, so it does not matter what else is there.
    const rules = yield* rulesOf(unspelled, { ...options, force: true }, false)
    const planOptions = PlanOptions.fromMirror(options)
    const { keepsTimes } = rules.compare
    if (planOptions.times === "Keep" && !keepsTimes) {
      return yield* new FtpUsageError({ argument: "times", why: `${unspelled.label} has no way to set times (MFMT)` })
    }
    const { atomic, deleteWhen, verify } = planOptions
    const { durability, onProgress } = options
    const tally = onProgress && Progress.make([])
    const onEvent = (event: StepModel.StepEvent) => {
      options.onEvent?.(event)
      const progress = tally?.after(event)
      if (progress !== undefined) {
        onProgress?.(progress)
      }
    }
    const replaces = CopyReading.replacesAll(rules)
    const settings = {
      keepsTimes,
      mustKeepTimes: planOptions.times === "Keep",
      compare: rules.compare.by,
      atomic,
      verify,
      durability,
      replaces,
      onEvent,
      deleteWhen,
      isLast: rules.isLast,
      only: rules.only
    }
    const spellings: Array<Spelling> = []
    const copy = CopyTree.make(source, unspelled, {
      rules,
      hidden: manifestName(options),
      links: options.links,
      onSpelling: (spelling) => spellings.push(spelling)
    })
    const { target } = copy
    const run = yield* Attempts.make(source, target, settings)
    const found = PlanSoFar.make(options, tally)
    yield* Jobs.run(
      [CopyTree.start(copy, { ...StreamedSteps.handlers(copy, run, found), scanned: PlanSoFar.scanning(options) })],
      Shares.concurrencyOf(source, target),
      Effect.fail,
      found.all,
      // Those for the files of a server are opened anyway.
      source._tag === "Local" && target._tag === "Remote"
        ? ListingPace.make(target.pool, Shares.concurrencyOf(source, target))
        : undefined
    ).pipe(provideKept(source, target))
    const dead = DeadUploads.warningOf(found.dead)
    if (dead !== undefined) {
      found.warn(dead)
    }
    const files = { run, source, target }
    yield* Apply.tryAgain(files, "Files")
    yield* Apply.copyLast(files, found.last, found.skipped)
    yield* Shares.attemptAll(files, found.times)
    const result = resultOf(run, found, {
      source: source.label,
      target: target.label,
      options: planOptions,
      steps: inOrder(found.steps, rules),
      ...(spellings.length > 0 && { spellings })
    })
    options.onEvent?.({ _tag: "Summary", result })
    return result
  })

const resultOf = (
  run: Attempts.Run,
  { skipped, unchanged, warnings }: PlanSoFar.PlanSoFar,
  plan: Pick<MirrorPlan.MirrorPlan, "source" | "target" | "options" | "steps" | "spellings">
): MirrorResult => {
  const outcome = { ...run.outcome(), displaced: [] }
  return {
    ...outcome,
    plan: {
      version: MirrorPlan.VERSION,
      ...plan,
      skipped,
      unchanged,
      ...(warnings.length > 0 && { warnings })
    },
    isComplete: outcome.failures.length + outcome.leftOut.length === 0 && skipped.every(({ reason }) => isFine(reason)),
    manifestError: undefined,
    published: { _tag: "PerFile" },
    leftTrees: []
  }
}

/** The pool whose sessions the workers keep. */
const provideKept = (source: MirrorTree, target: MirrorTree) => {
  const kept = target._tag === "Remote" ? target : source._tag === "Remote" ? source : undefined
  return <A, E>(self: Effect.Effect<A, E, FtpPool>): Effect.Effect<A, E | FtpUsageError> =>
    kept === undefined
      ? new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })
      : Effect.provideService(self, FtpPool, kept.pool)
}
