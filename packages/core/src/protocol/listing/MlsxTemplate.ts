/**
 * What the lines of a listing by MLSD have in common. Most differ in three values, and in the name:
 *
 *     modify=20231014172011;perm=adfrw;size=4711;type=file;unique=801U1000;UNIX.mode=0644; report.pdf
 *     └parts─┘value         └parts──────────┘    └parts──────────┘        └parts──────────┘
 *
 * So a line is compared with what a line before it has around these values, in a few steps, and says the same of the
 * rest.
 */

import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import { present } from "../present.ts"
import * as Timestamp from "../Timestamp.ts"
import * as WholeNumber from "../WholeNumber.ts"

type Field = "size" | "modified" | "mode" | "owner" | "group" | "unique"

/** What a line says of its entry. */
export interface Facts extends Pick<FtpEntry, Field | "linkTarget"> {
  readonly type: FtpEntryType
  /** The listed directory or its parent. */
  readonly self: boolean
}

/** The same, while it is collected. */
export type Collected = { -readonly [field in keyof Facts]: Facts[field] }

/** Facts that nearly each line has a value of its own for. */
export type Varying = "size" | "modify" | "unique"

const VARYING: ReadonlyMap<string, Varying> = new Map([
  ["size=", "size"],
  ["modify=", "modify"],
  ["unique=", "unique"]
])

/** The fact of that name, its `=` included, if it is one of them. */
export const varyingOf = (name: string): Varying | undefined => VARYING.get(name.toLowerCase())

/** Where the value of such a fact is in a line. */
export interface Value {
  readonly fact: Varying
  readonly start: number
  readonly end: number
}

/**
 * Times of lines before, which others of the listing often share: a long listing takes less time and memory then. Each
 * has a place by its seconds, so that a listing whose times all differ costs no search.
 */
export interface Times {
  /** Milliseconds since 1970, by place. */
  readonly millis: Array<number>
  readonly values: Array<FtpEntry["modified"]>
}

export const makeTimes = (): Times => ({ millis: [], values: [] })

/** A power of two. */
const MAX_TIMES = 128

/** `YYYYMMDDhhmmss`. */
const USUAL_DIGITS = 14

const timeAt = (times: Times, line: string, start: number, end: number): FtpEntry["modified"] => {
  if (end - start !== USUAL_DIGITS) {
    return Timestamp.parseAt(line, start, end)
  }
  const millis = Timestamp.secondsAt(line, start)
  if (millis === undefined) {
    return Option.none()
  }
  const place = placeOf(millis)
  const known = times.values[place]
  if (known !== undefined && times.millis[place] === millis) {
    return known
  }
  const value = Timestamp.inSeconds(millis)
  times.millis[place] = millis
  times.values[place] = value
  return value
}

const placeOf = (millis: number): number => (millis / 1000) & (MAX_TIMES - 1)

/** Keeps the time of a line that was read otherwise. */
export const remember = (times: Times, time: FtpEntry["modified"]): void => {
  if (Option.isSome(time) && time.value.precision === "Second") {
    const millis = time.value.at.epochMillis
    times.millis[placeOf(millis)] = millis
    times.values[placeOf(millis)] = time
  }
}

export interface Template {
  /** What is before, between and after the values: the last one ends with the space before the name. */
  readonly parts: ReadonlyArray<string>
  readonly varying: ReadonlyArray<Varying>
  readonly facts: Facts
}

/** Lines of servers are shorter. A search in a line takes, at worst, its length times that of what is searched for. */
const MAX_LENGTH = 1024

/** That of a line whose name starts there. */
export const make = (line: string, nameStart: number, values: ReadonlyArray<Value>, facts: Facts): Template => {
  const starts = [0, ...values.map(({ end }) => end)]
  return {
    parts: starts.map((start, index) => line.slice(start, values[index]?.start ?? nameStart)),
    varying: values.map(({ fact }) => fact),
    facts: { ...facts }
  }
}

/** An entry of that name. */
export const entryOf = (facts: Facts, name: string, path: string, raw: string): FtpEntry => ({
  name,
  path,
  type: facts.type,
  size: facts.size,
  modified: facts.modified,
  mode: facts.mode,
  owner: facts.owner,
  group: facts.group,
  linkTarget: facts.linkTarget,
  unique: facts.unique,
  raw
})

/**
 * The entry of a line with a space before its name there; undefined if the line is not like the template. `prefix` is
 * what all paths of the listed directory begin with.
 */
export const read = (
  { facts, parts, varying }: Template,
  line: string,
  space: number,
  prefix: string,
  times: Times
): FtpEntry | undefined => {
  const [first = ""] = parts
  // Searches make no object, and compare by words: slices are made, and `startsWith` goes by characters.
  if (line.length > MAX_LENGTH || line.indexOf(first) !== 0) {
    return undefined
  }
  let start = first.length
  let at = 0
  let size = facts.size
  let modified = facts.modified
  let unique = facts.unique
  for (const fact of varying) {
    const next = parts[++at] ?? ""
    const end = line.indexOf(next, start)
    if (end === -1 || end > space) {
      return undefined
    }
    let isRead = false
    switch (fact) {
      case "size":
        size = WholeNumber.parseAt(line, start, end)
        isRead = Option.isSome(size)
        break
      case "modify":
        modified = timeAt(times, line, start, end)
        isRead = Option.isSome(modified)
        break
      case "unique":
        unique = end === start ? Option.none() : present(line.slice(start, end))
        break
    }
    // Else what is before `next` may be more than one fact.
    if (!isRead && line.indexOf(";", start) !== end) {
      return undefined
    }
    start = end + next.length
  }
  if (start !== space + 1) {
    return undefined
  }
  const name = line.slice(start)
  // Not by `entryOf`: an object of facts would be made for each line.
  return {
    name,
    path: prefix + name,
    type: facts.type,
    size,
    modified,
    mode: facts.mode,
    owner: facts.owner,
    group: facts.group,
    linkTarget: facts.linkTarget,
    unique,
    raw: line
  }
}
