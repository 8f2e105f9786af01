/**
 * The listing of `ls -l`, which most servers imitate, IIS in its UNIX style and Peter's Macintosh server among them.
 *
 *     drwxrwsr-t   7 anna   staff      4096 Nov 30  2019 old files
 *     └mode─────┘  │ owner  group      size date         └ name: all behind ONE space
 *                  links
 *
 * Owners and groups may be missing or hold spaces, so the date is the anchor: the first date with a number before it.
 * Everything before it is read backwards, everything after it is the name.
 *
 * The `*`, `@` and `/` that `ls -F` adds are not stripped: real names end with them too.
 */
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as ListDate from "./ListDate.ts"
import * as NameColumn from "./NameColumn.ts"
import * as WallClock from "./WallClock.ts"

/** The lines of `ls -l`. Their times are read in the context's zone. */
export const unix: Dialect.Dialect<"Unix"> = {
  name: "Unix",
  open: (context) => {
    const clock = WallClock.make(context)
    const columns = { mode: sharing<number>(), owner: sharing<string>(), group: sharing<string>() }
    return {
      line: (line) => scan(line, context, clock, columns),
      align: (entries) => NameColumn.align(entries, context.directory)
    }
  }
}

/** Returns the value before if it is the same, as neighbours in a column often are: long listings need less memory. */
type Sharing<A> = (value: Option.Option<A>) => Option.Option<A>

const sharing = <A>(): Sharing<A> => {
  let last: Option.Option<A> = Option.none()
  return (value) => {
    if (Option.isNone(value) || Option.isNone(last) || value.value !== last.value) {
      last = value
    }
    return last
  }
}

/** Type and three times three permissions. */
const MODE_LENGTH = 10

/** Between a link and its target. A name may hold it as well, so the first one is a guess. */
const ARROW = " -> "

/** Owner and group with a dozen spaces each still leave the date among these; a name needs none of them. */
const MAX_WORDS = 40

const scan = (
  line: string,
  context: Dialect.Context,
  clock: (printed: WallClock.Printed) => FtpEntry["modified"],
  columns: { readonly mode: Sharing<number>; readonly owner: Sharing<string>; readonly group: Sharing<string> }
): Dialect.Line => {
  const mode = modeOf(line)
  if (mode === -1) {
    return isTotal(line) ? Dialect.skipped : Dialect.unread("no permissions at the start")
  }
  const words = wordsOf(line, MODE_LENGTH)
  const date = ListDate.find(words.map((word) => word.text))
  if (date === undefined) {
    return Dialect.unread("no size and date")
  }
  const full = line.slice((words[date.end - 1]?.end ?? line.length) + 1)
  const type = typeOf(line)
  const arrow = type === "SymbolicLink" ? full.indexOf(ARROW, 1) : -1
  const name = arrow === -1 ? full : full.slice(0, arrow)
  const { size, owner, group } = readColumns(line, words.slice(0, date.start))
  return Dialect.named(context, name, type, line, {
    size,
    modified: date.printed === undefined ? Option.none() : clock(date.printed),
    mode: columns.mode(Option.some(mode)),
    owner: columns.owner(owner),
    group: columns.group(group),
    linkTarget:
      arrow === -1 || arrow + ARROW.length === full.length
        ? Option.none()
        : Option.some(full.slice(arrow + ARROW.length))
  })
}

/** Directories, links, devices, pipes, sockets, and the rarer letters of Solaris, HP-UX and Cray. */
const TYPES = "-dlbcpsDCnMmP"

const typeOf = (line: string): FtpEntryType => {
  switch (line[0]) {
    case "-":
      return "File"
    case "d":
      return "Directory"
    case "l":
      return "SymbolicLink"
    default:
      return "Other"
  }
}

/** The permissions as twelve bits, -1 when the line doesn't start with any. */
const modeOf = (line: string): number => {
  if (line.length <= MODE_LENGTH || !TYPES.includes(line.charAt(0))) {
    return -1
  }
  let mode = 0
  for (let index = 1; index < MODE_LENGTH; index++) {
    const bits = permission(line.charAt(index), index)
    if (bits === -1) {
      return -1
    }
    mode |= bits
  }
  // `+` is an ACL, `.` SELinux, `@` macOS attributes.
  return " \t+.@".includes(line.charAt(MODE_LENGTH)) ? mode : -1
}

