/**
 * Where the token of a swap is, which shows what has become of its new tree. One that was live may have been moved away by
 * another swap before the first one was tidied up:
 *
 *     www.…-swap-1.json, www.…-previous-1     of a run that has not seen its tree live yet, or was killed
 *     www.…-previous-2/.ftp-effect-swap-1     its tree
 *     www                                     the tree of swap 2, or none between its renames
 *
 * Swap 2 hands the token on to its own tree before it removes that of swap 1: so it is always known that swap 1 was done,
 * and that its old tree is of no use any more.
 */
import * as Effect from "effect/Effect"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import type { MirrorError } from "./trees.ts"

/** Whether the directory of that name has the token of the swap, or of the one whose stage it took over. */
export const hasToken = ({ exists }: Place, name: string, { claimed, id }: Marker.Marker) =>
  Effect.flatMap(exists(RemotePath.join(name, Marker.tokenOf(id))), (own) =>
    own || claimed === undefined ? Effect.succeed(own) : exists(RemotePath.join(name, Marker.tokenOf(claimed)))
  )

/** The ids of the other swaps that have a marker. */
const othersOf = ({ found }: Place, id: string): Effect.Effect<ReadonlyArray<string>, MirrorError> =>
  Effect.map(found, ({ ids }) => ids.filter((other) => other !== id))

/** Whether the new tree is live, or was so until another swap has moved it away. */
export const wasLive = (place: Place, marker: Marker.Marker): Effect.Effect<boolean, MirrorError> =>
  Effect.gen(function* () {
    const isLive = hasToken(place, place.base, marker)
    if (yield* isLive) {
      return true
    }
    const others = yield* othersOf(place, marker.id)
    for (const other of others) {
      if (yield* hasToken(place, Marker.namesOf(place.base, other).previous, marker)) {
        return true
      }
    }
    // It may have been handed on since the first question.
    return others.length > 0 && (yield* isLive)
  })

/**
 * The tokens of other swaps go from the old tree of this one to the live tree. Returns where the tokens of this one can be:
 * a swap that has moved its tree away comes first, as it hands them on.
 */
export const handOn = (
  place: Place,
  { claimed, id }: Marker.Marker
): Effect.Effect<ReadonlyArray<string>, MirrorError> =>
  Effect.gen(function* () {
    const { base, client, exists, pathOf } = place
    const previousOf = (id: string) => Marker.namesOf(base, id).previous
    const others = yield* othersOf(place, id)
    for (const token of others.map(Marker.tokenOf)) {
      const from = RemotePath.join(previousOf(id), token)
      if (yield* exists(from)) {
        yield* client.rename(pathOf(from), pathOf(RemotePath.join(base, token))).pipe(
          // Its own run may have removed it meanwhile.
          Effect.catchTag("FtpRejected", (error) =>
            Effect.flatMap(exists(from), (isThere) => (isThere ? Effect.fail(error) : Effect.void))
          )
        )
      }
    }
    const tokens = [id, ...(claimed === undefined ? [] : [claimed])].map(Marker.tokenOf)
    return [...others.map(previousOf), base].flatMap((tree) => tokens.map((token) => RemotePath.join(tree, token)))
  })
