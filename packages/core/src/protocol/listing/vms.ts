/**
 * The listing of OpenVMS: names with versions, sizes in blocks, and a second line after a long name.
 *
 *     Directory DISK:[ANNA]
 *
 *     README.TXT;4          2/9   14-OCT-2023 17:20:11  [GRP,ANNA]  (RWED,RWED,RE,)
 *     A_VERY_LONG_NAME_WITH_A_TYPE.DATA;12
 *                           187   14-OCT-2023 17:20 [ANNA] (RWE,RE,,)
 *     SUB.DIR;1             1/9   01-JAN-2020 00:00:00  [SYSTEM]  (RWE,RE,RE,RE)
 *     SECRET.TXT;1          %RMS-E-PRV, insufficient privilege or file protection violation
 *
 *     Total of 4 files, 190/220 blocks
 *
 * The version is part of a file's name, as it names that one. A directory's name is without `.DIR;1`, as CWD takes it.
 * Blocks are no bytes, so the size is not known.
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as Dialect from "./Dialect.ts"
import * as MonthWord from "./MonthWord.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of OpenVMS. Their times are read in the context's zone. */
export const vms: Dialect.Dialect<"Vms"> = {
  name: "Vms",
  open: (context) => {
    const clock = WallClock.make(context)
    let name: string | undefined
    return {
      // How its paths are written is asked after the listing.
      isSettled: () => false,
      line: (line) => {
        const first = NAME.exec(line)
        const known = first === null ? name : first[1]
        const facts = first === null ? line : line.slice(first[0].length)
        if (first !== null && facts.trim() === "") {
          name = first[1]
          return Dialect.held
        }
        name = undefined
        const modified = known === undefined ? undefined : factsOf(facts, clock)
        if (known === undefined || modified === undefined) {
          return isAbout(line) ? Dialect.skipped : Dialect.unread("no name with a version, and no date")
        }
        const directory = DIRECTORY.exec(known)
        const [, group, owner] = OWNER.exec(facts.slice(0, LONGEST_FACTS)) ?? []
        return Dialect.named(
          context,
          directory === null ? known : known.slice(0, directory.index),
          directory === null ? "File" : "Directory",
          first === null ? `${known} ${line}` : line,
          { modified, owner: Option.fromNullable(owner), group: Option.fromNullable(group) }
        )
      }
    }
  }
}

/** A name has no blanks: ODS-5 prints one as `^_`. */
const NAME = /^ ?([^\s;]{1,255};\d{1,5})(?=[ \t]|$)/

const DIRECTORY = /\.DIR;\d+$/i

/** Used blocks, perhaps of how many, and the date. */
const FACTS =
  /^[ \t]*\d{1,10}(?:\/\d{1,10})?[ \t]+(\d{1,2})-([A-Za-z]{3})-(\d{4})(?:[ \t]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?/

/** What takes the place of the facts of a file that may not be read. */
const NO_FACTS = /^[ \t]*(?:%|No privilege)/

/** `[GROUP,OWNER]` or `[OWNER]`. */
const OWNER = /\[(?:([^\],]*),)?([^\],]*)\]/

/** Facts are shorter: what is beyond is not looked at. */
const LONGEST_FACTS = 512

/** The time of an entry with these facts. Undefined if they are none. */
const factsOf = (
  text: string,
  clock: (printed: WallClock.Printed) => FtpEntry["modified"]
): FtpEntry["modified"] | undefined => {
  const facts = FACTS.exec(text)
  if (facts === null) {
    return NO_FACTS.test(text) ? Option.none() : undefined
  }
  const [, day, month = "", year, hour, minute, second] = facts
  return Option.flatMap(MonthWord.parse(month), (month) =>
    clock({
      year: Number(year),
      month,
      day: Number(day),
      hour: hour === undefined ? undefined : Number(hour),
      minute: minute === undefined ? undefined : Number(minute),
      second: second === undefined ? undefined : Number(second)
    })
  )
}

/** The directory, totals, and the owner and protection of the line before. */
const isAbout = (line: string): boolean =>
  /^Directory [^\s[]{1,64}:\[[^\]]{0,255}\]/.test(line) ||
  /^(?:Grand t|T)otal of \d+ (?:file|director)/.test(line) ||
  /^[ \t]+(?:\[[^\]]{0,64}\][ \t]*)?\([RWED,]{0,32}\)$/.test(line)
