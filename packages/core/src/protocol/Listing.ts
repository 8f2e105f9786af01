/**
 * A whole listing: text in, entries out, and the lines that no dialect could read.
 *
 *     text ──► lines ──► each dialect in turn ──► the one that reads most ──► without `.` and `..` ──► entries
 *                                                                       └──► unread lines
 *
 * One bad line is a warning, and its text is kept. Entries none and unread some means "unknown format", never "empty
 * directory": the caller fails on it, as a mirror would otherwise delete the other side.
 *
 * A dialect is one file in `listing/` and one line in `DIALECTS`.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "./FtpEntry.ts"
import type { Context, Dialect } from "./listing/Dialect.ts"
import { mlsx } from "./listing/mlsx.ts"
import { unix } from "./listing/unix.ts"

/** The dialects of LIST in the order in which they are tried; of those that read equally many lines the first wins. */
const DIALECTS = [unix] as const

/** The dialects of LIST by name. */
export type DialectName = (typeof DIALECTS)[number]["name"]

/**
 * `directory` is the listed one, for the paths of the entries. `now` is what a date without a year is guessed from, by
 * the server's clock if that is known. `zone` is where the times of LIST are read, default UTC. `dialect` is the one to
 * try first: that of the session's last listing, say; the others are still tried when it does not read every line.
 */
export interface Options {
  readonly directory: string
  readonly now: DateTime.Utc
  readonly zone?: DateTime.TimeZone | undefined
  readonly dialect?: DialectName | undefined
}

/**
 * What a listing says, in its order. `unread` are whole lines; `skipped` counts those that tell of no entry: empty
 * ones, totals and headers, the directory itself and its parent. The three together are all the lines. `dialect` is
 * `None` if no line described an entry.
 */
export interface Listed<out Name extends string = DialectName> {
  readonly entries: ReadonlyArray<FtpEntry>
  readonly unread: ReadonlyArray<string>
  readonly skipped: number
  readonly dialect: Option.Option<Name>
}

/** Reads the text of LIST. The time is linear in its length. */
export const parse = (text: string, options: Options): Listed => parseWith(DIALECTS, text, options)

/** Reads the text of MLSD. */
export const parseMlsd = (text: string, options: Omit<Options, "dialect">): Listed<"Mlsx"> =>
  parseWith([mlsx], text, options)

/** Reads the text with the dialects given, for formats that this library doesn't know. */
export const parseWith = <Name extends string>(
  dialects: readonly [Dialect<Name>, ...Array<Dialect<Name>>],
  text: string,
  options: Omit<Options, "dialect"> & { readonly dialect?: Name | undefined }
): Listed<Name> => {
  const lines = linesOf(text)
  const context: Context = {
    directory: options.directory,
    now: options.now,
    zone: options.zone ?? DateTime.zoneMakeOffset(0)
  }
  const first = dialects.find((dialect) => dialect.name === options.dialect) ?? dialects[0]
  let best = read(first, lines, context)
  for (const dialect of dialects) {
    if (best.unread.length === 0) {
      break
    }
    const listed = dialect === first ? best : read(dialect, lines, context)
    if (listed.entries.length > best.entries.length || listed.unread.length === 0) {
      best = listed
    }
  }
  return best
}

/** What a line may have at most: no path is longer than 4 KiB, and facts need little. */
const MAX_LINE_LENGTH = 64 * 1024

/** The lines without their ends, LF with or without CR; the last one may lack it. */
const linesOf = (text: string): Array<string> => {
  const lines: Array<string> = []
  let start = 0
  while (start < text.length) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 ? text.length : feed
    lines.push(text.slice(start, end > start && text[end - 1] === "\r" ? end - 1 : end))
    start = end + 1
  }
  return lines
}

const isEmpty = (line: string): boolean => line.trim() === ""

const read = <Name extends string>(
  dialect: Dialect<Name>,
  lines: ReadonlyArray<string>,
  context: Context
): Listed<Name> => {
  const scan = dialect.open(context)
  const found: Array<FtpEntry> = []
  const unread: Array<string> = []
  let skipped = 0
  for (const line of lines) {
    if (isEmpty(line)) {
      skipped += 1
      continue
    }
    const meaning = line.length > MAX_LINE_LENGTH ? Either.left("too long") : scan(line)
    if (Either.isLeft(meaning)) {
      unread.push(line)
    } else if (Option.isNone(meaning.right)) {
      skipped += 1
    } else {
      found.push(meaning.right.value)
    }
  }
  const entries: Array<FtpEntry> = []
  for (const entry of dialect.align?.(found, context.directory) ?? found) {
    if (entry.name === "." || entry.name === "..") {
      skipped += 1
    } else if (entry.name === "" || entry.name.includes("/")) {
      unread.push(entry.raw)
    } else {
      entries.push(entry)
    }
  }
  return { entries, unread, skipped, dialect: found.length > 0 ? Option.some(dialect.name) : Option.none() }
}
