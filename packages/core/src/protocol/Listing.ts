/**
 * A whole listing: lines in, entries out, and the lines that no dialect could read.
 *
 *     lines ──► the dialects, until one is ahead ──► without `.` and `..` ──► entries
 *                                              └──► unread lines
 *
 * One bad line is a warning. Unread lines are counted, and only the first are kept, cut. No entries but unread lines
 * mean "unknown format", never "empty directory": the caller fails on it, as a mirror would otherwise delete the other
 * side.
 *
 * A dialect is one file in `listing/` and one line in `DIALECTS`.
 */
import * as DateTime from "effect/DateTime"
import type { FtpEntry } from "./FtpEntry.ts"
import { connectEnterprise } from "./listing/connectEnterprise.ts"
import type { Context, Dialect } from "./listing/Dialect.ts"
import { dos } from "./listing/dos.ts"
import { eplf } from "./listing/eplf.ts"
import { mlsx } from "./listing/mlsx.ts"
import { mvs } from "./listing/mvs.ts"
import type { DateOrder } from "./listing/NumericDate.ts"
import { netWare } from "./listing/netWare.ts"
import { nonStop } from "./listing/nonStop.ts"
import { os2 } from "./listing/os2.ts"
import { os400 } from "./listing/os400.ts"
import * as Race from "./listing/Race.ts"
import type * as Reading from "./listing/Reading.ts"
import { unix } from "./listing/unix.ts"
import { vms } from "./listing/vms.ts"
import { vxWorks } from "./listing/vxWorks.ts"
import { zvm } from "./listing/zvm.ts"

export { excerpt } from "./listing/Reading.ts"

/** The dialects of LIST in the order in which they are tried; of those that read equally many lines the first wins. */
const DIALECTS = [
  unix,
  dos,
  eplf,
  vms,
  os400,
  mvs,
  netWare,
  os2,
  nonStop,
  zvm,
  vxWorks,
  connectEnterprise
] as const satisfies ReadonlyArray<Dialect<DialectName>>

/**
 * The dialects of LIST by name.
 *
 * @since 0.1.0
 * @category models
 */
export type DialectName =
  | "Unix"
  | "Dos"
  | "Eplf"
  | "Vms"
  | "Os400"
  | "Mvs"
  | "NetWare"
  | "Os2"
  | "NonStop"
  | "Zvm"
  | "VxWorks"
  | "ConnectEnterprise"

/** The names of all dialects of LIST. */
export const dialectNames: ReadonlyArray<DialectName> = DIALECTS.map(({ name }) => name)

/**
 * `directory` is the listed one, for the paths of the entries. `now` is what a date without a year is guessed from, by
 * the server's clock if that is known. `zone` is where the times of LIST are read, default UTC.
 */
export interface Options {
  readonly directory: string
  readonly now: DateTime.Utc
  readonly zone?: DateTime.TimeZone | undefined
  /** Where `zone` comes from. Default: the caller, or nowhere if there is none. */
  readonly zoneFrom?: Context["zoneFrom"] | undefined
  /** The only dialect to read with. Default: the lines decide. */
  readonly dialect?: DialectName | undefined
  /** The dialect to try first: that of the host's last listing, say. Another one counts if it reads more lines. */
  readonly preferred?: DialectName | undefined
  /** How dates of numbers are read if a listing does not show it. Default: by what is usual in the dialect. */
  readonly dateOrder?: DateOrder | undefined
  /** How many entries are taken. Default `MAX_ENTRIES`. */
  readonly maxEntries?: number | undefined
}

/** Larger directories are an attack or a mistake. An entry takes up to a kilobyte of memory. */
export const MAX_ENTRIES = 1_000_000

/** What a listing says: see `Reading`. */
export type Listed<Name extends string = DialectName> = Reading.Listed<Name>

/** Reads a listing line by line. */
export interface Reader<out Name extends string = DialectName> {
  /** Takes the next line, without its end; false when there are more entries than allowed. */
  readonly take: (line: string) => boolean
  /** Entries that no later line changes, each once; they are no longer kept, and `end` returns the others. */
  readonly ready: () => ReadonlyArray<FtpEntry>
  /** To be called once, after the last line. */
  readonly end: () => Listed<Name>
}

/** Reads the lines of LIST. The time is linear in their length. */
export const reader = (options: Options): Reader => readerWith(DIALECTS, options)

/** Reads the lines of MLSD. `facts` are the names that FEAT lists, lower case; default none is known. */
export const mlsdReader = (
  options: Omit<Options, "dialect" | "preferred"> & { readonly facts?: ReadonlySet<string> | undefined }
): Reader<"Mlsx"> => readerWith([mlsx(options.facts)], options)

/** Reads lines with one of the dialects given. */
export const readerWith = <Name extends string>(
  dialects: readonly [Dialect<Name>, ...Array<Dialect<Name>>],
  {
    dateOrder,
    dialect,
    directory,
    maxEntries = MAX_ENTRIES,
    now,
    preferred,
    zone,
    zoneFrom = zone === undefined ? "Assumed" : "Configured"
  }: Omit<Options, "dialect" | "preferred"> & {
    readonly dialect?: Name | undefined
    readonly preferred?: Name | undefined
  }
): Reader<Name> => {
  const context: Context = { directory, now, zone: zone ?? DateTime.zoneMakeOffset(0), zoneFrom, dateOrder }
  const first = dialects.find(({ name }) => name === (dialect ?? preferred)) ?? dialects[0]
  const others = dialect === undefined ? dialects.filter((other) => other !== first) : []
  const race = Race.make([first, ...others], context)
  return {
    take: (line) => race.take(line) <= maxEntries,
    ready: race.ready,
    end: race.end
  }
}
