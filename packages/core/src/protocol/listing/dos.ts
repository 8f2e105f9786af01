/**
 * The listing of DOS, Windows and IIS, and of Windows CE.
 *
 *     10-14-23  05:20PM       <DIR>          our files       IIS, with two digits of the year
 *     10-14-2023  05:20PM            2048000 data.bin        IIS, with four (FtpDirBrowseShowLongDate)
 *     2023-10-14  17:20                    0 iso.dos         Windows CE; 24 hours
 *     10-14-23  05:20PM       <JUNCTION>     link [C:\target]
 *     14.10.2023  17:20            2.048.000 daten.bin       `dir` in another language
 *
 * A name follows the size after one space, and a tag in a column of 15 characters.
 */
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as NameColumn from "./NameColumn.ts"
import * as NumericDate from "./NumericDate.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of DOS. Their times are read in the context's zone. */
export const dos: Dialect.Dialect<"Dos"> = {
  name: "Dos",
  open: (context) => {
    const clock = WallClock.make(context)
    const dates = NumericDate.make(context.dateOrder)
    const timeOf = (parts: Parts): FtpEntry["modified"] | undefined => {
      const date = dates.read(parts[1] ?? "", parts[3] ?? "", parts[4] ?? "", parts[2] ?? "")
      return date === undefined ? undefined : clock(printedOf(parts, date))
    }
    return {
      line: (line) => {
        const parts = HEAD.exec(line)
        if (parts === null) {
          return isSummary(line) ? Dialect.skipped : Dialect.unread("no date, time, and size or tag at the start")
        }
        const modified = timeOf(parts)
        return modified === undefined
          ? Dialect.unread("no date that a calendar has")
          : scan(line, parts, context, modified)
      },
      align: (entries) =>
        NameColumn.align(
          dates.settle(entries, (raw) => {
            const parts = HEAD.exec(raw)
            return (parts === null ? undefined : timeOf(parts)) ?? Option.none()
          }),
          context.directory
        ),
      dateOrder: dates.order
    }
  }
}

type Parts = RegExpExecArray

/**
 * The date as 1, 3 and 4; hour, minute and second as 5 to 7, A or P as 8; a tag as 9, or a size as 10. No two
 * repetitions that share a character stand side by side: the time is linear.
 */
const HEAD =
  /^[ \t]*(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})[ \t]+(\d{1,2}):(\d{2})(?::(\d{2}))?[ \t]{0,2}(?:([AaPp])\.?[Mm]?\.?)?[ \t]+(?:<([A-Z]{3,9})>|(\d+(?:[,.'\u00a0\u202f\udca0\udcff]\d{3})*)(?=[ \t]))/

/** A tag and the spaces after it. */
const TAG_COLUMN = 15

const TAGS: { readonly [tag: string]: FtpEntryType } = {
  DIR: "Directory",
  JUNCTION: "SymbolicLink",
  SYMLINKD: "SymbolicLink",
  SYMLINK: "SymbolicLink"
}

const scan = (line: string, parts: Parts, context: Dialect.Context, modified: FtpEntry["modified"]): Dialect.Line => {
  const start = parts[0].length
  const tag = parts[9]
  if (tag === undefined) {
    const size = WholeNumber.parse(withoutMarks(parts[10] ?? ""))
    return Dialect.named(context, line.slice(start + 1), "File", line, { modified, size })
  }
  let end = start
  while (end < start + TAG_COLUMN - tag.length - "<>".length && (line[end] === " " || line[end] === "\t")) {
    end += 1
  }
  const full = line.slice(end)
  const type = TAGS[tag] ?? "Other"
  const bracket = type === "SymbolicLink" && full.endsWith("]") ? full.indexOf(" [", 1) : -1
  return bracket === -1
    ? Dialect.named(context, full, type, line, { modified })
    : Dialect.named(context, full.slice(0, bracket), type, line, {
        modified,
        linkTarget: Option.some(full.slice(bracket + " [".length, -1))
      })
}

/** Without the marks between thousands, which are rare. */
const withoutMarks = (size: string): string => (/\D/.test(size) ? size.replace(/\D/g, "") : size)

/** Noon is 12 PM, and midnight 12 AM. */
const printedOf = (parts: Parts, date: NumericDate.Read): WallClock.Printed => {
  const hour = Number(parts[5])
  const second = parts[7]
  const half = parts[8]
  const isAfternoon = half === "P" || half === "p"
  return WallClock.withTime(date, {
    hour: half === undefined || hour > 12 ? hour : (hour % 12) + (isAfternoon ? 12 : 0),
    minute: Number(parts[6]),
    second: second === undefined ? undefined : Number(second)
  })
}

/** What `dir` prints before and after the files. */
const isSummary = (line: string): boolean =>
  /^ ?(?:Volume (?:in drive|Serial Number is) |Directory of [A-Za-z]:[\\/])/.test(line) ||
  /^ *\d[\d,.]* (?:File|Dir)\(s\) {1,20}\d/.test(line)
