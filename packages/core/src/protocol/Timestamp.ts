/**
 * The times of MDTM, MFMT and MLSx (RFC 3659 §2.3): `YYYYMMDDhhmmss`, perhaps `.` and a fraction, always UTC.
 *
 *     C: MDTM report.pdf
 *     S: 213 20231014172011.250
 *
 * The dates of LIST are read in `listing/*`. Servers that print local time cannot be detected here.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpTime } from "./FtpEntry.ts"
import { present } from "./present.ts"
import * as Reply from "./Reply.ts"
import * as WholeNumber from "./WholeNumber.ts"

/** Earlier ones are a server's way to say "unknown": 0001 (GamingDeluxe), 1601 (Windows), 1858 (VMS). */
const FIRST_YEAR = 1900

/** 9999 is a server's way to say "never". */
const LAST_YEAR = 9998

/** `YYYYMMDDhhmmss`. */
const WIRE_DIGITS = 14

/** Finer than any clock: attoseconds. */
const MAX_FRACTION_DIGITS = 18

/**
 * A time in the wire form. The precision is `"Millisecond"` when there is a fraction, else `"Second"`; finer digits are
 * cut off. Second 60 is the last before it, and a year printed as `191xx` (19100 for 2000) is repaired. `None` for
 * anything else, days that no calendar has, and years outside 1900 to 9998.
 */
export const parse = (text: string): Option.Option<FtpTime> => {
  const digits = digitsFrom(text, 0)
  // The year is 1900 plus a number of three digits, printed after "19".
  const shift = digits === WIRE_DIGITS + 1 && text.startsWith("191") ? 1 : 0
  if (digits !== WIRE_DIGITS + shift) {
    return Option.none()
  }
  const fraction = text.length > digits ? digitsFrom(text, digits + 1) : 0
  const isFraction = text[digits] === "." && fraction > 0 && fraction <= MAX_FRACTION_DIGITS
  if (text.length > digits && !(isFraction && digits + 1 + fraction === text.length)) {
    return Option.none()
  }
  const second = twoDigits(text, 12 + shift)
  const epoch = epochMillis(
    shift === 1 ? 2000 + twoDigits(text, 3) : 100 * twoDigits(text, 0) + twoDigits(text, 2),
    twoDigits(text, 4 + shift),
    twoDigits(text, 6 + shift),
    twoDigits(text, 8 + shift),
    twoDigits(text, 10 + shift),
    second === 60 ? 59 : second,
    fraction > 0 ? Number(text.slice(digits + 1, digits + 4).padEnd(3, "0")) : 0
  )
  return Option.map(epoch, (millis) => ({
    at: utc(millis),
    precision: fraction > 0 ? "Millisecond" : "Second",
    zone: "Utc"
  }))
}

/**
 * The time that stands in the text from one index to another: as `parse` reads it. That of the usual 14 digits is read
 * without a copy of them, as long listings have one in each line.
 */
export const parseAt = (text: string, from: number, to: number): Option.Option<FtpTime> => {
  if (to - from !== WIRE_DIGITS) {
    return parse(text.slice(from, to))
  }
  const millis = secondsAt(text, from)
  return millis === undefined ? Option.none() : inSeconds(millis)
}

/** The usual 14 digits that stand there, in milliseconds since 1970; `undefined` for what `parse` does not read. */
export const secondsAt = (text: string, from: number): number | undefined => {
  const date = digitsAt(text, from, 8)
  const time = digitsAt(text, from + 8, 6)
  if (date < 0 || time < 0) {
    return undefined
  }
  const second = time % 100
  const minute = Math.trunc(time / 100) % 100
  const month = Math.trunc(date / 100) % 100
  return millisOf(
    Math.trunc(date / 10_000),
    month,
    date % 100,
    Math.trunc(time / 10_000),
    minute,
    second === 60 ? 59 : second,
    0
  )
}

/** A time of the wire without a fraction. */
export const inSeconds = (millis: number): Option.Option<FtpTime> =>
  present({ at: utc(millis), precision: "Second", zone: "Utc" })

function Utc(this: { epochMillis: number }, millis: number): void {
  this.epochMillis = millis
  Reflect.defineProperty(this, "partsUtc", NO_PARTS)
}
Utc.prototype = Object.getPrototypeOf(DateTime.unsafeMake(0))

