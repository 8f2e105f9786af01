/**
 * One dialect's reading of a listing: what each line means, counted; in the end without `.` and `..`, and without names
 * that would be paths.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as Dialect from "./Dialect.ts"
import * as Lines from "./Lines.ts"
import type { DateOrder } from "./NumericDate.ts"

/**
 * What a listing says, in its order. `unread` are the first of the `unreadCount` lines that could not be read, cut;
 * `skipped` counts those that describe no entry: empty ones, totals and headers, the directory itself and its parent.
 * Entries and the two counts together are all the lines. `dialect` is `None` if no line described an entry.
 * `dateOrder` is that of dates of numbers, if the listing shows it.
 */
export interface Listed<out Name extends string> {
  /** Without those that `ready` has returned. */
  readonly entries: ReadonlyArray<FtpEntry>
  /** How many entries there are, with those that `ready` has returned. */
  readonly count: number
  readonly unread: ReadonlyArray<string>
  readonly unreadCount: number
  readonly skipped: number
  /** Whether the directory itself or its parent was among the lines. */
  readonly hasDots: boolean
  readonly dialect: Option.Option<Name>
  readonly dateOrder: Option.Option<DateOrder>
  /** Whether hidden files may be missing, as the server was busy when it was asked for them. Default false. */
  readonly mayLackHidden?: boolean | undefined
}

export interface Reading<out Name extends string> {
  /** Takes the next line, and returns how many entries there are, without the directory itself and its parent. */
  readonly take: (line: string) => number
  /** The same number. */
  readonly found: () => number
  /** Lines so far that could not be read. */
  readonly missed: () => number
  /** Entries that no later line changes, each once; they are no longer kept. */
  readonly ready: () => ReadonlyArray<FtpEntry>
  /** To be called once, after the last line. */
  readonly end: () => Listed<Name>
}

/** The beginning of a line, for errors and warnings: enough to recognise a format. */
export const excerpt = (line: string): string =>
  line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}...` : line

const EXCERPT_LENGTH = 200

/** Unread lines that are kept: enough to see what they have in common. */
const MAX_UNREAD_KEPT = 100

/** Characters that can be seen: a line that starts with one is not blank. */
const SPACE = 0x20
const DELETE = 0x7f

/** The longest one's. */
const DOT_NAME_LENGTH = 2

/** The directory itself and its parent, which `LIST -a` lists. */
const isDotName = (name: string): boolean => name === "." || name === ".."

/** Whether the name is a path, or leads nowhere or to the directory itself. */
const isImproper = ({ name }: FtpEntry): boolean =>
  name.includes("/") || (name.length <= DOT_NAME_LENGTH && (name === "" || isDotName(name)))

const DOT_NAMES = 2

const TOO_LONG = Dialect.unread("too long")

export const make = <Name extends string>(dialect: Dialect.Dialect<Name>, context: Dialect.Context): Reading<Name> => {
  const scanner = dialect.open(context)
  let found: Array<FtpEntry> = []
  /** Entries that are no longer kept. */
  let gone = 0
  /** Whether a line described an entry, under whatever name. */
  let isAny = false
  const unread: Array<string> = []
  let unreadCount = 0
  let skipped = 0
  let dots = 0
  let hasDots = false
  let heldLine: string | undefined

  const leave = (line: string): void => {
    unreadCount += 1
    if (unread.length < MAX_UNREAD_KEPT) {
      unread.push(excerpt(line))
    }
  }
  const leaveHeld = (): void => {
    if (heldLine !== undefined) {
      leave(heldLine)
      heldLine = undefined
    }
  }

  /** Those that are entries of the directory, under names that can be. */
  const proper = (found: ReadonlyArray<FtpEntry>): ReadonlyArray<FtpEntry> => {
    // In most listings it is each of them: then no second array is made.
    const first = found.findIndex(isImproper)
    if (first === -1) {
      return found
    }
    const entries = found.slice(0, first)
    for (const entry of found.slice(first)) {
      if (!isImproper(entry)) {
        entries.push(entry)
      } else if (isDotName(entry.name)) {
        skipped += 1
        hasDots = true
      } else {
        leave(entry.raw)
      }
    }
    return entries
  }
  const takeMeaning = (line: string, meaning: Dialect.Line): void => {
    if (Either.isRight(meaning) && Option.isSome(meaning.right)) {
      skipped += heldLine === undefined ? 0 : 1
      heldLine = undefined
      found.push(meaning.right.value)
      noteDots(meaning.right.value)
      return
    }
    leaveHeld()
    if (meaning === Dialect.held) {
      heldLine = line
    } else if (Either.isLeft(meaning)) {
      leave(line)
    } else {
      skipped += 1
    }
  }
  const noteDots = ({ name }: FtpEntry): void => {
    dots += dots < DOT_NAMES && isDotName(name) ? 1 : 0
  }
  const isSettled = (): boolean => scanner.isSettled?.() ?? scanner.align === undefined

  return {
    take: (line) => {
      const first = line.charCodeAt(0)
      const isBlank = !(first > SPACE && first < DELETE) && line.trim() === ""
      const isTooLong = line.length > Lines.MAX_LINE_LENGTH
      const usual = isBlank || isTooLong || heldLine !== undefined ? undefined : scanner.usual?.(line)
      if (usual === undefined) {
        takeMeaning(line, isBlank ? Dialect.skipped : isTooLong ? TOO_LONG : scanner.line(line))
      } else {
        found.push(usual)
        if (usual.name.length <= DOT_NAME_LENGTH) {
          noteDots(usual)
        }
      }
      return gone + found.length - dots
    },
    found: () => gone + found.length - dots,
    missed: () => unreadCount,
    ready: () => {
      if (found.length === 0 || !isSettled()) {
        return []
      }
      isAny = true
      const entries = proper(found)
      gone += entries.length
      // What is skipped or unread now is counted as such.
      dots = 0
      found = []
      return entries
    },
    end: () => {
      leaveHeld()
      isAny ||= found.length > 0
      const entries = proper(scanner.align?.(found) ?? found)
      return {
        entries,
        count: gone + entries.length,
        unread,
        unreadCount,
        skipped,
        hasDots,
        dialect: isAny ? Option.some(dialect.name) : Option.none(),
        dateOrder: scanner.dateOrder?.() ?? Option.none()
      }
    }
  }
}
