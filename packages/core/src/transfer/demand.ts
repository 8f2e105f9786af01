/** How strictly the caller wants a transfer verified, and whether what is known of it is enough. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type FtpIntegrityError, FtpUsageError } from "../base/FtpError.ts"
import * as Evidence from "../base/FtpEvidence.ts"
import { FtpHasher } from "../platform/FtpHasher.ts"
import * as Integrity from "./integrity.ts"
import type { TransferOptions } from "./options.ts"

export interface Demand {
  readonly least: Evidence.Strength
  /** Which facts that the server reports can show that a transfer is wrong. */
  readonly counts: Counts
  /** The means for `least: "Hash"`. */
  readonly hasher: Option.Option<FtpHasher>
}

/** `"Nothing"`: the server's final reply alone decides. */
export type Counts = "SizeAndTime" | "Time" | "Nothing"

/** JavaScript callers can give any word: one that is none would be less than every evidence, or more. */
const STRENGTHS: { readonly [S in Evidence.Strength]: true } = {
  Reply: true,
  Size: true,
  SizeAndTime: true,
  Hash: true
}

/** By default any evidence is enough, and all that the server reports counts. */
export const make = ({
  ignoreSize = false,
  verify
}: Pick<TransferOptions, "ignoreSize" | "verify">): Effect.Effect<Demand, FtpUsageError> =>
  verify !== undefined && !Object.hasOwn(STRENGTHS, verify)
    ? new FtpUsageError({ argument: "verify", why: `must be one of ${Object.keys(STRENGTHS).join(", ")}` })
    : ignoreSize && (verify === "Size" || verify === "SizeAndTime")
      ? new FtpUsageError({ argument: "ignoreSize", why: `a transfer that is verified by ${verify} needs the size` })
      : Effect.map(Effect.serviceOption(FtpHasher), (hasher) => ({
          least: verify ?? "Reply",
          counts: verify === "Reply" ? "Nothing" : ignoreSize ? "Time" : "SizeAndTime",
          hasher
        }))

export const countsSize = ({ counts }: Pick<Demand, "counts">): boolean => counts === "SizeAndTime"

/** Fails with `Unverified` if the evidence is less than what is demanded. */
export const expectEnough = (
  { least }: Demand,
  evidence: Evidence.FtpEvidence,
  subject: Integrity.Subject
): Effect.Effect<Evidence.FtpEvidence, FtpIntegrityError> =>
  Evidence.isAtLeast(evidence, least)
    ? Effect.succeed(evidence)
    : Integrity.unverified(subject, least, Evidence.toWord(evidence))
