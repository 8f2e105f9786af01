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

export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The words from there on, as many as can matter. */
export const wordsOf = (line: string, from: number): Array<Word> => {
  const words: Array<Word> = []
  let index = from
  while (index < line.length && words.length < MAX_WORDS) {
    while (isSpace(line.charCodeAt(index))) {
      index += 1
    }
    const start = index
    while (index < line.length && !isSpace(line.charCodeAt(index))) {
      index += 1
    }
    if (index > start) {
      words.push({ text: line.slice(start, index), start, end: index })
    }
  }
  return words
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
const isOfPeter = (words: ReadonlyArray<Word>): boolean => {
  const [first, second, third] = words.map(({ text }) => text.slice(0, LONGEST_NUMBER))
  return (
    (words.length === 2 && first === "folder") ||
    (words.length === 3 &&
      /^\d+ \d+ \d+$/.test(`${first} ${second} ${third}`) &&
      Number(first) + Number(second) === Number(third))
  )
}

/** What stands between mode and date: links, owner, group, size, each perhaps missing but the size. */
export const read = (line: string, words: ReadonlyArray<Word>): Pick<FtpEntry, "size" | "owner" | "group"> => {
  const last = words[words.length - 1]
  if (last === undefined) {
    return { size: Option.none(), ...noOwners }
  }
  if (isOfPeter(words)) {
    return { size: words.length === 3 ? WholeNumber.parse(last.text) : Option.none(), ...noOwners }
  }
  const digits = /^\d+$/.test(last.text) ? last.text : ""
  const isDevice = line[0] === "b" || line[0] === "c"
  if (isDevice || digits !== "") {
    const beforeSize = words.slice(0, isDevice && words[words.length - 2]?.text.endsWith(",") ? -2 : -1)
    return { size: isDevice ? Option.none() : WholeNumber.parse(digits), ...readOwners(line, beforeSize) }
  }
  if (APPROXIMATE.test(last.text.slice(0, LONGEST_NUMBER))) {
    return { size: Option.none(), ...readOwners(line, words.slice(0, -1)) }
  }
  if (WITH_COMMAS.test(last.text.slice(0, LONGEST_NUMBER))) {
    return { size: WholeNumber.parse(last.text.replaceAll(",", "")), ...readOwners(line, words.slice(0, -1)) }
  }
  const glued = WholeNumber.trailingDigits(last.text, last.text.length)
  const group = { ...last, text: last.text.slice(0, -glued), end: last.end - glued }
  if (glued < GLUED_SIZE_DIGITS || glued === last.text.length || OF_A_NUMBER.includes(group.text.slice(-1))) {
    return { size: Option.none(), ...readOwners(line, words) }
  }
  return { size: WholeNumber.parse(last.text.slice(-glued)), ...readOwners(line, [...words.slice(0, -1), group]) }
}

/**
 * Owner and group after the link count, if there is one. When they hold spaces, the last gap of two spaces or more
 * parts them; without such a gap they can't be separated.
 */
const readOwners = (line: string, words: ReadonlyArray<Word>): Pick<FtpEntry, "owner" | "group"> => {
  const named = words.length > 1 && /^\d+$/.test(words[0]?.text ?? "") ? words.slice(1) : words
  const first = named[0]
  const last = named[named.length - 1]
  if (first === undefined || last === undefined) {
    return noOwners
  }
  if (named.length === 1) {
    return { owner: Option.some(first.text), group: Option.none() }
  }
  for (let index = named.length - 1; index > 0; index--) {
    const right = named[index]
    const left = named[index - 1]
    if (right !== undefined && left !== undefined && (named.length === 2 || right.start - left.end > 1)) {
      return {
        owner: Option.some(line.slice(first.start, left.end)),
        group: Option.some(line.slice(right.start, last.end))
      }
    }
  }
  return noOwners
}

const noOwners: Pick<FtpEntry, "owner" | "group"> = { owner: Option.none(), group: Option.none() }
