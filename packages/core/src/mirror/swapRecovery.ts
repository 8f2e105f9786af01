/**
 * What earlier swaps have left beside a target, brought to its end if it is known what it is:
 *
 *     between the renames    C: RNFR www.…-next-ID, RNTO www         else the old tree gets its name back
 *     after them             the old tree removed, the token and the marker too, unless it has changed since its run has
 *                            seen it: see `swapTidy`; a run that is alive does that itself: see `swapWatch`
 *     before them            an unfinished stage, which a later run may claim; what is of no use is removed: see `swapDiscard`
 *
 * Only what a marker names is touched. The stage has to have its token, and the live tree, or one that another swap has
 * moved away, the token of the swap whose old tree is removed: see `swapToken`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeftTree } from "./result.ts"
import { type Facts, stateOf } from "./swapFacts.ts"
import * as Marker from "./swapMarker.ts"
import type { Place, TemporaryMarker } from "./swapPlace.ts"
import type { Tell } from "./swapTelling.ts"
import { type Pending, tidyAfter, tidyPending } from "./swapTidy.ts"
import { hasToken, wasLive } from "./swapToken.ts"
import type { MirrorError } from "./trees.ts"

/** Which names of a swap are there. */
export const look = ({ base, exists }: Place, id: string): Effect.Effect<Facts, MirrorError> => {
  const { next, previous } = Marker.namesOf(base, id)
  return Effect.all({ stage: exists(next), live: exists(base), previous: exists(previous) })
}

/** What can't be ended without its run: markers, the newest first; and what is left of swaps that are ended now. */
export interface Left {
  /** Old trees that could not be removed, or have changed since their runs have seen them last. */
  readonly old: ReadonlyArray<LeftTree>
  /** Of stages. */
  readonly unfinished: ReadonlyArray<Marker.Marker>
  /** Of nothing: their run has only begun, or has ended (see `swapDiscard`). */
  readonly empty: ReadonlyArray<Marker.Marker>
  /** Markers that a run was writing. */
  readonly temporaries: ReadonlyArray<TemporaryMarker>
}

/** Ends what can be ended. */
export const recover = (place: Place, tell: Tell): Effect.Effect<Left, MirrorError> =>
  Effect.gen(function* () {
    const unfinished: Array<Marker.Marker> = []
    const empty: Array<Marker.Marker> = []
    const old: Array<LeftTree> = []
    const pending: Array<Pending> = []
    const leave = (tree: LeftTree) => {
      tell("Left", tree.path, tree.error)
      old.push(tree)
    }
    const { ids, temporaries } = yield* place.found
    for (const id of [...ids].sort().reverse()) {
      const marker = yield* place.readMarker(id)
      if (Option.isNone(marker)) {
        tell("Foreign", place.pathOf(Marker.namesOf(place.base, id).marker))
        continue
      }
      const found = yield* recoverOne(place, marker.value, tell)
      if (typeof found === "object") {
        if ("path" in found) {
          leave(found)
        } else {
          pending.push(found)
        }
      } else if (found !== "Ended") {
        const markers = found === "Unfinished" ? unfinished : empty
        markers.push(marker.value)
      }
    }
    for (const tree of yield* tidyPending(place, pending, tell)) {
      leave(tree)
    }
    return { old, unfinished, empty, temporaries }
  })

/** Whether there is no live tree because a swap is between its renames, which the next run ends. */
export const isCutOff = (place: Place): Effect.Effect<boolean, MirrorError> =>
  Effect.gen(function* () {
    if (yield* place.exists(place.base)) {
      return false
    }
    for (const id of (yield* place.found).ids) {
      const marker = yield* place.readMarker(id)
      if (
        Option.isSome(marker) &&
        stateOf(yield* look(place, id)) === "Between" &&
        (yield* canEnd(place, marker.value))
      ) {
        return true
      }
    }
    return false
  })

/** Of one that is between its renames: else nothing shows what it is. */
const canEnd = (place: Place, marker: Marker.Marker): Effect.Effect<boolean, MirrorError> =>
  marker.phase === "Ready" ? hasToken(place, Marker.namesOf(place.base, marker.id).next, marker) : Effect.succeed(false)

