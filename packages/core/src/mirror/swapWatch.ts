/**
 * Which runs have ended. It shows in what they do: the clock of another machine may be hours behind, so the time in a marker
 * alone proves nothing.
 *
 *     C: RETR www.…-swap-ID.json   the beat of the run; or that it has ended, as it says itself
 *        30 s later                three beats of a run that is alive
 *     C: RETR www.…-swap-ID.json   the same beat: it has ended
 *     C: LIST .                    the same temporary name of a marker: it has ended while it wrote it
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"
import * as Marker from "./swapMarker.ts"
import type { Place, TemporaryMarker } from "./swapPlace.ts"
import type { Tell } from "./swapTelling.ts"
import type { MirrorError } from "./trees.ts"

/** Three beats. */
const WATCHED = "30 seconds"

/** What a run has left that was silent for less, by its own clock, is not worth the wait: in millis. A later run sees to it. */
const LONG = 15 * 60 * 1000

interface Suspects {
  readonly ids: ReadonlyArray<string>
  /** Whether only runs count that were silent for 15 minutes. */
  readonly silent: "Long" | "Now"
  readonly temporaries?: ReadonlyArray<TemporaryMarker> | undefined
  /** What they have left, as people are told. Default the first stage, or temporary name. */
  readonly named?: string | undefined
}

export interface Ended {
  /** The markers as they are now. */
  readonly markers: ReadonlyArray<Marker.Marker>
  /** The temporary names of markers. */
  readonly temporaries: ReadonlyArray<string>
}

/** Those that do nothing more. Waits once, and only if it is not known. */
export const ended = (
  place: Place,
  { ids, named, silent, temporaries = [] }: Suspects,
  tell: Tell
): Effect.Effect<Ended, MirrorError> =>
  Effect.gen(function* () {
    const { base, pathOf } = place
    const now = yield* Clock.currentTimeMillis
    const isOld = (at: number) => silent === "Now" || now - at > LONG
    const all = yield* read(place, [...ids, ...temporaries.map(({ id }) => id)])
    const listed = Effect.map(place.found, (found) => new Set(found.temporaries.map(({ name }) => name)))
    const old = temporaries.filter(
      ({ id, name }) =>
        isOld(Option.getOrElse(Marker.begun(id), () => now)) &&
        // Without the marker, its old content is all there is of it.
        (all.has(id) || Option.isNone(TemporaryName.backupOf(name)))
    )
    // They were listed before the tree was sent: for one that is gone by now nothing is waited for.
    const there = old.length === 0 ? new Set<string>() : yield* listed
    const written = old.filter(({ name }) => there.has(name))
    const before = [...all.values()].filter(({ beat, id }) => isOld(beat) && ids.includes(id))
    const open = before.filter((marker) => !Marker.saysEnded(marker))
    const [first] = [...open.map(({ id }) => Marker.namesOf(base, id).next), ...written.map(({ name }) => name)]
    if (first === undefined) {
      return { markers: before, temporaries: [] }
    }
    tell("Watching", pathOf(named ?? first))
    yield* Effect.sleep(WATCHED)
    const later = yield* read(place, all.keys())
    const isSilent = (id: string) => later.get(id)?.beat === all.get(id)?.beat
    const still = written.length === 0 ? there : yield* listed
    return {
      markers: before.flatMap(({ id }) => (isSilent(id) ? (later.get(id) ?? []) : [])),
      temporaries: written.filter(({ id, name }) => isSilent(id) && still.has(name)).map(({ name }) => name)
    }
  })

const read = (place: Place, ids: Iterable<string>): Effect.Effect<ReadonlyMap<string, Marker.Marker>, MirrorError> =>
  Effect.map(Effect.forEach(new Set(ids), place.readMarker), (markers) => {
    const found = markers.flatMap((marker) => Option.toArray(marker))
    return new Map(found.map((marker) => [marker.id, marker]))
  })
