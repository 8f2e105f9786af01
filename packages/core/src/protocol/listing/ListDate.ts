/**
 * Finds and reads the date among the words of an `ls -l` line.
 *
 *     Mar  9 07:41    Nov 30  2019    14 okt 17:20    14. Okt 2019    Mar 05, 2023 09:47    14-oct-23    26-09 2002
 *     2023-10-14 17:20    2023-10-14 17:20:33.000000000 +0200    10-14 17:20    14/10/2023 17:20    10月 14日 17:20
 *
 * `WallClock` turns it into a time.
 */
import * as Option from "effect/Option"
import * as WholeNumber from "../WholeNumber.ts"
import * as MarkedDate from "./MarkedDate.ts"
import * as MonthWord from "./MonthWord.ts"
import type * as NumericDate from "./NumericDate.ts"
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

/** `dates` are those of numbers. `timeAfterYear` is for listings whose dates have a year and a time. */
export interface Options {
  readonly dates: NumericDate.NumericDates
  readonly timeAfterYear: boolean
}

/**
 * The first date that has a word like a size before it, and one of a month that is known rather than one of an unknown.
 * Looks at each word a bounded number of times.
 */
export const find = (words: ReadonlyArray<string>, options: Options): Found | undefined => {
  for (const read of [readKnown, readRare, readUnknown]) {
    for (let start = 1; start < words.length; start++) {
      if (endsLikeSize(words[start - 1] ?? "")) {
        const found = read(words, start, options)
        if (found !== undefined) {
          return found
        }
      }
    }
  }
  return undefined
}

type Read = (words: ReadonlyArray<string>, start: number, options: Options) => Found | undefined

const readKnown: Read = (words, start, options) => {
  const first = words[start] ?? ""
  if (!WholeNumber.isDigit(first.charCodeAt(0))) {
    return monthFirst(words, start, options)
  }
  if (first.length > LONGEST_NUMERIC_DATE) {
    return undefined
  }
  return (
    readOfNumbers(words, start, options) ??
    readMarked(words, start, options) ??
    dayAndMonth(words, start, start, start + 1, options)
  )
}

const monthFirst: Read = (words, start, options) => dayAndMonth(words, start, start + 1, start, options)

/** A day and a month word beside it. Most pairs of words have no day, which is found out first. */
const dayAndMonth = (
  words: ReadonlyArray<string>,
  start: number,
  dayAt: number,
  monthAt: number,
  options: Options
): Found | undefined => {
  const day = dayOf(words[dayAt] ?? "")
  const month = day === undefined ? undefined : Option.getOrUndefined(MonthWord.parse(words[monthAt] ?? ""))
  return withTail(words, start, start + 2, day, month, options)
}

/** A month in numbers without a mark (`3 29 03:26`), and a year before the month (`2003 Apr 12`): rare, and easily mistaken. */
const readRare: Read = (words, start, options) => {
  const first = words[start] ?? ""
  if (yearOf(first) !== undefined) {
    const day = dayOf(words[start + 2] ?? "")
    const month = day === undefined ? undefined : Option.getOrUndefined(MonthWord.parse(words[start + 1] ?? ""))
    return day === undefined || month === undefined
      ? undefined
      : withYear(words, start, start + 3, { year: yearOf(first), month, day }, options.timeAfterYear)
  }
  const month = numberOf(first)
  return month === undefined || month < 1 || month > 12 || timeOf(words[start + 2] ?? "") === undefined
    ? undefined
    : withTail(words, start, start + 2, dayOf(words[start + 1] ?? ""), month, options)
}

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

/** Day and month, and then `hh:mm`, or `hh:mm:ss` and perhaps a year, or a year and perhaps a time. */
const withTail = (
  words: ReadonlyArray<string>,
  start: number,
  at: number,
  day: number | undefined,
  month: number | undefined,
  options: Options
): Found | undefined => {
  if (day === undefined || month === undefined) {
    return undefined
  }
  const tail = words[at] ?? ""
  const time = timeOf(tail)
  if (time === undefined) {
    const year = yearOf(tail)
    const hasComma = words[at - 1]?.endsWith(",") === true
    return year === undefined
      ? undefined
      : withYear(words, start, at + 1, { year, month, day }, hasComma || options.timeAfterYear)
  }
  // BSD's `ls -T`: Oct 14 17:20:11 2023
  const year = time.second === undefined ? undefined : yearOf(words[at + 1] ?? "")
  return { start, end: at + (year === undefined ? 1 : 2), printed: WallClock.withTime({ year, month, day }, time) }
}

/** A whole date, with the time after it if one is expected: the name may begin with a word that looks like one. */
const withYear = (
  words: ReadonlyArray<string>,
  start: number,
  at: number,
  date: WallClock.Printed,
  expectsTime: boolean
): Found => {
  const time = expectsTime ? timeOf(words[at] ?? "") : undefined
  return time === undefined
    ? { start, end: at, printed: date }
    : { start, end: at + 1, printed: WallClock.withTime(date, time) }
}

