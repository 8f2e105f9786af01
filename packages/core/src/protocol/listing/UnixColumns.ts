/**
 * The columns of `ls -l` between the permissions and the date.
 *
 *     -rw-r--r--   1 anna   staff      4711 Mar  9 07:41 report.pdf
 *                  │ owner  group      size
 *                  links
 *
 * Owners and groups may be missing, hold spaces, or touch the size, so the columns are read from the date backwards.
 */
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"

/** Owner and group with a dozen spaces each still leave the date among these; a name needs none of them. */
const MAX_WORDS = 40

/** The words of a line: their texts, where they start and where they end. Lent until the next line. */
export interface Words {
  readonly texts: ReadonlyArray<string>
  readonly starts: ReadonlyArray<number>
  readonly ends: ReadonlyArray<number>
}

/**
 * Splits the lines of one listing into words from an index on, as many as can matter. The lists are the same for all
 * lines: new ones for each are most of the memory that a long listing allocates.
 */
export const splitter = (): ((line: string, from: number) => Words) => {
  const texts: Array<string> = []
  const starts: Array<number> = []
  const ends: Array<number> = []
  const words = { texts, starts, ends }
  return (line, from) => {
    let count = 0
    let index = from
    while (index < line.length && count < MAX_WORDS) {
      while (isSpace(line.charCodeAt(index))) {
        index += 1
      }
      const start = index
      while (index < line.length && !isSpace(line.charCodeAt(index))) {
        index += 1
      }
      if (index > start) {
        texts[count] = line.slice(start, index)
        starts[count] = start
        ends[count] = index
        count += 1
      }
    }
    if (count !== texts.length) {
      texts.length = count
      starts.length = count
      ends.length = count
    }
    return words
  }
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/** More digits than this outgrow the usual column of eight, so that they may be glued to the group before them. */
const GLUED_SIZE_DIGITS = 9

/** What is glued to digits and belongs to their number: `-1234567890` is no size. */
const OF_A_NUMBER = "-+.,"

/** A number of bytes in letters, as `ls -h` prints it: too coarse for a size. */
const APPROXIMATE = /^\d{1,4}(?:[.,]\d{1,3})?[KMGTPEk]i?B?$/

const WITH_COMMAS = /^\d{1,3}(?:,\d{3})+$/

/** Longer words are cut: no size that can be said exactly has so many digits and commas. */
const LONGEST_NUMBER = 32

/** Peter's Macintosh server: `folder` and a count, or the sizes of the resource fork, of the data fork, and of both. */
const isOfPeter = (texts: ReadonlyArray<string>, count: number): boolean => {
  if (count === 2) {
    return texts[0] === "folder"
  }
  if (count !== 3) {
    return false
  }
  const [first, second, third] = texts.slice(0, count).map((text) => text.slice(0, LONGEST_NUMBER))
  return /^\d+ \d+ \d+$/.test(`${first} ${second} ${third}`) && Number(first) + Number(second) === Number(third)
}

/** What the first words say, from mode to date: links, owner, group, size, each perhaps missing but the size. */
export const read = (line: string, words: Words, count: number): Pick<FtpEntry, "size" | "owner" | "group"> => {
  const { ends, texts } = words
  const last = texts[count - 1]
  if (last === undefined) {
    return { size: Option.none(), ...noOwners }
  }
  if (isOfPeter(texts, count)) {
    return { size: count === 3 ? WholeNumber.parse(last) : Option.none(), ...noOwners }
  }
  const isDevice = line[0] === "b" || line[0] === "c"
  if (isDevice) {
    return { size: Option.none(), ...readOwners(line, words, texts[count - 2]?.endsWith(",") ? count - 2 : count - 1) }
  }
  if (/^\d+$/.test(last)) {
    return withOwners(WholeNumber.parse(last), readOwners(line, words, count - 1))
  }
  if (APPROXIMATE.test(last.slice(0, LONGEST_NUMBER))) {
    return { size: Option.none(), ...readOwners(line, words, count - 1) }
  }
  if (WITH_COMMAS.test(last.slice(0, LONGEST_NUMBER))) {
    return withOwners(WholeNumber.parse(last.replaceAll(",", "")), readOwners(line, words, count - 1))
  }
  const glued = WholeNumber.trailingDigits(last, last.length)
  if (
    glued < GLUED_SIZE_DIGITS ||
    glued === last.length ||
    OF_A_NUMBER.includes(last.charAt(last.length - glued - 1))
  ) {
    return { size: Option.none(), ...readOwners(line, words, count) }
  }
  return withOwners(
    WholeNumber.parse(last.slice(-glued)),
    readOwners(line, words, count, (ends[count - 1] ?? 0) - glued)
  )
}

type Owners = Pick<FtpEntry, "owner" | "group">

/** Spelled out, as the spread of an object takes several times as long. */
const withOwners = (size: FtpEntry["size"], { group, owner }: Owners): Pick<FtpEntry, "size" | "owner" | "group"> => ({
  size,
  owner,
  group
})

/**
 * Owner and group after the link count, if there is one. When they hold spaces, the last gap of two spaces or more
 * parts them; without such a gap they can't be separated. The last word ends at `end`.
 */
const readOwners = (
  line: string,
  { ends, starts, texts }: Words,
  count: number,
  end: number = ends[count - 1] ?? 0
): Owners => {
  const first = count > 1 && /^\d+$/.test(texts[0] ?? "") ? 1 : 0
  const start = starts[first] ?? 0
  if (count <= first) {
    return noOwners
  }
  if (count - first === 1) {
    return { owner: Option.some(line.slice(start, end)), group: Option.none() }
  }
  for (let index = count - 1; index > first; index--) {
    const right = starts[index] ?? 0
    const left = ends[index - 1] ?? 0
    if (count - first === 2 || right - left > 1) {
      return { owner: Option.some(line.slice(start, left)), group: Option.some(line.slice(right, end)) }
    }
  }
  return noOwners
}

const noOwners: Owners = { owner: Option.none(), group: Option.none() }
