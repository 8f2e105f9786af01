/**
 * The hash of the local bytes, computed while they pass or from a pull of their own.
 *
 *     FEAT: HASH SHA-256;SHA-1*;MD5 ──► the best one that `FtpHasher` knows too ──► update, update, … ──► digest
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { FtpIntegrityError } from "../base/FtpError.ts"
import type { Pull } from "../base/FtpSource.ts"
import type { Hashing } from "../platform/FtpHasher.ts"
import * as HashReply from "../protocol/HashReply.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type { Demand } from "./demand.ts"
import * as Integrity from "./integrity.ts"

export interface LocalHash extends Hashing {
  readonly algorithm: HashReply.Algorithm
  /** Whether no byte has been hashed yet. */
  readonly isEmpty: () => boolean
}

/** Begins the best hash that both the server and `FtpHasher` know; fails with `Unverified` if there is none. */
export const start = (
  { hasher, least }: Demand,
  session: FtpSession,
  { direction, path }: Pick<Integrity.Subject, "direction" | "path">
): Effect.Effect<LocalHash, FtpIntegrityError> =>
  Effect.gen(function* () {
    const server = Endpoint.toLabel(session.endpoint)
    const unverified = (why: string) => Integrity.unverified({ direction, path, server }, least, why)
    if (Option.isNone(hasher)) {
      return yield* unverified("no hash, as no FtpHasher is provided here")
    }
    const listed = HashReply.listed(session.features)
    for (const algorithm of listed) {
      const hashing = yield* hasher.value.make(algorithm)
      if (Option.isSome(hashing)) {
        return counted(algorithm, hashing.value)
      }
    }
    return yield* unverified(
      listed.length === 0
        ? "no hash, as the server lists none"
        : `no hash, as the server's (${listed.join(", ")}) are not known here`
    )
  })

const counted = (algorithm: HashReply.Algorithm, { digest, update }: Hashing): LocalHash => {
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

/** Hashes what is pulled, and passes it on. */
export const tap = <E, R>(pull: Pull<E, R>, hash: LocalHash): Pull<E, R> =>
  Effect.map(pull, (bytes) => {
    if (Option.isSome(bytes)) {
      hash.update(bytes.value)
    }
    return bytes
  })

/** Hashes all that is pulled. */
export const drain = <E, R>(pull: Pull<E, R>, hash: LocalHash): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.repeat(tap(pull, hash), { while: Option.isSome }))
