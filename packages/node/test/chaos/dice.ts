/** Chance that can be had again: everything in a scene comes from the campaign's seed and the scene's number. */
import { PCGRandom } from "effect/Utils"

export interface Dice {
  /** A whole number from 0 to below `end`. */
  readonly below: (end: number) => number
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number
  /** Whether something of that likelihood (0 to 1) comes about. */
  readonly chance: (likelihood: number) => boolean
  readonly pick: <const A extends readonly [unknown, ...Array<unknown>]>(choices: A) => A[number]
  /** One of the choices, each as likely as its weight says. */
  readonly weigh: <A>(choices: readonly [readonly [number, A], ...Array<readonly [number, A]>]) => A
}

export const make = (seed: number, index: number): Dice => {
  const random = new PCGRandom(seed, index, seed ^ index, index)
  const below = (end: number) => (end <= 1 ? 0 : random.integer(end))
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (likelihood) => random.number() < likelihood,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    weigh: (choices) => {
      let rest = below(choices.reduce((sum, [weight]) => sum + weight, 0))
      for (const [weight, choice] of choices) {
        rest -= weight
        if (rest < 0) {
          return choice
        }
      }
      return choices[0][1]
    }
  }
}

/** What a file holds: noise that no other seed has, the same each time. */
export const content = (seed: number, size: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(size / Uint32Array.BYTES_PER_ELEMENT))
  // xorshift32 (Marsaglia 2003), which must not begin at 0.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, size)
}
