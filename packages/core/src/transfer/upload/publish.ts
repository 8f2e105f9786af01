/**
 * How a file that is whole on the server gets its name.
 *
 *     C: RNFR .a.txt.3f09c1d2.ftp-effect, RNTO a.txt ──► 250
 *        │ there is an a.txt: 550 File exists (Windows), or 550 without a reason
 *        ▼
 *     C: RNFR a.txt, RNTO .a.txt.old.5b1c22e0.ftp-effect ──► RNFR, RNTO ──► DELE .a.txt.old.5b1c22e0.ftp-effect
 *        │ refused, though it does exist                       └─ refused: the old file gets its name back
 *        ▼
 *     C: DELE a.txt ──► RNFR, RNTO
 *
 * Between the two renames no file has the name, but both are there. After that DELE the new one is the only copy, and is
 * never removed. Where the answer to a rename was lost it is asked for once more, and is taken for done only if what was
 * to be renamed is gone and what has the name is what was sent. It does NOT send files: `upload` does.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as BoundedFinalizer from "../../base/boundedFinalizer.ts"
import type * as Endpoint from "../../base/FtpEndpoint.ts"
import {
  type CommandError,
  type DataError,
  type FtpConnectionLost,
  type FtpListingError,
  type FtpRejected,
  FtpTransferInterrupted,
  type OpenError
} from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpEntry } from "../../protocol/FtpEntry.ts"
import * as ReplyMeaning from "../../protocol/ReplyMeaning.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Patience from "../patience.ts"
import type { Choices, Sent } from "./uploadContext.ts"

export interface Publication {
  /** The final name. */
  readonly path: string
  /** The name that it has until then. */
  at: string
  /** A name for what has the final one, if that has to make room. */
  readonly aside: string
  readonly host: Endpoint.FtpEndpoint
  /**
   * `"Aside"`: what had the final name may have the one aside. `"Alone"`: it is gone, and this is the only copy. `"Public"`:
   * the new one has its name, and what made room is to be deleted. `"Swept"`: nothing of ours is left.
   */
  stage: "Hidden" | "Aside" | "Alone" | "Public" | "Swept"
  /** The end of the session that was to give it the final name, and may have. */
  lost?: FtpConnectionLost
}

export const make = (names: Pick<Publication, "path" | "at" | "aside" | "host">): Publication => ({
  ...names,
  stage: "Hidden"
})

/** Over as many sessions as it takes. */
export const publish = (
  publication: Publication,
  sent: Sent,
  { modified, schedule }: Pick<Choices, "modified" | "schedule">
): Effect.Effect<void, OpenError | DataError | FtpTransferInterrupted, FtpPool> =>
  Effect.gen(function* () {
    const { aside, host, path } = publication
    const pool = yield* FtpPool
    const persist = <E>(work: (session: FtpSession) => Effect.Effect<void, E>) =>
      Patience.persist(Effect.scoped(Effect.flatMap(pool.borrow({ host }), work)), {
        direction: "Upload",
        path,
        bytes: sent.bytes,
        schedule
      })
    yield* persist((session) => replace(session, publication, { ...sent, modified }))
    if (publication.stage === "Public") {
      yield* Effect.catchAll(
        persist((session) => session.removeFile(aside)),
        (error) => (isNotFound(error) ? Effect.void : Effect.logWarning(`the old ${path} is left as ${aside}`, error))
      )
      publication.stage = "Swept"
    }
  })

interface Told extends Sent {
  readonly modified: Choices["modified"]
}

/** RNFR and RNTO; where the server will not replace a file, that one makes room. */
const replace = (session: FtpSession, publication: Publication, sent: Told) => {
  const named = Effect.map(takeName(session, publication, sent), () => {
    publication.stage = publication.stage === "Aside" ? "Public" : "Swept"
  })
  return Effect.catchIf(
    named,
    (error): error is FtpRejected => isRejected(error) && isInTheWay(error),
    (rejected) => Effect.zipRight(makeRoom(session, publication, rejected), named)
  )
}

const takeName = (
  session: FtpSession,
  publication: Publication,
  sent: Told
): Effect.Effect<void, OpenError | DataError | FtpTransferInterrupted> =>
  Effect.catchAll(session.rename(publication.at, publication.path), (error) => {
    if (error._tag === "FtpConnectionLost") {
      if (isAboutTarget(error) && (error.outcome === "Unknown" || error.reason === "ServiceClosing")) {
        publication.lost = error
      }
      return error
    }
    const { lost, path } = publication
    if (lost === undefined || !isRejected(error) || isAboutTarget(error)) {
      return Effect.fail(error)
    }
    if (error.isRetryable) {
      return lost
    }
    const unknown = new FtpTransferInterrupted({
      path,
      direction: "Upload",
      offset: sent.bytes,
      transferred: 0,
      cause: lost,
      outcome: "Unknown"
    })
    return isNotFound(error)
      ? Effect.flatMap(isPublished(session, publication, sent), (isDone) => (isDone ? Effect.void : unknown))
      : unknown
  })

