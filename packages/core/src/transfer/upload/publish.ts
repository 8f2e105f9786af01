/**
 * Publishes a verified upload: gives it its final name, in the stages of `Publication`.
 *
 *     Temporary  C: RNFR .a.txt.3f09c1d2.ftp-effect, RNTO a.txt ──► 250: Done
 *                   │ there is an a.txt: 550 File exists (Windows), or 550 without a reason
 *                   ▼
 *                C: RNFR a.txt, RNTO .a.txt.old.5b1c22e0.ftp-effect ──► BackedUp
 *                   │ refused, though a.txt exists for certain
 *                   ▼
 *                C: DELE a.txt ──► OnlyCopy (from the moment it is sent)
 *     BackedUp   C: RNFR, RNTO a.txt ──► Renamed            refused: the old file gets its name back
 *     OnlyCopy   C: RNFR, RNTO a.txt ──► Done               refused: the new file keeps its temporary name
 *     Renamed    C: DELE .a.txt.old.5b1c22e0.ftp-effect ──► Done
 *                   │ refused: another client may have made a directory a.txt ahead of its RNFR
 *                   ▼
 *                a warning with the name; whatever it is stays
 *
 * While it is BackedUp or OnlyCopy, no file has the final name. If the reply to a rename was lost, the rename is sent
 * again. If it is then refused as not found, it counts as done only if the file that was sent has the final name.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import {
  type DataError,
  type FtpRejected,
  FtpTransferInterrupted,
  isNotFound,
  type OpenError
} from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpEntry } from "../../protocol/FtpEntry.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Patience from "../patience.ts"
import { withUnknownOutcome } from "./afterFailure.ts"
import type { Publication } from "./publication.ts"
import type { Choices, Sent, UploadError } from "./uploadContext.ts"

/** In as many sessions as needed. */
export const publish = (
  publication: Publication,
  sent: Sent,
  { modified, onPublish, schedules }: Pick<Choices, "modified" | "onPublish" | "schedules">
): Effect.Effect<void, UploadError, FtpPool> =>
  Effect.gen(function* () {
    const { backup, host, path } = publication
    const pool = yield* FtpPool
    yield* onPublish
    const expected = { ...sent, modified }
    const inSession = <A, E>(work: (session: FtpSession) => Effect.Effect<A, E>) =>
      Effect.scoped(Effect.flatMap(pool.borrow({ host }), work))
    const persist = <E>(work: Effect.Effect<void, E>) =>
      Patience.persist(work, { direction: "Upload", path, bytes: sent.bytes, schedules })
    // No session is held while it is asked once more: that may need one.
    const renamedOrReplaced = Effect.flatMap(
      inSession((session) => unlessTaken(renameTo(session, publication, expected))),
      (taken) =>
        taken === undefined
          ? Effect.void
          : Effect.zipRight(
              onPublish,
              inSession((session) =>
                Effect.zipRight(makeRoom(session, publication, taken), renameTo(session, publication, expected))
              )
            )
    )
    yield* Effect.mapError(
      persist(renamedOrReplaced),
      // The file that was sent is not there any more: a drop box may have taken it.
      (error) => (isNotFound(error) && !isOfTarget(error) ? withUnknownOutcome(error) : error)
    )
    if (publication.stage === "Renamed") {
      yield* Effect.catchAll(persist(inSession((session) => removeBackup(session, publication))), (error) =>
        isNotFound(error) ? Effect.void : Effect.logWarning(`the old ${path} is left as ${backup}`, error)
      )
      publication.stage = "Done"
    }
  })

/** DELE removes no directory. */
const removeBackup = (session: FtpSession, { backup, path }: Publication): Effect.Effect<void, OpenError | DataError> =>
  Effect.catchIf(session.removeFile(backup), isRejected, (rejected) =>
    Effect.flatMap(statIfPossible(session, backup), (left) =>
      Option.exists(left, ({ type }) => type === "Directory")
        ? Effect.logWarning(
            `another client has made a directory in the place of ${path} meanwhile: it is left as ${backup}`
          )
        : Effect.fail(rejected)
    )
  )

/** What the file with the final name must be, to be the one that was sent. */
interface Expected extends Sent {
  readonly modified: Choices["modified"]
}

const renameTo = (session: FtpSession, publication: Publication, expected: Expected) =>
  Effect.map(rename(session, publication, expected), () => {
    publication.stage = publication.stage === "BackedUp" ? "Renamed" : "Done"
  })

/** The refusal if the server does not replace files: the old one is to be moved first. */
const unlessTaken = <E extends { readonly _tag: string }>(
  renamed: Effect.Effect<void, E>
): Effect.Effect<FtpRejected | undefined, E> =>
  Effect.catchIf(
    Effect.as(renamed, undefined),
    (error): error is E & FtpRejected => isRejected(error) && isPerhapsTaken(error),
    (rejected) => Effect.succeed<FtpRejected | undefined>(rejected)
  )

