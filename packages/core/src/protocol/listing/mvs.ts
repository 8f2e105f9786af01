/**
 * The listings of z/OS: data sets, the members of a partitioned one, and jobs. A header says what follows.
 *
 *     Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
 *     WORK01 3390   2023/10/14  1   15  FB      80 27920  PO  LIB.CNTL
 *     Migrated                                                OLD.DATA
 *
 *      Name     VV.MM   Created       Changed      Size  Init   Mod   Id
 *     MEMBER1   01.03 2023/10/14 2023/10/15 09:30    12    10     2 ANNA
 *     MEMBER2
 *
 *     JOBNAME  JOBID    OWNER    STATUS CLASS
 *     ANNAJ    JOB01234 ANNA     OUTPUT A        RC=0000 3 spool files
 *
 * Sizes are in records or tracks, so they are not known. `Referred` is when a data set was read last, which is not when
 * it was modified. A job's name is its number, by which it is fetched.
 */
import * as Option from "effect/Option"
import type { FtpEntryType } from "../FtpEntry.ts"
import * as Dialect from "./Dialect.ts"
import * as WallClock from "./WallClock.ts"

/** Lines of z/OS. The times of members are read in the context's zone. */
export const mvs: Dialect.Dialect<"Mvs"> = {
  name: "Mvs",
  open: (context) => {
    const clock = WallClock.make(context)
    let header: "DataSets" | "Members" | "Modules" | "Jobs" | undefined
    return {
      // How its paths are written is asked after the listing.
      isSettled: () => false,
      line: (line) => {
        const found = HEADERS.find(([, pattern]) => pattern.test(line))
        if (found !== undefined) {
          header = found[0]
          return Dialect.skipped
        }
        switch (header) {
          case "Members":
            return member(line, context, clock)
          case "Modules":
            return loadModule(line, context)
          case "DataSets":
            return dataSet(line, context)
          default:
            return job(line, context)
        }
      }
    }
  }
}

const HEADERS = [
  ["DataSets", /^ *Volume +Unit +Referred +Ext +Used +Recfm +Lrecl +BlkSz +Dsorg +Dsname *$/i],
  ["Members", /^ *Name +VV\.MM +Created +Changed +Size +Init +Mod +Id *$/i],
  ["Modules", /^ *Name +Size +TTR +Alias-of +AC /i],
  ["Jobs", /^ *JOBNAME +JOBID +OWNER +STATUS +CLASS *$/i]
] as const

/** A row whose last two words are the organisation and the name. Wide numbers make one column of two (Ext, Used). */
const DATA_SET =
  /^ {0,4}\S{1,6} +\S{1,8} +(?:\d{4}\/\d{2}\/\d{2}|\*\*NONE\*\*) +(?:[\d?*+]{1,8} +)?[\d?*+]{1,12} +[A-Z?]{1,4} +[\d?*]{1,6} +[\d?*]{1,6} +([A-Z?]{1,4}(?:-[A-Z])?) +('?[\w@#$.-]{1,44}'?) *$/

/**
 * A row without attributes: it was migrated, is on tape, is not mounted, is in a catalog alone, is a qualifier, or the base
 * of generations (GDG), each of which is a data set of its own.
 */
const WITHOUT_ATTRIBUTES =
  /^ {0,4}(Pseudo Directory|Migrated|MIGRAT|GDG|(?:\S{1,6} +)?Error determining attributes|User catalog connector|\S{1,6} +(?:Not Direct Access Device|Not Mounted|Tape|VSAM|\S{1,8} +VSAM)) +('?[\w@#$.-]{1,44}'?) *$/i

/** A partitioned data set is the directory of its members. */
const ORGANISATIONS: { readonly [organisation: string]: FtpEntryType } = {
  PO: "Directory",
  "PO-E": "Directory",
  PS: "File",
  "PS-E": "File",
  "PS-L": "File"
}

const dataSet = (line: string, context: Dialect.Context): Dialect.Line => {
  const row = DATA_SET.exec(line)
  if (row !== null) {
    return Dialect.named(context, row[2] ?? "", ORGANISATIONS[row[1] ?? ""] ?? "Other", line)
  }
  const [, what = "", name = ""] = WITHOUT_ATTRIBUTES.exec(line) ?? []
  return name === ""
    ? Dialect.unread("no row of a data set")
    : Dialect.named(context, name, /^Pseudo/i.test(what) ? "Directory" : "Other", line)
}

const MEMBER =
  /^ {0,4}([A-Z@#$][\w@#$]{0,7})(?: +\d{2}\.\d{2} +\d{4}\/\d{2}\/\d{2} +(\d{4})\/(\d{2})\/(\d{2}) +(\d{2}):(\d{2})(?::(\d{2}))? +\d+ +\d+ +\d+ +(\S{1,8}))? *$/i

const member = (line: string, context: Dialect.Context, clock: ReturnType<typeof WallClock.make>): Dialect.Line => {
  const row = MEMBER.exec(line)
  if (row === null) {
    return Dialect.unread("no member")
  }
  const [, name = "", year, month, day, hour, minute, second, owner] = row
  return Dialect.named(context, name, "File", line, {
    owner: Option.fromNullable(owner),
    modified:
      year === undefined
        ? Option.none()
        : clock({
            year: Number(year),
            month: Number(month),
            day: Number(day),
            hour: Number(hour),
            minute: Number(minute),
            second: second === undefined ? undefined : Number(second)
          })
  })
}

const MODULE = /^ {0,4}([A-Z@#$][\w@#$]{0,7})(?: +[\dA-F]{6,8} +[\dA-F]{6} .*)? *$/i

const loadModule = (line: string, context: Dialect.Context): Dialect.Line =>
  Dialect.named(context, MODULE.exec(line)?.[1] ?? "", "File", line)

/** Jobs without a header too, as `JESINTERFACELEVEL 1` prints them. */
const JOB = /^ {0,4}\S{1,8} +([A-Z]{1,3}\d{5,8}) +(?:(\S{1,8}) +)?(?:INPUT|ACTIVE|OUTPUT|HELD|EXECUTING)(?: |$)/

const job = (line: string, context: Dialect.Context): Dialect.Line => {
  const row = JOB.exec(line)
  return row === null
    ? Dialect.unread("no header, and no job")
    : Dialect.named(context, row[1] ?? "", "File", line, { owner: Option.fromNullable(row[2]) })
}
