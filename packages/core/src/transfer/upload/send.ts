/**
 * One source, sent to the last byte over as many attempts as it takes, all on one host.
 *
 *     attempt 1: borrow ──► STOR, what was there before beside it ──► bytes, FIN ──► 2yz ──► SIZE = sent? ──► proven ──► time
 *        │ interrupted                                                           │ no, after going on: from the
 *        ▼  FtpRetry.resume, reset by progress                                   │ beginning, once; else FtpIntegrityError
 *     attempt n: borrow ──► SIZE ──► n bytes of ours are there ──► REST n + STOR, or APPE ──► the rest ──► the seam ──► …
 *
 * With what an earlier run left, the first attempt is like attempt n: `leftover` says how much of it is ours, and where its
 * seams show.
 *
 * The size on the server decides where to go on, taken on the very connection that goes on. It is not believed where it is
 * that of the file that was there before: servers that store under a hidden name first keep that one. A server that
 * truncates at the offset is found out by the size afterwards, and one that fills with zeros up to it by the seam. A
 * one-shot source can't go on. It does NOT choose the name that the bytes go to.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type {
  CommandError,
  DataError,
  FtpIntegrityError,
  FtpTransferInterrupted,
  OpenError
} from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { FtpSource, Pull } from "../../base/FtpSource.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import * as Command from "../../protocol/Command.ts"
import * as Features from "../../protocol/Features.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Demand from "../demand.ts"
import * as HashComparison from "../hashComparison.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import * as Interruption from "../interruption.ts"
import * as LocalHash from "../localHash.ts"
import * as Patience from "../patience.ts"
import type { Limit } from "../rate.ts"
import * as BoundaryCheck from "./boundaryCheck.ts"
import type * as PartialUpload from "./partialUpload.ts"
import * as UploadSource from "./source.ts"

export type UploadError = OpenError | DataError | FtpTransferInterrupted | FtpIntegrityError

export interface Choices {
  readonly schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
  readonly onProgress: (bytes: number) => void
  readonly limit: Limit
  readonly demand: Demand.Demand
  /** Told how many bytes of an earlier run it goes on with, if it does. */
  readonly onResume: (bytes: number) => void
  /** The time that the file gets, once it is proven. */
  readonly modified: Option.Option<DateTime.Utc>
}

/** Where the bytes go. `at` is the name on the server, `path` what errors call it. */
export interface Place {
  readonly path: string
  readonly at: string
  /** Whether nobody else can have anything under that name. */
  readonly isFresh: boolean
  readonly host?: Endpoint.FtpEndpoint | undefined
  /** Looks for what an earlier run left, on the session that would go on with it. Default there is nothing. */
  readonly find?: PartialUpload.Find | undefined
}

export interface Sent {
  readonly bytes: number
  readonly evidence: Evidence.FtpEvidence
}

/** Less than this is sent again as soon as it is found out how much of it is there. */
const WORTH_RESUMING = 128 * 1024

interface Progress {
  /** The highest offset that any attempt reached: more than this on the server is not ours. */
  reached: number
  /** The file that was there before the first byte; `undefined` until it is known. */
  before: Identity.Identity | undefined
  /** The offsets at which attempts went on, that nobody has looked at yet. */
  readonly seams: Set<number>
}

const NOTHING: Identity.Identity = { size: Option.none(), modified: Option.none() }

