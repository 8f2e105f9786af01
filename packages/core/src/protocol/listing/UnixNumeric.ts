/**
 * Lines of servers that print what `stat` returns: mode, owner, group, size and seconds since 1970.
 *
 *     0100644   500  101   12345    123456789       a file
 *     040755    500  101    4096    123456789       a directory
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType } from "../FtpEntry.ts"
import * as WholeNumber from "../WholeNumber.ts"

/** The name begins at `nameStart`. */
export interface Columns extends Pick<FtpEntry, "size" | "modified" | "mode" | "owner" | "group"> {
  readonly type: FtpEntryType
  readonly nameStart: number
}

/** Undefined for a line of another form. */
export const read = (line: string): Columns | undefined => {
  const parts = line.startsWith("0") ? LINE.exec(line) : null
  if (parts === null) {
    return undefined
  }
  const [head, octal = "", owner = "", group = "", size = "", seconds] = parts
  const mode = Number.parseInt(octal, OCTAL)
  const type = TYPES.get(mode >> TYPE_SHIFT) ?? "Other"
  return {
    type,
    size: type === "Directory" ? Option.none() : WholeNumber.parse(size),
    modified: Option.some({ at: DateTime.unsafeMake(Number(seconds) * 1000), precision: "Second", zone: "Utc" }),
    mode: Option.some(mode & MODE_BITS),
    owner: Option.some(owner),
    group: Option.some(group),
    nameStart: head.length
  }
}

const OCTAL = 8
/** `S_IFMT` of the file's type lies above the twelve bits of its mode. */
const TYPE_SHIFT = 12
const MODE_BITS = 0o7777

const TYPES: ReadonlyMap<number, FtpEntryType> = new Map([
  [0o10, "File"],
  [0o04, "Directory"],
  [0o12, "SymbolicLink"]
])

/** All but the name. The seconds have at most ten digits: until the year 2286. */
const LINE = /^(0[0-7]{5,6}) +(\d{1,10}) +(\d{1,10}) +(\d{1,20}) +(\d{1,10}) {1,20}(?=[^ \t])/
