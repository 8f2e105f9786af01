/**
 * How many connections one download is worth, found out by trying.
 *
 *     measure one ──► twice as many ──► measure ──rate rose──► twice as many ──► …    until the most allowed
 *                           ▲                         └──did not──► back to as many as before, for good
 *                           └─ a connection more that has just begun is not measured yet
 *
 * Doubling needs few trials, and each is told from noise: where a server throttles each connection the rate doubles
 * too. It does NOT start or stop connections: `segments` does.
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
  /** Since when all the connections have been moving bytes; `undefined` when one of them does not. */
  readonly movingSince: number | undefined
}

/** Tells how many connections there should be; to be asked several times a second. */
export const make = (most: number): ((sample: Sample) => number) => {
  let wanted = 1
  let best = 0
  let isSettled = false
  let begin: Sample | undefined
  return (sample) => {
    const { bytes, movingSince, now } = sample
    if (isSettled) {
      return wanted
    }
    if (movingSince === undefined || now - movingSince < WARMING_UP) {
      begin = undefined
      return wanted
    }
    begin ??= sample
    if (now - begin.now < WINDOW) {
      return wanted
    }
    const rate = (bytes - begin.bytes) / (now - begin.now)
    begin = undefined
    if (rate >= best * WORTH && wanted < most) {
      best = rate
      wanted = Math.min(most, wanted * 2)
    } else {
      isSettled = true
      wanted = rate >= best * WORTH ? wanted : Math.ceil(wanted / 2)
    }
    return wanted
  }
}