/** The bits of one of the nine letters, by its place from 1. */
const permission = (letter: string, place: number): number => {
  const bit = 1 << (MODE_LENGTH - 1 - place)
  const column = place % 3
  if (letter === "-") {
    return 0
  }
  if (column === 1) {
    return letter === "r" ? bit : -1
  }
  if (column === 2) {
    return letter === "w" ? bit : -1
  }
  // Set-user, set-group and sticky bits stand in the place of x; capitals mean that x itself is off.
  const special = place === 3 ? 0o4000 : place === 6 ? 0o2000 : 0o1000
  switch (letter) {
    case "x":
      return bit
    case "s":
    case "t":
      return special | bit
    case "S":
    case "T":
    case "l":
    case "L":
      return special
    default:
      return -1
  }
}

/** The first line, in the languages of `MonthWord`. Unknown words stay unread: "foo 12" must not pass for nothing. */
const TOTALS: ReadonlySet<string> = new Set(
  "total totale totaal totalt insgesamt gesamt итого razem łącznie celkem yhteensä skupaj 合計 総計 总计 总用量 합계".split(
    " "
  )
)

const isTotal = (line: string): boolean => {
  const [first = "", second = "", ...rest] = line.trim().split(/[ \t]+/, 3)
  return TOTALS.has(first.replace(":", "").toLowerCase()) && /^\d/.test(second) && rest.length === 0
}

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The words after the mode, as many as can matter. */
const wordsOf = (line: string, from: number): Array<Word> => {
  const words: Array<Word> = []
  // The mark of an ACL is glued to the mode.
  let index = from + 1
  while (index < line.length && words.length < MAX_WORDS) {
    while (isSpace(line.charCodeAt(index))) {
      index += 1
    }
    const start = index
    while (index < line.length && !isSpace(line.charCodeAt(index))) {
      index += 1
    }
    if (index > start) {
      words.push({ text: line.slice(start, index), start, end: index })
    }
  }
  return words
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/** More digits than this outgrow the usual column of eight, so that they may be glued to the group before them. */
const GLUED_SIZE_DIGITS = 9

/** What is glued to digits and belongs to their number: `-1234567890` is no size. */
const OF_A_NUMBER = "-+.,"

/** What stands between mode and date: links, owner, group, size, each perhaps missing but the size. */
const readColumns = (line: string, words: ReadonlyArray<Word>): Pick<FtpEntry, "size" | "owner" | "group"> => {
  const last = words[words.length - 1]
  if (last === undefined) {
    return { size: Option.none(), owner: Option.none(), group: Option.none() }
  }
  const digits = /^\d+$/.test(last.text) ? last.text : ""
  const isDevice = line[0] === "b" || line[0] === "c"
  if (isDevice || digits !== "") {
    const beforeSize = words.slice(0, isDevice && words[words.length - 2]?.text.endsWith(",") ? -2 : -1)
    return { size: isDevice ? Option.none() : WholeNumber.parse(digits), ...readOwners(line, beforeSize) }
  }
  const glued = WholeNumber.trailingDigits(last.text, last.text.length)
  const group = { ...last, text: last.text.slice(0, -glued), end: last.end - glued }
  if (glued < GLUED_SIZE_DIGITS || glued === last.text.length || OF_A_NUMBER.includes(group.text.slice(-1))) {
    return { size: Option.none(), ...readOwners(line, words) }
  }
  return { size: WholeNumber.parse(last.text.slice(-glued)), ...readOwners(line, [...words.slice(0, -1), group]) }
}

/**
 * Owner and group after the link count, if there is one. When they hold spaces, the last gap of two spaces or more
 * parts them; without such a gap they can't be separated.
 */
const readOwners = (line: string, words: ReadonlyArray<Word>): Pick<FtpEntry, "owner" | "group"> => {
  const named = words.length > 1 && /^\d+$/.test(words[0]?.text ?? "") ? words.slice(1) : words
  const first = named[0]
  const last = named[named.length - 1]
  if (first === undefined || last === undefined) {
    return { owner: Option.none(), group: Option.none() }
  }
  if (named.length === 1) {
    return { owner: Option.some(first.text), group: Option.none() }
  }
  for (let index = named.length - 1; index > 0; index--) {
    const right = named[index]
    const left = named[index - 1]
    if (right !== undefined && left !== undefined && (named.length === 2 || right.start - left.end > 1)) {
      return {
        owner: Option.some(line.slice(first.start, left.end)),
        group: Option.some(line.slice(right.start, last.end))
      }
    }
  }
  return { owner: Option.none(), group: Option.none() }
}
