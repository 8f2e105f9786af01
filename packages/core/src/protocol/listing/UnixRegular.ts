/**
 * The lines of `ls -l` as nearly all servers print them, read in one pass over their characters: long listings consist
 * of them.
 *
 *     -rw-r--r--   1 anna   staff      4711 Mar  9 07:41 report.pdf
 *     └mode─────┘  │ owner  group      size date         └ name
 *                  links
 *
 * Any other line is left to `unix`, which reads these lines too, and in the same way. Neighbours often share their
 * columns, so the values of a column are shared as well: a long listing takes less time and memory.
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import { present } from "../present.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as MonthWord from "./MonthWord.ts"
import * as UnixMode from "./UnixMode.ts"
import type * as WallClock from "./WallClock.ts"

/** What a line says ahead of its name, and where that starts. Lent until the next line. */
export interface Columns extends Pick<FtpEntry, "type" | "size" | "modified" | "mode" | "owner" | "group"> {
  readonly nameStart: number
}

/** Reads the lines of one listing; undefined for a line of another form. */
export type Reader = (line: string) => Columns | undefined

export const make = (clock: (printed: WallClock.Printed) => FtpEntry["modified"]): Reader => {
  const columns: { -readonly [field in keyof Columns]: Columns[field] } = {
    type: "Other",
    size: Option.none(),
    modified: Option.none(),
    mode: Option.none(),
    owner: Option.none(),
    group: Option.none(),
    nameStart: 0
  }
  let permissions = NONE
  let owners = NONE
  let size = -1
  let date = 0
  /** By the number that stands for the date. */
  const times = new Map<number, FtpEntry["modified"]>()

  const readPermissions = (line: string): boolean => {
    const read = UnixMode.read(line)
    if (read === undefined || Option.isNone(read.mode) || read.type === "Other") {
      return false
    }
    permissions = line.slice(0, UnixMode.MODE_LENGTH)
    columns.type = read.type
    columns.mode = read.mode
    return true
  }

  /** Owner and group, with the blanks between them. */
  const readOwners = (line: string, from: number): boolean => {
    const owner = wordAt(line, from)
    const groupAt = afterBlanks(line, from + owner.length)
    const group = wordAt(line, groupAt)
    if (!isPlain(owner) || !isPlain(group) || mayBeDate(owner, group)) {
      return false
    }
    owners = line.slice(from, groupAt + group.length)
    columns.owner = Option.some(owner)
    columns.group = Option.some(group)
    return true
  }

  /** Whether a line before it had that date. */
  const isKnown = (key: number): boolean => {
    if (key === date) {
      return true
    }
    const time = times.get(key)
    if (time === undefined) {
      return false
    }
    date = key
    columns.modified = time
    return true
  }
  const learn = (key: number, printed: WallClock.Printed): void => {
    if (times.size >= MAX_TIMES) {
      times.clear()
    }
    date = key
    columns.modified = clock(printed)
    times.set(key, columns.modified)
  }

  /** Month, day, and time or year; returns where the name starts, -1 for another form. */
  const readDate = (line: string, from: number): number => {
    const month = monthAt(line, from)
    const dayAt = afterBlanks(line, from + MONTH_LENGTH)
    const dayEnd = afterDigits(line, dayAt)
    const day = numberIn(line, dayAt, dayEnd)
    const tailAt = afterBlanks(line, dayEnd)
    const tailEnd = afterDigits(line, tailAt)
    const tail = numberIn(line, tailAt, tailEnd)
    if (
      month === 0 ||
      dayAt === from + MONTH_LENGTH ||
      day < 1 ||
      day > 31 ||
      dayEnd - dayAt > 2 ||
      tailAt === dayEnd
    ) {
      return -1
    }
    const dayKey = month * 32 + day
    if (tailEnd - tailAt === YEAR_LENGTH && line.charCodeAt(tailEnd) === SPACE) {
      const key = -(dayKey * 10_000 + tail)
      if (!isKnown(key)) {
        learn(key, { year: tail, month, day })
      }
      // It may be the time of a date with a year: the whole listing decides.
      return WholeNumber.isDigit(line.charCodeAt(tailEnd + 1)) ? -1 : tailEnd + 1
    }
    const end = afterDigits(line, tailEnd + 1)
    const length = tailEnd - tailAt
    if (
      (length !== 1 && length !== 2) ||
      line.charCodeAt(tailEnd) !== COLON ||
      end - tailEnd !== 3 ||
      line.charCodeAt(end) !== SPACE
    ) {
      return -1
    }
    const minute = numberIn(line, tailEnd + 1, end)
    const key = (dayKey * 100 + tail) * 100 + minute
    if (!isKnown(key)) {
      learn(key, { month, day, hour: tail, minute })
    }
    return end + 1
  }

  return (line) => {
    if (!line.startsWith(permissions) && !readPermissions(line)) {
      return undefined
    }
    const modeEnd = UnixMode.MODE_LENGTH + (isMark(line.charCodeAt(UnixMode.MODE_LENGTH)) ? 1 : 0)
    const linksAt = afterBlanks(line, modeEnd)
    const linksEnd = afterDigits(line, linksAt)
    const ownersAt = afterBlanks(line, linksEnd)
    if (linksAt === modeEnd || linksEnd === linksAt || ownersAt === linksEnd) {
      return undefined
    }
    const isShared = line.startsWith(owners, ownersAt) && line.charCodeAt(ownersAt + owners.length) === SPACE
    if (!isShared && !readOwners(line, ownersAt)) {
      return undefined
    }
    const sizeAt = afterBlanks(line, ownersAt + owners.length)
    const sizeEnd = afterDigits(line, sizeAt)
    const monthAt = afterBlanks(line, sizeEnd)
    const digits = sizeEnd - sizeAt
    if (digits === 0 || digits > EXACT_DIGITS || sizeAt === ownersAt + owners.length || monthAt === sizeEnd) {
      return undefined
    }
    columns.nameStart = readDate(line, monthAt)
    if (columns.nameStart === -1 || columns.nameStart >= line.length) {
      return undefined
    }
    const bytes = numberIn(line, sizeAt, sizeEnd)
    if (bytes !== size) {
      size = bytes
      columns.size = present(bytes)
    }
    return columns
  }
}

