/**
 * The listing of Novell NetWare: rights in brackets, owner, size, date, name.
 *
 *     d [RWC--FM-] sales.acme            512 Mar  3 08:12 ledgers
 *     - [-WCEAF-S] paul                88120 Aug 25  2018    plan v2.xls
 */
import * as Option from "effect/Option"
import * as Dialect from "./Dialect.ts"
import * as ListDate from "./ListDate.ts"
import * as NumericDate from "./NumericDate.ts"
import * as UnixColumns from "./UnixColumns.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of NetWare. Their times are read in the context's zone. */
export const netWare: Dialect.Dialect<"NetWare"> = {
  name: "NetWare",
  open: (context) => {
    const clock = WallClock.make(context)
    const wordsOf = UnixColumns.splitter()
    const options = { dates: NumericDate.make(context.dateOrder), timeAfterYear: false }
    return {
      line: (line) => {
        const rights = RIGHTS.exec(line)
        if (rights === null) {
          return /^total \d+$/.test(line) ? Dialect.skipped : Dialect.unread("no rights in brackets")
        }
        const words = wordsOf(line, rights[0].length)
        const date = ListDate.find(words.texts, options)
        if (date?.printed === undefined) {
          return Dialect.unread("no size and date")
        }
        const { owner, size } = UnixColumns.read(line, words, date.start)
        const name = line.slice(words.ends[date.end - 1] ?? line.length).trimStart()
        return Dialect.named(context, name, rights[1] === "d" ? "Directory" : "File", line, {
          size: rights[1] === "d" ? Option.none() : size,
          modified: clock(date.printed),
          owner
        })
      }
    }
  }
}

const RIGHTS = /^([-d]) ?\[[-RWCEAFMSI ]{1,9}\](?=[ \t])/
