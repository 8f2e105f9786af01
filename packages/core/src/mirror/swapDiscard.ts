/**
 * What is removed after a swap, or once there is nothing to swap: all that runs have left which have ended, and that is of no
 * use any more.
 *
 *     a stage of the same source       C: RNFR www.…-next-OLD, RNTO www.…-next-ID, and only then its files
 *     a stage without its token        C: RMD www.…-next-OLD         of a run that was killed before it got one; RMD removes
 *                                                                    nothing but an empty directory
 *     a marker of nothing              C: DELE www.…-swap-OLD.json
 *     a marker that was being written  C: DELE .www.…-swap-OLD.json.1a2b3c4d.ftp-effect
 */
import * as Effect from "effect/Effect"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import type { Left } from "./swapRecovery.ts"
import { claim } from "./swapStage.ts"
import type { Tell } from "./swapTelling.ts"
import * as Watch from "./swapWatch.ts"
import type { MirrorError } from "./trees.ts"

interface Options {
  /** The stages of runs from there are out of date; `undefined` if no stage is. */
  readonly source: string | undefined
  readonly left: Left
  readonly tell: Tell
}

export const discard = (place: Place, { left, source, tell }: Options): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    const stages = left.unfinished.filter((marker) => marker.source === source).map(({ id }) => id)
    const { markers, temporaries } = yield* Watch.ended(
      place,
      {
        ids: [...stages, ...left.empty.map(({ id }) => id)],
        silent: "Long",
        temporaries: left.temporaries
      },
      tell
    )
    for (const marker of markers) {
      yield* stages.includes(marker.id) ? discardStage(place, marker) : forget(place, marker)
    }
    yield* Effect.forEach(temporaries, place.removeFile, { discard: true })
  })

const discardStage = (place: Place, other: Marker.Marker): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    const marker = { ...other, id: yield* Marker.makeId, claimed: other.id }
    if (yield* claim(place, marker, other)) {
      yield* removeClaimed(place, marker.id)
    }
  })

/** A stage of ours, with its marker. A server that hides files lists no token, without which the rest can be removed. */
const removeClaimed = ({ base, client, pathOf, removeFile }: Place, id: string): Effect.Effect<void, MirrorError> => {
  const { marker, next } = Marker.namesOf(base, id)
  return client.remove(pathOf(next), { recursive: true, home: true }).pipe(
    Effect.catchTag("FtpRejected", () =>
      Effect.zipRight(
        removeFile(RemotePath.join(next, Marker.tokenOf(id))),
        client.withSession((session) => session.removeDirectory(pathOf(next)))
      )
    ),
    Effect.zipRight(removeFile(marker))
  )
}

/** A stage that is not empty, and has no token, is not known to be ours: it stays, and so does its marker. */
const forget = ({ base, client, exists, pathOf, removeFile }: Place, { id, phase }: Marker.Marker) =>
  Effect.gen(function* () {
    const { marker, next, probe } = Marker.namesOf(base, id)
    if (phase !== "Staging") {
      return
    }
    for (const name of [probe, next]) {
      yield* Effect.catchTag(
        client.withSession((session) => session.removeDirectory(pathOf(name))),
        "FtpRejected",
        () => Effect.void
      )
    }
    if (!(yield* exists(next))) {
      yield* removeFile(marker)
    }
  })