/** No line starts with it. */
const NONE = "\n"

const SPACE = 0x20
const COLON = 0x3a

/** Marks of ACLs, of SELinux and of macOS: `+`, `.`, `@`. */
const isMark = (unit: number): boolean => unit === 0x2b || unit === 0x2e || unit === 0x40

/** Any number of so many digits is exact. */
const EXACT_DIGITS = 15

const MONTH_LENGTH = 3
const YEAR_LENGTH = 4

/** Times that are kept for other lines; a listing has few, or nearly as many as lines. */
const MAX_TIMES = 4096

const afterBlanks = (line: string, from: number): number => {
  let index = from
  while (line.charCodeAt(index) === SPACE) {
    index += 1
  }
  return index
}

const afterDigits = (line: string, from: number): number => {
  let index = from
  while (WholeNumber.isDigit(line.charCodeAt(index))) {
    index += 1
  }
  return index
}

const numberIn = (line: string, from: number, to: number): number => {
  let number = 0
  for (let index = from; index < to; index++) {
    number = number * 10 + line.charCodeAt(index) - 0x30
  }
  return number
}

const wordAt = (line: string, from: number): string => {
  const end = line.indexOf(" ", from)
  return line.slice(from, end === -1 ? line.length : end)
}

/** ASCII, and no date of numbers. */
const isPlain = (word: string): boolean => /^[!-~]+$/.test(word) && !/^\d.*[-/.]/.test(word)

/** Whether an owner and a group are a month and a day: with a size that looks like a year they would be the date. */
const mayBeDate = (owner: string, group: string): boolean =>
  WholeNumber.isDigit(owner.charCodeAt(0)) !== WholeNumber.isDigit(group.charCodeAt(0)) &&
  (Option.isSome(MonthWord.parse(owner)) || Option.isSome(MonthWord.parse(group)))

/** English and shortened, as most servers print it: 1 to 12, or 0. */
const monthAt = (line: string, from: number): number =>
  MONTHS.get(codeOf(line.charCodeAt(from), line.charCodeAt(from + 1), line.charCodeAt(from + 2))) ?? 0

const codeOf = (first: number, second: number, third: number): number => (first << 16) | (second << 8) | third

const MONTHS: ReadonlyMap<number, number> = new Map(
  "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    .split(" ")
    .map((word, index): [number, number] => [
      codeOf(word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2)),
      index + 1
    ])
)
