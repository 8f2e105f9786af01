/** How strictly the caller wants a transfer verified, and whether what is known of it is enough. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FtpIntegrityError } from "../base/FtpError.ts"
import * as Evidence from "../base/FtpEvidence.ts"
import { FtpHasher } from "../platform/FtpHasher.ts"
import * as Integrity from "./integrity.ts"

export interface Demand {
  readonly least: Evidence.Strength
  /** The means for `least: "Hash"`. */
  readonly hasher: Option.Option<FtpHasher>
}

/** By default any evidence is enough. */
export const make = (least: Evidence.Strength = "Reply"): Effect.Effect<Demand> =>
  Effect.map(Effect.serviceOption(FtpHasher), (hasher) => ({ least, hasher }))

/** Fails with `Unverified` if the evidence is less than what is demanded. */
export const expectEnough = (
  { least }: Demand,
  evidence: Evidence.FtpEvidence,
  subject: Integrity.Subject
): Effect.Effect<Evidence.FtpEvidence, FtpIntegrityError> =>
  Evidence.isAtLeast(evidence, least)
    ? Effect.succeed(evidence)
    : Integrity.unverified(subject, least, Evidence.toWord(evidence))
