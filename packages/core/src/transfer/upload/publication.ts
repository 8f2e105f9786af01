/**
 * How far the publication of an upload has come, and what is cleaned up if it ends there.
 *
 *     stage      on the server                                      clean-up
 *     Temporary  the new file has its temporary name                DELE the new file
 *     BackedUp   the old file has its backup name, or may have      RNFR backup, RNTO path, DELE the new file
 *     OnlyCopy   the old file is deleted, or may be                 RNFR the new file, RNTO path; never deleted
 *     Renamed    the new file has its final name                    DELE backup
 *     Done       nothing else of ours                               none
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as BoundedFinalizer from "../../base/boundedFinalizer.ts"
import type * as Endpoint from "../../base/FtpEndpoint.ts"
import { type CommandError, type FtpConnectionLost, isNotFound } from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpSession } from "../../session/FtpSession.ts"

export interface Publication {
  /** The final name. */
  readonly path: string
  /** The temporary name. */
  at: string
  /** A name for the old file, if that has to be moved. */
  readonly backup: string
  readonly host: Endpoint.FtpEndpoint
  stage: "Temporary" | "BackedUp" | "OnlyCopy" | "Renamed" | "Done"
  /** The end of a session on which the rename to the final name was sent and not answered. */
  lost?: FtpConnectionLost
}

/** What the server may have under a temporary name, until the way that goes on with it has taken it over. */
export interface Left {
  publication?: Publication | undefined
}

export const make = ({
  at,
  backup,
  host,
  path
}: Pick<Publication, "path" | "at" | "backup" | "host">): Publication => ({
  path,
  at,
  backup,
  host,
  stage: "Temporary"
})

const FAILED_LIMIT = Duration.seconds(10)
/** An interruption has to be over within a second. A session that did not settle has used up most of it. */
const SETTLED_LIMIT = Duration.millis(750)
const UNSETTLED_LIMIT = Duration.millis(250)

/** Removes what is not needed, but never the only copy. Bounded, as the server may be gone. */
export const cleanUp = (
  publication: Publication,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void, never, FtpPool> =>
  Effect.gen(function* () {
    const { at, backup, host, path, stage } = publication
    if (stage === "Done") {
      return
    }
    const pool = yield* FtpPool
    const isSettled = (yield* pool.status).some(({ endpoint, inUse, live }) => endpoint === host && live > inUse)
    const limit = !Exit.isInterrupted(exit) ? FAILED_LIMIT : isSettled ? SETTLED_LIMIT : UNSETTLED_LIMIT
    const undone = Effect.scoped(Effect.flatMap(pool.borrow({ host }), (session) => undo(session, publication)))
    const done = yield* BoundedFinalizer.runBounded(undone, limit)
    if (Option.isNone(done) && stage === "OnlyCopy") {
      yield* Effect.logWarning(
        `${path} may have been removed to make room for its new content, which may still be in ${at}`
      )
    }
    if (Option.isNone(done) && stage === "BackedUp") {
      yield* Effect.logWarning(
        `${path} was moved aside for its new content: it may still be ${backup}, and the new one ${at}`
      )
    }
  })

/** The same of what is left, unless the long way has taken it over. */
export const cleanUpLeft = (
  pool: FtpPool,
  { publication }: Left,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> =>
  publication === undefined ? Effect.void : Effect.provideService(cleanUp(publication, exit), FtpPool, pool)

const undo = (session: FtpSession, { at, backup, path, stage }: Publication): Effect.Effect<void, CommandError> => {
  switch (stage) {
    case "Temporary":
      return session.removeFile(at)
    case "BackedUp":
      return session.rename(backup, path).pipe(
        // The old file was never moved.
        Effect.catchIf(isNotFound, () => Effect.void),
        Effect.zipRight(session.removeFile(at))
      )
    case "OnlyCopy":
      return session.rename(at, path)
    case "Renamed":
      return session.removeFile(backup)
    case "Done":
      return Effect.void
  }
}
