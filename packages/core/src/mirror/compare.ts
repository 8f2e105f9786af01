/**
 * Whether two files are the same, by what is known of them without reading them.
 *
 * A time is an interval as long as its precision: `Nov 29 12:00` is any moment of that minute, and a server may also
 * have rounded it. Two times are equal if their intervals touch; nothing finer than the coarser side is compared.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type { TreeEntry } from "./Tree.ts"

/**
 * How the second time lies to the first. `"Unknown"`: day and month may be exchanged. A year that was guessed is that of
 * the last half year, by which the servers' `ls` leaves it out.
 */
export type TimeOrder = "Same" | "Older" | "Newer" | "Unknown"

/** How long a time of that precision may be. */
export const MILLIS: { readonly [P in FtpTime["precision"]]: number } = {
  Millisecond: 1,
  Second: 1000,
  Minute: 60_000,
  Day: 86_400_000
}

/** Whether the second time is the same as the first, older, or newer. */
export const compareTimes = (first: FtpTime, second: FtpTime): TimeOrder => {
  if (first.guess === "DayOrMonth" || second.guess === "DayOrMonth") {
    return "Unknown"
  }
  const unit = Math.max(MILLIS[first.precision], MILLIS[second.precision])
  const difference = (Math.floor(second.at.epochMillis / unit) - Math.floor(first.at.epochMillis / unit)) * unit
  // One unit: one side may have rounded up what the other cut off.
  return Math.abs(difference) <= (unit === MILLIS.Millisecond ? 0 : unit) ? "Same" : difference < 0 ? "Older" : "Newer"
}

/**
 * Whether the times are the same, or would be if a year that was guessed is the next one: ProFTPD prints none in times to
 * come either.
 */
export const mayBeSame = (first: FtpTime, second: FtpTime): boolean => {
  if (compareTimes(first, second) === "Same") {
    return true
  }
  const later = second.at.epochMillis - first.at.epochMillis
  return (
    (first.guess === "Year" && isAYear(later) && compareTimes(yearLater(first), second) === "Same") ||
    (second.guess === "Year" && isAYear(-later) && compareTimes(first, yearLater(second)) === "Same")
  )
}

/** Whether it is about a year, in millis: 365 or 366 days, and what two times that count as the same may differ by. */
const isAYear = (millis: number): boolean => Math.abs(millis - 365.5 * MILLIS.Day) < 3 * MILLIS.Day

const yearLater = (time: FtpTime): FtpTime => ({ ...time, at: DateTime.add(time.at, { years: 1 }) })

/**
 * As long as a listing is as precise as before, the same time is exactly the same. What was told to the second when it was
 * planned may be listed with a guessed year.
 */
export const isSameTime = (before: FtpTime | undefined, now: FtpTime | undefined): boolean =>
  before === undefined ||
  (now !== undefined &&
    (before.precision === now.precision ? before.at.epochMillis === now.at.epochMillis : mayBeSame(before, now)))

/**
 * What files are compared by. If the SHA-256 of both is known, it decides in each way but `"Nothing"`.
 *
 * - `"SizeAndTime"`: both have to be equal
 * - `"Size"`: times don't count
 * - `"Time"`: sizes don't count
 * - `"Hash"`: by the manifest's SHA-256, or else the best hash that the server lists, for files of the same size; the
 *   server and this machine read them all. A file whose hash one side doesn't give counts as different
 * - `"Nothing"`: all files count as different
 *
 * @since 0.1.0
 * @category models
 */
export type CompareBy = "SizeAndTime" | "Size" | "Time" | "Hash" | "Nothing"

/** Why two files count as different. */
export type Difference =
  | { readonly _tag: "SizeDiffers"; readonly from: number; readonly to: number }
  | { readonly _tag: "TimeDiffers"; readonly order: "SourceNewer" | "SourceOlder" }
  | { readonly _tag: "HashDiffers" }
  | { readonly _tag: "Unknown"; readonly fact: "Size" | "Time" | "Hash" }
  | { readonly _tag: "Always" }

/**
 * What of two files is compared.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompareOptions {
  readonly by: CompareBy
  /**
   * Whether the target keeps the times of its files' sources. If it doesn't, a file of equal size that is newer in the
   * target counts as the same: its time is that of its upload.
   */
  readonly keepsTimes: boolean
  /** Whether a server that keeps times by what it lists is asked to show it, if that matters. Default it is not. */
  readonly asksForTimes?: boolean | undefined
}

/** Why the source's file counts as different from the target's, or `None` if they count as the same. */
export const difference = (
  source: TreeEntry,
  target: TreeEntry,
  { by, keepsTimes }: CompareOptions
): Option.Option<Difference> => {
  if (by === "Nothing") {
    return Option.some({ _tag: "Always" })
  }
  const hashes = hashDifference(source, target)
  const size = by === "Time" ? undefined : sizeDifference(source, target)
  const isEmpty = source.size._tag === "Some" && source.size.value === 0 && size === undefined
  const found =
    hashes?._tag !== "Unknown"
      ? hashes
      : by === "Hash"
        ? isEmpty || size?._tag === "SizeDiffers"
          ? size
          : hashes
        : size !== undefined || by === "Size"
          ? size
          : timeDifference(source, target, keepsTimes)
  return found === undefined ? SAME : Option.some(found)
}

const SAME: Option.Option<Difference> = Option.none()

/** `undefined` if both are known and equal. */
const hashDifference = (source: TreeEntry, target: TreeEntry): Difference | undefined => {
  const isSame =
    source.sha256._tag === "Some" && target.sha256._tag === "Some"
      ? source.sha256.value === target.sha256.value
      : source.digest !== undefined && source.digest.algorithm === target.digest?.algorithm
        ? source.digest.value === target.digest.value
        : undefined
  return isSame === undefined ? NO_HASH : isSame ? undefined : { _tag: "HashDiffers" }
}

const NO_HASH: Difference = { _tag: "Unknown", fact: "Hash" }

const sizeDifference = (source: TreeEntry, target: TreeEntry): Difference | undefined =>
  source.size._tag === "None" || target.size._tag === "None"
    ? { _tag: "Unknown", fact: "Size" }
    : source.size.value === target.size.value
      ? undefined
      : { _tag: "SizeDiffers", from: target.size.value, to: source.size.value }

const timeDifference = (source: TreeEntry, target: TreeEntry, keepsTimes: boolean): Difference | undefined => {
  const order =
    source.modified._tag === "None" || target.modified._tag === "None"
      ? "Unknown"
      : compareTimes(source.modified.value, target.modified.value)
  return order === "Same" || (order === "Newer" && !keepsTimes)
    ? undefined
    : order === "Unknown"
      ? { _tag: "Unknown", fact: "Time" }
      : { _tag: "TimeDiffers", order: order === "Older" ? "SourceNewer" : "SourceOlder" }
}
