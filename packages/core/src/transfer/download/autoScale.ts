/**
 * How many connections one download is worth, found out by trying. Pure: time comes with the samples.
 *
 *     measure one ──► twice as many ──► measure ──rate rose──► twice as many ──► …    until the most allowed
 *                           ▲                         └──did not──► back to as many as before, for good
 *                           └─ a connection more that has just begun is not measured yet
 *
 * Doubling needs few trials, and the result of each stands out from noise: if a server throttles each connection, the
 * rate doubles too. The first trial gets no more of the file than it takes: on a line that is full, two that share it
 * by halves do not end together, and the remaining one needs seconds to come up to the whole rate.
 */

/** Millis over which a rate is measured: long enough for a line that stutters. */
const WINDOW = 1500
/** Millis that a new connection is given to log in and to come up to its rate. */
const WARMING_UP = 750
/** By so much the rate must rise: more than noise makes of it on a line that is full, far less than doubling brings. */
const WORTH = 1.25

export interface Sample {
  /** Millis of the clock. */
  readonly now: number
  /** Bytes that are here. */
  readonly bytes: number
  /** Since when all connections have been moving bytes; `undefined` if one of them does not. */
  readonly movingSince: number | undefined
}

export interface AutoScale {
  /** How many connections there should be. */
  readonly wanted: number
  /** How many bytes a new one should take at most. */
  readonly share: number
  readonly most: number
  /** Bytes per milli, of the last measurement. */
  readonly best: number
  readonly isSettled: boolean
  /** Where the measurement began. */
  readonly began: Sample | undefined
}

export const make = (most: number): AutoScale => ({
  wanted: 1,
  share: Number.POSITIVE_INFINITY,
  most,
  best: 0,
  isSettled: false,
  began: undefined
})

/** To be called several times a second. */
export const step = (scale: AutoScale, sample: Sample): AutoScale => {
  const { bytes, movingSince, now } = sample
  if (scale.isSettled) {
    return scale
  }
  if (movingSince === undefined || now - movingSince < WARMING_UP) {
    return { ...scale, began: undefined }
  }
  const began = scale.began ?? sample
  return now - began.now < WINDOW ? { ...scale, began } : learn(scale, (bytes - began.bytes) / (now - began.now))
}

const learn = (scale: AutoScale, rate: number): AutoScale => {
  const { best, most, wanted } = scale
  const rose = rate >= best * WORTH
  const isSettled = !rose || wanted >= most
  return {
    ...scale,
    wanted: isSettled ? (rose ? wanted : Math.ceil(wanted / 2)) : Math.min(most, wanted * 2),
    share: !isSettled && wanted === 1 ? rate * (WARMING_UP + WINDOW) : Number.POSITIVE_INFINITY,
    best: rate,
    isSettled,
    began: undefined
  }
}
