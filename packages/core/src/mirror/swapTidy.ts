/**
 * What is removed of a swap that is done: its old tree, its tokens and its marker.
 *
 *     of a run that has ended         the old tree as that run has seen it last: removed; else it stays, and is reported
 *     of a run that may be alive      watched first, all such runs at once: that of one that is alive is left to it
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { LeftTree } from "./result.ts"
import * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import * as Seen from "./swapSeen.ts"
import type { Tell } from "./swapTelling.ts"
import { handOn } from "./swapToken.ts"
import * as Watch from "./swapWatch.ts"
import type { MirrorError } from "./trees.ts"

/** A removal that was refused is tried once more. */
const AGAIN = Schedule.intersect(Schedule.spaced("2 seconds"), Schedule.recurs(1))

/** Of a swap that is done, if it has an old tree yet and may be that of a run that is alive. */
export interface Pending {
  readonly _tag: "Pending"
  readonly marker: Marker.Marker
  /** Whether this run has done its second rename, and has told so. */
  readonly isFinished?: boolean
}

/** Of a swap that is done. The old tree of a run that may be alive has to be watched first: it is left to that run. */
export const tidyAfter = (
  place: Place,
  marker: Marker.Marker,
  hasPrevious: boolean
): Effect.Effect<"Tidied" | LeftTree | Pending, MirrorError> =>
  hasPrevious && marker.previous === "Remove" && !Marker.saysEnded(marker)
    ? Effect.succeed({ _tag: "Pending", marker })
    : tidyNow(place, marker, hasPrevious)

/** Of a run that has ended. */
const tidyNow = (
  place: Place,
  marker: Marker.Marker,
  hasPrevious: boolean
): Effect.Effect<"Tidied" | LeftTree, MirrorError> =>
  Effect.gen(function* () {
    const left = hasPrevious && marker.previous === "Remove" ? yield* whyLeft(place, marker) : undefined
    const { error, previous } = yield* tidy(place, marker, hasPrevious, { left })
    return previous === "Left"
      ? { path: place.pathOf(Marker.namesOf(place.base, marker.id).previous), error }
      : "Tidied"
  })

/** Why an old tree has to stay: it is not as its run has seen it last, or can't be listed. */
const whyLeft = (
  place: Place,
  marker: Marker.Marker
): Effect.Effect<Pick<LeftTree, "error"> | undefined, MirrorError> =>
  Seen.isAsSeen(place, Marker.namesOf(place.base, marker.id).previous, marker).pipe(
    Effect.flatMap((isAsSeen) =>
      !isAsSeen
        ? Effect.succeed({})
        : marker.seen === undefined
          ? Effect.succeed(undefined)
          : Effect.as(noteLooked(place, marker), undefined)
    ),
    Effect.catchTags({
      FtpListingError: (error) => Effect.succeed({ error }),
      FtpRejected: (error) => Effect.succeed({ error })
    })
  )

/** A run that finds a part of it removed knows why. Without it, that run leaves the rest. */
const noteLooked = (place: Place, marker: Marker.Marker): Effect.Effect<void> =>
  Effect.catchAll(place.writeMarker({ ...marker, seen: undefined }), (error) =>
    Effect.logDebug("the marker of a swap could not be written", error)
  )

/** All of them are watched at once. One whose run is alive is no more than that run's. */
export const tidyPending = (
  place: Place,
  pending: ReadonlyArray<Pending>,
  tell: Tell
): Effect.Effect<ReadonlyArray<LeftTree>, MirrorError> =>
  Effect.gen(function* () {
    const [first] = pending
    if (first === undefined) {
      return []
    }
    const ids = pending.map(({ marker }) => marker.id)
    const named = Marker.namesOf(place.base, first.marker.id).previous
    // A marker may say by now that its old tree stays, as that has got something.
    const { markers } = yield* Watch.ended(place, { ids, silent: "Now", named }, tell)
    const old: Array<LeftTree> = []
    for (const marker of markers) {
      const tidied = yield* tidyNow(place, marker, true)
      if (tidied !== "Tidied") {
        old.push(tidied)
      } else if (pending.some(({ isFinished, marker: { id } }) => id === marker.id && isFinished !== true)) {
        tell("Tidied", place.pathOf(place.base))
      }
    }
    return old
  })

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
      // Another run may have done it meanwhile, as this one was silent for too long; or may be at it, and so refuse it.
      Effect.catchTag("FtpRejected", (error) =>
        Effect.flatMap(place.exists(names.previous), (isThere) => (isThere ? error : Effect.void))
      ),
      Effect.retry({ schedule: AGAIN, while: ({ _tag }) => _tag === "FtpRejected" })
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
