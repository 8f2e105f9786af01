/**
 * The exchange of two trees by two renames, which no server does as one:
 *
 *     C: RNFR www             S: 350
 *     C: RNTO www.…-previous  S: 250    from here on there is no www
 *     C: RNFR www.…-next      S: 350
 *     C: RNTO www             S: 250    until here
 *
 * What a command whose reply was lost has done shows in what is there. If nothing has changed, a slow server may still do it:
 * it is asked for half a minute, and if nothing has changed by then, it is not known which tree is live. A second rename that
 * fails is tried again if its reply was lost; else the first one is taken back. A new tree that was live is never replaced by
 * the old one, also if another swap has moved it away by then. None of it can be interrupted, and all of it is bounded.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { runBounded } from "../base/boundedFinalizer.ts"
import { isNotFound } from "../base/errorGuards.ts"
import * as LostRename from "./lostRename.ts"
import type { NotSwapped } from "./result.ts"
import { type Facts, type State, stateOf } from "./swapFacts.ts"
import type * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import { look } from "./swapRecovery.ts"
import type { Stage } from "./swapStage.ts"
import { wasLive } from "./swapToken.ts"
import type { MirrorError } from "./trees.ts"

/** Long enough for a login, two renames and three questions on a slow path; as long as a person may wait. */
const LIMIT = "60 seconds"

/** How often, and after which time, a server is asked whether it has done a rename after all: within the limit. */
const TURNS = 6
const BETWEEN = "5 seconds"

/** Exchanges them; `Left` if the old tree is live, or whatever else is. `hadLive` says whether there is an old tree. */
export const exchange = (
  place: Place,
  { marker, names }: Stage,
  hadLive: boolean
): Effect.Effect<Either.Either<void, NotSwapped>> => {
  const { base, client, pathOf } = place
  const live = pathOf(base)
  const renames = client.withSession((session) =>
    Effect.uninterruptible(
      Effect.zipRight(
        hadLive ? session.rename(live, pathOf(names.previous)) : Effect.void,
        session.rename(pathOf(names.next), live)
      )
    )
  )
  // In a fiber of its own, as a limit has no effect where nothing can be interrupted.
  return Effect.uninterruptible(
    Effect.gen(function* () {
      const tried = yield* runBounded(Effect.either(renames), LIMIT)
      const error = Option.getOrUndefined(Option.flatMap(tried, Either.getLeft))
      const isLate = Option.isNone(tried) || (error !== undefined && LostRename.mayBeDone(error))
      const settled = yield* runBounded(
        settle(place, marker, names, {
          hadLive,
          isLate,
          isAnswered: Option.isSome(tried) && error === undefined,
          error
        }),
        LIMIT
      )
      return Option.getOrElse(settled, () => unknown(place, names, error))
    })
  )
}

interface Tried {
  readonly hadLive: boolean
  /** Whether the server may still do one of the renames. */
  readonly isLate: boolean
  /** Whether it says that it has done both. */
  readonly isAnswered: boolean
  readonly error: MirrorError | undefined
}

/** Brings it to one end or the other, from whatever it is. */
const settle = (
  place: Place,
  marker: Marker.Marker,
  names: Marker.Names,
  tried: Tried
): Effect.Effect<Either.Either<void, NotSwapped>, MirrorError> =>
  Effect.gen(function* () {
    const { base, client, pathOf } = place
    const { error, hadLive, isAnswered, isLate } = tried
    let facts = yield* look(place, marker.id)
    for (let turn = 0; isLate && turn < TURNS && stateOf(facts) === "NotBegun"; turn++) {
      yield* Effect.sleep(BETWEEN)
      facts = yield* look(place, marker.id)
    }
    if (stateOf(facts) === "Between" && error?._tag !== "FtpRejected") {
      yield* Effect.either(client.rename(pathOf(names.next), pathOf(base)))
      facts = yield* look(place, marker.id)
    }
    // Another swap may have moved the new tree away already: it was live, and must not be replaced by the old one. It may have
    // tidied up too, token and marker, where this one has no old tree to remove: then the replies are all that shows it.
    const isDone = Effect.suspend(() =>
      facts.stage ? Effect.succeed(false) : isAnswered ? Effect.succeed(true) : wasLive(place, marker)
    )
    if (yield* isDone) {
      return Either.right(undefined)
    }
    const state = stateOf(facts)
    if (hadLive && (state === "Between" || state === "StageGone")) {
      yield* Effect.either(client.rename(pathOf(names.previous), pathOf(base)))
      facts = yield* look(place, marker.id)
    }
    return (yield* isDone) ? Either.right(undefined) : Either.left(notSwapped(place, names, facts, tried))
  })

/** What is where, after a swap that was not done. */
const notSwapped = ({ pathOf }: Place, names: Marker.Names, facts: Facts, tried: Tried): NotSwapped => {
  const { error, hadLive, isLate } = tried
  const mayBegin = isLate && stateOf(facts) === "NotBegun"
  return {
    _tag: "NotSwapped",
    because: "RenameFailed",
    live: mayBegin ? "Unknown" : liveOf(stateOf(facts), tried, facts),
    stage: facts.stage ? pathOf(names.next) : undefined,
    previous: facts.previous || (mayBegin && hadLive) ? pathOf(names.previous) : undefined,
    error
  }
}

const liveOf = (state: State, { error, hadLive }: Tried, { live }: Facts): NotSwapped["live"] => {
  switch (state) {
    case "NotBegun":
      // Another swap was between its renames, so the old tree could not be found.
      return live ? (hadLive && !isNotFound(error) ? "Old" : "Other") : hadLive ? "None" : "Old"
    case "Between":
    case "StageGone":
    case "AllGone":
      return "None"
    case "Remade":
      return "Other"
    case "Swapped":
      // Without the token anywhere: another run has finished this swap and tidied up, or has made a tree of its own live.
      return "Other"
  }
}

/** The server could not be asked in time: the names say where both trees can be. */
const unknown = (
  { pathOf }: Place,
  names: Marker.Names,
  error: MirrorError | undefined
): Either.Either<void, NotSwapped> =>
  Either.left({
    _tag: "NotSwapped",
    because: "RenameFailed",
    live: "Unknown",
    stage: pathOf(names.next),
    previous: pathOf(names.previous),
    error
  })
