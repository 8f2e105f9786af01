/**
 * Finds and reads the date among the words of an `ls -l` line.
 *
 *     Mar  9 07:41    Nov 30  2019    14 okt 17:20    14. Okt 2019    10월 14 17:20
 *     2023-10-14 17:20    2023-10-14 17:20:33.000000000 +0200    14-oct-23    26-09 2002    10-14 17:20
 *
 * `WallClock` turns it into a time. DOS dates are not read here.
 */
import * as Option from "effect/Option"
import * as WholeNumber from "../WholeNumber.ts"
import * as MonthWord from "./MonthWord.ts"
import * as WallClock from "./WallClock.ts"

/**
 * The words from `start` up to but without `end` are a date. `printed` is missing when its month is a word that is not
 * known.
 */
export interface Found {
  readonly start: number
  readonly end: number
  readonly printed: WallClock.Printed | undefined
}

/**
 * The first date that has a word with a digit at its end (the size) before it, and one of a month that is known rather
 * than one of an unknown. Looks at each word a bounded number of times.
 */
export const find = (words: ReadonlyArray<string>): Found | undefined => {
  for (const read of [readKnown, readUnknown]) {
    for (let start = 1; start < words.length; start++) {
      if (endsInDigit(words[start - 1] ?? "")) {
        const found = read(words, start)
        if (found !== undefined) {
          return found
        }
      }
    }
  }
  return undefined
}

type Read = (words: ReadonlyArray<string>, start: number) => Found | undefined

const readKnown: Read = (words, start) => {
  const first = words[start] ?? ""
  const second = words[start + 1] ?? ""
  if (!WholeNumber.isDigit(first.charCodeAt(0))) {
    return monthFirst(words, start)
  }
  if (first.length > LONGEST_NUMERIC_DATE) {
    return undefined
  }
  return (
    readDashed(words, start) ??
    monthFirst(words, start) ??
    withTail(words, start, start + 2, dayOf(first), Option.getOrUndefined(MonthWord.parse(second)))
  )
}

const monthFirst = (words: ReadonlyArray<string>, start: number): Found | undefined =>
  withTail(
    words,
    start,
    start + 2,
    dayOf(words[start + 1] ?? ""),
    Option.getOrUndefined(MonthWord.parse(words[start] ?? ""))
  )

/** A date by its places alone: a word without digits beside a day, then a time or a year. */
const readUnknown: Read = (words, start) => {
  const first = words[start] ?? ""
  const second = words[start + 1] ?? ""
  const fits = (isWord(first) && dayOf(second) !== undefined) || (dayOf(first) !== undefined && isWord(second))
  const tail = words[start + 2] ?? ""
  return fits && (timeOf(tail) !== undefined || yearOf(tail) !== undefined)
    ? { start, end: start + 3, printed: undefined }
    : undefined
}

/** Day and month, and then `hh:mm`, or `hh:mm:ss` and perhaps a year, or a year. */
const withTail = (
  words: ReadonlyArray<string>,
  start: number,
  at: number,
  day: number | undefined,
  month: number | undefined
): Found | undefined => {
  if (day === undefined || month === undefined) {
    return undefined
  }
  const tail = words[at] ?? ""
  const time = timeOf(tail)
  if (time === undefined) {
    const year = yearOf(tail)
    return year === undefined ? undefined : { start, end: at + 1, printed: { year, month, day } }
  }
  // BSD's `ls -T`: Oct 14 17:20:11 2023
  const year = time.second === undefined ? undefined : yearOf(words[at + 1] ?? "")
  return { start, end: at + (year === undefined ? 1 : 2), printed: { year, month, day, ...time } }
}

/** A longer word that starts with a digit is no date; cutting it short keeps a hostile one cheap. */
const LONGEST_NUMERIC_DATE = "14-września-2023".length

