/**
 * Directory entries in words: the columns of `ls`, the lines of `stat`, and the object of `--json`.
 *
 *     drwxr-xr-x        -  2024-05-01 09:30  photos/
 *     -rw-r--r--    31472  2023-12-24 18:00  letter.txt
 *
 * Times whose zone is known are shown in this machine's; without a zone they are shown as the server wrote them.
 */
import type { FtpEntry, FtpEntryType, FtpTime } from "@ftp-effect/core/FtpEntry"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as JsonLine from "./JsonLine.ts"
import * as Measure from "./Measure.ts"

const LETTERS: { readonly [type in FtpEntryType]: string } = {
  File: "-",
  Directory: "d",
  SymbolicLink: "l",
  Other: "?"
}
const PERMISSIONS = "rwxrwxrwx"
const UNKNOWN = "-"

/** `"drwxr-xr-x"`; question marks if the server does not report it. */
export const mode = ({ mode, type }: FtpEntry): string =>
  LETTERS[type] +
  (Option.isNone(mode)
    ? "?".repeat(PERMISSIONS.length)
    : triple(mode.value >> (2 * TRIPLE_BITS)) + triple(mode.value >> TRIPLE_BITS) + triple(mode.value))

const TRIPLE_BITS = 3

/** The letters of the lowest three bits. */
const triple = (bits: number): string => TRIPLES[bits & (TRIPLES.length - 1)] ?? ""

const TRIPLES = ["---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx"]

const DAY = 86_400_000
const HALF_DAY = DAY / 2
const MINUTE = 60_000
const MINUTES_OF_DAY = DAY / MINUTE

/** No zone changes its offset at another time. */
const QUARTER_OF_HOUR = 15 * MINUTE

const DATE_LENGTH = "2024-05-01".length
const TIME_LENGTH = "2024-05-01 09:30".length

/**
 * Writes times: `"2024-05-01 09:30"`, or the day alone where no more is known. The entries of a directory are often of
 * one day, so its text is kept for the next, as is the offset of this machine's zone.
 */