/** What Effect keeps of the calendar's parts once they were asked for. */
const NO_PARTS = { value: undefined, enumerable: false, writable: true }

const MadeUtc = Utc as unknown as new (millis: number) => DateTime.Utc

/** Whether `Date` can hold that moment, and so text can be made of it. */
export const isInRange = (millis: number): boolean => Math.abs(millis) <= MOST_MILLIS

/** ECMA-262, Time Values: about 275,760 years. */
const MOST_MILLIS = 8.64e15

/** That moment, which is in range. `DateTime.unsafeMake` would make a `Date` first, and takes several times as long. */
export const utc = (millis: number): DateTime.Utc => new MadeUtc(millis)

/** Some ASCII digits as a number; -1 if one of them is none. */
const digitsAt = (text: string, from: number, count: number): number => {
  let number = 0
  for (let index = from; index < from + count; index++) {
    const digit = text.charCodeAt(index) - DIGIT_ZERO
    if (!(digit >= 0 && digit <= 9)) {
      return -1
    }
    number = number * 10 + digit
  }
  return number
}

const DIGIT_ZERO = 0x30

/** The time in a 213 reply to MDTM: its first word. `None` for another code too. */
export const fromReply213 = (reply: Reply.Reply): Option.Option<FtpTime> => {
  if (!Reply.isCompletion(reply)) {
    return Option.none()
  }
  const text = reply.lines[0].trim()
  const space = text.indexOf(" ")
  return parseAt(text, 0, space < 0 ? text.length : space)
}

/**
 * The wire form in whole seconds, cut not rounded, which is all that MFMT servers take. A year outside 0 to 9999, which
 * the form cannot say, becomes the nearest that it can.
 */
export const format = (at: DateTime.Utc): string => formatMillis(at).slice(0, WIRE_DIGITS)

/** The wire form with three digits of a second. */
export const formatMillis = (at: DateTime.Utc): string =>
  new Date(Math.min(Math.max(at.epochMillis, FIRST_FORMATTABLE), LAST_FORMATTABLE)).toISOString().replace(/[-:TZ]/g, "")

const FIRST_FORMATTABLE = Date.parse("0000-01-01T00:00:00.000Z")
const LAST_FORMATTABLE = Date.parse("9999-12-31T23:59:59.999Z")

/**
 * Milliseconds since 1970 of a UTC calendar date, months from 1; `None` if no such moment exists (31 April, 24:00) or
 * the year is implausible. A plain number, for the dialects of LIST that have yet to apply a zone.
 */
const epochMillis = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millis: number
): Option.Option<number> => Option.fromNullable(millisOf(year, month, day, hour, minute, second, millis))

/** The same, without an object for each. */
export const millisOf = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millis: number
): number | undefined =>
  year >= FIRST_YEAR &&
  year <= LAST_YEAR &&
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  day <= daysIn(year, month) &&
  hour <= 23 &&
  minute <= 59 &&
  second <= 59
    ? daysSince1970(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + millis
    : undefined

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Of the Gregorian calendar, by whole numbers, which takes a fraction of the time of `Date.UTC`. */
const daysSince1970 = (year: number, month: number, day: number): number => {
  // Years begin in March here, so that a leap day is the last one.
  const years = month > 2 ? year : year - 1
  const months = month > 2 ? month - 3 : month + 9
  return (
    365 * years +
    Math.floor(years / 4) -
    Math.floor(years / 100) +
    Math.floor(years / 400) +
    Math.floor((153 * months + 2) / 5) +
    day -
    DAYS_BEFORE_1970
  )
}

/** From 1 March of the year 0 to 1970, and a day, as the first of a month is day 1. */
const DAYS_BEFORE_1970 = 719_469

const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** The number of two digits. A mirror reads the times of all its files: no text is made for each part of one. */
const twoDigits = (text: string, at: number): number =>
  10 * (text.charCodeAt(at) - ZERO) + (text.charCodeAt(at + 1) - ZERO)

const ZERO = "0".charCodeAt(0)

/** How many ASCII digits stand in the text from an index on. */
const digitsFrom = (text: string, from: number): number => {
  let index = from
  while (index < text.length && WholeNumber.isDigit(text.charCodeAt(index))) {
    index += 1
  }
  return index - from
}

/**
 * Millis: servers tell times by the second, so a file that was written within one has the same time as before.
 * @category constants
 */
export const PRECISION = 1000
