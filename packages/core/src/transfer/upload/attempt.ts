/**
 * One attempt of an upload on one session, from an offset to the verified end.
 *
 *     offset 0                   C: SIZE a, MDTM a   the file that is there, unless it is known
 *                                C: STOR a
 *     resumed, `REST STREAM`     C: REST n, STOR a   if that is refused (ProFTPD replies 451 by default): APPE a
 *     resumed, no `REST STREAM`  C: APPE a
 *
 *     ──► bytes, FIN ──► 2yz ──► C: SIZE a = sent? ──► boundary check, or C: XSHA256 a ──► C: MFMT
 *                                   not if sizes don't count
 *
 * A server that truncates at the offset is detected by the size, and one that fills with zeros up to it by the boundary
 * check. A hash makes that check unnecessary.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type {
  CommandError,
  DataError,
  FtpIntegrityError,
  FtpRejected,
  FtpTransferInterrupted
} from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import type { Pull } from "../../base/FtpSource.ts"
import * as Command from "../../protocol/Command.ts"
import * as Features from "../../protocol/Features.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Demand from "../demand.ts"
import * as HashComparison from "../hashComparison.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import * as LocalHash from "../localHash.ts"
import * as Patience from "../patience.ts"
import * as BoundaryCheck from "./boundaryCheck.ts"
import * as UploadSource from "./source.ts"
import * as TemporaryName from "./temporaryName.ts"
import type { Sent, UploadContext, UploadError } from "./uploadContext.ts"

/** What an attempt reports. */
export interface Reports {
  /** Called with the length of each chunk that is sent. */
  readonly onBytes: (bytes: number) => void
  /** Called when the server has confirmed all bytes, before they are verified. */
  readonly onStored: () => void
}

export const run = <E, R>(
  upload: UploadContext<E, R>,
  session: FtpSession,
  offset: number,
  { onBytes, onStored }: Reports
): Effect.Effect<Sent, UploadError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const { choices, source, target, unchecked } = upload
    const subject = subjectOf(upload, session)
    yield* source.expectUnchanged(subject)
    const keepsTime = yield* canKeepTime(upload, session)
    const hash = choices.demand.least === "Hash" ? yield* LocalHash.start(choices.demand, session, subject) : undefined
    if (offset === 0) {
      unchecked.clear()
      upload.isOfVersion = true
    } else {
      unchecked.add(offset)
    }
    let total = offset
    // If all bytes are there already, only the last reply was lost.
    if (offset === 0 || !Option.contains(source.size, offset)) {
      const bytes = choices.limit(yield* source.open(offset))
      const hashed = hash !== undefined && offset === 0 ? LocalHash.tap(bytes, hash) : bytes
      const counted = UploadSource.count(hashed, {
        size: source.size,
        offset,
        subject,
        onBytes,
        before: (reached) =>
          reached <= choices.recording.limit()
            ? Effect.void
            : choices.recording.extend(session.endpoint, target.at, reached)
      })
      total += yield* transmit(upload, session, offset, counted)
    }
    onStored()
    const evidence = yield* verify(upload, session, { offset, total, hash })
    if (keepsTime && Option.isSome(choices.modified)) {
      const at = choices.modified.value
      const setModified = session.setModified(target.at, at)
      const isSet = yield* orRefused(
        choices,
        choices.isTimeOptional ? setModified : Patience.untilAnswered(setModified, askedOf(upload, total))
      )
      if (isSet) {
        choices.onTimeSet(at)
      }
    }
    return { bytes: total, evidence }
  })

/** Found out before the first byte as far as the server shows it: an upload whose time can't be kept is no success. */
const canKeepTime = (
  { choices, target }: Pick<UploadContext<unknown, unknown>, "choices" | "target">,
  session: FtpSession
) =>
  Option.isNone(choices.modified)
    ? Effect.succeed(false)
    : Effect.flatMap(
        Effect.flatMap(session.syntaxOf(target.path), (syntax) =>
          TemporaryName.make(target.path, Option.none(), syntax)
        ),
        (unused) =>
          orRefused(
            choices,
            Option.match(choices.modified, {
              onNone: () => Effect.void,
              onSome: (at) => session.expectSetsModified(unused, at)
            })
          )
      )

/** Whether it succeeded, if it may be refused. */
const orRefused = <E extends UploadError>(
  { isTimeOptional }: Pick<UploadContext<unknown, unknown>["choices"], "isTimeOptional">,
  self: Effect.Effect<void, E>
): Effect.Effect<boolean, E> =>
  Effect.catchIf(
    Effect.as(self, true),
    (error) => isTimeOptional && error._tag === "FtpRejected",
    () => Effect.succeed(false)
  )

/** Checks a boundary, which then counts as checked. */
export const checkBoundary = <E, R>(
  { source, target, unchecked }: UploadContext<E, R>,
  session: FtpSession,
  boundary: number
): Effect.Effect<void, DataError | FtpIntegrityError | UploadSource.SourceFailed<E>, Exclude<R, Scope.Scope>> =>
  Effect.map(BoundaryCheck.check(session, target, source.open, boundary), () => {
    unchecked.delete(boundary)
  })

