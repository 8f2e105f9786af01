/** Listings as one line of text for each entry, for tables: what is known, and nothing else. */
import type { FtpEntry, FtpTime } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as Listing from "#core/protocol/Listing"
import type { Dialect } from "#core/protocol/listing/Dialect"
import * as ListingText from "./listingText.ts"

export const NOW = DateTime.unsafeMake("2023-10-20T12:00:00Z")

const DIGITS: { readonly [precision in FtpTime["precision"]]: number } = {
  Day: 10,
  Minute: 16,
  Second: 19,
  Millisecond: 23
}

/** The time to its precision, with `?` if day and month were a guess. */
export const timeText = ({ at, guess, precision, zone }: FtpTime): string =>
  DateTime.formatIso(at).slice(0, DIGITS[precision]) + (zone === "Utc" ? "Z" : "") + (guess === "DayOrMonth" ? "?" : "")

/** `report.pdf File size=4711 time=2023-10-14T17:20`. */
export const entryText = (entry: FtpEntry): string =>
  [
    entry.name,
    entry.type,
    ...Option.toArray(entry.size).map((size) => `size=${size}`),
    ...Option.toArray(entry.modified).map((time) => `time=${timeText(time)}`),
    ...Option.toArray(entry.mode).map((mode) => `mode=${mode.toString(8)}`),
    ...Option.toArray(entry.owner).map((owner) => `owner=${owner}`),
    ...Option.toArray(entry.group).map((group) => `group=${group}`),
    ...Option.toArray(entry.unique).map((unique) => `unique=${unique}`),
    ...Option.toArray(entry.linkTarget).map((target) => `target=${target}`)
  ].join(" ")

/** The entries of a listing, then its unread lines; lines that tell of no entry are left out. */
export const listingTexts = <Name extends string>(
  dialect: Dialect<Name>,
  lines: ReadonlyArray<string>,
  options: Partial<Listing.Options> = {}
): ReadonlyArray<string> => {
  const { dialect: _dialect, preferred: _preferred, ...others } = options
  const { entries, unread } = ListingText.parseWith([dialect], lines.join("\r\n"), {
    directory: "/d",
    now: NOW,
    ...others
  })
  return [...entries.map(entryText), ...unread.map((line) => `unread: ${line}`)]
}
