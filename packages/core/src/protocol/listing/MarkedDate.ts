/**
 * Dates whose numbers are marked as year, month and day, as `ls` prints them in Japanese, Korean and Chinese.
 *
 *     3月  5 17:20    3月 5日 2021年    2021년 3월 5일    2021年3月5日
 *
 * Other encodings than UTF-8 come as bytes: one lone surrogate, 0xDC00 and more, for each that is no UTF-8.
 */
import * as WholeNumber from "../WholeNumber.ts"

/** A date that ends ahead of the word `end`. */
export interface MarkedDate {
  readonly year?: number | undefined
  readonly month: number
  readonly day: number
  readonly end: number
}

type Part = "year" | "month" | "day"

/** In UTF-8 (two scripts), Shift-JIS, EUC-JP (whose year is also a letter in UTF-8), GBK, Big5 and EUC-KR. */
const MARKS: { readonly [part in Part]: ReadonlyArray<string> } = {
  year: ["年", "년", "\udc94N", "\udcc7\udcaf", "ǯ", "\udcc4\udcea", "\udca6~", "\udcb3\udce2"],
  month: ["月", "월", "\udc8c\udc8e", "\udcb7\udcee", "\udcd4\udcc2", "\udca4\udceb", "\udcbf\udcf9"],
  day: ["日", "일", "\udc93\udcfa", "\udcc6\udcfc", "\udcc8\udcd5", "\udca4\udce9", "\udcc0\udccf"]
}

const PARTS: ReadonlyArray<readonly [mark: string, part: Part]> = (["year", "month", "day"] as const).flatMap((part) =>
  MARKS[part].map((mark): [string, Part] => [mark, part])
)

/** A longer word is no date; this keeps a hostile one cheap. */
const LONGEST_WORD = "2021xx12xx31xx".length

/** The marked numbers from a word on, the day perhaps without its mark. Undefined if the first number has no mark. */
export const read = (words: ReadonlyArray<string>, start: number): MarkedDate | undefined => {
  if (WholeNumber.isDigit(words[start]?.slice(-1).charCodeAt(0) ?? 0)) {
    return undefined
  }
  const found: { -readonly [part in Part]?: number } = {}
  let at = start
  while (at < words.length && at < start + PARTS_OF_A_DATE) {
    const word = words[at] ?? ""
    if (word.length > LONGEST_WORD || !readWord(word, found)) {
      break
    }
    at += 1
  }
  const { day, month, year } = found
  return month === undefined || day === undefined ? undefined : { year, month, day, end: at }
}

const PARTS_OF_A_DATE = 3

/** Whether the whole word is numbers with marks that are not found yet. */
const readWord = (word: string, found: { [part in Part]?: number }): boolean => {
  let at = 0
  while (at < word.length) {
    const digits = /^\d{1,4}/.exec(word.slice(at, at + "2021".length))?.[0]
    if (digits === undefined) {
      return false
    }
    const rest = at + digits.length
    const [mark, part] = PARTS.find(([mark]) => word.startsWith(mark, rest)) ?? ["", "day"]
    const isBareDay = mark === "" && digits === word && digits.length <= 2 && found.month !== undefined
    if ((mark === "" && !isBareDay) || found[part] !== undefined) {
      return false
    }
    found[part] = Number(digits)
    at = rest + mark.length
  }
  return true
}
