/**
 * A planned swap, done: what is to be sent, what of it an earlier run has sent, and what is to be said of it all.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { FtpUsageError } from "../base/FtpError.ts"
import * as Apply from "./apply.ts"
import type { CopyOptions } from "./copyModel.ts"
import * as CopyOnServer from "./copyOnServer.ts"
import type { MirrorEvent } from "./events.ts"
import * as Listening from "./listening.ts"
import type { MirrorPlan, Step } from "./MirrorPlan.ts"
import { isLast, type Prepared } from "./prepare.ts"
import type * as Progress from "./progress.ts"
import type * as Recheck from "./recheck.ts"
import type { MirrorResult, NotSwapped, Published } from "./result.ts"
import * as SourceFiles from "./sourceFiles.ts"
import * as Spelling from "./spelling.ts"
import * as StagedManifest from "./stagedManifest.ts"
import type { Outcome } from "./stepModel.ts"
import * as StorageFull from "./storageFull.ts"
import { afterwards } from "./swapAfterwards.ts"
import { discard } from "./swapDiscard.ts"
import { exchange } from "./swapExchange.ts"
import type { Place } from "./swapPlace.ts"
import { isCutOff, type Left } from "./swapRecovery.ts"
import * as SwapStage from "./swapStage.ts"
import { telling } from "./swapTelling.ts"
import * as SwapTrees from "./swapTrees.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

export interface RunOptions extends Pick<CopyOptions, "durability"> {
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
  readonly onProgress?: ((progress: Progress.MirrorProgress) => void) | undefined
}

/** Between which trees, and what is beside the target. */
export interface Between {
  readonly source: MirrorTree
  readonly target: RemoteTree
  readonly place: Place
  readonly left: Left
}

const NOTHING: Outcome = {
  done: [],
  failures: [],
  timesNotKept: [],
  leftOut: [],
  reached: [],
  outdated: [],
  displaced: [],
  bytes: 0
}

/** Does the plan, unless a step is outdated. */
export const run = (
  prepared: Prepared,
  between: Between,
  options: RunOptions,
  outdated: ReadonlyArray<Recheck.Outdated> = []
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    const { plan } = prepared
    const ended = (published: Published, outcome = NOTHING, manifestError?: MirrorError): MirrorResult => ({
      ...outcome,
      plan,
      outdated,
      isComplete: published._tag !== "NotSwapped",
      manifestError,
      published,
      leftTrees: between.left.old
    })
    for (const each of outdated) {
      options.onEvent?.({ _tag: "Outdated", ...each })
    }
    const result =
      plan.refused !== undefined
        ? ended({ _tag: "NotSwapped", because: "Refused", live: "Old" })
        : outdated.length > 0
          ? ended({ _tag: "NotSwapped", because: "Outdated", live: "Old" })
          : plan.steps.length === 0
            ? ended({ _tag: "Unchanged" })
            : yield* Effect.scoped(
                Effect.map(swap(prepared, between, options), ({ manifestError, outcome, published }) =>
                  ended(published, outcome, manifestError)
                )
              )
    const { left, place, source } = between
    const tidied = result.isComplete
      ? Effect.catchAll(discard(place, { left, source: source.label, tell: telling(options.onEvent) }), (error) =>
          Effect.logWarning("what an earlier run has left beside the target could not be removed", error)
        )
      : Effect.void
    // What an earlier run has left may be watched for half a minute. The new tree is live, also if that is interrupted.
    yield* Effect.ensuring(
      tidied,
      Effect.sync(() => options.onEvent?.({ _tag: "Summary", result }))
    )
    return result
  })

interface Ended {
  readonly published: Published
  readonly outcome?: Outcome | undefined
  readonly manifestError?: MirrorError | undefined
}

