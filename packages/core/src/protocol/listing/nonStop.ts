/**
 * The listing of Tandem (HPE NonStop) Guardian: a header, then file, code, end of file, time, owner and security.
 *
 *     File         Code             EOF  Last Modification    Owner  RWEP
 *     DATAF         101           16384  14-Oct-23 17:20:11  255,255 "oooo"
 *     LOGF    O       0            2048   4-Oct-23 07:20:11    1, 12 "nunu"
 *
 * `O` is an open file. There are no directories: a subvolume holds files alone.
 */
import * as Option from "effect/Option"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as MonthWord from "./MonthWord.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of Guardian. Their times are read in the context's zone. */
export const nonStop: Dialect.Dialect<"NonStop"> = {
  name: "NonStop",
  open: (context) => {
    const clock = WallClock.make(context)
    return {
      line: (line) => {
        const parts = LINE.exec(line)
        const month = parts === null ? Option.none() : MonthWord.parse(parts[4] ?? "")
        if (parts === null || Option.isNone(month)) {
          return HEADER.test(line) ? Dialect.skipped : Dialect.unread("no file, code, size and time")
        }
        const [, name = "", size = "", day, , year, hour, minute, second, group, owner] = parts
        return Dialect.named(context, name, "File", line, {
          size: WholeNumber.parse(size),
          modified: clock({
            year: year?.length === 2 ? WallClock.yearOfTwoDigits(Number(year)) : Number(year),
            month: month.value,
            day: Number(day),
            hour: Number(hour),
            minute: Number(minute),
            second: Number(second)
          }),
          owner: Option.fromNullable(owner),
          group: Option.fromNullable(group)
        })
      }
    }
  }
}

const HEADER = /^ *File +Code +EOF +Last Modification +Owner +RWEP *$/i

const LINE =
  /^ {0,4}([A-Z][A-Z\d]{0,7}) +(?:O +)?\d{1,5}[+P]? +(\d{1,20}) +(\d{1,2})-([A-Z]{3})-(\d{2}|\d{4}) +(\d{1,2}):(\d{2}):(\d{2}) +(\d{1,3}), {0,2}(\d{1,3}) +"?[-A-Z*]{4}"? *$/i
