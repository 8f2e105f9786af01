/**
 * Whether a remote file of `bytes` bytes is the beginning of a source.
 *
 *     the server has a hash      C: XSHA256 a     equal to that of the first bytes of the source?
 *     else, if our own record says that the source was sent there
 *                                C: REST, RETR a  are its last 64 KiB those of the source?
 *                                and later: 4 KiB from the first byte of the source on that is not zero
 *
 * The later check is for the boundaries at which earlier runs resumed, which may be unchecked: a server that loses what
 * was before an offset loses it from the first byte on. The caller does it as a `BoundaryCheck` after the rest has been
 * sent, on a session of its own, as a RETR that is left early may cost the session. Without a hash, the bytes between
 * the two checks are not compared.
 */

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import type { CommandError, DataError } from "../../base/FtpError.ts"
import type { Hashing } from "../../platform/FtpHasher.ts"
import * as Command from "../../protocol/Command.ts"
import * as HashReply from "../../protocol/HashReply.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Refusal from "../../session/refusal.ts"
import type { Demand } from "../demand.ts"
import * as BoundaryCheck from "./boundaryCheck.ts"
import type { Target } from "./target.ts"

/** How many bytes are read back if there is no hash. */
const TAIL = 64 * 1024

export interface Beginning {
  readonly bytes: number
  /** The boundaries that have to be checked before all of it counts as proven. */
  readonly boundaries: ReadonlyArray<number>
  /** Whether all bytes were compared, or only some of them. */
  readonly proof: "Hash" | "Tail"
}

/** `None` if it is not proven. Without a hash nothing is proven unless `isRecorded`. */
export const prove = <E, R>(
  session: FtpSession,
  target: Target,
  open: BoundaryCheck.Open<E, R>,
  bytes: number,
  { hasher }: Pick<Demand, "hasher">,
  isRecorded: boolean
): Effect.Effect<Option.Option<Beginning>, DataError | E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const hashed = yield* hasSameHash(session, target.at, open, bytes, hasher)
    if (Option.isSome(hashed)) {
      return hashed.value ? Option.some({ bytes, boundaries: [], proof: "Hash" }) : Option.none()
    }
    const isOurs = isRecorded && (yield* hasSameTail(session, target, open, bytes))
    return isOurs
      ? Option.some({ bytes, boundaries: Option.toArray(yield* boundaryAfterZeros(open, bytes)), proof: "Tail" })
      : Option.none()
  })

/** Whether the server may have a hash that this machine can compute too. */
export const canHash = (session: FtpSession, { hasher }: Pick<Demand, "hasher">): boolean =>
  Option.isSome(hasher) && HashReply.listed(session.features).length > 0

/** `None` if there is no hash that both the server and this machine can compute. */
const hasSameHash = <E, R>(
  session: FtpSession,
  at: string,
  open: BoundaryCheck.Open<E, R>,
  bytes: number,
  hasher: Demand["hasher"]
): Effect.Effect<Option.Option<boolean>, CommandError | E, R | Scope.Scope> =>
  Effect.gen(function* () {
    if (Option.isNone(hasher)) {
      return Option.none()
    }
    for (const algorithm of HashReply.listed(session.features)) {
      const hashing = yield* hasher.value.make(algorithm)
      if (Option.isSome(hashing)) {
        const remote = Refusal.unlessRefused(session.hash(at, algorithm))
        const [theirs] = yield* Effect.all([remote, hashBeginning(open, bytes, hashing.value)], { concurrency: 2 })
        return Option.map(theirs, ({ value }) => value === hashing.value.digest())
      }
    }
    return Option.none()
  })

const hashBeginning = <E, R>(
  open: BoundaryCheck.Open<E, R>,
  bytes: number,
  hashing: Hashing
): Effect.Effect<void, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pull = yield* open(0)
      let rest = bytes
      while (rest > 0) {
        const chunk = yield* pull
        if (Option.isNone(chunk)) {
          break
        }
        hashing.update(chunk.value.subarray(0, rest))
        rest -= chunk.value.byteLength
      }
    })
  )

/** Whether the remote file ends as the source does there; false if the server does not permit reading. */
const hasSameTail = <E, R>(
  session: FtpSession,
  { at, path }: Target,
  open: BoundaryCheck.Open<E, R>,
  bytes: number
): Effect.Effect<boolean, DataError | E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const from = Math.max(0, bytes - TAIL)
    const remote = yield* Effect.scoped(
      Effect.flatMap(session.receive(Command.retr(at), { path, offset: from }), ({ read }) =>
        Effect.gen(function* () {
          const tail = yield* Bytes.readUpTo(read, bytes - from)
          // Read to its end, so that the session stays usable. A file that is longer is not this one.
          return Option.isNone(yield* read) ? tail : NOTHING
        })
      )
    ).pipe(
      Effect.asSome,
      Effect.catchTag("FtpRejected", () => Effect.succeedNone)
    )
    return (
      Option.isSome(remote) && Bytes.isEqual(yield* BoundaryCheck.readSource(open, from, bytes - from), remote.value)
    )
  })

const NOTHING = new Uint8Array(0)

/**
 * A boundary whose check reveals whether there are zeros from the first byte up to any offset at which an earlier run
 * may have resumed. `None` if the source begins with `bytes` zeros.
 */
const boundaryAfterZeros = <E, R>(
  open: BoundaryCheck.Open<E, R>,
  bytes: number
): Effect.Effect<Option.Option<number>, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pull = yield* open(0)
      for (let at = 0; at < bytes; ) {
        const chunk = yield* pull
        if (Option.isNone(chunk)) {
          break
        }
        const found = chunk.value.subarray(0, bytes - at).findIndex((byte) => byte !== 0)
        if (found >= 0) {
          return Option.some(Math.min(bytes, at + found + BoundaryCheck.CHECKED_BYTES))
        }
        at += chunk.value.byteLength
      }
      return Option.none()
    })
  )