const subjectOf = (
  { target }: Pick<UploadContext<unknown, unknown>, "target">,
  session: FtpSession
): Integrity.Subject => ({ direction: "Upload", path: target.path, server: Endpoint.toLabel(session.endpoint) })

const transmit = <E, R>(
  upload: UploadContext<unknown, unknown>,
  session: FtpSession,
  offset: number,
  pull: Pull<E, R>
): Effect.Effect<number, DataError | E, R> => {
  const { at, path } = upload.target
  const { onStore: onCommand } = upload.choices
  if (offset === 0) {
    return session.transmit(Command.stor(at), pull, {
      path,
      onCommand,
      ...(upload.previous === undefined && {
        beside: Identity.questions(at),
        onBeside: (replies) => {
          upload.previous = Identity.fromReplies(replies)
        }
      })
    })
  }
  const append = session.transmit(Command.appe(at), pull, { path, onCommand })
  const restart = session.transmit(Command.stor(at), pull, { path, offset, onCommand })
  return Features.canRestart(session.features) ? Effect.catchIf(restart, isRefusal, () => append) : append
}

/** The error may also be one of the source, of any type. */
const isRefusal = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "FtpRejected" &&
  "outcome" in error &&
  error.outcome === "NotApplied"

interface Transmitted {
  readonly offset: number
  /** How many bytes there must be now. */
  readonly total: number
  /** The hash of what was sent, if the attempt began at 0; else one that has no bytes yet. */
  readonly hash: LocalHash.LocalHash | undefined
}

const verify = <E, R>(
  upload: UploadContext<E, R>,
  session: FtpSession,
  transmitted: Transmitted
): Effect.Effect<Evidence.FtpEvidence, UploadError | UploadSource.SourceFailed<E>, R> =>
  Effect.gen(function* () {
    const { choices, source, target, unchecked } = upload
    const { hash, offset, total } = transmitted
    const subject = subjectOf(upload, session)
    const size = Demand.countsSize(choices.demand)
      ? yield* storedSize(session, Command.stor(target.at), target.at, choices.demand, askedOf(upload, total))
      : Option.none<number>()
    if (Option.isSome(size) && size.value !== total) {
      return yield* Integrity.make(subject, "Size", total, size.value)
    }
    yield* source.expectUnchanged(subject)
    if (hash === undefined) {
      if (offset > 0) {
        yield* Patience.untilAnswered(checkBoundary(upload, session, offset), askedOf(upload, total))
      }
      const evidence = evidenceOf(size, source.isWatched && upload.isOfVersion)
      return yield* Demand.expectEnough(choices.demand, evidence, subject)
    }
    const local =
      offset === 0 ? Effect.void : Effect.scoped(Effect.flatMap(source.open(0), (pull) => LocalHash.drain(pull, hash)))
    const countsSize = Demand.countsSize(choices.demand)
    const names = { ...target, ...askedOf(upload, total), countsSize }
    const evidence = yield* HashComparison.compare(session, names, hash, local)
    unchecked.clear()
    return evidence
  })

/** For the questions about a file whose bytes have been sent. */
export const askedOf = (
  { choices, target }: Pick<UploadContext<unknown, unknown>, "choices" | "target">,
  bytes: number
): Patience.Asked => ({ direction: "Upload", path: target.path, bytes, schedules: choices.schedules })

/** A refusal that may pass is waited out if the size is demanded; one of the upload, that came late, is none of SIZE. */
export const storedSize = (
  session: FtpSession,
  upload: Command.Command,
  at: string,
  demand: Pick<Demand.Demand, "least">,
  asked: Patience.Asked
): Effect.Effect<Option.Option<number>, CommandError | FtpTransferInterrupted> => {
  const size = Effect.catchIf(
    session.storedSize(upload, at),
    (error) =>
      error._tag === "FtpRejected" && error.verb === "SIZE" && meansNoSize(at, demand, error.reply.code, error.reason),
    () => Effect.succeedNone
  )
  return Patience.untilAnswered(size, asked, ({ verb }) => verb === "SIZE")
}

/**
 * Whether the refusal of SIZE means that the server can't report it, or that the file is not there: a drop box takes
 * each file away, or locks it, as soon as it is complete. But one whose name the server may have changed is an error:
 * the user would not find it. A refusal that may pass (4yz) is one too if the size is demanded.
 */
export const meansNoSize = (
  at: string,
  { least }: Pick<Demand.Demand, "least">,
  code: number,
  reason: FtpRejected["reason"]
): boolean => (code < 500 ? least === "Reply" || least === "Hash" : !(reason === "NotFound" && MAY_BE_CHANGED.test(at)))

/** Pure-FTPd stores such names with other characters in the place of these. */
const MAY_BE_CHANGED = /\p{Cc}|\\| $/u

const evidenceOf = (size: Option.Option<number>, hasKnownTime: boolean): Evidence.FtpEvidence =>
  Option.isNone(size) ? Evidence.reply : hasKnownTime ? Evidence.sizeAndTime : Evidence.size
