/**
 * The stage of a swap: a new one, or that of an earlier run that has ended.
 *
 *     new       marker ─► C: MKD www.…-probe-ID ─► C: RNFR, RNTO www.…-next-ID ─► token
 *     claimed   marker ─► C: RNFR www.…-next-OLD, RNTO www.…-next-ID ─► token ─► the old marker and token removed
 *
 * The rename shows whether the server renames directories, before anything is sent. It is also the claim: only one of two
 * runs can do it, and a run that is alive after all has no stage any more, so it can't swap. Until a run has looked at its
 * old tree, and has removed it, it writes its marker anew every 10 seconds; one that is not written for three times as long
 * is that of a run that has ended. A run that is interrupted says so in its marker.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { runBounded } from "../base/boundedFinalizer.ts"
import type { FtpRejected } from "../base/FtpError.ts"
import * as Descent from "../protocol/Descent.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as Marker from "./swapMarker.ts"
import type { Place } from "./swapPlace.ts"
import type { Tell } from "./swapTelling.ts"
import { hasToken } from "./swapToken.ts"
import * as Watch from "./swapWatch.ts"
import type { MirrorError, RemoteTree as Remote } from "./trees.ts"

export interface Stage {
  readonly marker: Marker.Marker
  readonly names: Marker.Names
  /** Its label is that of the target, as it is to be the target. */
  readonly tree: Remote
  /** Whether an earlier run has sent a part of it. */
  readonly isClaimed: boolean
  /** Whether it is where it was, and still of this run. */
  readonly isOwn: Effect.Effect<boolean, MirrorError>
  /** From now on the tree is complete, and the old one was seen like that. */
  readonly ready: (seen: string | undefined) => Effect.Effect<void, MirrorError>
  /** The old tree was looked at after the renames, and is about to be removed: it has nothing new. */
  readonly looked: Effect.Effect<void>
  /** From now on the marker is not written any more: it is about to be removed, or to say something else. */
  readonly quiet: Effect.Effect<void>
  /** It is lost: there is nothing to say of it in the marker any more. */
  readonly forget: () => void
}

/** Sessions may be busy with large files for longer: then a claim costs this run its stage, and loses nothing. */
const BEAT = "10 seconds"

/** An interruption has to be over within a second. */
const END_LIMIT = "750 millis"

interface Options {
  readonly source: string
  readonly previous: Marker.Marker["previous"]
  /** Unfinished stages, the newest first. */
  readonly unfinished: ReadonlyArray<Marker.Marker>
  readonly tell: Tell
}

/** `Left` if the server does not rename directories: then nothing is left of the attempt. */
export const open = (
  place: Place,
  target: Remote,
  { previous, source, tell, unfinished }: Options
): Effect.Effect<Either.Either<Stage, FtpRejected>, MirrorError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* place.makeParent
    const id = yield* Marker.makeId
    const fresh = Marker.make({ id, target: place.base, source, phase: "Staging", previous, beat: 0 })
    const shown = yield* Effect.filter(
      unfinished.filter((marker) => marker.source === source),
      (marker) => isShown(place, marker.id)
    )
    const { markers } = yield* Watch.ended(place, { ids: shown.map(({ id }) => id), silent: "Now" }, tell)
    for (const other of markers) {
      const claimed = { ...fresh, claimed: other.id }
      if (yield* claim(place, claimed, other)) {
        tell("Claimed", place.pathOf(Marker.namesOf(place.base, id).next))
        return Either.right(yield* stage(place, target, claimed, true))
      }
    }
    const refused = yield* begin(place, fresh)
    if (refused !== undefined) {
      return Either.left(refused)
    }
    tell("Staging", place.pathOf(Marker.namesOf(place.base, id).next))
    return Either.right(yield* stage(place, target, fresh, false))
  })

/** Whether the listing of a stage shows its token: if not, it may hide other files, which would be live unseen. */
const isShown = (place: Place, id: string): Effect.Effect<boolean, MirrorError> =>
  Effect.gen(function* () {
    const tree = yield* place.treeOf(Marker.namesOf(place.base, id).next)
    const { found, gaps } = yield* tree.list("", Descent.start)
    return gaps.length === 0 && found.some(({ entry }) => Marker.isToken(entry.path))
  }).pipe(Effect.catchTag("FtpRejected", () => Effect.succeed(false)))

