/**
 * Dates of three numbers, whose order a line alone need not show: `04-05-23` is 5 April, 4 May or 23 May 2004.
 *
 *     10-14-23  05:20PM  <DIR>  our files      no month 14: the month comes first, in every line of this listing
 *     04-05-23  05:21PM      12 data.bin       so this is 5 April
 *
 * The listing as a whole decides: an order that one line rules out is ruled out for all. What stays undecided is read
 * as the caller prefers, and is marked as a guess. If the lines contradict one another, each is read on its own.
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as WallClock from "./WallClock.ts"

/**
 * Which number of a date comes first: after the month comes the day, after the day and after the year the month.
 *
 * @since 0.1.0
 * @category models
 */
export type DateOrder = "MonthFirst" | "DayFirst" | "YearFirst"

/** The orders, the more usual first. */
export const ORDERS: ReadonlyArray<DateOrder> = ["MonthFirst", "DayFirst", "YearFirst"]

export interface Read extends Pick<WallClock.Printed, "month" | "day"> {
  readonly year: number
  readonly guess: "DayOrMonth" | undefined
}

/** The dates of one listing. */
export interface NumericDates {
  /** Reads the numbers of a date, of one to four digits, and the mark between. Undefined if it is none in any order. */
  readonly read: (first: string, second: string, third: string, mark: string) => Read | undefined
  /** The order that the dates so far allow, if it is one alone. */
  readonly order: () => Option.Option<DateOrder>
  /** Whether a date was read. */
  readonly isUsed: () => boolean
  /** Reads again the entries whose date was a guess, if later ones ruled an order out. */
  readonly settle: (
    entries: ReadonlyArray<FtpEntry>,
    again: (raw: string) => FtpEntry["modified"]
  ) => ReadonlyArray<FtpEntry>
}

export const make = (preferred: DateOrder | undefined): NumericDates => {
  let possible: Orders = ALL
  let guessedAmong: Orders | undefined
  let isContradictory = false
  let isUsed = false
  return {
    read: (first, second, third, mark) => {
      const own = ordersOf(first, second, third)
      if (own === 0) {
        return undefined
      }
      isUsed = true
      if ((possible & own) === 0) {
        isContradictory = true
      }
      possible = isContradictory ? ALL : possible & own
      const left = possible & own
      const order = left === SINGLE[left] ? left : preferredOf(left, preferred ?? usual(mark))
      // 05-05-2023 is the same day in either order.
      const isGuess = order !== left && !(left === (MONTH_FIRST | DAY_FIRST) && Number(first) === Number(second))
      if (isGuess) {
        guessedAmong ??= possible
      }
      return readIn(order, isGuess ? "DayOrMonth" : undefined, Number(first), Number(second), Number(third))
    },
    isUsed: () => isUsed,
    order: () =>
      isContradictory || possible === ALL
        ? Option.none()
        : Option.fromNullable(ORDERS.find((_, index) => possible === 1 << index)),
    settle: (entries, again) =>
      guessedAmong === undefined || guessedAmong === possible
        ? entries
        : entries.map((entry) =>
            Option.isSome(entry.modified) && entry.modified.value.guess === "DayOrMonth"
              ? { ...entry, modified: again(entry.raw) }
              : entry
          )
  }
}

/** A set of orders: bit 0 is the first of `ORDERS`. */
type Orders = number

const MONTH_FIRST = 1
const DAY_FIRST = 2
const YEAR_FIRST = 4
const ALL: Orders = MONTH_FIRST | DAY_FIRST | YEAR_FIRST

/** The sets of one order, by themselves. */
const SINGLE: { readonly [orders: Orders]: Orders } = {
  [MONTH_FIRST]: MONTH_FIRST,
  [DAY_FIRST]: DAY_FIRST,
  [YEAR_FIRST]: YEAR_FIRST
}

/** Who writes dots between the numbers begins with the day. */
const usual = (mark: string): DateOrder => (mark === "." ? "DayFirst" : "MonthFirst")

const preferredOf = (orders: Orders, preferred: DateOrder): Orders => {
  const bit = 1 << ORDERS.indexOf(preferred)
  return (orders & bit) !== 0 ? bit : orders & -orders
}

/** The orders in which the numbers are a date. A year has two digits or four. */
const ordersOf = (first: string, second: string, third: string): Orders => {
  const yearLast = isYear(third) && first.length <= 2
  return (
    (yearLast && isMonth(first) && isDay(second) ? MONTH_FIRST : 0) |
    (yearLast && isDay(first) && isMonth(second) ? DAY_FIRST : 0) |
    (isYear(first) && third.length <= 2 && isMonth(second) && isDay(third) ? YEAR_FIRST : 0)
  )
}

const isYear = (digits: string): boolean => digits.length === 4 || digits.length === 2

const isMonth = (digits: string): boolean => digits.length <= 2 && Number(digits) >= 1 && Number(digits) <= 12

const isDay = (digits: string): boolean => digits.length <= 2 && Number(digits) >= 1 && Number(digits) <= 31

const readIn = (order: Orders, guess: Read["guess"], first: number, second: number, third: number): Read =>
  order === YEAR_FIRST
    ? { year: yearOf(first), month: second, day: third, guess }
    : order === DAY_FIRST
      ? { year: yearOf(third), month: second, day: first, guess }
      : { year: yearOf(third), month: first, day: second, guess }

/** No server prints a year before 100 in full. */
const yearOf = (number: number): number => (number < 100 ? WallClock.yearOfTwoDigits(number) : number)