const rename = (
  session: FtpSession,
  publication: Publication,
  expected: Expected
): Effect.Effect<void, OpenError | DataError | FtpTransferInterrupted> =>
  Effect.catchAll(session.rename(publication.at, publication.path), (error) => {
    if (error._tag === "FtpConnectionLost") {
      if (isOfTarget(error) && (error.outcome === "Unknown" || error.reason === "ServiceClosing")) {
        publication.lost = error
      }
      return error
    }
    const { lost, path } = publication
    if (lost === undefined || !isRejected(error) || isOfTarget(error)) {
      return Effect.fail(error)
    }
    if (error.isRetryable) {
      return lost
    }
    const unknown = new FtpTransferInterrupted({
      path,
      direction: "Upload",
      offset: expected.bytes,
      transferred: 0,
      cause: lost,
      outcome: "Unknown"
    })
    return isNotFound(error)
      ? Effect.flatMap(isRenamed(session, publication, expected), (isDone) => (isDone ? Effect.void : unknown))
      : unknown
  })

/** Some file systems store only every other second. */
const SAME_TIME = Duration.seconds(2)

/** Whether the file that was sent has the final name, as far as the server reports and the caller demands. */
const isRenamed = (
  session: FtpSession,
  { at, path }: Publication,
  { bytes, evidence, modified }: Expected
): Effect.Effect<boolean, OpenError | DataError> =>
  Effect.gen(function* () {
    const isGone = Option.isNone(yield* statIfPossible(session, at))
    const published = yield* statIfPossible(session, path)
    if (!isGone || !Option.exists(published, ({ size }) => Option.contains(size, bytes))) {
      return false
    }
    const times = Option.all([modified, yield* Refusal.timeBy(Refusal.unlessRefused, session, path)])
    if (
      Option.exists(times, ([local, remote]) =>
        Duration.greaterThan(DateTime.distanceDuration(local, remote.at), SAME_TIME)
      )
    ) {
      return false
    }
    if (evidence._tag !== "Hash") {
      return true
    }
    const hash = yield* Refusal.unlessRefused(session.hash(path, evidence.algorithm))
    return Option.exists(hash, ({ value }) => value === evidence.value)
  })

/** Moves the old file to its backup name. If that is refused, deletes it, but only if it is known to be in the way. */
const makeRoom = (
  session: FtpSession,
  publication: Publication,
  rejected: FtpRejected
): Effect.Effect<void, OpenError | DataError> =>
  Effect.gen(function* () {
    const { at, backup, path } = publication
    const old = yield* statIfPossible(session, path)
    if (!Option.exists(old, ({ type }) => type === "File" || type === "SymbolicLink")) {
      return yield* rejected
    }
    const before = publication.stage
    // Ahead of the command, whose reply may be lost, as below.
    publication.stage = "BackedUp"
    const moved = yield* Effect.either(session.rename(path, backup))
    if (moved._tag === "Right") {
      return
    }
    if (!isRejected(moved.left)) {
      return yield* Effect.fail(moved.left)
    }
    publication.stage = before
    if (rejected.reason !== "AlreadyExists") {
      return yield* rejected
    }
    if (yield* isGone(session, at)) {
      // What has the final name may be the new file: the refusal was not about its rename.
      return yield* Effect.fail(withUnknownOutcome(rejected))
    }
    publication.stage = "OnlyCopy"
    yield* Effect.mapError(session.removeFile(path), (error) => {
      if (!isRejected(error)) {
        return error
      }
      publication.stage = before
      return rejected
    })
  })

/** Whether the server says that nothing has that name. */
const isGone = (session: FtpSession, path: string): Effect.Effect<boolean, OpenError | DataError> =>
  Effect.as(session.stat(path), false).pipe(
    Effect.catchTags({
      FtpRejected: (error) => Effect.succeed(isNotFound(error)),
      FtpListingError: () => Effect.succeed(false)
    })
  )

/** Whether the final name may be taken: the refusal says so, or gives no reason. */
const isPerhapsTaken = (error: FtpRejected): boolean =>
  isOfTarget(error) && (error.reason === "AlreadyExists" || ReplyMeaning.givesNoReason(error.reply))

/** Whether the command that failed is the one that names the target. */
const isOfTarget = ({ verb }: { readonly verb?: string | undefined }): boolean => verb === "RNTO"

const isRejected = (error: { readonly _tag: string }): error is FtpRejected => error._tag === "FtpRejected"

/** `None` if the server refuses to describe it, or describes it in a form that can't be read. */
const statIfPossible = (
  session: FtpSession,
  path: string
): Effect.Effect<Option.Option<FtpEntry>, OpenError | DataError> =>
  Effect.asSome(session.stat(path)).pipe(
    Effect.catchTags({
      FtpRejected: () => Effect.succeedNone,
      FtpListingError: () => Effect.succeedNone
    })
  )
