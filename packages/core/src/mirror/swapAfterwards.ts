/**
 * What becomes of the old tree after a swap, and which of the steps that remove something are done by that:
 *
 *     Removed, Kept    all of them: nothing of it is in the target any more
 *     Left             those whose path is not there when what is left is listed; none if that can't be listed
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { MirrorPlan, Step } from "./MirrorPlan.ts"
import type { Published } from "./result.ts"
import type { Place } from "./swapPlace.ts"
import type * as SwapStage from "./swapStage.ts"
import { tidy } from "./swapTidy.ts"
import * as SwapTrees from "./swapTrees.ts"

interface Old {
  readonly hadLive: boolean
  readonly plan: MirrorPlan
  readonly manifestPath: string
}

interface Afterwards {
  readonly published: Published
  readonly removed: ReadonlyArray<Step>
}

/** Where no path leads any more the old tree is looked at again: it may have got an upload until then. */
export const afterwards = (
  place: Place,
  { looked, marker, names, quiet }: SwapStage.Stage,
  { hadLive, manifestPath, plan }: Old
): Effect.Effect<Afterwards, never> =>
  Effect.gen(function* () {
    const path = place.pathOf(names.previous)
    const old = place.treeOf(names.previous)
    const look = Effect.flatMap(old, (tree) =>
      Effect.map(SwapTrees.look(plan, tree, manifestPath), ({ changed }) => changed)
    )
    const late = hadLive && marker.previous === "Remove" ? yield* Effect.either(look) : Either.right([])
    const left = Either.match(late, {
      onLeft: (error) => ({ error }),
      onRight: (paths) => (paths.length > 0 ? { paths } : undefined)
    })
    if (hadLive && marker.previous === "Remove" && left === undefined) {
      yield* looked
    }
    const { previous, ...why } = yield* tidy(place, marker, hadLive, { left, quiet })
    const removals = plan.steps.filter(({ _tag }) => _tag === "Remove")
    const removed =
      previous !== "Left"
        ? removals
        : left !== undefined
          ? [] // Nothing of it was removed.
          : yield* Effect.orElseSucceed(
              Effect.flatMap(old, (tree) => SwapTrees.gone(removals, plan, tree)),
              () => []
            )
    return {
      published: {
        _tag: "Swapped",
        gap: hadLive ? "TwoRenames" : "None",
        previous,
        previousPath: previous === "Kept" || previous === "Left" ? path : undefined,
        ...why
      },
      removed
    }
  })