const swap = (
  { manifest, plan }: Prepared,
  between: Between,
  options: RunOptions
): Effect.Effect<Ended, MirrorError, Scope.Scope> =>
  Effect.gen(function* () {
    const { left, place, source, target } = between
    const keepsTimes = yield* timesKept(plan, target)
    const hadLive = yield* place.exists(place.base)
    if (!hadLive && (yield* isCutOff(place))) {
      // It was moved away since what earlier runs have left was looked at: the next run knows both of its trees.
      return { published: { _tag: "NotSwapped", because: "TargetChanged", live: "None" } }
    }
    const tell = telling(options.onEvent)
    const { previous = "Remove", reuse = true } = plan.options.swap ?? {}
    const opened = yield* SwapStage.open(place, target, {
      source: source.label,
      previous,
      unfinished: left.unfinished,
      tell
    })
    if (Either.isLeft(opened)) {
      return { published: { _tag: "NotSwapped", because: "CantRename", live: "Old", error: opened.left } }
    }
    const stage = opened.right
    const path = place.pathOf(stage.names.next)
    const not = (because: NotSwapped["because"], more: Partial<NotSwapped> = {}): NotSwapped => ({
      _tag: "NotSwapped",
      because,
      live: "Old",
      stage: path,
      ...more
    })
    const manifestPath = SwapTrees.manifestPathOf(plan)
    const { reached, todo } = yield* SwapTrees.resume(plan, stage, { keepsTimes, reuse, manifestPath })
    const stagedPath = plan.options.manifest._tag === "InTarget" ? plan.options.manifest.path : undefined
    const keeping = manifest && (yield* StagedManifest.make(manifest, { source, stage, path: stagedPath, reached }))
    const sent = yield* StorageFull.telling(
      (onEvent) => send(todo, between, stage, { ...options, onEvent, plan, keepsTimes, keeping, hash: manifest?.hash }),
      { onEvent: options.onEvent, place, stage, reached }
    )
    const outcome: Outcome = { ...sent, reached }
    const taken = { published: not("StageTaken", { stage: undefined }), outcome }
    if (outcome.failures.length + outcome.leftOut.length > 0) {
      // If the server can't be asked, the failures are all that is known.
      if (yield* Effect.orElseSucceed(stage.isOwn, () => true)) {
        return { published: not("Failures"), outcome }
      }
      stage.forget()
      return taken
    }
    const written = yield* Effect.either(keeping?.finish ?? Effect.void)
    if (Either.isLeft(written)) {
      // Without it, the next run would take all of the new tree for that of others.
      return { published: not("Failures", { error: written.left }), outcome, manifestError: written.left }
    }
    tell("Staged", path)
    if (!(yield* stage.isOwn)) {
      stage.forget()
      return taken
    }
    const { changed, seen } = yield* SwapTrees.look(plan, target, manifestPath)
    yield* stage.ready(hadLive ? seen : undefined)
    const hasLive = yield* place.exists(place.base)
    const isMoved = !hasLive && (hadLive || (yield* isCutOff(place)))
    if (changed.length > 0 || isMoved || hadLive !== hasLive) {
      const live = isMoved ? "None" : hasLive === hadLive ? "Old" : "Other"
      return { published: not("TargetChanged", { paths: changed, live }), outcome }
    }
    const exchanged = yield* exchangeTold(between, stage, hadLive, options)
    if (Either.isLeft(exchanged)) {
      return { published: exchanged.left, outcome }
    }
    const kept = yield* Effect.either(keeping?.publish ?? Effect.void)
    const { published, removed } = yield* afterwards(place, stage, { hadLive, manifestPath, plan })
    for (const step of removed) {
      options.onEvent?.({ _tag: "Started", step })
      options.onEvent?.({ _tag: "Done", step, result: undefined })
    }
    return {
      published,
      outcome: { ...outcome, done: [...outcome.done, ...removed] },
      manifestError: Option.getOrUndefined(Either.getLeft(kept))
    }
  })

