/**
 * One attempt of a download: a session, RETR, and the proof that it is the file of the attempts before.
 *
 *     C: SIZE a, MDTM a     while the data connection is dialled
 *     C: REST n, RETR a     n: before the overlap            another file: FtpIntegrityError Changed
 *                           before it, for a range: does the server obey REST? see `offsetProof`
 *     S: 150 ...            the overlap, compared ──► bytes
 *     S: 554 ...            C: SIZE a, MDTM a                the file has become shorter: Changed
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { DataError, FtpIntegrityError } from "../../base/FtpError.ts"
import type { Pull } from "../../base/FtpSource.ts"
import type { FtpPool } from "../../pool/FtpPool.ts"
import * as Command from "../../protocol/Command.ts"
import type { FtpSession, Incoming } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as AttemptScope from "../attemptScope.ts"
import * as Demand from "../demand.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import type { TransferError } from "../options.ts"
import type { Limit } from "../rate.ts"
import * as OffsetProof from "./offsetProof.ts"
import * as Overlap from "./overlap.ts"
import * as Reread from "./reread.ts"

export interface Attempt {
  readonly session: FtpSession
  /** What comes after `pending`. */
  readonly read: Pull<DataError>
  /** What came with the overlap and belongs to the file. */
  pending: Uint8Array | undefined
  /** Whether REST was sent: then the count of all bytes up to the end shows that it was obeyed. */
  readonly isRestarted: boolean
}

/** What is asked for, and what is known of it. */
export interface Retrieval {
  readonly path: string
  readonly pool: FtpPool
  readonly tail: Overlap.Tail
  readonly maxBytes: number
  readonly counts: Demand.Counts
  readonly limit: Limit
  /** Whether REST must be proven before, as the bytes may not show that it was ignored. */
  readonly provesOffset: boolean
  reread: Reread.Reread
  identity: Identity.Identity
  /** All bytes before this one were delivered. */
  offset: number
  /** The endpoint of the last attempt. */
  server: string
}

/** Borrows a session and sends RETR; succeeds when the overlap has been compared. */
export const retrieve = (retrieval: Retrieval): Effect.Effect<Attempt, TransferError, Scope.Scope> =>
  Effect.gen(function* () {
    const { path, pool, tail } = retrieval
    const session = yield* pool.borrow()
    retrieval.server = Endpoint.toLabel(session.endpoint)
    const { offset } = retrieval
    const overlap = tail.overlap(Option.isSome(retrieval.identity.size))
    const isReread = retrieval.reread === "Now"
    const before = offset - Overlap.lengthOf(overlap)
    if (retrieval.provesOffset && before > 0 && !isReread) {
      const wanted = { path, offset: before, countsSize: Demand.countsSize(retrieval) }
      yield* OffsetProof.expect(session, wanted, subjectOf(retrieval))
    }
    const received = session.receive(Command.retr(path), {
      path,
      offset: isReread ? 0 : before,
      beside: Identity.questions(path, Demand.countsSize(retrieval))
    })
    const incoming = yield* offset > 0 && !isReread ? orRecognise(retrieval, session, received) : received
    yield* recognise(retrieval, Identity.fromReplies(incoming.beside, Demand.countsSize(retrieval)))
    const { maxBytes } = retrieval
    const { size } = retrieval.identity
    if (Option.isSome(size) && size.value > maxBytes) {
      return yield* Integrity.make(subjectOf(retrieval), "TooLarge", `at most ${maxBytes} bytes`, size.value)
    }
    const subject = subjectOf(retrieval)
    const read = isReread ? yield* Reread.skip(incoming.read, before, retrieval.limit, subject) : incoming.read
    const pending = yield* Overlap.expect(read, overlap, subject, isReread)
    if (before > 0 && Overlap.lengthOf(overlap) > 0) {
      session.learnRestart(!isReread)
    }
    return { session, read, pending, isRestarted: before > 0 && !isReread }
  })

export const recognise = (retrieval: Retrieval, found: Identity.Identity): Effect.Effect<void, FtpIntegrityError> =>
  Effect.map(Identity.expectSame(subjectOf(retrieval), retrieval.identity, found), () => {
    retrieval.identity = Identity.combine(retrieval.identity, found)
  })

/** An offset is refused if the file has become shorter (Pure-FTPd's 554): then `Changed` is the error. */
const orRecognise = (
  retrieval: Retrieval,
  session: FtpSession,
  received: Effect.Effect<Incoming, DataError, Scope.Scope>
): Effect.Effect<Incoming, DataError | FtpIntegrityError, Scope.Scope> =>
  Effect.gen(function* () {
    // The session answers questions again when what was refused is closed.
    const opened = yield* Effect.either(AttemptScope.open(yield* Effect.scope, received))
    if (opened._tag === "Right") {
      return opened.right.value
    }
    const error = opened.left
    if (error._tag === "FtpRejected" && error.outcome === "NotApplied") {
      yield* recogniseAgain(retrieval, session)
    }
    return yield* Effect.fail(error)
  })

/** A session that is lost meanwhile reports nothing of the file. */
const recogniseAgain = (retrieval: Retrieval, session: FtpSession): Effect.Effect<void, FtpIntegrityError> => {
  const { path } = retrieval
  const found = Effect.all({
    size: Demand.countsSize(retrieval) ? Refusal.sizeBy(Refusal.unlessRefused, session, path) : Effect.succeedNone,
    modified: Refusal.timeBy(Refusal.unlessRefused, session, path)
  })
  return Effect.flatMap(
    Effect.orElseSucceed(found, () => Identity.UNKNOWN),
    (found) => recognise(retrieval, found)
  )
}

export const subjectOf = ({ path, server }: Retrieval): Integrity.Subject => ({ direction: "Download", path, server })
