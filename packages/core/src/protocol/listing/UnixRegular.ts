/**
 * The lines of `ls -l` as nearly all servers print them, read in one pass over their characters: long listings consist
 * of them.
 *
 *     -rw-r--r--   1 anna   staff      4711 Mar  9 07:41 report.pdf
 *     └mode─────┘  │ owner  group      size date         └ name
 *                  links
 *
 * Any other line is left to `unix`, which reads these lines too, and in the same way. Neighbours often share all but size
 * and name, and what is shared is recognised by its text, so that only the size is read anew. Values are shared as well: a
 * long listing takes less time and memory.
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
  /** All of the line before, up to the blank after its group. */
  let head = NONE
  let permissions = NONE
  let owners = NONE
  let size = -1
  /** That of the line before, with the blanks on both sides. */
  let date = NONE
  let isDay = false
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

  /** All ahead of the size. */
  const readHead = (line: string): boolean => {
    head = NONE
    if (!line.startsWith(permissions) && !readPermissions(line)) {
      return false
    }
    const modeEnd = UnixMode.MODE_LENGTH + (isMark(line.charCodeAt(UnixMode.MODE_LENGTH)) ? 1 : 0)
    const linksAt = afterBlanks(line, modeEnd)
    const linksEnd = afterDigits(line, linksAt)
    const ownersAt = afterBlanks(line, linksEnd)
    if (linksAt === modeEnd || linksEnd === linksAt || ownersAt === linksEnd) {
      return false
    }
    const isShared = line.startsWith(owners, ownersAt) && line.charCodeAt(ownersAt + owners.length) === SPACE
    if (!isShared && !readOwners(line, ownersAt)) {
      return false
    }
    const end = ownersAt + owners.length
    if (line.charCodeAt(end) !== SPACE) {
      return false
    }
    head = line.slice(0, end + 1)
    return true
  }

  /** Month, day, and time or year; returns where the name starts, -1 for another form. */
  const readDate = (line: string, blanksAt: number): number => {
    const from = afterBlanks(line, blanksAt)
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
      columns.modified = timeOf(-(dayKey * 10_000 + tail), { year: tail, month, day })
      isDay = true
      return tailEnd + 1
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
    columns.modified = timeOf((dayKey * 100 + tail) * 100 + minute, { month, day, hour: tail, minute })
    isDay = false
    return end + 1
  }

  /** What a line before it had, if one had the same date. */
  const timeOf = (key: number, printed: WallClock.Printed): FtpEntry["modified"] => {
    const known = times.get(key)
    if (known !== undefined) {
      return known
    }
    if (times.size >= MAX_TIMES) {
      times.clear()
    }
    const time = clock(printed)
    times.set(key, time)
    return time
  }

  // What follows is in one piece, as a long listing has a hundred thousand of these lines.
  return (line) => {
    if (!line.startsWith(head) && !readHead(line)) {
      return undefined
    }
    let at = head.length
    let unit = line.charCodeAt(at)
    while (unit === SPACE) {
      unit = line.charCodeAt(++at)
    }
    const sizeAt = at
    let bytes = 0
    while (unit >= DIGIT_ZERO && unit <= DIGIT_NINE) {
      bytes = bytes * 10 + unit - DIGIT_ZERO
      unit = line.charCodeAt(++at)
    }
    if (at === sizeAt || at - sizeAt > EXACT_DIGITS || unit !== SPACE) {
      return undefined
    }
    if (line.startsWith(date, at)) {
      columns.nameStart = at + date.length
    } else {
      columns.nameStart = readDate(line, at)
      date = columns.nameStart === -1 ? NONE : line.slice(at, columns.nameStart)
    }
    // A number after a year may be the time of a date with a year: the whole listing decides.
    const first = line.charCodeAt(columns.nameStart)
    if (Number.isNaN(first) || (isDay && first >= DIGIT_ZERO && first <= DIGIT_NINE)) {
      return undefined
    }
    if (bytes !== size) {
      size = bytes
      columns.size = present(bytes)
    }
    return columns
  }
}

/** No line has it. */
const NONE = "\n"

const SPACE = 0x20
const COLON = 0x3a
const DIGIT_ZERO = 0x30
const DIGIT_NINE = 0x39

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
    number = number * 10 + line.charCodeAt(index) - DIGIT_ZERO
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