export const send = <E, R>(
  place: Place,
  source: FtpSource<E, R>,
  choices: Choices
): Effect.Effect<Sent, UploadError | E, Exclude<R, Scope.Scope> | FtpPool> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { path } = place
      let { at, find } = place
      const patience = yield* Patience.make(choices.schedule)
      const outgoing = yield* UploadSource.make(source)
      const isLarge = Option.match(source.size, { onNone: () => true, onSome: (size) => size >= WORTH_RESUMING })
      const progress: Progress = {
        reached: 0,
        before: place.isFresh || !isLarge ? NOTHING : undefined,
        seams: new Set()
      }
      let host = place.host
      let mayGoOn = isLarge
      let attempts = 0
      let kept = 0
      /** Those of the attempts before, each on a session of its own: a RETR that is left early may cost it. */
      const lookAtSeams = Effect.suspend(() =>
        Effect.forEach(
          [...progress.seams],
          (seam) =>
            Effect.scoped(
              Effect.gen(function* () {
                const session = yield* (yield* FtpPool).borrow({ host })
                yield* lookAt(session, { path, at }, outgoing, progress, seam)
              })
            ),
          { discard: true }
        )
      )
      while (true) {
        let offset = 0
        let sent = 0
        const attempt = Effect.scoped(
          Effect.gen(function* () {
            const pool = yield* FtpPool
            const session = yield* pool.borrow({ host })
            host = session.endpoint
            const left =
              find === undefined || !isLarge
                ? Option.none()
                : yield* Effect.tapErrorTag(find(session, outgoing), "FtpConnectionLost", ({ reason }) =>
                    // A hash that takes too long, say, will do so again.
                    Effect.sync(() => {
                      find = reason === "TimedOut" ? undefined : find
                    })
                  )
            find = undefined
            if (Option.isSome(left)) {
              at = left.value.at
              progress.before = NOTHING
              progress.reached = left.value.bytes
              for (const seam of left.value.boundaries) {
                progress.seams.add(seam)
              }
              choices.onResume(left.value.bytes)
              choices.onProgress(left.value.bytes)
            }
            const isFirst = attempts === 0 && Option.isNone(left)
            offset = isFirst || !mayGoOn ? 0 : yield* whereToGoOn(session, at, source.size, progress)
            return yield* once(session, { path, at }, outgoing, choices, progress, offset, (bytes) => {
              sent += bytes
              progress.reached = Math.max(progress.reached, offset + sent)
              choices.onProgress(offset + sent)
            })
          })
        )
        const result = yield* Effect.either(Effect.zipLeft(attempt, lookAtSeams))
        if (result._tag === "Right") {
          return result.right
        }
        const error = result.left
        if (error._tag === "SourceFailed") {
          return yield* Effect.fail(error)
        }
        attempts++
        // What the kernel took is no progress, or a server that resets every upload would be tried for ever: what counts is
        // how much of the attempts before it had kept.
        const moved = attempts === 1 ? sent : Math.max(0, offset - kept)
        kept = Math.max(kept, offset)
        if (error._tag === "FtpIntegrityError" && offset > 0 && isRestartable(error)) {
          // What went on is not what was sent: this server can't go on, so all of it is sent again.
          mayGoOn = false
        } else if (!isInterruption(error, attempts)) {
          return yield* Effect.fail(error)
        } else {
          const interrupted = Interruption.make({
            path,
            direction: "Upload",
            offset: offset + sent,
            transferred: moved,
            cause: error
          })
          if (!outgoing.canReopen()) {
            return yield* interrupted
          }
          if (!(attempts === 1 && sent === 0 && Interruption.isDeadSession(error))) {
            yield* patience(interrupted)
          }
        }
      }
    })
  ).pipe(Effect.mapError((error) => (error instanceof UploadSource.SourceFailed ? error.error : error)))

/** One attempt, from an offset on, with its proof. */
const once = <E, R>(
  session: FtpSession,
  { at, path }: Pick<Place, "at" | "path">,
  outgoing: UploadSource.UploadSource<E, R>,
  { demand, limit, modified }: Choices,
  progress: Progress,
  offset: number,
  onBytes: (bytes: number) => void
): Effect.Effect<Sent, UploadError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const label = Endpoint.toLabel(session.endpoint)
    const subject: Integrity.Subject = { direction: "Upload", path, server: label }
    yield* outgoing.expectUnchanged(subject)
    const running = demand.least === "Hash" ? yield* LocalHash.start(demand, session, subject) : undefined
    let total = offset
    if (offset === 0) {
      progress.seams.clear()
    } else {
      progress.seams.add(offset)
    }
    // Where everything is there already, only the last reply was lost.
    if (!(offset > 0 && Option.isSome(outgoing.size) && outgoing.size.value === offset)) {
      const bytes = limit(yield* outgoing.open(offset))
      const hashed = running !== undefined && offset === 0 ? LocalHash.tap(bytes, running) : bytes
      const pull = UploadSource.count(hashed, { size: outgoing.size, offset, subject, onBytes })
      total += yield* transmit(session, path, at, pull, offset, progress)
    }
    const size = yield* sizeAfterwards(session, at)
    if (Option.isSome(size) && size.value !== total) {
      return yield* Integrity.make(subject, "Size", total, size.value)
    }
    yield* outgoing.expectUnchanged(subject)
    const evidence =
      running === undefined
        ? yield* Effect.zipRight(
            offset > 0 ? lookAt(session, { path, at }, outgoing, progress, offset) : Effect.void,
            Demand.expectEnough(demand, whatIsThere(size, outgoing.isWatched), subject)
          )
        : yield* HashComparison.compare(
            session,
            { direction: "Upload", path, at },
            running,
            offset === 0
              ? Effect.void
              : Effect.scoped(Effect.flatMap(outgoing.open(0), (pull) => LocalHash.drain(pull, running)))
          ).pipe(Effect.tap(() => Effect.sync(() => progress.seams.clear())))
    if (Option.isSome(modified)) {
      yield* session.setModified(at, modified.value)
    }
    return { bytes: total, evidence }
  })

