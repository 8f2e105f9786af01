/**
 * What a listing format is: a name, and a scanner made anew for each listing, so that a dialect whose lines lean on one
 * another (VMS wraps them, MVS has a header) can keep what it needs. A new dialect is one file beside this one and one
 * line in `Listing`.
 */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type FtpEntry, type FtpEntryType, noFacts } from "../FtpEntry.ts"
import * as RemotePath from "../RemotePath.ts"
import type { DateOrder } from "./NumericDate.ts"
import type * as WallClock from "./WallClock.ts"

/**
 * What a scanner may know. `directory` is the listed one, for `path`. `now` is the clock that a date without a year is
 * guessed from; `zone` is where the listing's times are read; `dateOrder` is how dates of numbers are read if the
 * listing does not show it.
 */
export interface Context {
  readonly directory: string
  readonly now: DateTime.Utc
  readonly zone: DateTime.TimeZone
  readonly zoneFrom: WallClock.Moment["zoneFrom"]
  readonly dateOrder?: DateOrder | undefined
}

/**
 * What one line is: an entry, `Right(None)` a line that describes none (`total 48`, a header, the directory itself), or
 * `Left` why it could not be read, in words.
 */
export type Line = Either.Either<Option.Option<FtpEntry>, string>

/**
 * Reads one listing. `line` never throws, takes lines in order without their line ends, none of them empty, and needs
 * time linear in their length.
 */
export interface Scanner {
  readonly line: (line: string) => Line
  /**
   * The entry of a line of the most usual form, in fewer steps and objects than `line` takes. `undefined` for any other
   * line: that is then given to `line`. Default none is.
   */
  readonly usual?: ((line: string) => FtpEntry | undefined) | undefined
  /** What only the whole listing shows: gets the entries, `.` and `..` among them, and gives them back corrected. */
  readonly align?: ((entries: ReadonlyArray<FtpEntry>) => ReadonlyArray<FtpEntry>) | undefined
  /**
   * Whether `align` gives back the entries so far as they are, whatever lines follow, and those of lines that follow
   * while this is so. Without entries that are settled, none is handed out before the end. Default: never, if there is an
   * `align`.
   */
  readonly isSettled?: (() => boolean) | undefined
  /** The order of dates of numbers, if the lines so far show it. */
  readonly dateOrder?: (() => Option.Option<DateOrder>) | undefined
}

/** One way to write a listing. */
export interface Dialect<out Name extends string = string> {
  readonly name: Name
  readonly open: (context: Context) => Scanner
}

/** What all paths of the listed directory begin with. */
export const prefixOf = (directory: string): string => RemotePath.join(directory, "x").slice(0, -1)

/** A line that describes this entry. */
export const entry = (entry: FtpEntry): Line => Either.right(Option.some(entry))

/** A line that describes an entry of this name in the listed directory; facts that are left out are not known. */
export const named = (
  { directory }: Context,
  name: string,
  type: FtpEntryType,
  raw: string,
  { size, modified, mode, owner, group, linkTarget, unique }: Partial<typeof noFacts> = noFacts
): Line =>
  name === ""
    ? unread("no name")
    : // Spelled out, as the spread of two objects takes several times as long.
      entry({
        name,
        path: RemotePath.join(directory, name),
        type,
        size: size ?? noFacts.size,
        modified: modified ?? noFacts.modified,
        mode: mode ?? noFacts.mode,
        owner: owner ?? noFacts.owner,
        group: group ?? noFacts.group,
        linkTarget: linkTarget ?? noFacts.linkTarget,
        unique: unique ?? noFacts.unique,
        raw
      })

/** A line that describes no entry. */
export const skipped: Line = Either.right(Option.none())

/** A line whose entry the next line completes; if that one is no entry, this line could not be read. */
export const held: Line = Either.right(Option.none())

/** A line that could not be read, and why, in words. */
export const unread = (reason: string): Line => Either.left(reason)
