/**
 * Directory entries as lines of LIST, in the format of one system. Times are in UTC.
 *
 *     drwxr-xr-x    2 ftp      ftp          4096 Mar 09 07:41 old files
 *     03-09-24  07:41AM       <DIR>          old files
 *
 * Names that the system could not have are left out, and so are directories if it has none.
 */
import type * as Listing from "../../protocol/Listing.ts"
import type { FileInfo, NamedInfo } from "../store/FileStore.ts"

/**
 * Whose LIST is imitated; `"Unknown"` is a format that no client can read.
 *
 * @since 0.1.0
 * @category models
 */
export type ListDialect = Listing.DialectName | "Unknown"

/** The lines for a directory, or for one file, without CRLF. */
export const toList = (dialect: ListDialect, entries: ReadonlyArray<NamedInfo>, now: number): ReadonlyArray<string> => [
  ...(HEADS[dialect] ?? []),
  ...entries.flatMap((entry) => LINES[dialect](entry, now))
]

const HEADS: { readonly [D in ListDialect]?: ReadonlyArray<string> } = {
  Vms: ["Directory DISK:[FTP]", ""],
  Mvs: ["Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"],
  NonStop: ["File         Code             EOF  Last Modification    Owner  RWEP"],
  VxWorks: ["  size          date       time       name", "--------       ------     ------    --------"]
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** ls prints the year instead of the minute for what is older than half a Gregorian year, or in the future. */
const RECENT_MILLIS = (365.2425 / 2) * 86_400_000

type Lines = (entry: NamedInfo, now: number) => ReadonlyArray<string>

/** The line if the name is one that the system can have. */
const ifNamed = (names: RegExp, { name }: NamedInfo, line: string): ReadonlyArray<string> =>
  names.test(name) ? [line] : []

const NO_BLANK_FIRST = /^\S/
const NO_BLANK_AROUND = /^\S(?:.*\S)?$/

const LINES: { readonly [D in ListDialect]: Lines } = {
  Unix: ({ info, name }, now) => {
    const links = info.type === "Directory" ? 2 : 1
    const target = info.linkTarget === undefined || LINE_END.test(info.linkTarget) ? "" : ` -> ${info.linkTarget}`
    const owners = `${info.owner.padEnd(8)} ${info.group.padEnd(8)}`
    return [
      `${modeText(info)} ${String(links).padStart(4)} ${owners} ${sizeOf(info, 12)} ${unixTime(timeOf(info), now)} ${name}${target}`
    ]
  },
  Dos: ({ info, name }) => {
    const at = new Date(timeOf(info))
    const hour = at.getUTCHours()
    const time = `${two(hour % 12 === 0 ? 12 : hour % 12)}:${two(at.getUTCMinutes())}${hour < 12 ? "AM" : "PM"}`
    const size = info.type === "Directory" ? "      <DIR>         " : sizeOf(info, 20)
    return [`${usDate(info, "-")}  ${time} ${size} ${name}`]
  },
  Eplf: ({ info, name }) => [
    `+i${info.unique},m${Math.floor(timeOf(info) / 1000)},${info.type === "Directory" ? "/" : `r,s${info.size}`},\t${name}`
  ],
  Vms: (entry) => {
    const { info, name } = entry
    const full = info.type === "Directory" ? `${name}.DIR;1` : `${name};1`
    const facts = `${Math.ceil(info.size / 512)}/${Math.ceil(info.size / 512) + 3}`.padEnd(8)
    const rest = `${facts} ${monthDate(info, "DMY")} ${clock(info)}  [FTP]  (RWED,RWED,RE,RE)`
    return !/^[^\s;]{1,200}$/.test(name)
      ? []
      : full.length > 19
        ? [full, " ".repeat(20) + rest]
        : [`${full.padEnd(19)} ${rest}`]
  },
  Os400: (entry) => {
    const { info, name } = entry
    const [object, slash] = info.type === "Directory" ? ["*DIR", "/"] : ["*STMF", ""]
    return ifNamed(
      NO_BLANK_FIRST,
      entry,
      `FTP       ${sizeOf(info, 12)} ${usDate(info, "/")} ${clock(info)} ${object.padEnd(10)} ${name}${slash}`
    )
  },
  Mvs: (entry) => {
    const organisation = entry.info.type === "Directory" ? "PO" : "PS"
    const date = iso(entry.info).slice(0, 10).replaceAll("-", "/")
    return ifNamed(
      /^[\w@#$.-]{1,44}$/,
      entry,
      `WORK01 3390   ${date}  1    1  VB     256 27998  ${organisation}  ${entry.name}`
    )
  },
  NetWare: (entry, now) => {
    const { info, name } = entry
    const kind = info.type === "Directory" ? "d" : "-"
    return ifNamed(
      NO_BLANK_FIRST,
      entry,
      `${kind} [RWCEAFMS] ${info.owner.padEnd(12)} ${sizeOf(info, 12)} ${unixTime(timeOf(info), now)} ${name}`
    )
  },
  Os2: (entry) => {
    const { info, name } = entry
    const size = info.type === "Directory" ? `${"0".padStart(18)}     DIR` : `${sizeOf(info, 18)}       A`
    return ifNamed(NO_BLANK_FIRST, entry, `${size}  ${usDate(info, "-")}  ${clock(info).slice(0, 5)}  ${name}`)
  },
  NonStop: (entry) =>
    entry.info.type === "Directory"
      ? []
      : ifNamed(
          /^[A-Z][A-Z\d]{0,7}$/,
          entry,
          `${entry.name.padEnd(12)} 101 ${sizeOf(entry.info, 15)}  ${monthDate(entry.info, "DMY")} ${clock(entry.info)}  255,255 "oooo"`
        ),
  Zvm: (entry) => {
    const [name = "", type = ""] = entry.name.split(".")
    const isDirectory = entry.info.type === "Directory"
    const format = isDirectory
      ? "DIR      -          -          -          -"
      : `${type.padEnd(8)} V         80          1          1`
    return ifNamed(
      isDirectory ? /^[^\s/.]{1,8}$/ : /^[^\s/.]{1,8}\.[^\s/.]{1,8}$/,
      entry,
      `${name.padEnd(8)} ${format} ${iso(entry.info).slice(0, 10)} ${clock(entry.info)} FTP191`
    )
  },
  VxWorks: (entry) => {
    const { info, name } = entry
    const tag = info.type === "Directory" ? " <DIR>" : ""
    return ifNamed(
      NO_BLANK_AROUND,
      entry,
      `${sizeOf(info, 8)}    ${monthDate(info, "MDY")}  ${clock(info)}   ${tag === "" ? name : name.padEnd(17)}${tag}`
    )
  },
  ConnectEnterprise: ({ info, name }, now) =>
    info.type === "Directory"
      ? []
      : [`-C--E-----FTP B ${info.owner.padEnd(8)}    18128 ${sizeOf(info, 12)} ${unixTime(timeOf(info), now)} ${name}`],
  Unknown: ({ info, name }) => [`<li>${name}</li> ${info.type === "Directory" ? "folder" : `~${info.size}`}`]
}

const sizeOf = ({ size }: FileInfo, width: number): string => String(size).padStart(width)

/** No line of LIST is without a time. */
const timeOf = ({ modified }: FileInfo): number => modified ?? 0

const iso = (info: FileInfo): string => new Date(timeOf(info)).toISOString()

const clock = (info: FileInfo): string => iso(info).slice(11, 19)

/** `03-09-24`. */
const usDate = (info: FileInfo, mark: string): string => {
  const date = iso(info)
  return [date.slice(5, 7), date.slice(8, 10), date.slice(2, 4)].join(mark)
}

/** `09-MAR-2024`, or `MAR-09-2024`. */
const monthDate = (info: FileInfo, order: "DMY" | "MDY"): string => {
  const at = new Date(timeOf(info))
  const month = (MONTHS[at.getUTCMonth()] ?? "Jan").toUpperCase()
  const day = two(at.getUTCDate())
  return `${order === "DMY" ? `${day}-${month}` : `${month}-${day}`}-${at.getUTCFullYear()}`
}

/** What would break a line in two. */
export const LINE_END = /[\0\r\n]/

const modeText = ({ mode, type }: FileInfo): string => {
  const kind = type === "Directory" ? "d" : type === "SymbolicLink" ? "l" : "-"
  const triple = (bits: number, special: boolean, letter: string): string => {
    const execute = (bits & 1) === 1
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-"
    return `${(bits & 4) > 0 ? "r" : "-"}${(bits & 2) > 0 ? "w" : "-"}${last}`
  }
  return `${kind}${triple(mode >> 6, (mode & 0o4000) > 0, "s")}${triple(mode >> 3, (mode & 0o2000) > 0, "s")}${triple(mode, (mode & 0o1000) > 0, "t")}`
}

const unixTime = (millis: number, now: number): string => {
  const at = new Date(millis)
  const recent = millis > now - RECENT_MILLIS && millis <= now
  const rest = recent ? `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}` : String(at.getUTCFullYear()).padStart(5)
  return `${MONTHS[at.getUTCMonth()] ?? "Jan"} ${two(at.getUTCDate())} ${rest}`
}

const two = (value: number): string => String(value).padStart(2, "0")
