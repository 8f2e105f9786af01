/**
 * Finds the partial upload that an earlier run left on the server, if this run may resume it.
 *
 *     temporary name  .NAME.VERSION.1a2b3c4d.ftp-effect in the listing ──► at rest? ──► proven? ──► renamed: ours
 *     final name      C: SIZE NAME ──► not more than the source ──► at rest? ──► proven?
 *
 *     plausible without a hash:  temporary name: VERSION is of the source's size and time
 *                                final name: it was written after the source was, which shows no time of the source:
 *                                SizeAndTime can't be its evidence, and if that is demanded, it is not resumed
 *
 * Two runs never share a name: a new upload has its own, and a run that resumes an old one renames it first, which only
 * one of two can do. If the run that wrote it were alive, it would find its file missing and fail. A file that still
 * grows is left alone. If nothing is proven, the upload begins from zero.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { CommandError, DataError } from "../../base/FtpError.ts"
import type { FtpEntry } from "../../protocol/FtpEntry.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import type { Demand } from "../demand.ts"
import * as Interruption from "../interruption.ts"
import * as BeginningProof from "./beginningProof.ts"
import type * as UploadSource from "./source.ts"
import * as TemporaryName from "./temporaryName.ts"

/** A partial upload that can be resumed, and the name that it has now. */
export interface PartialUpload extends Pick<BeginningProof.Beginning, "boundaries" | "bytes"> {
  readonly at: string
  /** Whether its bytes are known to be of a source of this size and time. */
  readonly isOfVersion: boolean
}

/** Looks for a partial upload on the session that would resume it. */
export type Find = <E, R>(session: FtpSession, source: UploadSource.UploadSource<E, R>) => Found<E, R>

type Found<E, R> = Effect.Effect<
  Option.Option<PartialUpload>,
  DataError | UploadSource.SourceFailed<E>,
  R | Scope.Scope
>

/** A client that is alive moves something in this time; a server that lost its client empties its buffers. */
const REST_TIME = Duration.seconds(2)
const REST_TRIES = 5

const MILLIS_PER_SECOND = 1000

export interface Temporary {
  /** The final name. */
  readonly path: string
  /** Whether a name in the directory is one of an upload of this version. */
  readonly isOurs: (name: string) => boolean
  /** Renames a partial upload to a name of this run, and returns that; fails if another run did so first. */
  readonly claim: (at: string) => Effect.Effect<string, CommandError>
}

/** The largest partial upload of this version under a temporary name. */
export const underTemporaryName = <E, R>(
  session: FtpSession,
  { claim, isOurs, path }: Temporary,
  source: UploadSource.UploadSource<E, R>,
  demand: Demand
): Found<E, R> =>
  Effect.gen(function* () {
    const entries = yield* listIfPossible(session, directoryOf(path))
    const candidates = entries
      .filter(({ name, type }) => type === "File" && isOurs(name))
      .sort((left, right) => sizeOf(right) - sizeOf(left))
    for (const { name } of candidates) {
      const at = `${TemporaryName.directoryPrefix(path)}${name}`
      const bytes = yield* sizeAtRest(session, at)
      const beginning = isResumable(bytes, source)
        ? yield* BeginningProof.prove(session, { path, at }, source.open, bytes.value, demand, Effect.succeed(true))
        : Option.none()
      if (Option.isSome(beginning)) {
        const claimed = yield* Refusal.unlessRefused(claim(at))
        if (Option.isSome(claimed)) {
          return Option.some({ ...beginning.value, at: claimed.value, isOfVersion: true })
        }
      }
    }
    return Option.none()
  })

/** The file that has the final name. */
export const underFinalName = <E, R>(
  session: FtpSession,
  path: string,
  source: UploadSource.UploadSource<E, R>,
  demand: Demand
): Found<E, R> =>
  Effect.gen(function* () {
    const now = yield* Refusal.sizeBy(Refusal.unlessRefused, session, path)
    if (!isResumable(now, source)) {
      return Option.none()
    }
    const isWhole = Option.contains(source.size, now.value)
    const bytes = isWhole ? now : yield* sizeAtRest(session, path)
    if (!isResumable(bytes, source)) {
      return Option.none()
    }
    const isLater = Effect.map(Refusal.timeBy(Refusal.unlessRefused, session, path), (time) =>
      Option.exists(
        Option.all([time, source.modified]),
        ([remote, local]) =>
          secondsOf(remote.at) > secondsOf(local) || (isWhole && secondsOf(remote.at) === secondsOf(local))
      )
    )
    const isPlausible = demand.least === "SizeAndTime" ? Effect.succeed(false) : isLater
    const target = { path, at: path }
    const beginning = yield* BeginningProof.prove(session, target, source.open, bytes.value, demand, isPlausible)
    return Option.map(beginning, (beginning) => ({ ...beginning, at: path, isOfVersion: beginning.proof === "Hash" }))
  })

const isResumable = (
  bytes: Option.Option<number>,
  { size }: UploadSource.UploadSource<unknown, unknown>
): bytes is Option.Some<number> =>
  Option.isSome(bytes) &&
  bytes.value >= Interruption.WORTH_KEEPING &&
  Option.exists(size, (size) => bytes.value <= size)

/** The size, once it no longer grows. While it does, the server may still be writing what its client had sent. */
const sizeAtRest = (session: FtpSession, at: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.gen(function* () {
    const size = Refusal.sizeBy(Refusal.unlessRefused, session, at)
    let before = yield* size
    for (let tries = 0; tries < REST_TRIES; tries++) {
      const now = yield* Effect.delay(size, REST_TIME)
      if (Option.isNone(now) || Option.contains(before, now.value)) {
        return now
      }
      before = now
    }
    return Option.none()
  })

const listIfPossible = (session: FtpSession, path: string): Effect.Effect<ReadonlyArray<FtpEntry>, DataError> =>
  Effect.map(session.list(path), ({ entries }): ReadonlyArray<FtpEntry> => entries).pipe(
    Effect.catchTags({
      FtpRejected: () => Effect.succeed([]),
      FtpListingError: () => Effect.succeed([])
    })
  )

const directoryOf = (path: string): string => {
  const end = path.lastIndexOf("/")
  return end === 0 ? "/" : path.slice(0, Math.max(0, end))
}

const sizeOf = ({ size }: FtpEntry): number => Option.getOrElse(size, () => 0)

const secondsOf = (at: DateTime.Utc): number => Math.floor(DateTime.toEpochMillis(at) / MILLIS_PER_SECOND)
