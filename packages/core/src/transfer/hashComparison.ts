/**
 * The server's hash of a file against that of the local bytes.
 *
 *     C: XSHA256 a     beside it the local hash       equal: evidence by hash    else: FtpIntegrityError Hash
 *     S: 450           asked again, by FtpRetry.busy
 *     S: 501
 *     C: SIZE a        0, and no local byte either?   evidence by size           else: FtpIntegrityError Unverified
 *
 * All empty files are the same, and some servers hash none.
 */

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../base/FtpEndpoint.ts"
import type { CommandError, FtpIntegrityError, FtpTransferInterrupted } from "../base/FtpError.ts"
import * as Evidence from "../base/FtpEvidence.ts"
import * as Reply from "../protocol/Reply.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Refusal from "../session/refusal.ts"
import * as Integrity from "./integrity.ts"
import type { LocalHash } from "./localHash.ts"
import * as Patience from "./patience.ts"

/** The file whose hash the server is asked for. */
export interface Names extends Patience.Asked {
  /** Its name on the server. */
  readonly at: string
  /** Whether the size that the server reports is evidence. */
  readonly countsSize: boolean
}

/** `local` completes when all local bytes are hashed; it runs while the server hashes. */
export const compare = <E, R>(
  session: FtpSession,
  { at, countsSize, ...asked }: Names,
  hash: LocalHash,
  local: Effect.Effect<void, E, R>
): Effect.Effect<Evidence.FtpEvidence, CommandError | FtpIntegrityError | FtpTransferInterrupted | E, R> =>
  Effect.gen(function* () {
    const { algorithm } = hash
    const { direction, path } = asked
    const subject = { direction, path, server: Endpoint.toLabel(session.endpoint) }
    const unverified = (why: string) => Integrity.unverified(subject, "Hash", why)
    const question = Patience.untilAnswered(session.hash(at, algorithm), asked)
    const remote = Effect.catchTag(question, "FtpRejected", ({ reply }) =>
      Effect.flatMap(countsSize ? Refusal.sizeBy(Refusal.ifKnown, session, at) : Effect.succeedNone, (size) => {
        const refusal = `no hash: ${Reply.toLine(reply)}`
        return Option.contains(size, 0) ? Effect.succeed(refusal) : unverified(refusal)
      })
    )
    const [theirs] = yield* Effect.all([remote, local], { concurrency: 2 })
    if (typeof theirs === "string") {
      return hash.isEmpty() ? Evidence.size : yield* unverified(theirs)
    }
    const ours = hash.digest()
    if (theirs.value === ours) {
      return Evidence.hash(theirs)
    }
    return yield* direction === "Download"
      ? Integrity.make(subject, "Hash", `${algorithm} ${theirs.value}`, ours)
      : Integrity.make(subject, "Hash", `${algorithm} ${ours}`, theirs.value)
  })
