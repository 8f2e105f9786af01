/**
 * The proof of a transfer that has ended well, as far as the caller wants it:
 *
 *     Size, Reply   nothing more is asked: the transfer itself has seen to it
 *     SizeAndTime       C: SIZE a     C: MDTM a        the same as before?          no: Changed
 *     Hash              C: XSHA256 a  beside it the local hash                      not equal: Hash
 *                       S: 501        C: SIZE a      0, and nothing is here either?  then that is the proof: Size
 *
 * Falling short is an `FtpIntegrityError` `Unverified`, never a silent step down, and is told before the first byte where it is
 * known by then. It does NOT move bytes, nor know HASH from XCRC: `exchange/hash` does.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { type CommandError, FtpIntegrityError, type FtpTransferInterrupted, type OpenError } from "../base/FtpError.ts"
import * as Evidence from "../base/FtpEvidence.ts"
import type { Pull } from "../base/FtpSource.ts"
import { FtpHasher, type Hashing } from "../platform/FtpHasher.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as HashReply from "../protocol/HashReply.ts"
import * as Reply from "../protocol/Reply.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as DownloadStream from "./download/stream.ts"
import * as Identity from "./identity.ts"
import * as Interruption from "./interruption.ts"

/** What is wanted, and the means to have it. */
export interface Demand {
  readonly least: Evidence.Strength
  readonly hasher: Option.Option<FtpHasher>
}

/** By default whatever there is will do. */
export const demand = (least: Evidence.Strength = "Reply"): Effect.Effect<Demand> =>
  Effect.map(Effect.serviceOption(FtpHasher), (hasher) => ({ least, hasher }))

/** A local hash under way. */
export interface Running extends Hashing {
  readonly algorithm: HashReply.Algorithm
  /** Whether no byte has been hashed yet. */
  readonly isEmpty: () => boolean
}

/** Begins the hash that both this server and this machine know, the best of them; fails where there is none. */
export const start = (
  { hasher, least }: Demand,
  session: FtpSession,
  direction: Interruption.Direction,
  path: string
): Effect.Effect<Running, FtpIntegrityError> =>
  Effect.gen(function* () {
    const short = (why: string) => unproven(direction, path, Endpoint.toLabel(session.endpoint), least, why)
    if (Option.isNone(hasher)) {
      return yield* short("no hash, as no FtpHasher is provided here")
    }
    const listed = HashReply.listed(session.features)
    for (const algorithm of listed) {
      const hashing = yield* hasher.value.make(algorithm)
      if (Option.isSome(hashing)) {
        const { digest, update } = hashing.value
        let bytes = 0
        return {
          algorithm,
          digest,
          isEmpty: () => bytes === 0,
          update: (chunk) => {
            bytes += chunk.byteLength
            update(chunk)
          }
        }
      }
    }
    return yield* short(
      listed.length === 0
        ? "no hash, as the server lists none"
        : `no hash, as the server's (${listed.join(", ")}) are not known here`
    )
  })

/** Hashes what is pulled, and passes it on. */
export const hashing = <E, R>(pull: Pull<E, R>, running: Running): Pull<E, R> =>
  Effect.map(pull, (bytes) => {
    if (Option.isSome(bytes)) {
      running.update(bytes.value)
    }
    return bytes
  })

/** All that is pulled, hashed. */
export const drain = <E, R>(pull: Pull<E, R>, running: Running): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.repeat(hashing(pull, running), { while: Option.isSome }))

/**
 * The server's hash against that of the local bytes, which is computed at the same time unless it is there already. An
 * empty file is proven by its size where the server hashes none: all of them are the same.
 */
export const compare = <E, R>(
  session: FtpSession,
  direction: Interruption.Direction,
  names: { readonly path: string; readonly at: string },
  running: Running,
  local: Effect.Effect<void, E, R>
): Effect.Effect<Evidence.FtpEvidence, CommandError | FtpIntegrityError | E, R> =>
  Effect.gen(function* () {
    const { algorithm } = running
    const label = Endpoint.toLabel(session.endpoint)
    const short = (why: string) => unproven(direction, names.path, label, "Hash", why)
    const remote = Effect.catchTag(session.hash(names.at, algorithm), "FtpRejected", ({ reply }) =>
      Effect.flatMap(told(session.size(names.at)), (size) => {
        const refusal = `no hash: ${Reply.toLine(reply)}`
        return Option.contains(size, 0) ? Effect.succeed(refusal) : short(refusal)
      })
    )
    const [theirs] = yield* Effect.all([remote, local], { concurrency: 2 })
    if (typeof theirs === "string") {
      return running.isEmpty() ? Evidence.size : yield* short(theirs)
    }
    const ours = running.digest()
    return theirs.value === ours
      ? Evidence.hash(theirs)
      : yield* Interruption.integrity(
          "Hash",
          direction,
          names.path,
          label,
          direction === "Download" ? `${algorithm} ${theirs.value}` : `${algorithm} ${ours}`,
          direction === "Download" ? ours : theirs.value
        )
  })

/** Fails if the evidence is less than what is wanted. */
export const accept = (
  { least }: Demand,
  evidence: Evidence.FtpEvidence,
  direction: Interruption.Direction,
  path: string,
  label: string
): Effect.Effect<Evidence.FtpEvidence, FtpIntegrityError> =>
  Evidence.isAtLeast(evidence, least)
    ? Effect.succeed(evidence)
    : unproven(direction, path, label, least, Evidence.toWord(evidence))

export const unproven = (
  direction: Interruption.Direction,
  path: string,
  label: string,
  least: Evidence.Strength,
  actual: string
): FtpIntegrityError => Interruption.integrity("Unverified", direction, path, label, `proof by ${least}`, actual)

