/**
 * Directory entries as MLSx facts (RFC 3659 §7.2).
 *
 *     type=file;size=4711;modify=20240309074100;UNIX.mode=0644; report.pdf
 */
import * as DateTime from "effect/DateTime"
import * as RemotePath from "../../protocol/RemotePath.ts"
import * as Timestamp from "../../protocol/Timestamp.ts"
import type { FileInfo, NamedInfo } from "../store/FileStore.ts"
import { LINE_END } from "./ListLine.ts"

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
 *
 * @since 0.1.0
 * @category models
 */
export type MlsdStyle =
  | "Regular"
  | "SpacesInValues"
  | "SpaceFirst"
  | "SpacesBetween"
  | "Tab"
  | "AbsoluteNames"
  | "LikeList"

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
