/**
 * Hashes of local bytes: an axis of its own, as core computes none. `NodeFtpHasher` has them all; without a layer,
 * transfers can't be proven by hash and say so.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Algorithm } from "../protocol/HashReply.ts"

/**
 * A hash that is being computed. Plain functions, as they are called for every chunk.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hashing {
  /** The bytes may be reused once it returns. */
  readonly update: (bytes: Uint8Array) => void
  /** Lower-case hexadecimal. To be called once, at the end. */
  readonly digest: () => string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FtpHasher {
  /** `None` for an algorithm that this machine does not offer, as MD5 where FIPS 140 is in force. */
  readonly make: (algorithm: Algorithm) => Effect.Effect<Option.Option<Hashing>>
  /** The same by a plain call, for many small files; `undefined` for `None`. Default: each of them has an effect of its own. */
  readonly makeAtOnce?: ((algorithm: Algorithm) => Hashing | undefined) | undefined
}

/**
 * The tag of `FtpHasher`.
 *
 * @since 0.1.0
 * @category tags
 */
export const FtpHasher: Context.Tag<FtpHasher, FtpHasher> = Context.GenericTag<FtpHasher>("@ftp-effect/core/FtpHasher")
