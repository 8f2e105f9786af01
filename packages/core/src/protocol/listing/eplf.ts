/**
 * Easily Parsed LIST Format: what it says. `+`, facts that each end with a comma, a tab, the name.
 *
 *     +i40213.7719,m1697304000,r,s5120,up640,<TAB>notes.txt
 *     +m1697304000,/,<TAB>music
 *
 * Times are seconds since 1970, in UTC.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"

/** Lines of EPLF. */
export const eplf: Dialect.Dialect<"Eplf"> = {
  name: "Eplf",
  open: (context) => ({
    line: (line) => {
      const tab = line.indexOf("\t")
      // Some servers print a space instead.
      const end = tab === -1 ? line.indexOf(" ") : tab
      if (!line.startsWith("+") || end === -1) {
        return Dialect.unread("no + and no tab")
      }
      const facts = new Map(line.slice(1, end).split(",").map(keyed))
      const type = facts.has("/") ? "Directory" : facts.has("r") ? "File" : "Other"
      return type === "Other" && !facts.has("m") && !facts.has("i")
        ? Dialect.unread("no facts")
        : Dialect.named(context, line.slice(end + 1), type, line, {
            size: WholeNumber.parse(facts.get("s") ?? ""),
            modified: Option.flatMap(WholeNumber.parse(facts.get("m") ?? ""), toTime),
            mode: modeOf(facts.get("up") ?? ""),
            unique: Option.fromNullable(facts.get("i"))
          })
    }
  })
}

/** `up` is the only fact with a name of two letters. */
const keyed = (fact: string): [name: string, value: string] => {
  const length = fact.startsWith("up") ? "up".length : 1
  return [fact.slice(0, length), fact.slice(length)]
}

const modeOf = (octal: string): FtpEntry["mode"] =>
  /^[0-7]{1,4}$/.test(octal) ? Option.some(Number.parseInt(octal, 8)) : Option.none()

/** The year 9999. */
const LAST_SECOND = 253_402_300_799

const toTime = (seconds: number): FtpEntry["modified"] =>
  seconds > LAST_SECOND
    ? Option.none()
    : Option.some({ at: DateTime.unsafeMake(seconds * 1000), precision: "Second", zone: "Utc" })
