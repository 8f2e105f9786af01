/**
 * The listing of OS/2: size, attributes, date, time, name.
 *
 *          4096       A  10-14-23  17:20  CONFIG.SYS
 *             0     DIR  10-14-23  17:25  BIN
 *             0     DIR  02-11-103 16:15  OLD          years since 1900
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as NumericDate from "./NumericDate.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of OS/2. Their times are read in the context's zone. */
export const os2: Dialect.Dialect<"Os2"> = {
  name: "Os2",
  open: (context) => {
    const clock = WallClock.make(context)
    const dates = NumericDate.make(context.dateOrder)
    const timeOf = (parts: RegExpExecArray): FtpEntry["modified"] | undefined => {
      const [, , , first = "", mark = "", second = "", third = "", hour, minute] = parts
      const date = dates.read(first, second, fullYear(third), mark)
      return date === undefined
        ? undefined
        : clock(WallClock.withTime(date, { hour: Number(hour), minute: Number(minute) }))
    }
    return {
      line: (line) => {
        const parts = LINE.exec(line)
        const modified = parts === null ? undefined : timeOf(parts)
        if (parts === null || modified === undefined) {
          return Dialect.unread("no size, date and time")
        }
        const isDirectory = /\bDIR\b/.test(parts[2] ?? "")
        return Dialect.named(context, line.slice(parts[0].length), isDirectory ? "Directory" : "File", line, {
          size: isDirectory ? Option.none() : WholeNumber.parse(parts[1] ?? ""),
          modified
        })
      },
      align: (entries) =>
        dates.settle(entries, (raw) => {
          const parts = LINE.exec(raw)
          return (parts === null ? undefined : timeOf(parts)) ?? Option.none()
        }),
      dateOrder: dates.order
    }
  }
}

/** Older servers count the years since 1900, and have gone on after 99. */
const fullYear = (digits: string): string => (/^1\d\d$/.test(digits) ? String(1900 + Number(digits)) : digits)

/** All but the name. */
const LINE =
  /^[ \t]*(\d{1,20})[ \t]+((?:[ADHRS]{1,5}[ \t]+|DIR[ \t]+){0,5})(\d{1,4})([-/.])(\d{1,2})\4(\d{1,4})[ \t]+(\d{1,2}):(\d{2})[ \t]+(?=[^ \t])/
