/**
 * How many connections one download is worth, found out by trying.
 *
 *     measure one ──► twice as many ──► measure ──rate rose──► twice as many ──► …    until the most allowed
 *                           ▲                         └──did not──► back to as many as before, for good
 *                           └─ a connection more that has just begun is not measured yet
 *
 * Doubling needs few trials, and each is told from noise: where a server throttles each connection the rate doubles
 * too. The first trial gets no more of the file than it takes: on a line that is full, two that share it by halves do not
 * end together, and the one that is left needs seconds to come up to the whole rate. It does NOT start or stop
 * connections: `segments` does.
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

export interface Advice {
  /** How many connections there should be. */
  readonly wanted: number
  /** How many bytes a new one should take at most. */
  readonly share: number
}

/** To be asked several times a second. */
export const make = (most: number): ((sample: Sample) => Advice) => {
  let advice: Advice = { wanted: 1, share: Number.POSITIVE_INFINITY }
  let best = 0
  let isSettled = false
  let begin: Sample | undefined

  const learn = (rate: number): Advice => {
    const rose = rate >= best * WORTH
    const { wanted } = advice
    isSettled = !rose || wanted >= most
    best = rate
    return {
      wanted: isSettled ? (rose ? wanted : Math.ceil(wanted / 2)) : Math.min(most, wanted * 2),
      share: !isSettled && wanted === 1 ? rate * (WARMING_UP + WINDOW) : Number.POSITIVE_INFINITY
    }
  }

  return (sample) => {
    const { bytes, movingSince, now } = sample
    if (isSettled) {
      return advice
    }
    if (movingSince === undefined || now - movingSince < WARMING_UP) {
      begin = undefined
      return advice
    }
    begin ??= sample
    if (now - begin.now >= WINDOW) {
      advice = learn((bytes - begin.bytes) / (now - begin.now))
      begin = undefined
    }
    return advice
  }
}
