/**
 * What earlier swaps have left beside a target, brought to its end if it is known what it is:
 *
 *     between the renames    C: RNFR www.…-next-ID, RNTO www         else the old tree gets its name back
 *     after them             the old tree removed, the token and the marker too; a run that is alive does that itself,
 *                            once it has looked for what the old tree has got in the last moment: see `swapWatch`
 *     before them            an unfinished stage, which a later run may claim; what is of no use is removed: see `swapDiscard`
 *
 * Only what a marker names is touched. The stage has to have its token, and the live tree, or one that another swap has
 * moved away, the token of the swap whose old tree is removed: see `swapToken`.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { LeftTree } from "./result.ts"
import { type Facts, stateOf } from "./swapFacts.ts"
import * as Marker from "./swapMarker.ts"
import type { Place, TemporaryMarker } from "./swapPlace.ts"
import type { Tell } from "./swapTelling.ts"
import { handOn, hasToken, wasLive } from "./swapToken.ts"
import * as Watch from "./swapWatch.ts"
import type { MirrorError } from "./trees.ts"

/** Which names of a swap are there. */
export const look = ({ base, exists }: Place, id: string): Effect.Effect<Facts, MirrorError> => {
  const { next, previous } = Marker.namesOf(base, id)
  return Effect.all({ stage: exists(next), live: exists(base), previous: exists(previous) })
}

/** What can't be ended without its run: markers, the newest first; and what is left of swaps that are ended now. */
export interface Left {
  /** Old trees that could not be removed. */
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
    const { ids, temporaries } = yield* place.found
    for (const id of [...ids].sort().reverse()) {
      const marker = yield* place.readMarker(id)
      if (Option.isNone(marker)) {
        tell("Foreign", place.pathOf(Marker.namesOf(place.base, id).marker))
        continue
      }
      const found = yield* recoverOne(place, marker.value, tell)
      if (typeof found === "object") {
        tell("Left", found.path, found.error)
        old.push(found)
      } else if (found !== "Ended") {
        const markers = found === "Unfinished" ? unfinished : empty
        markers.push(marker.value)
      }
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

type Recovered = "Ended" | "Unfinished" | "Empty" | LeftTree

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
      const recovered = yield* tidyAfter(place, marker, facts.previous, tell)
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

/** Of a swap that is done. What a run that is alive has not looked at yet stays for it. */
const tidyAfter = (
  place: Place,
  marker: Marker.Marker,
  hasPrevious: boolean,
  tell: Tell
): Effect.Effect<"Tidied" | "Ended" | LeftTree, MirrorError> =>
  Effect.gen(function* () {
    const old = Marker.namesOf(place.base, marker.id).previous
    let now = marker
    if (hasPrevious && marker.previous === "Remove" && !Marker.saysEnded(marker)) {
      const { markers } = yield* Watch.ended(place, { ids: [marker.id], silent: "Now", named: old }, tell)
      const [last] = markers
      if (last === undefined) {
        return "Ended"
      }
      // It may say by now that the old tree stays, as that has got something.
      now = last
    }
    const { error, previous } = yield* tidy(place, now, hasPrevious)
    return previous === "Left" ? { path: place.pathOf(old), error } : "Tidied"
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
          tidyAfter(place, marker, true, tell),
          (recovered): Recovered => (recovered === "Tidied" ? "Ended" : recovered)
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

/** What became of the old tree. */
export interface Tidied {
  readonly previous: "None" | "Removed" | "Kept" | "Left"
  readonly error?: MirrorError | undefined
  /** What it has got that is nowhere else. */
  readonly paths?: ReadonlyArray<string> | undefined
}

interface TidyOptions {
  readonly left?: Omit<Tidied, "previous"> | undefined
  readonly quiet?: Effect.Effect<void> | undefined
}

/**
 * Removes the old tree, if that is wanted, then the token of the new one, then the marker: a run that is killed meanwhile
 * is known by what is left. `left` is why the old tree has to stay, if it has to: the marker says so first, for the next
 * run if token and marker can't be removed. If the tokens of other swaps can't be handed on, all of it stays for that run.
 * `quiet` is done before the marker is written or removed here.
 */
export const tidy = (
  place: Place,
  marker: Marker.Marker,
  hasPrevious: boolean,
  { left, quiet = Effect.void }: TidyOptions = {}
): Effect.Effect<Tidied> =>
  Effect.gen(function* () {
    const { client, pathOf, removeFile } = place
    const names = Marker.namesOf(place.base, marker.id)
    const isKept = marker.previous === "Keep"
    if (left !== undefined) {
      yield* quiet
      yield* Effect.catchAll(place.writeMarker({ ...marker, phase: "Ready", previous: "Keep" }), (error) =>
        Effect.logWarning(`${pathOf(names.marker)} could not be made to say that the old tree stays`, error)
      )
    }
    const tokens = yield* Effect.either(handOn(place, marker))
    if (Either.isLeft(tokens)) {
      yield* Effect.logWarning(`${pathOf(names.marker)}, which a swap has used, is left`, tokens.left)
      return !hasPrevious
        ? { previous: "None" }
        : isKept
          ? { previous: "Kept" }
          : { previous: "Left", error: tokens.left, ...left }
    }
    const removal = Effect.zipRight(
      place.prove(names.previous),
      client.remove(pathOf(names.previous), { recursive: true, home: true })
    ).pipe(
      // Another run may have done it meanwhile, as this one was silent for too long.
      Effect.catchTag("FtpRejected", (error) =>
        Effect.flatMap(place.exists(names.previous), (isThere) => (isThere ? error : Effect.void))
      )
    )
    const tidied: Tidied = !hasPrevious
      ? { previous: "None" }
      : isKept
        ? { previous: "Kept" }
        : left !== undefined
          ? { previous: "Left", ...left }
          : yield* Effect.match(removal, {
              onSuccess: (): Tidied => ({ previous: "Removed" }),
              onFailure: (error): Tidied => ({ previous: "Left", error })
            })
    yield* quiet
    for (const name of [...tokens.right, names.marker]) {
      yield* Effect.catchAll(removeFile(name), (error) =>
        Effect.logWarning(`${pathOf(name)}, which a swap has used, could not be removed`, error)
      )
    }
    return tidied
  })