/** Whether the bytes before an offset are those that were sent. */
const lookAt = <E, R>(
  session: FtpSession,
  names: Pick<Place, "at" | "path">,
  outgoing: UploadSource.UploadSource<E, R>,
  { seams }: Progress,
  seam: number
): Effect.Effect<void, DataError | FtpIntegrityError | UploadSource.SourceFailed<E>, Exclude<R, Scope.Scope>> =>
  Effect.map(BoundaryCheck.check(session, names, outgoing.open, seam), () => {
    seams.delete(seam)
  })

const whatIsThere = (size: Option.Option<number>, isWatched: boolean): Evidence.FtpEvidence =>
  Option.isNone(size) ? Evidence.reply : isWatched ? Evidence.sizeAndTime : Evidence.size

/** Opening a session has its own schedule; on the first attempt its failure is told as it is. */
const isInterruption = (error: UploadError, attempts: number): error is Interruption.Cause =>
  Interruption.isCause(error) && !(attempts === 1 && error._tag === "FtpConnectError" && error.channel === "Control")

/** Whether sending all of it once more, from the beginning, may help. */
const isRestartable = ({ reason }: FtpIntegrityError): boolean => reason !== "Changed" && reason !== "Unverified"

/** The bytes that the server kept, if they can be ours; else from the beginning. */
const whereToGoOn = (
  session: FtpSession,
  at: string,
  total: Option.Option<number>,
  { before, reached }: Progress
): Effect.Effect<number, CommandError> =>
  Effect.gen(function* () {
    const size = yield* sizeIfTold(session, at)
    if (
      Option.isNone(size) ||
      size.value > reached ||
      Option.exists(total, (total) => size.value > total) ||
      before === undefined
    ) {
      return 0
    }
    if (Option.isNone(before.size) || before.size.value !== size.value) {
      return size.value
    }
    const modified = yield* Effect.option(session.modified(at))
    return Identity.isSame(before, { size, modified }) ? 0 : size.value
  })

/**
 * The same after the last byte: a file that is not there has been stored under another name (Pure-FTPd changes spaces and
 * tabs), and nobody would find it.
 */
const sizeAfterwards = (session: FtpSession, at: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.catchIf(
    Effect.map(session.size(at), Option.some),
    (error) => error._tag === "FtpRejected" && error.reply.code >= 500 && error.reason !== "NotFound",
    () => Effect.succeedNone
  )

/** SIZE, or `None` where the server can't tell or the file is not there. */
const sizeIfTold = (session: FtpSession, at: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.catchIf(
    Effect.map(session.size(at), Option.some),
    (error) => error._tag === "FtpRejected" && error.reply.code >= 500,
    () => Effect.succeedNone
  )

/**
 * REST and STOR where the server lists `REST STREAM`, APPE where that is refused (ProFTPD says 451 to it by default) or
 * not listed. What neither does is told as it is.
 */
const transmit = <E, R>(
  session: FtpSession,
  path: string,
  at: string,
  pull: Pull<E, R>,
  offset: number,
  progress: Progress
): Effect.Effect<number, DataError | E, R> => {
  if (offset === 0) {
    return session.transmit(Command.stor(at), pull, {
      path,
      ...(progress.before === undefined && {
        beside: Identity.questions(at),
        onBeside: (replies) => {
          progress.before = Identity.fromReplies(replies)
        }
      })
    })
  }
  const append = session.transmit(Command.appe(at), pull, { path })
  const restart = session.transmit(Command.stor(at), pull, { path, offset })
  return Features.canRestart(session.features) ? Effect.catchIf(restart, isRefusal, () => append) : append
}

const isRefusal = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "FtpRejected" &&
  "outcome" in error &&
  error.outcome === "NotApplied"
