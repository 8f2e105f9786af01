/**
 * The listing of `ls -l`, which most servers imitate, IIS in its UNIX style and Peter's Macintosh server among them.
 *
 *     drwxrwsr-t   7 anna   staff      4096 Nov 30  2019 old files
 *     └mode─────┘  │ owner  group      size date         └ name: all after ONE space
 *                  links
 *     0100644      500 101  12345 123456789 a file         all in numbers: see UnixNumeric
 *     71 8 -rw-r--r-- 1 anna staff …                       `ls -is`: an inode and blocks, which are skipped
 *
 * Owners and groups may be missing or hold spaces, so the date is the anchor: the first date with a number before it.
 * Everything before it is read backwards, everything after it is the name.
 *
 * The `*`, `@` and `/` that `ls -F` adds are not stripped: real names end with them too.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type FtpEntry, noFacts } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as ListDate from "./ListDate.ts"
import * as NameColumn from "./NameColumn.ts"
import * as NumericDate from "./NumericDate.ts"
import * as UnixColumns from "./UnixColumns.ts"
import * as UnixMode from "./UnixMode.ts"
import * as UnixNumeric from "./UnixNumeric.ts"
import * as UnixRegular from "./UnixRegular.ts"
import * as WallClock from "./WallClock.ts"

/** The lines of `ls -l`. Their times are read in the context's zone. */
export const unix: Dialect.Dialect<"Unix"> = {
  name: "Unix",
  open: (context) => {
    const dates = NumericDate.make(context.dateOrder)
    const shared = {
      clock: WallClock.make(context),
      wordsOf: UnixColumns.splitter(),
      mode: sharing<number>(),
      owner: sharing<string>(),
      group: sharing<string>(),
      dates
    }
    const short = { ...shared, timeAfterYear: false }
    const long = { ...shared, clock: WallClock.make(context), timeAfterYear: true }
    const regular = UnixRegular.make(WallClock.make(context))
    const again = (raw: string, reading: Reading): Option.Option<FtpEntry> =>
      Option.flatten(Either.getRight(scan(raw, context, reading)))
    /** The entries with times after their years, as long as each can have one. */
    let timed: Array<FtpEntry> | undefined = []
    const prefix = Dialect.prefixOf(context.directory)
    let isAligned = false
    return {
      usual: (line) => {
        const columns = regular(line)
        if (columns === undefined || columns.type === "SymbolicLink") {
          return undefined
        }
        timed = undefined
        isAligned ||= !isSpace(line.charCodeAt(columns.nameStart))
        const name = line.slice(columns.nameStart)
        return toEntry(columns, name, prefix + name, line)
      },
      line: (line) => {
        // One that `usual` leaves here is that of a link.
        const columns = regular(line)
        if (columns !== undefined) {
          timed = undefined
          isAligned ||= !isSpace(line.charCodeAt(columns.nameStart))
          return entryOf(line, line.slice(columns.nameStart), context, columns)
        }
        const meaning = scan(line, context, short)
        if (timed !== undefined && Either.isRight(meaning) && Option.isSome(meaning.right)) {
          const entry = meaning.right.value
          if (mayHaveTimeAfterYear(entry)) {
            timed.push(Option.getOrElse(again(line, long), () => entry))
          } else {
            timed = undefined
          }
        }
        return meaning
      },
      align: (found) => {
        // Of one line alone it is not known.
        const entries =
          timed !== undefined && timed.length > 1
            ? timed
            : dates.settle(found, (raw) => Option.flatMap(again(raw, short), ({ modified }) => modified))
        return isAligned ? entries : NameColumn.align(entries, context.directory)
      },
      isSettled: () => isAligned && timed === undefined && !dates.isUsed(),
      dateOrder: dates.order
    }
  }
}

/**
 * Whether the date may have a year and a time, so that the name seems to begin with a time. A single line of another
 * form shows that the times are names. Until then both readings are kept, as reading all lines again at the end would
 * hold the event loop.
 */
const mayHaveTimeAfterYear = ({ modified, name }: FtpEntry): boolean =>
  ListDate.startsWithTime(name) && Option.exists(modified, ({ precision }) => precision === "Day")

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

/** Between a link and its target. A name may hold it as well, so the first one is a guess. */
const ARROW = " -> "