const timeWriter = (): ((time: FtpTime) => string) => {
  let day = Number.NaN
  let dayText = ""
  let quarter = Number.NaN
  let offset = 0
  const dayOf = (millis: number): string => {
    const index = Math.floor(millis / DAY)
    if (index !== day) {
      day = index
      dayText = new Date(millis).toISOString().slice(0, DATE_LENGTH)
    }
    return dayText
  }
  const offsetAt = (millis: number): number => {
    const index = Math.floor(millis / QUARTER_OF_HOUR)
    if (index !== quarter) {
      quarter = index
      offset = new Date(millis).getTimezoneOffset() * MINUTE
    }
    return offset
  }
  return ({ at, precision, zone }) => {
    const millis = DateTime.toEpochMillis(at)
    if (precision === "Day") {
      // Its noon is on the server's day in every zone but the easternmost.
      return dayOf(millis + (zone === "Assumed" ? 0 : HALF_DAY))
    }
    const local = zone === "Assumed" ? millis : millis - offsetAt(millis)
    const minutes = Math.floor(local / MINUTE) - Math.floor(local / DAY) * MINUTES_OF_DAY
    return `${dayOf(local)} ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
  }
}

const twoDigits = (value: number): string => (value < 10 ? `0${value}` : String(value))

/** The name as it may be shown, with a slash after a directory's and the target after a link's. */
export const name = ({ linkTarget, name, type }: FtpEntry): string =>
  WireText.toDisplay(name) +
  (type === "Directory"
    ? "/"
    : Option.match(linkTarget, { onNone: () => "", onSome: (to) => ` -> ${WireText.toDisplay(to)}` }))

/** Writes aligned rows for these entries, one for each: mode, size, time, name. */
export const columns = (entries: ReadonlyArray<FtpEntry>, human: boolean): ((entry: FtpEntry) => string) => {
  const timeOf = timeWriter()
  let sizeWidth = 0
  let timeWidth = 0
  for (const entry of entries) {
    sizeWidth = Math.max(sizeWidth, sizeOf(entry, human).length)
    timeWidth = Math.max(timeWidth, timeLength(entry))
  }
  // Readers give entries that follow each other the same objects, if their columns are the same.
  let modified: FtpEntry["modified"] | undefined
  let time = ""
  let bits: FtpEntry["mode"] | undefined
  let type: FtpEntryType | undefined
  let letters = ""
  return (entry) => {
    if (entry.modified !== modified) {
      modified = entry.modified
      time = (Option.isNone(modified) ? UNKNOWN : timeOf(modified.value)).padEnd(timeWidth)
    }
    if (entry.mode !== bits || entry.type !== type) {
      bits = entry.mode
      type = entry.type
      letters = mode(entry)
    }
    return `${letters}  ${sizeOf(entry, human).padStart(sizeWidth)}  ${time}  ${name(entry)}`
  }
}

/** The size of a directory itself means nothing to users. */
const sizeOf = ({ size, type }: FtpEntry, human: boolean): string =>
  type === "Directory" || Option.isNone(size) ? UNKNOWN : human ? Measure.bytes(size.value) : String(size.value)

const timeLength = ({ modified }: FtpEntry): number =>
  Option.isNone(modified) ? UNKNOWN.length : modified.value.precision === "Day" ? DATE_LENGTH : TIME_LENGTH

const OCTAL = 8

type Json = typeof JsonLine.Entry.Type

/** Makes objects of `--json`. Many entries of a directory have the same time, whose text is kept for the next. */
export const jsonWriter = (): ((entry: FtpEntry) => Json) => {
  let at: DateTime.Utc | undefined
  let iso = ""
  const isoOf = (time: DateTime.Utc): string => {
    if (time !== at) {
      at = time
      iso = DateTime.formatIso(time)
    }
    return iso
  }
  return ({ group, linkTarget, mode, modified, name, owner, path, size, type }) => {
    const time = Option.isNone(modified) ? undefined : modified.value
    return {
      kind: "entry",
      type,
      name,
      path,
      size: Option.getOrNull(size),
      modified: time === undefined ? null : isoOf(time.at),
      modifiedPrecision: time?.precision ?? null,
      modifiedZone: time?.zone ?? null,
      modifiedGuess: time?.guess ?? null,
      mode: Option.isNone(mode) ? null : mode.value.toString(OCTAL).padStart(4, "0"),
      owner: Option.getOrNull(owner),
      group: Option.getOrNull(group),
      linkTarget: Option.getOrNull(linkTarget)
    }
  }
}

/** The object of `--json`. */
export const json = (entry: FtpEntry): Json => jsonWriter()(entry)

/** The lines of `stat`: only what is known. */
export const facts = (entry: FtpEntry): string => {
  const known: ReadonlyArray<readonly [string, Option.Option<string>]> = [
    ["path", Option.some(WireText.toDisplay(entry.path === "" ? "." : entry.path))],
    ["type", Option.some(TYPES[entry.type])],
    ["size", Option.map(entry.size, (size) => `${size} bytes${size >= 1024 ? ` (${Measure.bytes(size)})` : ""}`)],
    ["modified", Option.map(entry.modified, modified)],
    ["mode", Option.map(entry.mode, (bits) => `${bits.toString(OCTAL).padStart(4, "0")} ${mode(entry)}`)],
    ["owner", Option.map(entry.owner, WireText.toDisplay)],
    ["group", Option.map(entry.group, WireText.toDisplay)],
    ["links to", Option.map(entry.linkTarget, WireText.toDisplay)]
  ]
  const width = "modified".length
  return known
    .flatMap(([word, text]) => (Option.isSome(text) ? [`${word.padEnd(width)}  ${text.value}`] : []))
    .join("\n")
}

const TYPES: { readonly [type in FtpEntryType]: string } = {
  File: "file",
  Directory: "directory",
  SymbolicLink: "symbolic link",
  Other: "other"
}

const modified = (at: FtpTime): string => {
  const iso = DateTime.formatIso(at.at)
  const text = at.precision === "Day" ? iso.slice(0, 10) : at.precision === "Minute" ? `${iso.slice(0, 16)}Z` : iso
  const doubt = at.guess === "DayOrMonth" ? "; day and month may be the other way round" : ""
  return at.zone !== "Assumed" ? `${text}${doubt}` : `${text.replace("Z", "")} (the server's clock${doubt})`
}