/** Dates of numbers, or numbers and a month word, with `-` or `/` between. */
const readDashed = (words: ReadonlyArray<string>, start: number): Found | undefined => {
  const parts = (words[start] ?? "").split(/[-/]/)
  const [first = "", second = "", third] = parts
  if (parts.length === 2) {
    return readDayAndMonth(words, start, numberOf(first), numberOf(second))
  }
  if (parts.length !== 3 || third === undefined) {
    return undefined
  }
  const iso = yearOf(first)
  if (iso !== undefined) {
    return withTime(words, start, iso, numberOf(second), numberOf(third))
  }
  const year = third.length === 2 ? twoDigitYear(third) : yearOf(third)
  return WholeNumber.isDigit(second.charCodeAt(0)) || year === undefined
    ? undefined
    : withTime(words, start, year, Option.getOrUndefined(MonthWord.parse(second)), dayOf(first))
}

/** A whole date, with a time and a zone after it if there are any. */
const withTime = (
  words: ReadonlyArray<string>,
  start: number,
  year: number,
  month: number | undefined,
  day: number | undefined
): Found | undefined => {
  if (month === undefined || day === undefined) {
    return undefined
  }
  const time = timeOf(words[start + 1] ?? "")
  if (time === undefined) {
    return { start, end: start + 1, printed: { year, month, day } }
  }
  const offset = time.second === undefined ? undefined : offsetOf(words[start + 2] ?? "")
  return {
    start,
    end: start + (offset === undefined ? 2 : 3),
    printed: { year, month, day, ...time, offset }
  }
}

/**
 * Two numbers. With a time after them it is GNU's `--time-style=iso`, month first; with a year the day comes first, as
 * an old server of unknown name prints it. A number above 12 is a day anyway.
 */
const readDayAndMonth = (
  words: ReadonlyArray<string>,
  start: number,
  first: number | undefined,
  second: number | undefined
): Found | undefined => {
  if (first === undefined || second === undefined) {
    return undefined
  }
  const tail = words[start + 1] ?? ""
  const dayComesFirst = first > 12 || (second <= 12 && yearOf(tail) !== undefined)
  return withTail(words, start, start + 1, dayComesFirst ? first : second, dayComesFirst ? second : first)
}

/** Two digits, with the dot, comma or sign that some languages put after a day. */
const dayOf = (word: string): number | undefined => {
  const digits = /^(\d\d?)[.,日일]?$/.exec(word)
  const day = digits === null ? 0 : Number(digits[1])
  return day >= 1 && day <= 31 ? day : undefined
}

const numberOf = (word: string): number | undefined => (/^\d\d?$/.test(word) ? Number(word) : undefined)

const yearOf = (word: string): number | undefined => (/^\d{4}$/.test(word) ? Number(word) : undefined)

const twoDigitYear = (word: string): number | undefined =>
  /^\d\d$/.test(word) ? WallClock.yearOfTwoDigits(Number(word)) : undefined

/** `17:20`, `7:20`, `17:20:33`, `17:20:33.000000000`. */
const timeOf = (word: string): Pick<WallClock.Printed, "hour" | "minute" | "second" | "millis"> | undefined => {
  if (word.length > LONGEST_TIME || word.indexOf(":") < 1) {
    return undefined
  }
  const parts = /^(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?$/.exec(word)
  if (parts === null) {
    return undefined
  }
  const [, hour, minute, second, fraction] = parts
  return {
    hour: Number(hour),
    minute: Number(minute),
    second: second === undefined ? undefined : Number(second),
    millis: fraction === undefined ? undefined : Number(fraction.slice(0, 3).padEnd(3, "0"))
  }
}

/** With the nanoseconds of GNU's `--time-style=full-iso`. */
const LONGEST_TIME = "17:20:33.000000000".length

/** `+0200` in minutes. */
const offsetOf = (word: string): number | undefined => {
  const parts = /^([+-])(\d\d):?(\d\d)$/.exec(word)
  return parts === null ? undefined : (parts[1] === "-" ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3]))
}

const isWord = (word: string): boolean => word !== "" && !/[\d:,/]/.test(word)

const endsInDigit = (word: string): boolean => WholeNumber.isDigit(word.charCodeAt(word.length - 1))
