/**
 * The listing of z/VM (CMS): file name, file type, record format, record length, records, blocks, date, time, disk.
 *
 *     README   TEXT     V         71         26          1 2023-10-14 17:20:11 ANN191
 *     WORK     DIR      -          -          -          - 2023-10-14 17:20:11 -
 *
 * Sizes are in records, whose ends are no bytes on the disk, so they are not known.
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as Dialect from "./Dialect.ts"
import * as NumericDate from "./NumericDate.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of z/VM. Their times are read in the context's zone. */
export const zvm: Dialect.Dialect<"Zvm"> = {
  name: "Zvm",
  open: (context) => {
    const clock = WallClock.make(context)
    const dates = NumericDate.make(context.dateOrder)
    const timeOf = (parts: RegExpExecArray): FtpEntry["modified"] => {
      const [, , , first = "", mark = "", second = "", third = "", hour, minute, seconds] = parts
      const date = dates.read(first, second, third, mark)
      return date === undefined
        ? Option.none()
        : clock(WallClock.withTime(date, { hour: Number(hour), minute: Number(minute), second: Number(seconds) }))
    }
    return {
      line: (line) => {
        const parts = LINE.exec(line)
        if (parts === null) {
          return Dialect.unread("no file name, file type, records and time")
        }
        const [, name = "", type] = parts
        return type === undefined
          ? Dialect.named(context, name, "Directory", line, { modified: timeOf(parts) })
          : Dialect.named(context, `${name}.${type}`, "File", line, { modified: timeOf(parts) })
      },
      align: (entries) => dates.settle(entries, (raw) => Option.flatMap(Option.fromNullable(LINE.exec(raw)), timeOf)),
      dateOrder: dates.order
    }
  }
}

const LINE =
  /^ ?([^\s/]{1,8}) +(?:([^\s/]{1,8}) +[FV] +\d{1,10} +\d{1,10} +\d{1,10}|DIR +- +- +- +-) +(\d{1,4})([-/])(\d{1,2})\4(\d{1,4}) +(\d{1,2}):(\d{2}):(\d{2}) +\S{1,20} *$/