/** Whether the stage is ours now. It is not if another run has claimed it, or the server refuses. */
export const claim = (place: Place, marker: Marker.Marker, other: Marker.Marker): Effect.Effect<boolean, MirrorError> =>
  Effect.gen(function* () {
    const { base, client, pathOf, removeFile } = place
    const [names, others] = [Marker.namesOf(base, marker.id), Marker.namesOf(base, other.id)]
    if (!(yield* place.exists(others.next)) || !(yield* hasToken(place, others.next, other))) {
      return false
    }
    // The next run ends a swap that is between its renames, or was there.
    if (yield* place.exists(others.previous)) {
      return false
    }
    // Another run may take it at any moment: then it is not there.
    const isThere = yield* place.prove(others.next).pipe(
      Effect.as(true),
      Effect.catchTag("FtpRejected", () => Effect.succeed(false))
    )
    if (!isThere) {
      return false
    }
    // Others were claimed or removed since it was watched: a run that has paused for so long may have gone on.
    const now = yield* place.readMarker(other.id)
    if (!Option.exists(now, ({ beat, phase }) => beat === other.beat && phase === other.phase)) {
      return false
    }
    yield* place.writeMarker(marker)
    const isTaken = yield* client.rename(pathOf(others.next), pathOf(names.next)).pipe(
      Effect.as(true),
      Effect.catchTag("FtpRejected", () => Effect.succeed(false))
    )
    if (!isTaken) {
      yield* removeFile(names.marker)
      return false
    }
    yield* place.writeToken(names.next, marker.id)
    for (const id of [other.id, ...(other.claimed === undefined ? [] : [other.claimed])]) {
      yield* removeFile(RemotePath.join(names.next, Marker.tokenOf(id)))
    }
    // If its run was alive after all, and was killed right then, the marker says what the old tree is.
    if (!(yield* place.exists(others.previous))) {
      yield* removeFile(others.marker)
    }
    return true
  })

/** An empty stage; the refusal if the server does not rename it. */
const begin = (place: Place, marker: Marker.Marker): Effect.Effect<FtpRejected | undefined, MirrorError> => {
  const { base, client, pathOf, removeFile } = place
  const names = Marker.namesOf(base, marker.id)
  const undo = Effect.zipRight(
    Effect.ignore(client.withSession((session) => session.removeDirectory(pathOf(names.probe)))),
    Effect.ignore(removeFile(names.marker))
  )
  const renamed = client.rename(pathOf(names.probe), pathOf(names.next)).pipe(
    Effect.as(undefined),
    Effect.catchIf(isRenameRefused, (rejected) => Effect.as(undo, rejected))
  )
  return Effect.gen(function* () {
    const unwritten = yield* Effect.either(place.writeMarker(marker))
    if (Either.isLeft(unwritten)) {
      return isRenameRefused(unwritten.left) ? unwritten.left : yield* Effect.fail(unwritten.left)
    }
    yield* Effect.tapError(client.makeDirectory(pathOf(names.probe)), () => Effect.ignore(removeFile(names.marker)))
    const refused = yield* renamed
    if (refused === undefined) {
      yield* place.writeToken(names.next, marker.id)
    }
    return refused
  })
}

/** Of the marker, which is renamed into place, or of the stage. */
const isRenameRefused = (error: MirrorError): error is FtpRejected =>
  error._tag === "FtpRejected" && (error.verb === "RNFR" || error.verb === "RNTO")

const stage = (
  place: Place,
  target: Remote,
  marker: Marker.Marker,
  isClaimed: boolean
): Effect.Effect<Stage, MirrorError, Scope.Scope> =>
  Effect.gen(function* () {
    const names = Marker.namesOf(place.base, marker.id)
    const tree = yield* place.treeOf(names.next)
    let current = marker
    let isForgotten = false
    const turns = yield* Effect.makeSemaphore(1)
    // One at a time, so that an older one never replaces a newer one.
    const write = turns.withPermits(1)(Effect.suspend(() => place.writeMarker(current)))
    // The next run need not watch whether this one is alive.
    yield* Effect.addFinalizer(() =>
      isForgotten ? Effect.void : runBounded(place.writeMarker(current, "Ended"), END_LIMIT)
    )
    const beating = yield* write.pipe(
      // A claim that follows from it is noticed before the swap.
      Effect.catchAll((error) => Effect.logDebug("the marker of a swap could not be written", error)),
      Effect.schedule(Schedule.spaced(BEAT)),
      // The scope ends it, also that of a caller who can't be interrupted.
      Effect.interruptible,
      Effect.forkScoped
    )
    return {
      marker,
      names,
      isClaimed,
      // If it is gone, it must not come back.
      tree: { ...tree, label: target.label, makeRoot: Effect.void },
      isOwn: Effect.if(place.exists(RemotePath.join(names.next, Marker.tokenOf(marker.id))), {
        onTrue: () => Effect.as(place.prove(names.next), true),
        onFalse: () => Effect.succeed(false)
      }),
      ready: (seen) =>
        Effect.suspend(() => {
          current = { ...marker, phase: "Ready", seen }
          return write
        }),
      looked: Effect.suspend(() => {
        current = { ...current, seen: undefined }
        // The next run leaves what it finds of the old tree then.
        return Effect.catchAll(write, (error) => Effect.logDebug("the marker of a swap could not be written", error))
      }),
      quiet: Effect.suspend(() => {
        isForgotten = true
        return Effect.asVoid(Fiber.interrupt(beating))
      }),
      forget: () => {
        isForgotten = true
      }
    }
  })
