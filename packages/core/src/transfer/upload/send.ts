/**
 * Sends one source to the last byte, in as many attempts as needed, all on one host.
 *
 *     first attempt   borrow ──► partial upload of an earlier run? ──► none: from 0
 *                                                                 └──► resumeOffset, by SIZE
 *     later attempts  borrow ──► resumeOffset, by SIZE; from 0 after a Restart
 *
 *     each attempt    Attempt.run ──► verified ──► the unchecked boundaries of earlier attempts are checked ──► done
 *                        │ failed                     │ failed
 *                        └──────► afterFailure ◄──────┘   Restart, Retry, Wait: the next attempt      Fail: the error
 *
 * A one-shot source is not resumed.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../../base/FtpEndpoint.ts"
import { FtpIntegrityError } from "../../base/FtpError.ts"
import type { FtpSource } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Demand from "../demand.ts"
import * as Identity from "../identity.ts"
import * as Patience from "../patience.ts"
import { afterFailure, initial, type State } from "./afterFailure.ts"
import * as Attempt from "./attempt.ts"
import type * as PartialUpload from "./partialUpload.ts"
import { resumeOffset } from "./resumeOffset.ts"
import * as UploadSource from "./source.ts"
import type { Target } from "./target.ts"
import type { Choices, Sent, UploadContext, UploadError } from "./uploadContext.ts"

/** Where the bytes go. */
export interface Place extends Target {
  /** Whether no other file can have that name. */
  readonly isFresh: boolean
  /** Default: the host of the first session that is borrowed. */
  readonly host?: Endpoint.FtpEndpoint | undefined
  /** Default: no partial upload of an earlier run is looked for. */
  readonly find?: PartialUpload.Find | undefined
}

/** A smaller source is sent again sooner than the server reports how many bytes of it are there. */
const WORTH_RESUMING = 128 * 1024

/** If it fails, what the server has of it is recorded; after a success the caller decides. */
export const send = <E, R>(
  place: Place,
  source: FtpSource<E, R>,
  choices: Choices
): Effect.Effect<Sent, UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  UploadSource.using(source, (opened) =>
    Effect.gen(function* () {
      const patience = yield* Patience.make(choices.schedules)
      // Only the size shows what the server has.
      const canResume =
        Demand.countsSize(choices.demand) &&
        Option.match(source.size, { onNone: () => true, onSome: (size) => size >= WORTH_RESUMING })
      const upload: UploadContext<E, R> = {
        source: opened,
        choices,
        target: place,
        host: place.host,
        find: canResume ? place.find : undefined,
        reached: 0,
        previous: place.isFresh || !canResume ? Identity.UNKNOWN : undefined,
        isOfVersion: true,
        unchecked: new Set()
      }
      yield* Effect.addFinalizer((exit) => (Exit.isSuccess(exit) ? Effect.void : record(upload, exit.cause)))
      let state = initial(canResume)
      while (true) {
        const moved: Moved = { offset: 0, sent: 0, isStored: false }
        const attempt = Effect.scoped(attemptOnce(upload, state, moved))
        const result = yield* Effect.either(Effect.zipLeft(attempt, checkBoundaries(upload)))
        if (result._tag === "Right") {
          return result.right
        }
        const error = result.left
        if (error._tag === "SourceFailed") {
          return yield* Effect.fail(error)
        }
        const failure = { path: place.path, error, ...moved, canReopen: upload.source.canReopen() }
        const [next, action] = afterFailure(state, failure)
        state = next
        if (action._tag === "Fail") {
          return yield* Effect.fail(action.error)
        }
        if (action._tag === "Wait") {
          yield* Effect.mapError(patience(action.interrupted), () => action.error)
        }
      }
    })
  )

/** What is on the server now can be resumed, unless it was found to be wrong, or is of no version of the source. */
const record = ({ choices: { recording }, reached }: UploadContext<unknown, unknown>, cause: Cause.Cause<unknown>) =>
  Option.exists(Cause.failureOption(cause), (error) => error instanceof FtpIntegrityError)
    ? recording.forget
    : recording.stop(reached)

/** What an attempt has sent so far, and from which offset on. */
interface Moved {
  offset: number
  sent: number
  /** Whether the server has confirmed all bytes. */
  isStored: boolean
}

const attemptOnce = <E, R>(upload: UploadContext<E, R>, { canResume, failures }: State, moved: Moved) =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const session = yield* pool.borrow({ host: upload.host })
    upload.host = session.endpoint
    const isFound = yield* findPartialUpload(upload, session)
    const isResumed = canResume && (failures > 0 || isFound)
    const offset = isResumed ? yield* resumeOffset(session, upload) : 0
    moved.offset = offset
    return yield* Attempt.run(upload, session, offset, {
      onBytes: (bytes) => {
        moved.sent += bytes
        upload.reached = Math.max(upload.reached, offset + moved.sent)
        upload.choices.onProgress(offset + moved.sent)
      },
      onStored: () => {
        moved.isStored = true
      }
    })
  })

/** Whether there is one, which then is the target. */
const findPartialUpload = <E, R>(upload: UploadContext<E, R>, session: FtpSession) =>
  Effect.gen(function* () {
    const { choices, find, source, target, unchecked } = upload
    if (find === undefined) {
      return false
    }
    const found = yield* Effect.tapErrorTag(find(session, source), "FtpConnectionLost", ({ reason }) =>
      Effect.sync(() => {
        // A hash that takes too long would do so again.
        upload.find = reason === "TimedOut" ? undefined : find
      })
    )
    upload.find = undefined
    if (Option.isNone(found)) {
      return false
    }
    const { at, boundaries, bytes, isOfVersion } = found.value
    upload.target = { path: target.path, at }
    upload.previous = Identity.UNKNOWN
    upload.reached = bytes
    upload.isOfVersion = isOfVersion
    for (const boundary of boundaries) {
      unchecked.add(boundary)
    }
    choices.onResume(bytes)
    choices.onProgress(bytes)
    return true
  })

/** Those of earlier attempts, each on a session of its own: a RETR that is left early may cost it. */
const checkBoundaries = <E, R>(upload: UploadContext<E, R>) =>
  Effect.suspend(() =>
    Effect.forEach(
      [...upload.unchecked],
      (boundary) =>
        Patience.untilAnswered(
          Effect.scoped(
            Effect.gen(function* () {
              const session = yield* (yield* FtpPool).borrow({ host: upload.host })
              yield* Attempt.checkBoundary(upload, session, boundary)
            })
          ),
          Attempt.askedOf(upload, upload.reached)
        ),
      { discard: true }
    )
  )
