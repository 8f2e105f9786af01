/**
 * Lines of a listing that no dialect reads: each may be an entry, so what is known of the directory is not all of it.
 *
 *     "Fail"     a FtpListingError `Unreadable`: for what copies or removes
 *     "Warn"     a warning, and the entries that were read: for what shows
 *     "Ignore"   the entries that were read
 *     a call     an error for each such line, and the entries that were read
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpListingError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import * as WireText from "../protocol/WireText.ts"
import type { Listed } from "../session/FtpSession.ts"

/**
 * What lines that can't be read mean in a listing from which other lines can: a failure of the whole, a warning, or
 * nothing. A function is called with an `Unreadable` for each such line, the first ten, and one for all the others. A
 * listing of which no line can be read is a `FtpListingError` in any case, and so is one that the server cut short.
 *
 * @since 0.1.0
 * @category models
 */
export type OnUnread = "Fail" | "Warn" | "Ignore" | ((error: FtpListingError) => Effect.Effect<void>)

/** The lines that are named one by one: more are a format that is not known, and all look the same. */
const MAX_NAMED = 10

/** The entries of a listing, by the policy. */
export const entriesOf = (
  listed: Listed,
  path: string,
  policy: OnUnread,
  endpoint: string
): Effect.Effect<ReadonlyArray<FtpEntry>, FtpListingError> => {
  const { entries, unread, unreadCount } = listed
  if (unreadCount > 0 && policy === "Fail") {
    return unreadable(path, linesOf(unreadCount), unread[0] ?? "", endpoint)
  }
  if (unreadCount > 0 && typeof policy === "function") {
    return Effect.as(Effect.forEach(errorsOf(listed, path, endpoint), policy, { discard: true }), entries)
  }
  const unreadWarning = unreadCount > 0 ? unreadLines(unreadCount, path) : namesOnly(listed, path)
  const warning = policy === "Ignore" ? undefined : unreadWarning
  return warning === undefined ? Effect.succeed(entries) : Effect.as(Effect.logWarning(warning), entries)
}

/** One for each line that can't be read, the first ten, and one for all the others. */
export const errorsOf = (
  { unread, unreadCount }: Listed,
  path: string,
  endpoint: string
): ReadonlyArray<FtpListingError> => {
  const named = unread.slice(0, MAX_NAMED).map((line) => unreadable(path, "a line", line, endpoint))
  const others = unreadCount - named.length
  return others <= 0
    ? named
    : [...named, unreadable(path, `${others} more ${others === 1 ? "line" : "lines"}`, "", endpoint)]
}

/** What a person should know of a listing of which no facts can be read. */
export const namesOnly = ({ dialect, unreadCount }: Listed, path: string): string | undefined =>
  unreadCount === 0 && Option.contains(dialect, "Names")
    ? `the listing of ${shown(path)} can't be read: its names, and what CWD and SIZE report about them, are all that is known`
    : undefined

const unreadable = (path: string, lines: string, line: string, endpoint: string) =>
  new FtpListingError({
    path,
    reason: "Unreadable",
    line: WireText.toDisplay(line),
    detail: `has ${lines} that can't be read`,
    endpoint
  })

const linesOf = (count: number): string => (count === 1 ? "a line" : `${count} lines`)

/** That a listing has so many lines that can't be read. */
export const unreadLines = (lines: number, path: string): string =>
  `${linesOf(lines)} of the listing of ${shown(path)} can't be read`

const shown = (path: string): string => (path === "" ? "the login directory" : path)
