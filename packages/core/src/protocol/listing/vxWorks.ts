/**
 * The listing of VxWorks, which routers and other devices have; and of VShell, which ends directories with a slash.
 *
 *       size          date       time       name
 *     --------       ------     ------    --------
 *         4096    OCT-14-2023  17:20:11   LOGS              <DIR>
 *         5120    OCT-14-2023  17:20:11   boot config.txt
 *
 *     206876  Oct 14, 2023 17:20 a file
 *          0  Oct 14, 2023 17:20 a directory/
 */
import * as Option from "effect/Option"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as MonthWord from "./MonthWord.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of VxWorks. Their times are read in the context's zone. */
export const vxWorks: Dialect.Dialect<"VxWorks"> = {
  name: "VxWorks",
  open: (context) => {
    const clock = WallClock.make(context)
    return {
      line: (line) => {
        const parts = LINE.exec(line) ?? VSHELL.exec(line)
        const month = parts === null ? Option.none() : MonthWord.parse(parts[2] ?? "")
        if (parts === null || Option.isNone(month)) {
          return HEADER.test(line) ? Dialect.skipped : Dialect.unread("no size, date and time")
        }
        const [head, size = "", , day, year, hour, minute, second] = parts
        const { isDirectory, name } = nameIn(line.slice(head.length), second === undefined)
        return Dialect.named(context, name, isDirectory ? "Directory" : "File", line, {
          size: isDirectory ? Option.none() : WholeNumber.parse(size),
          modified: clock({
            year: Number(year),
            month: month.value,
            day: Number(day),
            hour: Number(hour),
            minute: Number(minute),
            second: second === undefined ? undefined : Number(second)
          })
        })
      }
    }
  }
}

const nameIn = (rest: string, isVShell: boolean): { readonly name: string; readonly isDirectory: boolean } => {
  if (isVShell) {
    const isDirectory = rest.endsWith("/")
    return { name: isDirectory ? rest.slice(0, -1) : rest, isDirectory }
  }
  // The column of names is padded.
  const name = rest.trimEnd()
  const isDirectory = name.endsWith(TAG)
  return { name: isDirectory ? name.slice(0, -TAG.length).trimEnd() : name, isDirectory }
}

const HEADER = /^ *(?:size +date +time +name|-{4,12} +-{4,12} +-{4,12} +-{4,12}) *$/i

/** All but the name. */
const LINE = /^ *(\d{1,20}) +([A-Za-z]{3})-(\d{1,2})-(\d{4}) +(\d{1,2}):(\d{2}):(\d{2}) {1,3}(?=[^ \t])/

const VSHELL = /^ *(\d{1,20}) +([A-Za-z]{3}) +(\d{1,2}), +(\d{4}) +(\d{1,2}):(\d{2}) (?=[^ \t])/

const TAG = " <DIR>"
