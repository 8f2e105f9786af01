/**
 * The zone of the times of LIST, which names none. It is asked for once for each server: by the MDTM of one file, which
 * is in UTC (RFC 3659 §2.3).
 *
 *     S: -rw-r--r-- 1 ann staff 3 Mar 09 07:41 a
 *     C: MDTM pub/a
 *     S: 213 20240309064112                          the server's clock is an hour ahead of UTC
 *
 * A server whose MDTM is not in UTC, but in the zone of its listings, shows no difference (vsftpd with
 * `use_localtime=YES`): its times agree with one another, and nothing shows more. The offset is that of the day of the
 * file. Where summer time has another one, the times of the other half of the year are an hour off, unless the caller
 * names the zone. Days without a time are left as they are.
 *
 *     a profile ──of the last day──► holds, unless a file is of a time to come ──► asked for as if nothing were known
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as FtpProfile from "../base/FtpProfile.ts"
import type { ListingMemory, Zone } from "../base/serverCapabilities.ts"
import * as Features from "../protocol/Features.ts"
import type { FtpEntry, FtpTime } from "../protocol/FtpEntry.ts"
import type * as Listing from "../protocol/Listing.ts"
import * as UtcOffset from "../protocol/UtcOffset.ts"
import type { SessionContext } from "./context.ts"
import { modified } from "./file.ts"

type Listed = Listing.Listed<string>

/** The zone that the times are read in; `now` in millis of the clock. */
export const known = ({ zone }: ListingMemory, now: number): Zone | undefined =>
  typeof zone === "string" || (zone.isHint && !FtpProfile.isZoneFresh(zone.at, now)) ? undefined : zone

/** Clocks differ, and a listing takes its time. */
const TO_COME = 10 * 60_000

/** Forgets a zone of an earlier run if it moves files to a time to come; then the listing is to be read again. */
export const isDisproved = (context: SessionContext, listing: Listed): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => isDisprovedAt(context, listing, now))

/** The same at a time, in millis of the clock. */
export const isDisprovedAt = ({ capabilities, zone }: SessionContext, { entries }: Listed, now: number): boolean => {
  const memory = capabilities.listing
  if (zone !== undefined || known(memory, now)?.isHint !== true) {
    return false
  }
  for (const { modified } of entries) {
    if (
      modified._tag === "Some" &&
      modified.value.zone === "Inferred" &&
      modified.value.at.epochMillis > now + TO_COME
    ) {
      memory.zone = "Unknown"
      return true
    }
  }
  return false
}

/** Whether no listing has to show the zone, or that a hint of it is wrong. */
export const isSettled = (context: SessionContext): Effect.Effect<boolean> =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) =>
      !isOpen(context, now) && (context.zone !== undefined || known(context.capabilities.listing, now)?.isHint !== true)
  )

/** Whether the zone is to be asked for, if a listing has a file for that. `now` in millis of the clock. */
export const isOpen = (
  { capabilities: { listing: memory }, control, features, zone }: SessionContext,
  now: number
): boolean =>
  zone === undefined &&
  memory.zone !== "Unclear" &&
  known(memory, now) === undefined &&
  Features.has(features, "MDTM") &&
  !control.verbs.isAvoided("MDTM")

/** The listing with its times in the server's zone, if that can be found out and is not known yet. */
export const inferred = (context: SessionContext, listing: Listed): Effect.Effect<Listed> =>
  Effect.gen(function* () {
    const memory = context.capabilities.listing
    const now = yield* Clock.currentTimeMillis
    const before = memory.zone
    const witness = isOpen(context, now) ? chosen(listing.entries, now) : undefined
    if (witness === undefined) {
      return listing
    }
    // Listings of other sessions do not ask meanwhile.
    memory.zone = "Unclear"
    const answer = yield* Effect.option(modified(context, witness.path)).pipe(
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          memory.zone = before
        })
      )
    )
    const offset = Option.flatMap(answer, ({ at }) => offsetOf(witness.at.epochMillis, at.epochMillis))
    if (Option.isNone(offset)) {
      return listing
    }
    memory.zone = { minutes: offset.value, at: DateTime.unsafeMake(now), isHint: false }
    const millis = offset.value * MINUTE
    return { ...listing, entries: listing.entries.map((entry) => moved(entry, millis)) }
  })

const MINUTE = 60_000
const DAY = 86_400_000

/** Zones are whole quarters of an hour. */
const STEP = 15
/** Both are cut to the minute, or one of them is rounded. */
const TOLERANCE = 1

/** Minutes east of UTC, by the time of a file on the server's clock and in UTC; `None` if no zone explains them. */
const offsetOf = (wall: number, utc: number): Option.Option<number> => {
  const minutes = Math.floor(wall / MINUTE) - Math.floor(utc / MINUTE)
  const offset = Math.round(minutes / STEP) * STEP
  return Math.abs(minutes - offset) <= TOLERANCE && offset >= UtcOffset.LEAST && offset <= UtcOffset.MOST
    ? Option.some(offset)
    : Option.none()
}

/** The newest file that is not of today, as one that is may be written now; else the newest. */
const chosen = (entries: ReadonlyArray<FtpEntry>, now: number) => {
  let newest: { readonly path: string; readonly at: DateTime.Utc } | undefined
  let settled: typeof newest
  for (const { modified, path, type } of entries) {
    if (type === "File" && Option.isSome(modified) && isOfUse(modified.value)) {
      const { at } = modified.value
      const found = { path, at }
      newest = newest === undefined || at.epochMillis > newest.at.epochMillis ? found : newest
      if (at.epochMillis < now - DAY && (settled === undefined || at.epochMillis > settled.at.epochMillis)) {
        settled = found
      }
    }
  }
  return settled ?? newest
}

const isOfUse = ({ guess, precision, zone }: FtpTime): boolean =>
  zone === "Assumed" && precision !== "Day" && guess !== "DayOrMonth"

const moved = (entry: FtpEntry, millis: number): FtpEntry => {
  const time = Option.getOrUndefined(entry.modified)
  return time === undefined || time.zone !== "Assumed" || time.precision === "Day"
    ? entry
    : {
        ...entry,
        modified: Option.some({ ...time, at: DateTime.unsafeMake(time.at.epochMillis - millis), zone: "Inferred" })
      }
}