/** Marked numbers, then what is missing: a year, or a time. */
const readMarked: Read = (words, start, options) => {
  const marked = MarkedDate.read(words, start)
  if (marked === undefined) {
    return undefined
  }
  const { day, end, month, year } = marked
  return year === undefined
    ? withTail(words, start, end, day, month, options)
    : withYear(words, start, end, { year, month, day }, options.timeAfterYear || isYearFirst(words[start] ?? "", year))
}

/** `2021年`: this form has no other way to print the time. */
const isYearFirst = (word: string, year: number): boolean => word.startsWith(String(year))

/** A longer word that starts with a digit is no date; cutting it short keeps a hostile one cheap. */
const LONGEST_NUMERIC_DATE = "14-września-2023".length

/** Dates of numbers, or numbers and a month word, with `-`, `/` or `.` between. */
const readOfNumbers: Read = (words, start, options) => {
  const word = words[start] ?? ""
  const mark = /[-/.]/.exec(word)?.[0]
  if (mark === undefined) {
    return undefined
  }
  const parts = word.split(mark)
  const [first = "", second = "", third] = parts
  if (parts.length === 2 && mark !== ".") {
    return readDayAndMonth(words, start, numberOf(first), numberOf(second), options)
  }
  if (parts.length !== 3 || third === undefined) {
    return undefined
  }
  if (!/^\d\d?$/.test(second)) {
    const year = third.length === 2 ? twoDigitYear(third) : yearOf(third)
    const month = Option.getOrUndefined(MonthWord.parse(second))
    const day = dayOf(first)
    return year === undefined || month === undefined || day === undefined
      ? undefined
      : withTime(words, start, { year, month, day })
  }
  const date =
    /^\d{1,4}$/.test(first) && /^\d{1,4}$/.test(third) ? options.dates.read(first, second, third, mark) : undefined
  return date === undefined ? undefined : withTime(words, start, date)
}

/** A whole date, with a time and a zone after it if there are any. */
const withTime = (words: ReadonlyArray<string>, start: number, date: WallClock.Printed): Found => {
  const time = timeOf(words[start + 1] ?? "")
  if (time === undefined) {
    return { start, end: start + 1, printed: date }
  }
  const offset = time.second === undefined ? undefined : offsetOf(words[start + 2] ?? "")
  return { start, end: start + (offset === undefined ? 2 : 3), printed: WallClock.withTime(date, time, offset) }
}

/**
 * Two numbers. With a time after them it is GNU's `--time-style=iso`, month first; with a year the day comes first, as
 * an old server of unknown name prints it. A number above 12 is a day anyway.
 */
const readDayAndMonth = (
  words: ReadonlyArray<string>,
  start: number,
  first: number | undefined,
  second: number | undefined,
  options: Options
): Found | undefined => {
  if (first === undefined || second === undefined) {
    return undefined
  }
  const tail = words[start + 1] ?? ""
  const dayComesFirst = first > 12 || (second <= 12 && yearOf(tail) !== undefined)
  return withTail(words, start, start + 1, dayComesFirst ? first : second, dayComesFirst ? second : first, options)
}

/** Whether a name could be the time of a date without one. */
export const startsWithTime = (name: string): boolean => /^\d{1,2}:\d{1,2}(?::\d{1,2})? [^ ]/.test(name)

/** Two digits, with the dot or comma that some languages put after a day. */
const dayOf = (word: string): number | undefined => {
  if (word.length > LONGEST_DAY || !WholeNumber.isDigit(word.charCodeAt(0))) {
    return undefined
  }
  const digits = /^(\d\d?)[.,]?$/.exec(word)
  const day = digits === null ? 0 : Number(digits[1])
  return day >= 1 && day <= 31 ? day : undefined
}

const LONGEST_DAY = "14.".length

const numberOf = (word: string): number | undefined => (/^\d\d?$/.test(word) ? Number(word) : undefined)

const yearOf = (word: string): number | undefined => (/^\d{4}$/.test(word) ? Number(word) : undefined)

const twoDigitYear = (word: string): number | undefined =>
  /^\d\d$/.test(word) ? WallClock.yearOfTwoDigits(Number(word)) : undefined

/** `17:20`, `7:20`, `0:0`, `17:20:33`, `17:20:33.000000000`. */
const timeOf = (word: string): WallClock.Time | undefined => {
  if (word.length > LONGEST_TIME || word.indexOf(":") < 1) {
    return undefined
  }
  const parts = /^(\d\d?):(\d\d?)(?::(\d\d)(?:[.,](\d+))?)?$/.exec(word)
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

/** `4711`, and `4.0K` as `ls -h` prints it. */
const endsLikeSize = (word: string): boolean =>
  WholeNumber.isDigit(word.charCodeAt(word.length - 1)) ||
  (UNITS.includes(word.slice(-1)) && /\d[KMGTPEk]i?B?$/.test(word.slice(-LONGEST_UNIT)))

const UNITS = "KMGTPEkB"

/** With the digit before the unit. */
const LONGEST_UNIT = "0KiB".length