/** Says so if it is. Changes nothing. */
export const tellCutOff = (place: Place, tell: Tell): Effect.Effect<void, MirrorError> =>
  Effect.map(isCutOff(place), (isCutOff) => {
    if (isCutOff) {
      tell("CutOff", place.pathOf(place.base))
    }
  })

type Recovered = "Ended" | "Unfinished" | "Empty" | LeftTree | Pending

const recoverOne = (place: Place, marker: Marker.Marker, tell: Tell): Effect.Effect<Recovered, MirrorError> =>
  Effect.gen(function* () {
    const { base, pathOf } = place
    const names = Marker.namesOf(base, marker.id)
    const facts = yield* look(place, marker.id)
    const isReady = marker.phase === "Ready"
    const foreign = (...found: ReadonlyArray<string>) => {
      for (const name of found) {
        tell("Foreign", pathOf(name))
      }
      return "Ended" as const
    }
    if (isReady && !facts.stage && (yield* wasLive(place, marker))) {
      const recovered = yield* tidyAfter(place, marker, facts.previous)
      if (recovered === "Tidied") {
        tell("Tidied", pathOf(base))
      }
      return recovered === "Tidied" ? "Ended" : recovered
    }
    switch (stateOf(facts)) {
      case "NotBegun":
        return (yield* hasToken(place, names.next, marker)) ? "Unfinished" : yield* forget(place, marker)
      case "Between":
        return (yield* canEnd(place, marker)) ? yield* finish(place, marker, tell) : foreign(names.next, names.previous)
      case "StageGone":
        if (!isReady) {
          return foreign(names.previous)
        }
        // Three questions are no moment: a run that is alive may have renamed both trees between the first and the last.
        if (stateOf(yield* look(place, marker.id)) !== "StageGone") {
          return "Ended"
        }
        if (yield* rollBack(place, marker, tell)) {
          yield* place.removeFile(names.marker)
        }
        return "Ended"
      case "Remade":
        return foreign(names.next, names.previous)
      case "Swapped":
        return facts.previous ? foreign(names.previous) : yield* forget(place, marker)
      case "AllGone":
        return yield* forget(place, marker)
    }
  })

/** A marker of nothing. That of a run which had all of its tree is of no use to it any more. */
const forget = (place: Place, { id, phase }: Marker.Marker): Effect.Effect<Recovered, MirrorError> =>
  Effect.gen(function* () {
    const names = Marker.namesOf(place.base, id)
    if (phase === "Staging") {
      return "Empty"
    }
    if (!(yield* place.exists(names.next))) {
      yield* place.removeFile(names.marker)
    }
    return "Ended"
  })

/** The second rename; or, if that is refused, the first one back. The run may be alive, and do either itself meanwhile. */
const finish = (place: Place, marker: Marker.Marker, tell: Tell): Effect.Effect<Recovered, MirrorError> => {
  const { base, client, pathOf } = place
  const { next } = Marker.namesOf(base, marker.id)
  return Effect.zipRight(place.prove(next), client.rename(pathOf(next), pathOf(base))).pipe(
    Effect.matchEffect({
      onSuccess: () => {
        tell("Finished", pathOf(base))
        return Effect.map(
          tidyAfter(place, marker, true),
          (recovered): Recovered =>
            recovered === "Tidied" ? "Ended" : "path" in recovered ? recovered : { ...recovered, isFinished: true }
        )
      },
      onFailure: (error) =>
        error._tag === "FtpRejected"
          ? Effect.as(rollBack(place, marker, tell), "Ended" as const)
          : Effect.fail<MirrorError>(error)
    })
  )
}

/** Whether it was needed: there may be a live tree by now. */
const rollBack = (
  { base, client, exists, pathOf }: Place,
  { id }: Marker.Marker,
  tell: Tell
): Effect.Effect<boolean, MirrorError> =>
  client.rename(pathOf(Marker.namesOf(base, id).previous), pathOf(base)).pipe(
    Effect.map(() => {
      tell("RolledBack", pathOf(base))
      return true
    }),
    Effect.catchTag("FtpRejected", (error) =>
      Effect.flatMap(exists(base), (isLive) => (isLive ? Effect.succeed(false) : error))
    )
  )
