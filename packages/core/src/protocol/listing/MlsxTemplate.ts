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

/** The last time, which neighbours often share: a long listing takes less memory then. */
export interface LastTime {
  /** Milliseconds since 1970; -1 if it is none of whole seconds. */
  millis: number
  value: FtpEntry["modified"]
}

/** `YYYYMMDDhhmmss`. */
const USUAL_DIGITS = 14

const timeAt = (last: LastTime, line: string, start: number, end: number): FtpEntry["modified"] => {
  if (end - start !== USUAL_DIGITS) {
    return Timestamp.parseAt(line, start, end)
  }
  const millis = Timestamp.secondsAt(line, start)
  if (millis === undefined) {
    return Option.none()
  }
  if (millis !== last.millis) {
    last.millis = millis
    last.value = Timestamp.inSeconds(millis)
  }
  return last.value
}

/** Keeps the time of a line that was read otherwise. */
export const remember = (last: LastTime, time: FtpEntry["modified"]): void => {
  if (Option.isSome(time) && time.value.precision === "Second") {
    last.millis = time.value.at.epochMillis
    last.value = time
  }
}

/** Whether the text stands there. A slice is no copy, and is compared by words; `startsWith` goes by characters. */
const standsAt = (line: string, text: string, at: number): boolean => line.slice(at, at + text.length) === text

export interface Template {
  /** What is before, between and after the values: the last one ends with the space before the name. */
  readonly parts: ReadonlyArray<string>
  readonly varying: ReadonlyArray<Varying>
  readonly facts: Facts
}

/** That of a line whose name starts there. */
export const make = (line: string, nameStart: number, values: ReadonlyArray<Value>, facts: Facts): Template => {
  const starts = [0, ...values.map(({ end }) => end)]
  return {
    parts: starts.map((start, index) => line.slice(start, values[index]?.start ?? nameStart)),
    varying: values.map(({ fact }) => fact),
    facts: { ...facts }
  }
}

/** Reads the facts of a line into `facts`, and returns where its name starts; -1 if the line is another one. */
export const read = (
  { facts: common, parts, varying }: Template,
  line: string,
  space: number,
  facts: Collected,
  last: LastTime
): number => {
  const [first = ""] = parts
  if (!standsAt(line, first, 0)) {
    return -1
  }
  let start = first.length
  let at = 0
  facts.size = common.size
  facts.modified = common.modified
  facts.unique = common.unique
  for (const fact of varying) {
    const end = line.indexOf(";", start)
    const next = parts[++at] ?? ""
    if (end === -1 || end > space || !standsAt(line, next, end)) {
      return -1
    }
    switch (fact) {
      case "size":
        facts.size = WholeNumber.parseAt(line, start, end)
        break
      case "modify":
        facts.modified = timeAt(last, line, start, end)
        break
      case "unique":
        facts.unique = end === start ? Option.none() : present(line.slice(start, end))
        break
    }
    start = end + next.length
  }
  if (start !== space + 1) {
    return -1
  }
  facts.type = common.type
  facts.self = common.self
  facts.mode = common.mode
  facts.owner = common.owner
  facts.group = common.group
  facts.linkTarget = common.linkTarget
  return start
}
