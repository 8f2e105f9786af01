/**
 * Paths of data sets of z/OS, and such a path with slashes after it, as a tree that is joined by slashes has them:
 *
 *     'ANNA.'            + /LIB.CNTL            'ANNA.LIB.CNTL'              a prefix holds data sets
 *     'ANNA.LIB.CNTL'    + /MEMBER              'ANNA.LIB.CNTL(MEMBER)'      a data set holds members
 *     (prefix)           + LIB.CNTL/MEMBER      LIB.CNTL(MEMBER)
 *
 * A member holds nothing, so no path is longer. A path that begins with a slash is one of z/OS UNIX.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as NativeName from "./NativeName.ts"
import type { Kind, NoPath } from "./vmsPath.ts"

const QUOTED = /^'([^'/]+)'(.*)$/s
const MEMBER = /^([^()]+)\(([^()]+)\)$/

/** Whether the path begins as those of data sets do. */
export const looksNative = (path: string): boolean =>
  QUOTED.test(path) || NativeName.isMember(MEMBER.exec(path)?.[2] ?? "")

/** Whether slashes are to be replaced before z/OS can be asked for the path. */
export const hasSlashes = (path: string): boolean => QUOTED.exec(path)?.[2]?.startsWith("/") === true

/** Whether it does not depend on the working directory. */
export const isAbsolute = (path: string): boolean => path.startsWith("/") || path.startsWith("'")

/** What a path leads to so far, and what it is part of. */
interface Place {
  readonly text: string
  readonly level: "Prefix" | "DataSet" | "Member"
}

/** A prefix ends in a dot, or is a single qualifier, which no data set is. */
const placeOf = (bare: string): Place =>
  MEMBER.test(bare)
    ? { text: bare, level: "Member" }
    : bare.endsWith(".") || !bare.includes(".")
      ? { text: withDot(bare), level: "Prefix" }
      : { text: bare, level: "DataSet" }

const withDot = (bare: string): string => (bare.endsWith(".") ? bare : `${bare}.`)

/** Whether it is a prefix in quotes: nothing that can be made, as it is there as soon as a data set is. */
export const isPrefix = (path: string): boolean => {
  const [, bare, tail] = QUOTED.exec(Either.getOrElse(toNative(path, "Directory"), () => "")) ?? []
  return bare !== undefined && tail === "" && placeOf(bare).level === "Prefix"
}

/** Why there is no data set that holds members at that path, in words that follow "the path". */
export const noDirectoryReason = (path: string): Option.Option<string> => {
  const [, bare = path, tail = ""] = QUOTED.exec(path) ?? []
  return tail !== "" || bare.includes("/")
    ? Option.none()
    : MEMBER.test(bare)
      ? Option.some("is that of a member: z/OS has no directory in a partitioned data set")
      : bare.endsWith(".")
        ? Option.some("is a prefix, which is there as soon as a data set begins with it")
        : NativeName.unsafeDataSet("", bare)
}

/** One spelling of a prefix or data set, in quotes, for all that are equal to z/OS. */
export const fold = (path: string): string => `'${placeOf(path.slice(1, -1).toUpperCase()).text}'`

/** Whether a folded path is below another one: below a prefix, or a member of a data set. */
export const isBelow = (path: string, directory: string): boolean => {
  const bare = directory.slice(0, -1)
  return path.startsWith(bare.endsWith(".") ? bare : `${bare}(`)
}

/** The path as z/OS takes it, or why no path of it can mean that. */
export const toNative = (path: string, kind: Kind): Either.Either<string, NoPath> => {
  const quoted = QUOTED.exec(path)
  const tail = quoted?.[2] ?? path
  if (quoted === null ? path.startsWith("/") || path.startsWith("'") : !tail.startsWith("/")) {
    return Either.right(path)
  }
  if (!tail.includes("/")) {
    return Either.right(NativeName.inMvs(tail))
  }
  // A relative path begins at the working directory, which is a prefix.
  const start: Place = quoted === null ? { text: "", level: "Prefix" } : placeOf(quoted[1] ?? "")
  const places = [start]
  for (const name of tail.split("/").filter((name) => name !== "" && name !== ".")) {
    const next = name === ".." ? above(places) : below(places.at(-1) ?? start, name)
    if ("reason" in next) {
      return Either.left(next)
    }
    places.push(next)
  }
  const { level, text } = places.at(-1) ?? start
  if (text === "") {
    return Either.left(NO_RELATIVE_NAME)
  }
  return kind === "Directory" && level === "Member"
    ? Either.left({ reason: "MemberAsDirectory", why: "z/OS has no directory in a partitioned data set" })
    : Either.right(quoted === null ? text : `'${text}'`)
}

