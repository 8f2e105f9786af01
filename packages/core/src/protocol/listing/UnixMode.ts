/**
 * The permissions that an `ls -l` line starts with: a letter for the type, and nine for who may do what.
 *
 *     drwxrwsr-t 7    -rw-rw----+ 1    drwxr-xr-x1732    as everyone prints them; the last touches the link count
 *     drwxrwx 1       -rw-r--r- 1      rw-r--r-- 1       embedded servers: fewer letters, or no type
 */
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"

/** The columns start at `end`. `mode` is known if all of its letters are there. */
export interface Permissions extends Pick<FtpEntry, "mode"> {
  readonly type: FtpEntryType
  readonly end: number
}

/** Undefined if the line doesn't start with permissions. */
export const read = (line: string): Permissions | undefined => {
  const mode = line.length > MODE_LENGTH && TYPE_LETTER.test(line.charAt(0)) ? modeOf(line) : -1
  if (mode !== -1) {
    const next = line.charAt(MODE_LENGTH)
    return MARKS.includes(next) || WholeNumber.isDigit(next.charCodeAt(0))
      ? { type: typeOf(line), mode: Option.some(mode), end: MARKS.includes(next) ? MODE_LENGTH + 1 : MODE_LENGTH }
      : undefined
  }
  const [short] = SHORT.exec(line) ?? []
  return short === undefined
    ? undefined
    : { type: short.startsWith("r") ? "Other" : typeOf(line), mode: Option.none(), end: short.length }
}

/** Whether a line is that of a pipe, a socket or a device: all of them are letters that `ls` prints on any Unix. */
export const isSpecial = (line: string): boolean =>
  SPECIAL_LETTERS.includes(line.charAt(0)) && read(line)?.mode._tag === "Some"

const SPECIAL_LETTERS = "bcps"

/** Type and three times three permissions. */
export const MODE_LENGTH = 10

/** What may follow: a blank, or `+` for an ACL, `.` for SELinux, `@` for attributes of macOS. */
const MARKS = " \t+.@"

/** Those below, and the rarer ones of Solaris, HP-UX, Cray and embedded servers. */
const TYPE_LETTER = /^[-a-zA-Z]/

/** A type and six or eight permissions, or nine permissions without a type. */
const SHORT = /^(?:[-dl](?:[-r][-w][-xsS]){2}(?:[-r][-w])?|r[-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])(?=[ \t])/

const typeOf = (line: string): FtpEntryType => {
  switch (line[0]) {
    case "-":
    case "f":
    case "F":
      return "File"
    case "d":
      return "Directory"
    case "l":
      return "SymbolicLink"
    default:
      return "Other"
  }
}

/** The permissions as twelve bits, -1 if the nine letters are no permissions. */
const modeOf = (line: string): number => {
  let mode = 0
  for (let index = 1; index < MODE_LENGTH; index++) {
    const bits = permission(line.charAt(index), index)
    if (bits === -1) {
      return -1
    }
    mode |= bits
  }
  return mode
}

/** The bits of one of the nine letters, by its place from 1. */
const permission = (letter: string, place: number): number => {
  const bit = 1 << (MODE_LENGTH - 1 - place)
  const column = place % 3
  if (letter === "-") {
    return 0
  }
  if (column === 1) {
    return letter === "r" ? bit : -1
  }
  if (column === 2) {
    return letter === "w" ? bit : -1
  }
  // Set-user, set-group and sticky bits stand in the place of x; capitals mean that x itself is off.
  const special = place === 3 ? 0o4000 : place === 6 ? 0o2000 : 0o1000
  switch (letter) {
    case "x":
      return bit
    case "s":
    case "t":
      return special | bit
    case "S":
    case "T":
    case "l":
    case "L":
      return special
    default:
      return -1
  }
}
