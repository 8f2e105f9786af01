/**
 * Finds the partial upload that an earlier run left on the server, if this run may resume it.
 *
 *     temporary name  in our own record ───────────────────────────────────┐
 *                     .NAME.VERSION.1a2b3c4d.ftp-effect in the listing ──┴► at rest? ──► proven? ──► renamed: ours
 *     final name      C: SIZE NAME ──► not more than the source ──► at rest? ──► proven?
 *
 *     proven          by the server's hash of it
 *                     else only if our own record says that this very source was sent to this very name, at least as
 *                     far: SizeAndTime can't be the evidence then, and if that is demanded, it is not resumed
 *
 * Times show nothing here: a server's may be those of another zone, or of a wrong clock. VERSION only tells which files
 * are worth the question for a hash, as another machine may have a file of this size and time, too.
 *
 * Two runs never share a name: a new upload has its own, and a run that resumes an old one renames it first, which only
 * one of two can do. If the run that wrote it were alive, it would find its file missing and fail. A file that still
 * grows is left alone. If nothing is proven, the upload begins from zero.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { CommandError, DataError } from "../../base/FtpError.ts"
import type { FtpEntry } from "../../protocol/FtpEntry.ts"
import * as NativePath from "../../protocol/NativePath.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import type { Demand } from "../demand.ts"
import * as Interruption from "../interruption.ts"
import * as BeginningProof from "./beginningProof.ts"
import type { UploadRecord } from "./record.ts"
import type { Recording } from "./recording.ts"
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
export const REST_TIME = Duration.seconds(2)
const REST_TRIES = 5

/** What is known of the upload, and what is demanded. */
export interface Known {
  /** The final path. */
  readonly path: string
  readonly demand: Demand
  readonly recording: Recording
  /** Whether one is looked for that our own record doesn't name. */
  readonly isLookedFor: boolean
  /** Called with the size of what is there and not proven. */
  readonly onUnproven: (bytes: number) => void
}

export interface Temporary extends Known {
  /** Whether a name in the directory is one of an upload of this version. */
  readonly isOurs: (name: string) => boolean
  /** Renames a partial upload to a name of this run, and returns that; fails if another run did so first. */
  readonly claim: (at: string, bytes: number) => Effect.Effect<string, CommandError>
}

/** The largest partial upload under a temporary name that is proven. */
export const underTemporaryName = <E, R>(
  session: FtpSession,
  known: Temporary,
  source: UploadSource.UploadSource<E, R>
): Found<E, R> =>
  Effect.gen(function* () {
    const { claim, isOurs, onUnproven, path } = known
    const record = yield* recordOf(session, known)
    const recorded = yield* Effect.forEach(
      Option.match(record, { onNone: () => [], onSome: ({ names }) => names }),
      (at) =>
        Effect.map(Refusal.sizeBy(Refusal.unlessRefused, session, at), (size) => ({
          at,
          size: Option.getOrElse(size, () => 0)
        }))
    )
    const syntax = yield* session.syntaxOf(path)
    const listed =
      known.isLookedFor && BeginningProof.canHash(session, known.demand)
        ? (yield* listIfPossible(session, directoryOf(path, syntax)))
            .filter(({ name, type }) => type === "File" && isOurs(name))
            .map((entry) => ({
              at: `${TemporaryName.directoryPrefix(path, syntax)}${entry.name}`,
              size: sizeOf(entry)
            }))
        : []
    const candidates = [...recorded, ...listed.filter(({ at }) => !recorded.some((found) => found.at === at))]
    let unproven = 0
    for (const { at } of candidates.sort((left, right) => right.size - left.size)) {
      const bytes = yield* sizeAtRest(session, at)
      if (!isResumable(bytes, source)) {
        continue
      }
      const isRecorded = isWithin(record, at, bytes.value)
      const beginning = yield* BeginningProof.prove(
        session,
        { path, at },
        source.open,
        bytes.value,
        known.demand,
        isRecorded
      )
      if (Option.isNone(beginning)) {
        unproven = Math.max(unproven, bytes.value)
        continue
      }
      const claimed = yield* Refusal.unlessRefused(claim(at, bytes.value))
      if (Option.isSome(claimed)) {
        return Option.some({ ...beginning.value, at: claimed.value, isOfVersion: beginning.value.proof === "Hash" })
      }
    }
    if (unproven > 0) {
      onUnproven(unproven)
    }
    return Option.none()
  })

/** The file that has the final name. */
export const underFinalName = <E, R>(
  session: FtpSession,
  known: Known,
  source: UploadSource.UploadSource<E, R>
): Found<E, R> =>
  Effect.gen(function* () {
    const { demand, onUnproven, path } = known
    const record = yield* recordOf(session, known)
    if (Option.isNone(record) && !known.isLookedFor) {
      return Option.none()
    }
    const now = yield* Refusal.sizeBy(Refusal.unlessRefused, session, path)
    if (!isResumable(now, source)) {
      return Option.none()
    }
    // A file that grows is awaited only if it can be proven then.
    const mayBeProven = isWithin(record, path, now.value) || BeginningProof.canHash(session, demand)
    const isAtRest = Option.contains(source.size, now.value) || !mayBeProven
    const bytes = isAtRest ? now : yield* sizeAtRest(session, path)
    const target = { path, at: path }
    const beginning =
      mayBeProven && isResumable(bytes, source)
        ? yield* BeginningProof.prove(
            session,
            target,
            source.open,
            bytes.value,
            demand,
            isWithin(record, path, bytes.value)
          )
        : Option.none()
    if (Option.isNone(beginning)) {
      onUnproven(now.value)
    }
    return Option.map(beginning, (beginning) => ({ ...beginning, at: path, isOfVersion: beginning.proof === "Hash" }))
  })

/** The record of an earlier run, if it is evidence enough. It shows nothing of the source's time to the server. */
const recordOf = (session: FtpSession, { demand, recording }: Known): Effect.Effect<Option.Option<UploadRecord>> =>
  demand.least === "SizeAndTime" ? Effect.succeedNone : recording.earlier(session.endpoint)

/** Whether an earlier run had sent so many bytes to that name. */
const isWithin = (record: Option.Option<UploadRecord>, at: string, bytes: number): boolean =>
  Option.exists(record, ({ names, sent }) => names.includes(at) && bytes <= sent)

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

const directoryOf = (path: string, syntax: NativePath.Syntax): string => {
  if (syntax !== "Slashes") {
    return NativePath.split(syntax, path).directory
  }
  const end = path.lastIndexOf("/")
  return end === 0 ? "/" : path.slice(0, Math.max(0, end))
}

const sizeOf = ({ size }: FtpEntry): number => Option.getOrElse(size, () => 0)
