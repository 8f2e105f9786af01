/**
 * How a download to the last byte is verified, as strictly as the caller demands:
 *
 *     Reply, Size       no question: the transfer itself has compared the size, and the time if it took a second,
 *                       unless these don't count
 *     SizeAndTime       C: SIZE a     C: MDTM a        the same as before?     no: FtpIntegrityError Changed
 *     Hash              see `hashComparison`
 *
 * A download over several sessions is asked for its time or size again in any case. Less evidence than demanded is an
 * `FtpIntegrityError` `Unverified`, before the first byte if it is known by then.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import {
  type CommandError,
  FtpIntegrityError,
  type FtpTransferInterrupted,
  type OpenError
} from "../../base/FtpError.ts"
import * as Evidence from "../../base/FtpEvidence.ts"
import { FtpPool } from "../../pool/FtpPool.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import * as Demand from "../demand.ts"
import * as HashComparison from "../hashComparison.ts"
import * as Identity from "../identity.ts"
import type * as Integrity from "../integrity.ts"
import * as LocalHash from "../localHash.ts"
import * as Patience from "../patience.ts"

/** Begins the local hash if one is demanded, so that a demand that can't be met fails before the first byte. */
export const begin = (
  demand: Demand.Demand,
  path: string
): Effect.Effect<LocalHash.LocalHash | undefined, OpenError | FtpIntegrityError, FtpPool> =>
  demand.least === "Hash"
    ? Effect.scoped(
        Effect.flatMap(FtpPool, (pool) =>
          Effect.flatMap(pool.borrow(), (session) => LocalHash.start(demand, session, { direction: "Download", path }))
        )
      )
    : Effect.succeed(undefined)

/** A download whose last byte is here. */
export interface Received {
  readonly path: string
  readonly bytes: number
  readonly identity: Identity.Identity
  readonly schedules: Patience.Schedules
}

/** Where the hash of the received bytes comes from. */
export interface HashSource<E, R> {
  /** Begins it for the session that the server's hash is asked on. */
  readonly start: (session: FtpSession) => Effect.Effect<LocalHash.LocalHash, FtpIntegrityError>
  /** Hashes what is not hashed yet. */
  readonly feed: (hash: LocalHash.LocalHash) => Effect.Effect<void, E, R>
}

/** The caller must hold no session: this borrows one. */
export const verify = <E, R>(
  demand: Demand.Demand,
  received: Received,
  { feed, start }: HashSource<E, R>
): Effect.Effect<Evidence.FtpEvidence, OpenError | FtpIntegrityError | FtpTransferInterrupted | E, FtpPool | R> =>
  Effect.gen(function* () {
    const { identity, path } = received
    const direction = "Download"
    const pool = yield* FtpPool
    const { least } = demand
    if (least === "Size" || least === "Reply") {
      const server = pool.endpoints.map(Endpoint.toLabel).join(", ")
      return yield* Demand.expectEnough(demand, knownAlready(identity), { direction, path, server })
    }
    const once = Effect.scoped(
      Effect.gen(function* () {
        const session = yield* pool.borrow()
        if (least === "SizeAndTime") {
          const server = Endpoint.toLabel(session.endpoint)
          return yield* verifyIdentity(demand, session, { direction, path, server }, identity)
        }
        const hash = yield* start(session)
        return yield* HashComparison.compare(
          session,
          { ...received, direction, at: path, countsSize: Demand.countsSize(demand) },
          hash,
          feed(hash)
        )
      })
    )
    return yield* Patience.persist(once, { direction, ...received })
  })

/**
 * All sessions saw one file when they began: it must be the same now that the last byte is here. A server that refuses
 * to answer (5yz) proves nothing, either way: the file may have been taken away after its last byte was sent.
 */
export const confirmUnchanged = (
  subject: Integrity.Subject,
  before: Identity.Identity,
  schedules: Patience.Schedules
): Effect.Effect<void, OpenError | CommandError | FtpIntegrityError | FtpTransferInterrupted, FtpPool> =>
  Effect.gen(function* () {
    const { direction, path } = subject
    const pool = yield* FtpPool
    const question = Effect.scoped(
      Effect.flatMap(pool.borrow(), (session) =>
        Option.isSome(before.modified)
          ? Effect.map(Refusal.timeBy(Refusal.ifKnown, session, path), (modified) => ({
              ...Identity.UNKNOWN,
              modified
            }))
          : Effect.map(Refusal.sizeBy(Refusal.ifKnown, session, path), (size) => ({ ...Identity.UNKNOWN, size }))
      )
    )
    const bytes = Option.getOrElse(before.size, () => 0)
    yield* Identity.expectSame(
      subject,
      before,
      yield* Patience.persist(question, { direction, path, bytes, schedules })
    )
  })

/** Whether the bytes that are here are known to be wrong. */
export const isDamaged = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) => error instanceof FtpIntegrityError && error.reason !== "Unverified"
  )

/** The evidence of a download without another question. */
const knownAlready = (identity: Identity.Identity): Evidence.FtpEvidence =>
  Option.isSome(identity.size) ? Evidence.size : Evidence.reply

const verifyIdentity = (
  demand: Demand.Demand,
  session: FtpSession,
  subject: Integrity.Subject,
  before: Identity.Identity
): Effect.Effect<Evidence.FtpEvidence, CommandError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const { path } = subject
    const now = {
      size: yield* Refusal.sizeBy(Refusal.ifKnown, session, path),
      modified: yield* Refusal.timeBy(Refusal.ifKnown, session, path)
    }
    yield* Identity.expectSame(subject, before, now)
    const evidence =
      Identity.isComplete(before) && Identity.isComplete(now) ? Evidence.sizeAndTime : knownAlready(before)
    return yield* Demand.expectEnough(demand, evidence, subject)
  })