interface Reading extends ListDate.Options {
  readonly clock: (printed: WallClock.Printed) => FtpEntry["modified"]
  readonly wordsOf: ReturnType<typeof UnixColumns.splitter>
  readonly mode: Sharing<number>
  readonly owner: Sharing<string>
  readonly group: Sharing<string>
}

const scan = (line: string, context: Dialect.Context, reading: Reading): Dialect.Line => {
  const trimmed = isSpace(line.charCodeAt(0)) ? line.trimStart() : line
  const text = WholeNumber.isDigit(trimmed.charCodeAt(0)) ? trimmed.replace(INODE, "") : trimmed
  const permissions = UnixMode.read(text)
  if (permissions === undefined) {
    const numeric = UnixNumeric.read(trimmed)
    if (numeric !== undefined) {
      return entryOf(line, trimmed.slice(numeric.nameStart), context, numeric)
    }
    return isTotal(text) ? Dialect.skipped : Dialect.unread("no permissions at the start")
  }
  const words = reading.wordsOf(text, permissions.end)
  const date = ListDate.find(words.texts, reading)
  const columns = date === undefined ? withoutDate(words.texts) : date.start
  if (columns === undefined) {
    return Dialect.unread("no size and date")
  }
  const full = text.slice((words.ends[(date?.end ?? columns) - 1] ?? text.length) + 1)
  const { size, owner, group } = UnixColumns.read(text, words, columns)
  return entryOf(line, full, context, {
    type: permissions.type,
    size,
    modified: date?.printed === undefined ? Option.none() : reading.clock(date.printed),
    mode: reading.mode(permissions.mode),
    owner: reading.owner(owner),
    group: reading.group(group)
  })
}

/** Ahead of permissions: the number of the inode, the blocks, or both. */
const INODE = /^\d{1,20} {1,20}(?:\d{1,20} {1,20})?(?=[-a-zA-Z][-r][-w])/

/** `full` is the name, with the target of a link. */
const entryOf = (
  raw: string,
  full: string,
  context: Dialect.Context,
  { group, mode, modified, owner, size, type }: Omit<UnixRegular.Columns, "nameStart">
): Dialect.Line => {
  const arrow = type === "SymbolicLink" ? full.indexOf(ARROW, 1) : -1
  return Dialect.named(context, arrow === -1 ? full : full.slice(0, arrow), type, raw, {
    size,
    modified,
    mode,
    owner,
    group,
    linkTarget:
      arrow === -1 || arrow + ARROW.length === full.length
        ? Option.none()
        : Option.some(full.slice(arrow + ARROW.length))
  })
}

/** The same for what is no link. */
const toEntry = (
  { group, mode, modified, owner, size, type }: UnixRegular.Columns,
  name: string,
  path: string,
  raw: string
): FtpEntry => ({
  name,
  path,
  type,
  size,
  modified,
  mode,
  owner,
  group,
  linkTarget: noFacts.linkTarget,
  unique: noFacts.unique,
  raw
})

/**
 * How many words are columns of a line without any date: links, owner, group and size. Only if one word follows: more
 * could be a date of unknown form, and a wrong name is worse than a line that is reported as unread.
 */
const withoutDate = (words: ReadonlyArray<string>): number | undefined =>
  words.length === 5 && /^\d+$/.test(words[0] ?? "") && /^\d+$/.test(words[3] ?? "") ? 4 : undefined

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/** The first line, in the languages of `MonthWord`. Unknown words stay unread: "foo 12" must not pass for nothing. */
const TOTALS: ReadonlySet<string> = new Set(
  "total totale totaal totalt insgesamt gesamt итого razem łącznie celkem yhteensä skupaj 合計 総計 总计 总用量 합계".split(
    " "
  )
)

const isTotal = (line: string): boolean => {
  const [first = "", ...words] = line.trim().split(/[ \t]+/, 5)
  const [number = "", unit = "", ...rest] = words[0] === "of" ? words.slice(1) : words
  return TOTALS.has(first.replace(":", "").toLowerCase()) && /^\d/.test(number) && UNITS.has(unit) && rest.length === 0
}

/** What is counted, where a total says it. */
const UNITS: ReadonlySet<string> = new Set(["", "file", "files", "entries", "blocks", "bytes"])