/** The two renames; whoever interrupts them hears how they ended. */
const exchangeTold = (
  { place }: Between,
  stage: SwapStage.Stage,
  hadLive: boolean,
  { onEvent }: RunOptions
): Effect.Effect<Either.Either<void, NotSwapped>> =>
  Effect.uninterruptible(
    Effect.tap(exchange(place, stage, hadLive), (ended) =>
      Effect.sync(() => {
        if (Either.isRight(ended)) {
          telling(onEvent)("Swapped", place.pathOf(place.base))
        } else {
          onEvent?.(ended.left)
        }
        if (Either.isLeft(ended) && ended.left.stage === undefined) {
          stage.forget()
        }
      })
    )
  )

const timesKept = ({ options: { times } }: MirrorPlan, target: RemoteTree): Effect.Effect<boolean, MirrorError> =>
  Effect.gen(function* () {
    const keepsTimes = times !== "Now" && (yield* target.keepsTimes)
    return times === "Keep" && !keepsTimes
      ? yield* new FtpUsageError({ argument: "times", why: `${target.label} has no way to set times (MFMT)` })
      : keepsTimes
  })

interface SendOptions extends RunOptions, Pick<CopyOptions, "hash" | "keepsTimes"> {
  readonly plan: MirrorPlan
  readonly keeping: StagedManifest.Keeping | undefined
}

/** Sends what is missing in the stage, and copies there what the server can copy itself. */
const send = (
  todo: ReadonlyArray<Step>,
  { source, target }: Between,
  stage: SwapStage.Stage,
  { durability, hash, keeping, keepsTimes, onEvent, onProgress, plan }: SendOptions
): Effect.Effect<Outcome, MirrorError> =>
  Effect.gen(function* () {
    const { deleteWhen, verify } = plan.options
    // A copy gets its time once it is known to be the right one: without times a later run could not tell it from others.
    const hasCopies = keepsTimes && verify !== "Hash" && todo.some(({ reason }) => reason._tag === "Unchanged")
    const onServer = hasCopies
      ? yield* CopyOnServer.make(source, Spelling.respelled(target, plan.spellings ?? []), { keepsTimes, hash })
      : undefined
    return yield* Apply.apply({ steps: todo, skipped: [] }, source, stage.tree, {
      sourceFiles: SourceFiles.of(plan),
      keepsTimes,
      mustKeepTimes: plan.options.times === "Keep",
      isLast: isLast(plan.options),
      deleteWhen,
      // No one reads the stage. But the run whose stage it was may still have a file open, and the next run takes a file
      // that is not verified for one that is, unless that lacks its time until then.
      atomic: stage.isClaimed || !keepsTimes || verify === "Hash",
      verify,
      durability,
      hash,
      onServer,
      onEvent: Listening.make(todo, { keeping, onEvent, onProgress })
    }).pipe(Effect.onError(() => keeping?.settle ?? Effect.void))
  })

/** Whether the target is as planned by now, and the steps whose source is not. */
export const recheck = (
  plan: MirrorPlan,
  source: MirrorTree,
  target: MirrorTree,
  onEvent?: RunOptions["onEvent"]
): Effect.Effect<{ readonly isReached: boolean; readonly outdated: ReadonlyArray<Recheck.Outdated> }, MirrorError> =>
  Effect.map(SwapTrees.readAgain(plan, source, target, onEvent), (trees) =>
    SwapTrees.recheck(plan.steps, trees, { isLast: isLast(plan.options), names: target.names })
  )

/** What is to be said of a plan whose result is there. */
export const reached = (plan: MirrorPlan, { old }: Left, { onEvent }: RunOptions): MirrorResult => {
  const result: MirrorResult = {
    ...NOTHING,
    reached: plan.steps,
    plan,
    outdated: [],
    isComplete: true,
    manifestError: undefined,
    published: { _tag: "Unchanged" },
    leftTrees: old
  }
  onEvent?.({ _tag: "Summary", result })
  return result
}
