/**
 * The listing of IBM i (OS/400): owner, size, date, time, the type of the object after an asterisk, and the name.
 *
 *     ANNA         77824 10/14/23 17:20:11 *STMF      notes.txt
 *     ANNA         36864 10/14/23 17:20:11 *DIR       work/
 *     ANNA         36864 10/14/23 17:20:11 *FILE      SOURCE.FILE
 *     ANNA                                 *MEM       SOURCE.FILE/PGM1.MBR
 *
 * A member that is listed beside its file is left out, as it is an entry of the directory that the file is. The order
 * of a date depends on the job.
 */
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as NumericDate from "./NumericDate.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of IBM i. Their times are read in the context's zone. */
export const os400: Dialect.Dialect<"Os400"> = {
  name: "Os400",
  open: (context) => {
    const clock = WallClock.make(context)
    const dates = NumericDate.make(context.dateOrder)
    let file: string | undefined
    const timeOf = (parts: RegExpExecArray): FtpEntry["modified"] => {
      const [, , , first, mark = "", second = "", third = "", hour, minute, seconds] = parts
      const date = first === undefined ? undefined : dates.read(first, second, third, mark)
      return date === undefined
        ? Option.none()
        : clock(WallClock.withTime(date, { hour: Number(hour), minute: Number(minute), second: Number(seconds) }))
    }
    return {
      line: (line) => {
        const parts = LINE.exec(line)
        if (parts === null) {
          return Dialect.unread("no type after an asterisk")
        }
        const [head, owner = "", size = "", , , , , , , , object = ""] = parts
        const full = line.slice(head.length)
        const name = full.endsWith("/") ? full.slice(0, -1) : full
        const type = typeOf(object, name)
        if (object === "FILE") {
          file = `${name}/`
        } else if (object === "MEM" && file !== undefined && name.startsWith(file)) {
          return Dialect.skipped
        }
        return Dialect.named(context, name, type, line, {
          size: type === "File" ? WholeNumber.parse(size) : Option.none(),
          modified: timeOf(parts),
          owner: Option.some(owner)
        })
      },
      align: (entries) => dates.settle(entries, (raw) => Option.flatMap(Option.fromNullable(LINE.exec(raw)), timeOf)),
      dateOrder: dates.order
    }
  }
}

/** All but the name, for which trailing blanks count. */
const LINE =
  /^(\S{1,10})[ \t]+(?:(\d{1,20})[ \t]+(\d{1,4})([-/.])(\d{1,2})\4(\d{1,4})[ \t]+(\d{2})[:.](\d{2})[:.](\d{2})[ \t]+)?\*([A-Z]{2,10})[ \t]+(?=[^ \t])/

const DIRECTORIES: ReadonlySet<string> = new Set(["DIR", "DDIR", "LIB", "FLR"])
const FILES: ReadonlySet<string> = new Set(["STMF", "DSTMF", "MEM", "DOC"])

/** A `*FILE` is the directory of its members (`SOURCE.FILE`) or a save file; by its old name it may be either. */
const typeOf = (object: string, name: string): FtpEntryType =>
  DIRECTORIES.has(object) || (object === "FILE" && /\.FILE$/i.test(name))
    ? "Directory"
    : FILES.has(object) || (object === "FILE" && /\.SAVF$/i.test(name))
      ? "File"
      : object === "SYMLNK"
        ? "SymbolicLink"
        : "Other"
