/**
 * Directory entries as lines: LIST in a dialect, MLSx facts (RFC 3659 §7.2).
 *
 *     drwxr-xr-x    2 ftp      ftp          4096 Mar 09 07:41 old files
 *     type=file;size=4711;modify=20240309074100;UNIX.mode=0644; report.pdf
 */
import * as DateTime from "effect/DateTime"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as Timestamp from "../../protocol/Timestamp.ts"
import type { FileInfo, NamedInfo } from "../store/FileStore.ts"

/** Whose LIST is imitated; `"Unknown"` is a format that no client can read. */
export type ListDialect = "Unix" | "Dos" | "Unknown"

/**
 * How MLSD writes its lines.
 *
 * - `Regular`: as RFC 3659 §7.2 has it.
 * - `SpacesInValues`: the group is `domain users`, its space unquoted (ProFTPD before 1.3.8).
 * - `SpaceFirst`: a space ahead of the facts.
 * - `SpacesBetween`: a space after each fact.
 * - `Tab`: a tab between the facts and the name.
 * - `AbsoluteNames`: the whole path instead of the name.
 * - `LikeList`: the lines of LIST.
 */
export type MlsdStyle =
  | "Regular"
  | "SpacesInValues"
  | "SpaceFirst"
  | "SpacesBetween"
  | "Tab"
  | "AbsoluteNames"
  | "LikeList"

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** ls prints the year instead of the minute for what is older than half a Gregorian year, or in the future. */
const RECENT_MILLIS = (365.2425 / 2) * 86_400_000

/** The line of LIST without CRLF, times in UTC. */
export const toList = (dialect: ListDialect, entry: NamedInfo, now: number): string => LIST[dialect](entry, now)

const LIST: { readonly [D in ListDialect]: (entry: NamedInfo, now: number) => string } = {
  Unix: ({ info, name }, now) => {
    const links = info.type === "Directory" ? 2 : 1
    const target = info.linkTarget === undefined || LINE_END.test(info.linkTarget) ? "" : ` -> ${info.linkTarget}`
    const owners = `${info.owner.padEnd(8)} ${info.group.padEnd(8)}`
    return `${modeText(info)} ${String(links).padStart(4)} ${owners} ${String(info.size).padStart(12)} ${unixTime(timeOf(info), now)} ${name}${target}`
  },
  Dos: ({ info, name }) => {
    const at = new Date(timeOf(info))
    const hour = at.getUTCHours()
    const date = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}-${two(at.getUTCFullYear() % 100)}`
    const time = `${two(hour % 12 === 0 ? 12 : hour % 12)}:${two(at.getUTCMinutes())}${hour < 12 ? "AM" : "PM"}`
    const size = info.type === "Directory" ? "      <DIR>         " : String(info.size).padStart(20)
    return `${date}  ${time} ${size} ${name}`
  },
  Unknown: ({ info, name }) => `<li>${name}</li> ${info.type === "Directory" ? "folder" : `~${info.size}`}`
}

/** No line of LIST is without a time. */
const timeOf = ({ modified }: FileInfo): number => modified ?? 0

/** What would break a line in two. */
const LINE_END = /[\0\r\n]/

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

/** The facts that can be asked for by OPTS MLST, in the order in which they are printed. */
export const FACTS = ["type", "size", "modify", "perm", "unique", "UNIX.mode", "UNIX.owner", "UNIX.group"] as const

export type Fact = (typeof FACTS)[number]

/**
 * What MLSx prints depends on: the facts that are on, whether writing is possible, and for MLSD whether the entry is
 * the directory itself or its parent.
 */
export interface FactOptions {
  readonly facts: ReadonlySet<Fact>
  readonly readOnly: boolean
  readonly self?: "cdir" | "pdir" | undefined
}

/** The line of MLSx without CRLF, and without the space that MLST puts in front. */
export const toFacts = (entry: NamedInfo, options: FactOptions): string =>
  `${factsOf(entry.info, options).join("")} ${entry.name}`

/** The line of MLSD for an entry of that directory, in another style than LIST's. */
export const toMlsd = (
  style: Exclude<MlsdStyle, "LikeList">,
  directory: string,
  { info, name }: NamedInfo,
  options: FactOptions
): string => {
  switch (style) {
    case "Regular":
      return toFacts({ name, info }, options)
    case "SpacesInValues":
      return toFacts({ name, info: { ...info, group: "domain users" } }, options)
    case "SpaceFirst":
      return ` ${toFacts({ name, info }, options)}`
    case "SpacesBetween":
      return [...factsOf(info, options), name].join(" ")
    case "Tab":
      return `${factsOf(info, options).join("")}\t${name}`
    case "AbsoluteNames":
      return toFacts({ name: RemotePath.join(directory, name), info }, options)
  }
}

const factsOf = (info: FileInfo, options: FactOptions): ReadonlyArray<string> =>
  FACTS.flatMap((fact) => {
    const value = options.facts.has(fact) ? factOf(fact, info, options) : undefined
    return value === undefined ? [] : [`${fact}=${value};`]
  })

const factOf = (fact: Fact, info: FileInfo, options: FactOptions): string | undefined => {
  switch (fact) {
    case "type":
      return options.self ?? typeFact(info)
    case "size":
      return info.type === "File" ? String(info.size) : undefined
    case "modify":
      return info.modified === undefined ? undefined : Timestamp.format(DateTime.unsafeMake(info.modified))
    case "perm":
      return info.type === "Directory" ? (options.readOnly ? "el" : "cdeflmp") : options.readOnly ? "r" : "adfrw"
    case "unique":
      return info.unique
    case "UNIX.mode":
      return `0${info.mode.toString(8).padStart(3, "0")}`
    case "UNIX.owner":
      return info.owner
    case "UNIX.group":
      return info.group
  }
}

/** ProFTPD's two forms: a target that holds the fact's own end mark, or that of the line, can't be written. */
const typeFact = ({ linkTarget, type }: FileInfo): string =>
  type === "Directory"
    ? "dir"
    : type === "File"
      ? "file"
      : linkTarget === undefined || linkTarget.includes(";") || LINE_END.test(linkTarget)
        ? "OS.unix=symlink"
        : `OS.unix=slink:${linkTarget}`
