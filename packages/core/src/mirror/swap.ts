/**
 * A mirror that publishes by a swap: the whole new tree is made beside the target, then both are exchanged.
 *
 *     what earlier swaps have left ─► plan ─► refused, or equal: nothing is done
 *        └─► stage ─► sent ─► the target looked at again ─► ready ─► two renames ─► the old tree removed or kept
 *
 * Until the renames nothing of the target is changed. All that happens in between leaves the old tree live, or the new
 * one, or is told with the names of both.
 */
import * as Effect from "effect/Effect"
import { FtpUsageError } from "../base/FtpError.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import type { MirrorOptions } from "./options.ts"
import { type Prepared, planOf, read } from "./prepare.ts"
import type { Rechecked } from "./recheck.ts"
import type { LeftTree, MirrorResult } from "./result.ts"
import { discard } from "./swapDiscard.ts"
import * as SwapPlace from "./swapPlace.ts"
import * as SwapPlan from "./swapPlan.ts"
import { recover, tellCutOff } from "./swapRecovery.ts"
import * as SwapRun from "./swapRun.ts"
import { telling } from "./swapTelling.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** Reads both trees, and says what a swap would do. Changes nothing. */
export const prepare = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<Prepared, MirrorError> =>
  Effect.gen(function* () {
    const place = yield* SwapPlace.make(yield* demand(target, options))
    yield* tellCutOff(place, telling(options.onEvent))
    return yield* prepareOnly(source, target, options)
  })

const prepareOnly = (source: MirrorTree, target: MirrorTree, options: MirrorOptions) =>
  Effect.gen(function* () {
    // All of the target is read, whatever is deleted: what the source does not have would be lost.
    const { manifest, rules, spellings, trees } = yield* read(source, target, { ...options, conflict: "Replace" })
    const content = SwapPlan.plan(trees, { ...rules, conflict: options.conflict ?? "Fail" })
    const plan = planOf({ source, target }, options, { spellings, trees }, content)
    options.onEvent?.({ _tag: "Planned", plan })
    return { manifest, plan }
  })

/** The target, if it can be swapped at all by these options. */
const demand = (
  target: MirrorTree,
  { links, only = "All" }: MirrorOptions
): Effect.Effect<RemoteTree, FtpUsageError> =>
  target._tag === "Local"
    ? new FtpUsageError({ argument: "swap", why: "needs a target on a server" })
    : only !== "All"
      ? new FtpUsageError({ argument: "only", why: "a swap makes the whole tree anew" })
      : links === "Copy"
        ? // ProFTPD writes absolute paths: they would lead into the stage.
          new FtpUsageError({ argument: "links", why: "can't be copied as links by a swap" })
        : Effect.succeed(target)

export const mirror = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    const remote = yield* demand(target, options)
    const place = yield* SwapPlace.make(remote)
    const left = yield* recover(place, telling(options.onEvent))
    const prepared = yield* prepareOnly(source, remote, options)
    return yield* SwapRun.run(prepared, { source, target: remote, place, left }, options)
  })

/** Does a plan of a swap. The source is read again, unless that is not wanted; the target is in any case. */
export const apply = (
  prepared: Prepared,
  source: MirrorTree,
  target: MirrorTree,
  options: SwapRun.RunOptions & { readonly recheck?: boolean | undefined }
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    const remote = yield* demand(target, {})
    const place = yield* SwapPlace.make(remote)
    const left = yield* recover(place, telling(options.onEvent))
    const { isReached, outdated } =
      options.recheck === false
        ? { isReached: false, outdated: [] }
        : yield* SwapRun.recheck(prepared.plan, source, remote, options.onEvent)
    return isReached
      ? SwapRun.reached(prepared.plan, left, options)
      : yield* SwapRun.run(prepared, { source, target: remote, place, left }, options, outdated)
  })

/** What of a plan of a swap would still be done. */
export const recheck = (
  plan: MirrorPlan.MirrorPlan,
  source: MirrorTree,
  target: MirrorTree
): Effect.Effect<Rechecked, MirrorError> =>
  Effect.map(SwapRun.recheck(plan, source, target), ({ isReached, outdated }) => {
    const changed = new Set(outdated.map(({ step }) => step))
    const others = plan.steps.filter((step) => !changed.has(step))
    return {
      holds: isReached || outdated.length > 0 ? [] : plan.steps,
      reached: isReached ? plan.steps : [],
      outdated,
      leftOut: outdated.length > 0 ? others.map((step) => ({ step, because: "Failures" as const })) : []
    }
  })

/** Ends what earlier swaps have left. Returns the old trees that could not be removed. */
export const finish = (
  target: MirrorTree,
  { onEvent }: Pick<MirrorOptions, "onEvent"> = {}
): Effect.Effect<ReadonlyArray<LeftTree>, MirrorError> =>
  demand(target, {}).pipe(
    Effect.flatMap(SwapPlace.make),
    Effect.flatMap((place) => {
      const tell = telling(onEvent)
      return Effect.flatMap(recover(place, tell), (left) =>
        Effect.as(discard(place, { left, source: undefined, tell }), left.old)
      )
    })
  )
