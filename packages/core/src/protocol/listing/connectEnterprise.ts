/**
 * The listing of Connect:Enterprise for UNIX: flags and protocol, A or B (ASCII or binary), sender, batch, size, date.
 *
 *     -C--E-----FTP B QUA1I1      18128       41 Aug 12 13:56 QUADTEST
 */
import * as Option from "effect/Option"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as ListDate from "./ListDate.ts"
import * as NumericDate from "./NumericDate.ts"
import * as UnixColumns from "./UnixColumns.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of Connect:Enterprise. Their times are read in the context's zone. */
export const connectEnterprise: Dialect.Dialect<"ConnectEnterprise"> = {
  name: "ConnectEnterprise",
  open: (context) => {
    const clock = WallClock.make(context)
    const wordsOf = UnixColumns.splitter()
    const options = { dates: NumericDate.make(context.dateOrder), timeAfterYear: false }
    return {
      line: (line) => {
        const flags = FLAGS.exec(line)
        if (flags === null) {
          return Dialect.unread("no flags and protocol")
        }
        const words = wordsOf(line, flags[0].length)
        const date = ListDate.find(words.texts, options)
        if (date?.printed === undefined || date.start !== COLUMNS) {
          return Dialect.unread("no sender, batch, size and date")
        }
        const [sender, , size = ""] = words.texts
        return Dialect.named(context, line.slice((words.ends[date.end - 1] ?? line.length) + 1), "File", line, {
          size: WholeNumber.parse(size),
          modified: clock(date.printed),
          owner: Option.fromNullable(sender)
        })
      }
    }
  }
}

const FLAGS = /^[-A-Z]{10}[A-Z]{3} [AB](?= )/

/** Sender, batch and size. */
const COLUMNS = 3
