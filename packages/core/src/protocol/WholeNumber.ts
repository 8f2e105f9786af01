/**
 * Whole numbers, as servers print them: sizes, ports, ranges. The one reader of all of them.
 *
 *     4711   000004711          read
 *     -5   +5   5.0   5,000   1e3   0x10   9007199254740992          none of them is a number here
 *
 * Only a bounded number of characters is looked at, however long the text is.
 */
import * as Option from "effect/Option"
import { present } from "./present.ts"

/** 2^64 - 1 has as many; more are zeros in front, or a number that can't be said exactly. */
const MAX_DIGITS = 20

/** The number that is the whole text: ASCII digits only, at most 2^53 - 1. */
export const parse = (text: string): Option.Option<number> => parseAt(text, 0, text.length)

/** The same for the text from one index to another, without a copy of it. */
export const parseAt = (text: string, from: number, to: number): Option.Option<number> => {
  if (to <= from || to - from > MAX_DIGITS) {
    return Option.none()
  }
  let number = 0
  for (let index = from; index < to; index++) {
    const unit = text.charCodeAt(index)
    if (unit < ZERO || unit > NINE) {
      return Option.none()
    }
    // Beyond 2^53 it is no longer exact, and no number here. The digit first: a sum that is rounded can't be mended.
    number = number * 10 + (unit - ZERO)
  }
  return Number.isSafeInteger(number) ? present(number) : Option.none()
}

/** The number that is the last word of the text, with blanks after it or not. */
const lastWord = (text: string): Option.Option<number> => {
  const trimmed = text.trimEnd()
  const digits = trailingDigits(trimmed, MAX_DIGITS)
  const start = trimmed.length - digits
  return start === 0 || BLANKS.includes(trimmed.charAt(start - 1))
    ? parseAt(trimmed, start, trimmed.length)
    : Option.none()
}

/**
 * The number that is the last word of the text, if no other word is one: `4711 report 2024` may mean either.
 */
export const onlyNumber = (text: string): Option.Option<number> =>
  OTHER_NUMBER.test(text) ? Option.none() : lastWord(text)

/** A whole number with another word after it. */
const OTHER_NUMBER = /(?:^|[ \t])[0-9]+[ \t]+[^ \t]/

/** How many ASCII digits the text ends with; counts no more than `most`. */
export const trailingDigits = (text: string, most: number): number => {
  let at = text.length
  for (const end = Math.max(0, at - most); at > end; at--) {
    const unit = text.charCodeAt(at - 1)
    if (unit < ZERO || unit > NINE) {
      break
    }
  }
  return text.length - at
}

/** Whether a UTF-16 unit is an ASCII digit. */
export const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE

const ZERO = 0x30
const NINE = 0x39

const BLANKS = " \t"