/** Some file systems keep every other second. */
const SAME_TIME = Duration.seconds(2)

/** Whether the new file has its name, as far as the server tells and the caller wants it proven. */
const isPublished = (
  session: FtpSession,
  { at, path }: Publication,
  { bytes, evidence, modified }: Told
): Effect.Effect<boolean, OpenError | DataError> =>
  Effect.gen(function* () {
    const isGone = Option.isNone(yield* look(session, at))
    const there = yield* look(session, path)
    if (!isGone || !Option.exists(there, ({ size }) => Option.contains(size, bytes))) {
      return false
    }
    const times = Option.all([modified, yield* told(session.modified(path))])
    if (
      Option.exists(times, ([ours, theirs]) =>
        Duration.greaterThan(DateTime.distanceDuration(ours, theirs.at), SAME_TIME)
      )
    ) {
      return false
    }
    return (
      evidence._tag !== "Hash" ||
      Option.exists(yield* told(session.hash(path, evidence.algorithm)), ({ value }) => value === evidence.value)
    )
  })

/** Moves what has the name aside, or deletes it where that can't be done and is known to help. */
const makeRoom = (
  session: FtpSession,
  publication: Publication,
  rejected: FtpRejected
): Effect.Effect<void, OpenError | DataError> =>
  Effect.gen(function* () {
    const { aside, path } = publication
    const there = yield* look(session, path)
    if (!Option.exists(there, ({ type }) => type === "File" || type === "SymbolicLink")) {
      return yield* rejected
    }
    const before = publication.stage
    publication.stage = "Aside"
    const moved = yield* Effect.either(session.rename(path, aside))
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
    yield* Effect.mapError(session.removeFile(path), (error) => (isRejected(error) ? rejected : error))
    publication.stage = "Alone"
  })

/** Whether the refusal may be about the file that has the name: it says so, or gives no reason. */
const isInTheWay = ({ reason, reply, verb }: FtpRejected): boolean =>
  verb === "RNTO" && (reason === "AlreadyExists" || ReplyMeaning.givesNoReason(reply))

const isAboutTarget = ({ verb }: { readonly verb?: string | undefined }): boolean => verb === "RNTO"

const isRejected = (error: { readonly _tag: string }): error is FtpRejected => error._tag === "FtpRejected"

const isNotFound = (error: { readonly _tag: string }): boolean => isRejected(error) && error.reason === "NotFound"

/** What the server tells of a name, if it tells anything. */
const look = (session: FtpSession, path: string): Effect.Effect<Option.Option<FtpEntry>, OpenError | DataError> =>
  Effect.catchIf(
    Effect.asSome(session.stat(path)),
    (error): error is FtpRejected | FtpListingError => error._tag === "FtpRejected" || error._tag === "FtpListingError",
    () => Effect.succeedNone
  )

const told = <A>(self: Effect.Effect<A, CommandError>): Effect.Effect<Option.Option<A>, CommandError> =>
  Effect.catchTag(Effect.asSome(self), "FtpRejected", () => Effect.succeedNone)

const FAILED_LIMIT = Duration.seconds(10)
/** An interruption is to be over within a second: a server that did not settle has used up most of it. */
const SETTLED_LIMIT = Duration.millis(750)
const UNSETTLED_LIMIT = Duration.millis(250)

/** Leaves nothing behind but what is the only copy; bounded, as the server may be gone. */
export const settle = (
  publication: Publication,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void, never, FtpPool> =>
  Effect.gen(function* () {
    const { aside, at, host, path, stage } = publication
    if (stage === "Swept") {
      return
    }
    const pool = yield* FtpPool
    const isSettled = (yield* pool.status).some(({ endpoint, inUse, live }) => endpoint === host && live > inUse)
    const limit = !Exit.isInterrupted(exit) ? FAILED_LIMIT : isSettled ? SETTLED_LIMIT : UNSETTLED_LIMIT
    const last = Effect.scoped(Effect.flatMap(pool.borrow({ host }), (session) => undo(session, publication)))
    const done = yield* BoundedFinalizer.runBounded(last, limit)
    if (Option.isNone(done) && stage === "Alone") {
      yield* Effect.logWarning(`${path} was removed to make room for its new content, which may still be in ${at}`)
    }
    if (Option.isNone(done) && stage === "Aside") {
      yield* Effect.logWarning(
        `${path} was moved aside for its new content: it may still be ${aside}, and the new one ${at}`
      )
    }
  })

const undo = (session: FtpSession, { aside, at, path, stage }: Publication): Effect.Effect<void, CommandError> => {
  switch (stage) {
    case "Hidden":
      return session.removeFile(at)
    case "Aside":
      return session.rename(aside, path).pipe(
        // It was never moved.
        Effect.catchIf(isNotFound, () => Effect.void),
        Effect.zipRight(session.removeFile(at))
      )
    case "Alone":
      return session.rename(at, path)
    case "Public":
      return session.removeFile(aside)
    case "Swept":
      return Effect.void
  }
}
