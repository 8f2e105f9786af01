/**
 * The column of names, which some servers pad: one name that starts with a space may be called so, but if all of several
 * do, the spaces are the server's.
 */
import type { FtpEntry } from "../FtpEntry.ts"
import * as RemotePath from "../RemotePath.ts"

const MIN_LINES_TO_ALIGN = 3

/** Takes from all names the spaces that all of them start with. */
export const align = (entries: ReadonlyArray<FtpEntry>, directory: string): ReadonlyArray<FtpEntry> => {
  const pad = entries.reduce((least, entry) => Math.min(least, leadingSpaces(entry.name)), Number.POSITIVE_INFINITY)
  return entries.length < MIN_LINES_TO_ALIGN || pad === 0
    ? entries
    : entries.map((entry) => ({
        ...entry,
        name: entry.name.slice(pad),
        path: RemotePath.join(directory, entry.name.slice(pad))
      }))
}

/** The last character counts as the name, even if it is a space. */
const leadingSpaces = (name: string): number => {
  let spaces = 0
  while (spaces < name.length - 1 && name[spaces] === " ") {
    spaces += 1
  }
  return spaces
}