/** A download that has ended well: how many bytes of which file. */
export interface Received {
  readonly path: string
  readonly bytes: number
  readonly identity: Identity.Identity
  readonly schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
}

/**
 * Proves a download. `begin` starts a local hash for the session that the server's is asked on, and `local` feeds it. No
 * session may be held while this asks for one.
 */
export const received = <E = never, R = never>(
  demand: Demand,
  { bytes, identity, path, schedule }: Received,
  hash: {
    readonly begin?: ((session: FtpSession) => Effect.Effect<Running, FtpIntegrityError>) | undefined
    readonly local: (running: Running) => Effect.Effect<void, E, R>
  }
): Effect.Effect<Evidence.FtpEvidence, OpenError | FtpIntegrityError | FtpTransferInterrupted | E, FtpPool | R> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const label = pool.endpoints.map(Endpoint.toLabel).join(", ")
    const { least } = demand
    if (least === "Size" || least === "Reply") {
      return yield* accept(demand, whatIsThere(identity), "Download", path, label)
    }
    const once = Effect.scoped(
      Effect.gen(function* () {
        const session = yield* pool.borrow()
        if (least === "SizeAndTime") {
          return yield* sameAsBefore(demand, session, path, identity)
        }
        const running = yield* hash.begin === undefined ? start(demand, session, "Download", path) : hash.begin(session)
        return yield* compare(session, "Download", { path, at: path }, running, hash.local(running))
      })
    )
    return yield* persist(once, path, "Download", bytes, schedule)
  })

/** Whether the bytes that are here are known to be wrong. */
export const isSpoilt = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) => error instanceof FtpIntegrityError && error.reason !== "Unverified"
  )

/** What a download has to show for itself without another question. */
const whatIsThere = (identity: Identity.Identity): Evidence.FtpEvidence =>
  Option.isSome(identity.size) ? Evidence.size : Evidence.reply

const sameAsBefore = (
  demand: Demand,
  session: FtpSession,
  path: string,
  before: Identity.Identity
): Effect.Effect<Evidence.FtpEvidence, CommandError | FtpIntegrityError> =>
  Effect.gen(function* () {
    const label = Endpoint.toLabel(session.endpoint)
    const now = { size: yield* told(session.size(path)), modified: yield* told(session.modified(path)) }
    if (!Identity.isSame(before, now)) {
      return yield* Interruption.integrity(
        "Changed",
        "Download",
        path,
        label,
        Identity.describe(before),
        Identity.describe(now)
      )
    }
    return yield* accept(
      demand,
      Identity.isComplete(before) && Identity.isComplete(now) ? Evidence.sizeAndTime : whatIsThere(before),
      "Download",
      path,
      label
    )
  })

/** What the server can't tell is `None`. */
const told = <A>(self: Effect.Effect<A, CommandError>): Effect.Effect<Option.Option<A>, CommandError> =>
  Effect.catchIf(
    Effect.map(self, Option.some),
    (error) => error._tag === "FtpRejected" && error.reply.code >= 500,
    () => Effect.succeedNone
  )

/** Tries again what an interruption stopped, as the schedule says. */
export const persist = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  path: string,
  direction: Interruption.Direction,
  bytes: number,
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
): Effect.Effect<A, E | FtpTransferInterrupted, R> =>
  Effect.gen(function* () {
    const patience = yield* Interruption.makePatience(schedule)
    const again: Effect.Effect<A, E | FtpTransferInterrupted, R> = Effect.catchAll(self, (error) =>
      Interruption.isCause(error)
        ? Effect.zipRight(patience(Interruption.make(path, direction, bytes, 0, error)), again)
        : Effect.fail(error)
    )
    return yield* again
  })

/** Whether the proof that is wanted can be had, as far as is known before the first byte. */
export const foresee = (demand: Demand, path: string): Effect.Effect<void, OpenError | FtpIntegrityError, FtpPool> =>
  demand.least === "Hash" ? Effect.asVoid(startAnywhere(demand, path)) : Effect.void

const startAnywhere = (demand: Demand, path: string) =>
  Effect.scoped(
    Effect.flatMap(FtpPool, (pool) =>
      Effect.flatMap(pool.borrow(), (session) => start(demand, session, "Download", path))
    )
  )

/** A download whose end comes only when it is proven; it holds no session by then. */
export const download = (
  path: string,
  demand: Demand,
  schedule: Schedule.Schedule<unknown, FtpTransferInterrupted>
): Effect.Effect<DownloadStream.Download, DownloadStream.DownloadError, FtpPool | Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const running = demand.least === "Hash" ? yield* startAnywhere(demand, path) : undefined
    const { close, value } = yield* Interruption.inScope(yield* Effect.scope, DownloadStream.open(path, schedule))
    const { identity, read } = value
    let bytes = 0
    const proof = Effect.suspend(() =>
      received(
        demand,
        { path, bytes, identity: identity(), schedule },
        {
          begin: () => (running === undefined ? Effect.dieMessage("no hash was begun") : Effect.succeed(running)),
          local: () => Effect.void
        }
      )
    )
    const end = Effect.zipRight(
      close,
      Effect.as(Effect.provideService(proof, FtpPool, pool), Option.none<Uint8Array>())
    )
    return {
      identity,
      read: Effect.flatMap(read, (chunk) => {
        if (Option.isNone(chunk)) {
          return end
        }
        bytes += chunk.value.byteLength
        running?.update(chunk.value)
        return Effect.succeed(chunk)
      })
    }
  })
