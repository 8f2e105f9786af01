/**
 * What a listing format is: a name, and a scanner made anew for each listing, so that a dialect whose lines lean on one
 * another (VMS wraps them, MVS has a header) can keep what it needs. A new dialect is one file beside this one and one
 * line in `Listing`.
 */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"

/**
 * What a scanner may know. `directory` is the listed one, for `path`. `now` is the clock that a date without a year is
 * guessed from; `zone` is where the listing's times are read.
 */
export interface Context {
  readonly directory: string
  readonly now: DateTime.Utc
  readonly zone: DateTime.TimeZone
}

/**
 * What one line is: an entry, `Right(None)` a line that describes none (`total 48`, a header, the directory itself, the
 * first half of a wrapped line), or `Left` why it could not be read, in words.
 */
export type Line = Either.Either<Option.Option<FtpEntry>, string>

/**
 * One way to write a listing. A scanner never throws, takes lines in order without their line ends, none of them empty,
 * and needs time linear in their length.
 */
export interface Dialect<out Name extends string = string> {
  readonly name: Name
  readonly open: (context: Context) => (line: string) => Line
  /** What only the whole listing shows: gets the entries, `.` and `..` among them, and gives them back corrected. */
  readonly align?: (entries: ReadonlyArray<FtpEntry>, directory: string) => ReadonlyArray<FtpEntry>
}

/** A line that describes this entry. */
export const entry = (entry: FtpEntry): Line => Either.right(Option.some(entry))

/** A line that describes no entry. */
export const skipped: Line = Either.right(Option.none())

/** A line that could not be read, and why, in words. */
export const unread = (reason: string): Line => Either.left(reason)
