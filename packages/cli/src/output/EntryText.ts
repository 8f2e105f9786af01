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
  Option.match(mode, {
    onNone: () => "?".repeat(PERMISSIONS.length),
    onSome: (bits) =>
      Array.from(PERMISSIONS, (letter, index) => (bits & (1 << (PERMISSIONS.length - 1 - index)) ? letter : "-")).join(
        ""
      )
  })

const HALF_DAY = 43_200_000

/** `"2024-05-01 09:30"`, or the day alone where no more is known. */
export const time = ({ at, precision, zone }: FtpTime): string => {
  const date = new Date(DateTime.toEpochMillis(at))
  if (precision === "Day") {
    // Its noon is on the server's day in every zone but the easternmost.
    return new Date(date.getTime() + (zone === "Assumed" ? 0 : HALF_DAY)).toISOString().slice(0, 10)
  }
  const local = zone === "Assumed" ? date.getTime() : date.getTime() - date.getTimezoneOffset() * 60_000
  const text = new Date(local).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`
}

/** The name as it may be shown, with a slash after a directory's and the target after a link's. */
export const name = ({ linkTarget, name, type }: FtpEntry): string =>
  WireText.toDisplay(name) +
  (type === "Directory"
    ? "/"
    : Option.match(linkTarget, { onNone: () => "", onSome: (to) => ` -> ${WireText.toDisplay(to)}` }))

/** Aligned rows: mode, size, time, name. */
export const rows = (entries: ReadonlyArray<FtpEntry>, human: boolean): ReadonlyArray<string> => {
  const cells = entries.map((entry) => ({
    mode: mode(entry),
    // The size of a directory itself means nothing to users.
    size:
      entry.type === "Directory"
        ? UNKNOWN
        : Option.match(entry.size, {
            onNone: () => UNKNOWN,
            onSome: (size) => (human ? Measure.bytes(size) : String(size))
          }),
    time: Option.match(entry.modified, { onNone: () => UNKNOWN, onSome: time }),
    name: name(entry)
  }))
  const size = widest(cells.map((row) => row.size))
  const when = widest(cells.map((row) => row.time))
  return cells.map((row) => `${row.mode}  ${row.size.padStart(size)}  ${row.time.padEnd(when)}  ${row.name}`)
}

/** Not by `Math.max`: there may be more rows than a call may have arguments. */
const widest = (texts: ReadonlyArray<string>): number => texts.reduce((width, { length }) => Math.max(width, length), 0)

/** By name, in the order of the characters, whatever the machine's language. */
export const sorted = (entries: ReadonlyArray<FtpEntry>): ReadonlyArray<FtpEntry> =>
  [...entries].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))

const OCTAL = 8

/** The object of `--json`. */
export const json = (entry: FtpEntry): typeof JsonLine.Entry.Type => ({
  kind: "entry",
  type: entry.type,
  name: entry.name,
  path: entry.path,
  size: Option.getOrNull(entry.size),
  modified: Option.match(entry.modified, { onNone: () => null, onSome: ({ at }) => DateTime.formatIso(at) }),
  modifiedPrecision: Option.match(entry.modified, { onNone: () => null, onSome: ({ precision }) => precision }),
  modifiedZone: Option.match(entry.modified, { onNone: () => null, onSome: ({ zone }) => zone }),
  modifiedGuess: Option.match(entry.modified, { onNone: () => null, onSome: ({ guess }) => guess ?? null }),
  mode: Option.match(entry.mode, { onNone: () => null, onSome: (bits) => bits.toString(OCTAL).padStart(4, "0") }),
  owner: Option.getOrNull(entry.owner),
  group: Option.getOrNull(entry.group),
  linkTarget: Option.getOrNull(entry.linkTarget)
})

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
