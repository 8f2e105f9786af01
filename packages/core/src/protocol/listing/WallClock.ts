/**
 * What LIST dates mean: a clock on the wall of a zone that the listing doesn't name, sometimes without a year.
 *
 * Each dialect reads its own text.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpTime } from "../FtpEntry.ts"
import { present } from "../present.ts"
import * as Timestamp from "../Timestamp.ts"

/**
 * A date as printed. Without `year` it is the latest such date that is not in the future; without `hour` only the day
 * is known; without `second` only the minute. `offset` is in minutes east of UTC, if the line has it. Hour 24 is hour 0
 * of that day, as Java's clock from 1 to 24 prints it. `guess` says that day and month may be the other way round.
 */
export interface Printed {
  readonly year?: number | undefined
  readonly month: number
  readonly day: number
  readonly hour?: number | undefined
  readonly minute?: number | undefined
  readonly second?: number | undefined
  readonly millis?: number | undefined
  readonly offset?: number | undefined
  readonly guess?: "DayOrMonth" | undefined
}

/** What a clock shows. */
export type Time = Pick<Printed, "hour" | "minute" | "second" | "millis">

/** The date with that time. Spelled out, as the spread of two objects takes several times as long. */
export const withTime = (
  { day, guess, month, year }: Printed,
  { hour, millis, minute, second }: Time,
  offset?: number | undefined
): Printed => ({ year, month, day, hour, minute, second, millis, offset, guess })

const MINUTE = 60_000
const DAY = 86_400_000

/** A clock that is ahead, or a wrong zone, moves a time by up to a day: it is still this year's. */
const FUTURE_SLACK = DAY

/** 29 February is at most eight years back (1896 to 1904). */
const MAX_YEARS_BACK = 8

/** When the listing was made, and the zone of its times. */
export interface Moment {
  readonly now: DateTime.Utc
  readonly zone: DateTime.TimeZone
  /** Where the zone comes from. */
  readonly zoneFrom: Exclude<FtpTime["zone"], "Utc">
}

/** Reads printed dates of one listing, and returns the same object for the same time as the line before. `None` for a date that no calendar has. */
export const make = ({ now, zone: wallZone, zoneFrom }: Moment): ((printed: Printed) => Option.Option<FtpTime>) => {
  const toUtc = utcOf(wallZone)
  // A day is no instant: an inferred offset does not make it one.
  const isPlain = ({ hour }: Printed): boolean => hour === undefined && zoneFrom === "Inferred"
  const latest = now.epochMillis + FUTURE_SLACK
  // A year more than now's in UTC, as the zone may already be in the next one.
  const lastYear = new Date(latest).getUTCFullYear() + 1
  const instant = (printed: Printed, year: number): number | undefined => {
    const wall = Timestamp.millisOf(
      year,
      printed.month,
      printed.day,
      (printed.hour ?? 0) === 24 ? 0 : (printed.hour ?? 0),
      printed.minute ?? 0,
      printed.second === 60 ? 59 : (printed.second ?? 0),
      printed.millis ?? 0
    )
    return wall === undefined
      ? undefined
      : printed.offset === undefined
        ? isPlain(printed)
          ? wall
          : toUtc(wall)
        : wall - printed.offset * MINUTE
  }
  const guess = (printed: Printed): number | undefined => {
    for (let year = lastYear; year >= lastYear - MAX_YEARS_BACK - 2; year--) {
      const at = instant(printed, year)
      if (at !== undefined && at <= latest) {
        return at
      }
    }
    return undefined
  }
  let last: Option.Option<FtpTime> = Option.none()
  return (printed) => {
    const at = printed.year === undefined ? guess(printed) : instant(printed, printed.year)
    if (at === undefined) {
      return Option.none()
    }
    const precision = precisionOf(printed)
    const zone = printed.offset !== undefined ? "Utc" : isPlain(printed) ? "Assumed" : zoneFrom
    const guessed = printed.guess ?? (printed.year === undefined ? "Year" : undefined)
    // Neighbours often have the same time. Sharing it takes a third off the memory of a long listing.
    const isLast =
      Option.isSome(last) &&
      last.value.at.epochMillis === at &&
      last.value.precision === precision &&
      last.value.zone === zone &&
      last.value.guess === guessed
    if (!isLast) {
      last = present({ at: Timestamp.utc(at), precision, zone, guess: guessed })
    }
    return last
  }
}

/** The year that two digits mean: 70 to 99 are in the last century, 00 to 69 in this one. */
export const yearOfTwoDigits = (digits: number): number => digits + (digits >= 70 ? 1900 : 2000)

const precisionOf = (printed: Printed): FtpTime["precision"] =>
  printed.hour === undefined
    ? "Day"
    : printed.second === undefined
      ? "Minute"
      : printed.millis === undefined
        ? "Second"
        : "Millisecond"

/**
 * Turns millis of a wall clock, as if it were UTC's, into UTC. A zone's rules cost microseconds for each question, and
 * a listing asks for the same days over and over: a day on which the clock doesn't change is asked for once.
 */
const utcOf = (zone: DateTime.TimeZone): ((wall: number) => number) => {
  if (zone._tag === "Offset") {
    return (wall) => wall - zone.offset
  }
  const offsets = new Map<number, number | "Changes">()
  const ask = (wall: number): number =>
    Option.match(DateTime.makeZoned(wall, { timeZone: zone, adjustForTimeZone: true }), {
      onNone: () => 0,
      onSome: (at) => wall - at.epochMillis
    })
  return (wall) => {
    const day = Math.floor(wall / DAY)
    let offset = offsets.get(day)
    if (offset === undefined) {
      const start = ask(day * DAY)
      offset = start === ask((day + 1) * DAY) ? start : "Changes"
      offsets.set(day, offset)
    }
    return wall - (offset === "Changes" ? ask(wall) : offset)
  }
}
