/**
 * Where the facts of an MLSD line end and the name begins: RFC 3659 §7.2 has one space there, and none before it.
 *
 *     type=file;size=6; a.txt                                    the first space, as names may hold anything
 *     type=file;size=6 a.txt                                     NcFTPd leaves out the last `;`
 *     type=file;UNIX.groupname=domain users;UNIX.mode=0644; a    a value with a space: ProFTPD before 1.3.8
 *     type=OS.unix=slink:/old files; a                           the target of a link
 *     type=file;size=6;<TAB>a.txt                                a tab instead of the space
 *      type=file;size=6; a.txt                                   a space first, as in MLST
 *     type=file; size=6; a.txt                                   spaces between the facts
 *
 * A name may hold `; ` and look like a fact. So facts extend beyond the first `; ` only in a listing that has no line
 * of the regular form: nobody can hide a file of a directory by giving another one such a name.
 */

/** Names of facts, lower case. */
export type Names = ReadonlySet<string>

export const noNames: Names = new Set()

/** Where the facts start. Only a fact that is listed proves that spaces ahead of it are not the end of no facts. */
export const start = (line: string, listed: Names): number => {
  if (!line.startsWith(" ")) {
    return 0
  }
  const first = line.length - line.trimStart().length
  return isFact(line, first, listed) ? first : 0
}

/** The separator before the name of a line whose facts start there; -1 if there is none. */
export const end = (line: string, from: number, listed: Names = noNames): number => {
  let space = line.indexOf(" ", from)
  while (space > from && line[space - 1] !== ";") {
    const next = endOfValue(line, space, listed)
    if (next === -1) {
      break
    }
    space = line.indexOf(" ", next)
  }
  const tab = line.indexOf(";\t", from)
  return tab !== -1 && (space === -1 || tab < space) ? tab + 1 : space
}

/** Where the next fact starts, or the space before the name is, if the space at `space` is within a value; else -1. */
const endOfValue = (line: string, space: number, listed: Names): number => {
  const fact = line.slice(line.lastIndexOf(";", space) + 1, space)
  if (SYMBOLIC_LINK.test(fact)) {
    // The target may hold anything but `;`.
    const end = line.indexOf("; ", space)
    return end === -1 ? -1 : end + 1
  }
  if (!mayHoldSpaces(fact.slice(0, fact.indexOf("=")).toLowerCase(), listed)) {
    return -1
  }
  const end = line.indexOf(";", space) + 1
  return end > 0 && (line[end] === " " || isFact(line, end, listed)) ? end : -1
}

const SYMBOLIC_LINK = /^type=os\.[^=]*=slink:/i

const mayHoldSpaces = (fact: string, listed: Names): boolean =>
  OWNERS.has(fact) || (listed.has(fact) && !WITHOUT_SPACES.has(fact))

/** Names of people and groups, such as `domain users`. */
const OWNERS: Names = new Set(["unix.owner", "unix.ownername", "unix.group", "unix.groupname"])

/** Words, numbers and times: a space after them ends the facts. */
const WITHOUT_SPACES: Names = new Set([
  ...["type", "size", "sizd", "modify", "create", "perm", "unique", "lang", "charset"],
  ...["unix.mode", "unix.uid", "unix.gid"]
])

/** Whether a fact starts there: one that is listed, or within the facts one that is widely known. */
const isFact = (line: string, from: number, listed: Names): boolean => {
  const equals = line.indexOf("=", from)
  // Longer names are not looked at: each call must be short, however long the line.
  if (equals === -1 || equals - from > MAX_NAME_LENGTH) {
    return false
  }
  const name = line.slice(from, equals).toLowerCase()
  return listed.has(name) || (line[from - 1] === ";" && (OWNERS.has(name) || WITHOUT_SPACES.has(name)))
}

const MAX_NAME_LENGTH = 64

/**
 * Whether a listing has spaces between the facts of all its lines, given entries whose names follow the first `; `. Each
 * name is another fact then, or begins with a space after a fact that is empty.
 */
export const areSpaced = (entries: ReadonlyArray<{ readonly name: string }>, listed: Names): boolean => {
  let found = false
  for (const { name } of entries) {
    if (isFact(name, 0, listed) && name.includes(";")) {
      found = true
    } else if (!name.startsWith(" ")) {
      return false
    }
  }
  return found
}

/** Whether an entry shows by its name that the listing has no spaces between facts. */
export const isPlain = ({ name }: { readonly name: string }): boolean => !name.startsWith(" ") && !name.includes(";")

/** The facts and the name of a line with spaces between the facts, each of which is there once. */
export const withoutSpaces = (line: string, listed: Names): { readonly facts: string; readonly name: string } => {
  const seen = new Set<string>()
  let facts = ""
  let rest = line.trimStart()
  while (isFact(rest, 0, listed) && rest.includes(";")) {
    const name = rest.slice(0, rest.indexOf("=")).toLowerCase()
    if (seen.has(name)) {
      break
    }
    seen.add(name)
    const next = rest.indexOf(";") + 1
    facts += rest.slice(0, next)
    rest = rest.slice(next).trimStart()
  }
  return { facts, name: rest }
}
