/**
 * How a line of a reply begins, RFC 959 §4.2: three digits, and SP, a hyphen, or nothing.
 */

export const CODE_DIGITS = 3

/** Three digits, the first 1 to 5. RFC 2228's 6yz needs a security layer that is not ours. */
export const codeOf = (line: Uint8Array): number | undefined => {
  const first = line[0]
  const second = line[1]
  const third = line[2]
  if (first === undefined || second === undefined || third === undefined) return undefined
  if (first < ONE || first > FIVE || second < ZERO || second > NINE || third < ZERO || third > NINE) return undefined
  return (first - ZERO) * 100 + (second - ZERO) * 10 + (third - ZERO)
}

/** What may follow a code: SP, nothing (a bare `200`, which counts as `200 `), or a hyphen. */
export const isCodeEnd = (byte: number | undefined): boolean => byte === undefined || byte === SP || byte === HYPHEN

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE

export const HYPHEN = 0x2d

const SP = 0x20
const ZERO = 0x30
const ONE = 0x31
const FIVE = 0x35
const NINE = 0x39
