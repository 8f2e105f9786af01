/**
 * What of an atomic upload that ended early stays on the server for a later run, and under which name.
 *
 *     own        what this run sends, or has taken over: `Publication.at`
 *     claimed    the partial upload of an earlier run, while the rename that takes it over is not answered:
 *
 *     C: RNFR .a.VERSION.1a2b3c4d.ftp-effect, RNTO .a.VERSION.3f09c1d2.ftp-effect      the connection breaks
 *     C: SIZE .a.VERSION.3f09c1d2.ftp-effect      S: 213      it was renamed
 *     C: SIZE .a.VERSION.1a2b3c4d.ftp-effect      S: 213      it was not
 *
 * The larger of both stays, if a later run would resume it.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { runBounded } from "../../base/boundedFinalizer.ts"
import { FtpTransferInterrupted, isNotFound } from "../../base/FtpError.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Interruption from "../interruption.ts"
import type { Publication } from "./publication.ts"

/** What may be on the server besides the file that has its final name. */
export interface Moved {
  /** How far the latest attempt has come under this run's own name: an attempt from zero has emptied the file. */
  own: number
  /** Whether a command was sent that may have made a file of that name. */
  isStored: boolean
  claimed: Claimed | undefined
}

interface Claimed {
  readonly bytes: number
  readonly from: string
  readonly to: string
}

export const make = (): Moved => ({ own: 0, isStored: false, claimed: undefined })

export interface Kept {
  readonly at: string
  /** Whether what this run has sent under its own name stays with it. */
  readonly isOwn: boolean
}

/** The file that stays, if one does. Bounded, as the server may be gone. */
export const find = (
  publication: Publication,
  { claimed, own }: Moved,
  cause: Cause.Cause<unknown>
): Effect.Effect<Option.Option<Kept>, never, FtpPool> => {
  if (publication.stage !== "Temporary" || !isInterruption(cause)) {
    return Effect.succeedNone
  }
  if (claimed !== undefined && claimed.bytes >= Math.max(own, Interruption.WORTH_KEEPING)) {
    return Effect.map(
      nameOf(claimed, publication, cause),
      Option.map((at) => ({ at, isOwn: false }))
    )
  }
  return own < Interruption.WORTH_KEEPING
    ? Effect.succeedNone
    : Effect.map(isWorthKeeping(publication, cause), (isKept) =>
        isKept ? Option.some({ at: publication.at, isOwn: true }) : Option.none()
      )
}

/** Long enough for an answer; the upload has failed, and its caller waits. */
const FAILED_LIMIT = Duration.seconds(10)
/** An interruption has to be over within a second. */
const INTERRUPTED_LIMIT = Duration.millis(750)

const ask = <A, E>(
  { host }: Publication,
  question: (session: FtpSession) => Effect.Effect<A, E>,
  limit: Duration.Duration
): Effect.Effect<Option.Option<A>, never, FtpPool> =>
  Effect.flatMap(FtpPool, (pool) => runBounded(Effect.scoped(Effect.flatMap(pool.borrow({ host }), question)), limit))

/** The name that it has: the one that it was to get, if the server can't be asked. */
const nameOf = (
  { from, to }: Claimed,
  publication: Publication,
  cause: Cause.Cause<unknown>
): Effect.Effect<Option.Option<string>, never, FtpPool> => {
  const limit = Cause.isInterruptedOnly(cause) ? INTERRUPTED_LIMIT : FAILED_LIMIT
  const isThere = (session: FtpSession) => (name: string) =>
    Effect.map(Refusal.sizeBy(Refusal.unlessRefused, session, name), Option.isSome)
  return Effect.map(
    ask(publication, (session) => Effect.findFirst([to, from], isThere(session)), limit),
    Option.getOrElse(() => Option.some(to))
  )
}

/**
 * On a server that is full, what is kept takes the room that is missing: it is named. Less than a later run resumes is
 * not kept, whatever was sent.
 */
const isWorthKeeping = (
  publication: Publication,
  cause: Cause.Cause<unknown>
): Effect.Effect<boolean, never, FtpPool> =>
  Effect.gen(function* () {
    if (!Option.exists(Cause.failureOption(cause), isStorageFull)) {
      return true
    }
    const { at, path } = publication
    // Pure-FTPd removes what exceeds a quota.
    const sizeOf = (session: FtpSession) => Effect.catchIf(session.size(at), isNotFound, () => Effect.succeed(0))
    const size = yield* ask(publication, sizeOf, FAILED_LIMIT)
    if (Option.exists(size, (bytes) => bytes < Interruption.WORTH_KEEPING)) {
      return false
    }
    const bytes = Option.match(size, { onNone: () => "an unknown number of", onSome: String })
    yield* Effect.logWarning(`the server is full: ${at}, with ${bytes} bytes of ${path}, stays there to be resumed`)
    return true
  })

const isStorageFull = (error: unknown): boolean =>
  error instanceof FtpTransferInterrupted && error.cause._tag === "FtpRejected" && error.cause.reason === "StorageFull"

/** The partial upload itself is good: a later run may resume it. */
const isInterruption = (cause: Cause.Cause<unknown>): boolean =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), (error) => error instanceof FtpTransferInterrupted)
