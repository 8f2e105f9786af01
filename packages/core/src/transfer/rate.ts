/**
 * A limit on the bytes of one transfer: chunks are cut into slices, each of which waits for its turn.
 *
 *     chunk of 1 MiB ──► slice ──take──► slice ──take──► …         a chunk is asked for when the last slice is used up
 *
 * While a reader waits here the window of its connection fills, and so the peer waits too.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FtpUsageError } from "../base/FtpError.ts"
import * as FtpRate from "../base/FtpRate.ts"
import type { Pull } from "../base/FtpSource.ts"

/** Puts a limit on what a pull yields; its bytes are lent as before. */
export type Limit = <E, R>(pull: Pull<E, R>) => Pull<E, R>

const unlimited: Limit = (pull) => pull

/** The limits of the transfer and of the pool, or both. A number is a limit for this transfer alone. */
export const make = (
  own: FtpRate.FtpRate | number | undefined,
  shared: FtpRate.FtpRate | undefined
): Effect.Effect<Limit, FtpUsageError> =>
  Effect.map(typeof own === "number" ? FtpRate.make(own) : Effect.succeed(own), (own) => {
    const rates = [own, shared].filter((rate) => rate !== undefined)
    return rates.length === 0 ? unlimited : limitBy(FtpRate.all(...rates))
  })

/**
 * What a file waits for whose bytes move all at once: `undefined` for nothing, as there is no limit; `"InSlices"` if they are too
 * many for that, or the limit is this transfer's alone.
 */
export const atOnce = (
  bytes: number,
  own: FtpRate.FtpRate | number | undefined,
  shared: FtpRate.FtpRate | undefined
): Effect.Effect<void> | "InSlices" | undefined => {
  if (own === undefined && shared === undefined) {
    return undefined
  }
  if (typeof own === "number") {
    return "InSlices"
  }
  const rate = FtpRate.all(...[own, shared].filter((rate) => rate !== undefined))
  return bytes <= rate.slice ? rate.take(bytes) : "InSlices"
}

const limitBy =
  (rate: FtpRate.FtpRate): Limit =>
  (pull) => {
    let chunk: Uint8Array = NOTHING
    let at = 0
    const next = Effect.suspend(() => {
      const slice = chunk.subarray(at, at + rate.slice)
      at += slice.byteLength
      return Effect.as(rate.take(slice.byteLength), Option.some(slice))
    })
    const fresh = Effect.flatMap(pull, (bytes) => {
      if (Option.isNone(bytes)) {
        return Effect.succeedNone
      }
      chunk = bytes.value
      at = 0
      return next
    })
    return Effect.suspend(() => (at < chunk.byteLength ? next : fresh))
  }

const NOTHING = new Uint8Array(0)
