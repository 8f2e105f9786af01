/**
 * The names beside a local file that a download reserves:
 *
 *     NAME.ftp-effect.part              the partial file
 *     NAME.ftp-effect.part.json         its journal; `.json.new` while it is written
 *     NAME.ftp-effect.part.lock         which process downloads it, `.lock~` while a stale one is replaced
 *     NAME.ftp-effect.part.1a2b3c4d     a small file while it is written, or a link; what a killed process leaves of one is
 *                                       removed later: see `abandoned`
 *
 * Beside the file, so that the rename stays on one disk. A NAME for which these would be too long is shortened, with a
 * hash of the whole.
 */
import { fnv1a } from "../../base/fnv1a.ts"

export const SUFFIX = ".ftp-effect.part"

/** Bytes of a name on Linux and macOS, and at least as many characters on Windows. */
const MAX_NAME = 255

const LONGEST_SUFFIX = `${SUFFIX}.json.new`

/** In bytes: a NAME of so many has room for each suffix. */
const MAX_STEM = MAX_NAME - LONGEST_SUFFIX.length

export const nameOf = (localPath: string): string => {
  const begin = beginOfName(localPath)
  return `${localPath.slice(0, begin)}${stemOf(localPath.slice(begin))}${SUFFIX}`
}

const LOCK = ".lock"

/** The lock of a download that has this partial file. */
export const lockOf = (partialFile: string): string => `${partialFile}${LOCK}`

/** The partial file of the download that a local path is the lock of, `undefined` if it is none. */
export const lockedBy = (path: string): string | undefined =>
  path.endsWith(`${SUFFIX}${LOCK}`) ? path.slice(0, -LOCK.length) : undefined

const WRITTEN = /\.ftp-effect\.part\.[0-9a-f]{8}$/

/** Whether a local path is one of a small file, or a link, while it is written. */
export const isWritten = (path: string): boolean => WRITTEN.test(path)

/** What an interrupted download keeps for the next one: its partial file, and the journal. */
export const keptOf = (localPath: string): ReadonlyArray<string> =>
  ["", ".json", ".json.new"].map((suffix) => `${nameOf(localPath)}${suffix}`)

/**
 * Whether a name is one of those, of any file. No file that a server names may have one here: the next download of NAME
 * would take it for its own. File systems that ignore case have the same file under both spellings.
 */
export const isReserved = (name: string): boolean => name.toLowerCase().includes(SUFFIX)

/** Whether the name at the end of a local path is reserved. */
export const endsReserved = (localPath: string): boolean =>
  isReserved(localPath) && isReserved(localPath.slice(beginOfName(localPath)))

const beginOfName = (localPath: string): number =>
  Math.max(localPath.lastIndexOf("/"), isOfWindows(localPath) ? localPath.lastIndexOf("\\") : -1) + 1

const isOfWindows = (path: string): boolean => /^(?:[A-Za-z]:\\|\\\\)/.test(path)

/** What UTF-8 takes for a code unit of a string at most. */
const MOST_BYTES = 3

const stemOf = (name: string): string => {
  if (name.length * MOST_BYTES <= MAX_STEM) {
    return name
  }
  const bytes = new TextEncoder().encode(name)
  if (bytes.byteLength <= MAX_STEM) {
    return name
  }
  const hash = `.${fnv1a(name)}`
  let end = MAX_STEM - hash.length
  while (isContinuation(bytes[end])) {
    end--
  }
  return new TextDecoder().decode(bytes.subarray(0, end)) + hash
}

/** Whether a byte of UTF-8 continues a character. */
const isContinuation = (byte = 0): boolean => (byte & 0b1100_0000) === 0b1000_0000
