/**
 * A limit on bytes in a second: a value that any number of transfers, clients and pools may share.
 *
 *     take 64 KiB ──► the slot after the last one that was taken ──wait for its end──► go
 *
 * First come, first served. A transfer takes small slices, one after the other, so that all that share a limit get as
 * much, however large their chunks are. What was not used is saved for a tenth of a second, no longer.
 *
 * Give it to `FtpTransfer`'s `rate`, to `FtpPool`, or to both.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { FtpUsageError } from "./FtpError.ts"

/**
 * A limit on the bytes in a second, of all transfers that share it.
 *
 * @since 0.1.0
 * @category models
 */
export interface FtpRate {
  /** How many bytes are to be taken at once, so that a limit that is shared is fair and a wait short. */
  readonly slice: number
  /** Completes when so many bytes may have moved. What an interrupted taker did not get is not lost to the others. */
  readonly take: (bytes: number) => Effect.Effect<void>
}

/** A timer may be late by a few of these without the limit falling short. */
const SAVED_MILLIS = 100

const SLICES_PER_SECOND = 16
const LARGEST_SLICE = 64 * 1024

const MILLIS_PER_SECOND = 1000

/**
 * A limit by the Clock. Fails if it is not a number above 0.
 *
 * @example
 * ```ts
 * import * as FtpRate from "@ftp-effect/core/FtpRate"
 *
 * const shared = FtpRate.make(1_000_000)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (bytesPerSecond: number): Effect.Effect<FtpRate, FtpUsageError> =>
  Number.isFinite(bytesPerSecond) && bytesPerSecond > 0
    ? Effect.sync(() => unsafeMake(bytesPerSecond))
    : Effect.fail(new FtpUsageError({ argument: "rate", why: `${bytesPerSecond} is not a number of bytes above 0` }))

const unsafeMake = (bytesPerSecond: number): FtpRate => {
  /** Millis of the clock: the end of the last slot. */
  let end = Number.NEGATIVE_INFINITY
  return {
    slice: Math.min(LARGEST_SLICE, Math.max(1, Math.ceil(bytesPerSecond / SLICES_PER_SECOND))),
    take: (bytes) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const cost = (bytes / bytesPerSecond) * MILLIS_PER_SECOND
        end = (end === Number.NEGATIVE_INFINITY ? now : Math.max(end, now - SAVED_MILLIS)) + cost
        const wait = end - now
        return wait <= 0
          ? Effect.void
          : Effect.onInterrupt(Effect.sleep(Duration.millis(Math.ceil(wait))), () =>
              Effect.sync(() => {
                end -= cost
              })
            )
      })
  }
}

/**
 * All the limits at once: the tightest decides.
 *
 * @example
 * ```ts
 * import * as FtpRate from "@ftp-effect/core/FtpRate"
 * import * as Effect from "effect/Effect"
 *
 * const both = Effect.map(Effect.all([FtpRate.make(1000), FtpRate.make(5000)]), (rates) => FtpRate.all(...rates))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const all = (...rates: ReadonlyArray<FtpRate>): FtpRate => ({
  slice: Math.min(LARGEST_SLICE, ...rates.map(({ slice }) => slice)),
  take: (bytes) => Effect.forEach(rates, (rate) => rate.take(bytes), { discard: true })
})
