/**
 * A whole listing: lines in, entries out, and the lines that no dialect could read.
 *
 *     lines ──► every dialect ──► the one that reads most ──► without `.` and `..` ──► entries
 *                                                       └──► unread lines
 *
 * One bad line is a warning. Unread lines are counted, and only the first are kept, cut. No entries but unread lines
 * mean "unknown format", never "empty directory": the caller fails on it, as a mirror would otherwise delete the other
 * side.
 *
 * A dialect is one file in `listing/` and one line in `DIALECTS`.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "./FtpEntry.ts"
import type { Context, Dialect } from "./listing/Dialect.ts"
import * as Dialects from "./listing/Dialect.ts"
import * as Lines from "./listing/Lines.ts"
import { mlsx } from "./listing/mlsx.ts"
import { unix } from "./listing/unix.ts"

/** The dialects of LIST in the order in which they are tried; of those that read equally many lines the first wins. */
const DIALECTS = [unix] as const

/** The dialects of LIST by name. */
export type DialectName = (typeof DIALECTS)[number]["name"]

/**
 * `directory` is the listed one, for the paths of the entries. `now` is what a date without a year is guessed from, by
 * the server's clock if that is known. `zone` is where the times of LIST are read, default UTC. `dialect` is the one
 * that is preferred: that of the session's last listing, say; another one counts only when it does not read every line.
 */
export interface Options {
  readonly directory: string
  readonly now: DateTime.Utc
  readonly zone?: DateTime.TimeZone | undefined
  readonly dialect?: DialectName | undefined
  /** How many entries are taken. Default `MAX_ENTRIES`. */
  readonly maxEntries?: number | undefined
}

/** Larger directories are an attack or a mistake. An entry takes up to a kilobyte of memory. */
export const MAX_ENTRIES = 1_000_000

/**
 * What a listing says, in its order. `unread` are the first of the `unreadCount` lines that could not be read, cut;
 * `skipped` counts those that tell of no entry: empty ones, totals and headers, the directory itself and its parent.
 * Entries and the two counts together are all the lines. `dialect` is `None` if no line described an entry.
 */
export interface Listed<out Name extends string = DialectName> {
  readonly entries: ReadonlyArray<FtpEntry>
  readonly unread: ReadonlyArray<string>
  readonly unreadCount: number
  readonly skipped: number
  readonly dialect: Option.Option<Name>
}

/** Reads a listing line by line. */
export interface Reader<out Name extends string = DialectName> {
  /** Takes the next line, without its end; false when there are more entries than allowed. */
  readonly take: (line: string) => boolean
  readonly end: () => Listed<Name>
}

/** Reads the lines of LIST. The time is linear in their length. */
export const reader = (options: Options): Reader => readerWith(DIALECTS, options)

/** Reads the lines of MLSD. `facts` are the names that FEAT lists, lower case; default none is known. */
export const mlsdReader = (
  options: Omit<Options, "dialect"> & { readonly facts?: ReadonlySet<string> | undefined }
): Reader<"Mlsx"> => readerWith([mlsx(options.facts)], options)

/** The beginning of a line, for errors and warnings: enough to recognise a format. */
export const excerpt = (line: string): string =>
  line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}...` : line

const EXCERPT_LENGTH = 200

/** Unread lines that are kept: enough to see what they have in common. */
const MAX_UNREAD_KEPT = 100

/** Reads lines with the dialects given, and takes the one that reads most. */
export const readerWith = <Name extends string>(
  dialects: readonly [Dialect<Name>, ...Array<Dialect<Name>>],
  options: Omit<Options, "dialect"> & { readonly dialect?: Name | undefined }
): Reader<Name> => {
  const context: Context = {
    directory: options.directory,
    now: options.now,
    zone: options.zone ?? DateTime.zoneMakeOffset(0)
  }
  const maxEntries = options.maxEntries ?? MAX_ENTRIES
  const first = dialects.find((dialect) => dialect.name === options.dialect) ?? dialects[0]
  const preferred = readWith(first, context)
  const others = dialects.filter((dialect) => dialect !== first).map((dialect) => readWith(dialect, context))
  return {
    take: (line) => {
      let isFull = preferred.take(line) > maxEntries
      for (const other of others) {
        isFull = other.take(line) > maxEntries || isFull
      }
      return !isFull
    },
    end: () => {
      let best = preferred.end()
      for (const other of others) {
        if (best.unreadCount === 0) {
          break
        }
        const listed = other.end()
        if (listed.entries.length > best.entries.length || listed.unreadCount === 0) {
          best = listed
        }
      }
      return best
    }
  }
}

const isEmpty = (line: string): boolean => line.trim() === ""

/** One dialect's reading. */
const readWith = <Name extends string>(dialect: Dialect<Name>, context: Context) => {
  const scan = dialect.open(context)
  const found: Array<FtpEntry> = []
  const unread: Array<string> = []
  let unreadCount = 0
  let skipped = 0
  let dots = 0

  const leave = (line: string): void => {
    unreadCount += 1
    if (unread.length < MAX_UNREAD_KEPT) {
      unread.push(excerpt(line))
    }
  }

  return {
    /** Takes a line, and returns how many entries there are, without the directory itself and its parent. */
    take: (line: string): number => {
      const meaning = isEmpty(line) ? Dialects.skipped : line.length > Lines.MAX_LINE_LENGTH ? TOO_LONG : scan(line)
      if (Either.isLeft(meaning)) {
        leave(line)
      } else if (Option.isNone(meaning.right)) {
        skipped += 1
      } else {
        found.push(meaning.right.value)
        dots += dots < DOT_NAMES.size && DOT_NAMES.has(meaning.right.value.name) ? 1 : 0
      }
      return found.length - dots
    },
    end: (): Listed<Name> => {
      const entries: Array<FtpEntry> = []
      for (const entry of dialect.align?.(found, context.directory) ?? found) {
        if (DOT_NAMES.has(entry.name)) {
          skipped += 1
        } else if (entry.name === "" || entry.name.includes("/")) {
          leave(entry.raw)
        } else {
          entries.push(entry)
        }
      }
      return {
        entries,
        unread,
        unreadCount,
        skipped,
        dialect: found.length > 0 ? Option.some(dialect.name) : Option.none()
      }
    }
  }
}

/** The directory itself and its parent, which `LIST -a` lists. */
const DOT_NAMES: ReadonlySet<string> = new Set([".", ".."])

const TOO_LONG = Dialects.unread("too long")