const NO_RELATIVE_NAME: NoPath = {
  reason: "WorkingDirectory",
  why: "it is the working directory itself, which has no relative name on z/OS"
}

const below = ({ level, text }: Place, name: string): Place | NoPath => {
  const own = NativeName.inMvs(name)
  switch (level) {
    case "Prefix":
      return unless(NativeName.unsafeDataSet(text, name), { text: `${text}${own}`, level: "DataSet" })
    case "DataSet":
      return unless(NativeName.unsafeMember(name), { text: `${text}(${own})`, level: "Member" })
    case "Member":
      return { reason: "BelowMember", why: "z/OS has nothing below a member of a partitioned data set" }
  }
}

const unless = (unsafe: Option.Option<string>, place: Place): Place | NoPath =>
  Option.isSome(unsafe) ? { reason: "Name", why: unsafe.value } : place

/** Takes the last place away, and returns what is to be the last one. */
const above = (places: Array<Place>): Place | NoPath => {
  const last = places.pop()
  const before = places.pop()
  if (before !== undefined) {
    return before
  }
  const dot = last?.text.replace(/\.$/, "").lastIndexOf(".") ?? -1
  return last === undefined || last.level === "Member" || dot === -1
    ? { reason: "AboveRoot", why: "it leads above its first qualifier" }
    : { text: last.text.slice(0, dot + 1), level: "Prefix" }
}

/**
 * The path of a listed entry of a directory. The line of a member begins with its name, that of a data set ends with
 * it.
 */
export const join = (directory: string, { name, raw }: { readonly name: string; readonly raw: string }): string => {
  if (directory === "" || name.startsWith("'")) {
    return name
  }
  const [bare, quote] = unquoted(directory)
  const line = raw.trim()
  return line === name || (line.startsWith(name) && !line.endsWith(` ${name}`))
    ? `${quote}${bare}(${name})${quote}`
    : `${quote}${withDot(bare)}${name}${quote}`
}

const unquoted = (path: string): readonly [string, string] =>
  path.startsWith("'") ? [path.slice(1, -1), "'"] : [path, ""]

/** The directory that holds the path, and its name there. */
export const split = (path: string): { readonly directory: string; readonly name: string } => {
  const [bare, quote] = unquoted(path)
  const member = MEMBER.exec(bare)
  if (member !== null) {
    return { directory: `${quote}${member[1] ?? ""}${quote}`, name: member[2] ?? "" }
  }
  const dot = bare.replace(/\.$/, "").lastIndexOf(".")
  return dot === -1
    ? { directory: "", name: quote === "" ? bare : "" }
    : { directory: `${quote}${bare.slice(0, dot + 1)}${quote}`, name: bare.slice(dot + 1) }
}

/** A pattern in quotes, perhaps one of members. */
const PATTERN = /^'([^'()/]+)(?:\(([^()/]+)\))?'$/

/** The prefix or data set that a pattern begins with, and the pattern of the names there. */
export const splitPattern = (pattern: string): { readonly directory: string; readonly pattern: string } | undefined => {
  const [, bare, members] = PATTERN.exec(pattern) ?? []
  const dot = bare?.lastIndexOf(".", bare.search(/[*?[]|$/)) ?? -1
  return bare === undefined
    ? undefined
    : members !== undefined
      ? { directory: `'${bare}'`, pattern: members }
      : dot === -1
        ? undefined
        : { directory: `'${bare.slice(0, dot + 1)}'`, pattern: bare.slice(dot + 1) }
}
