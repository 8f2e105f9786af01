/**
 * The machine listing, RFC 3659 §7: facts, one space, the name.
 *
 *     C: MLSD /pub
 *     S: type=dir;modify=20231014172011;UNIX.mode=0755; old files
 *
 *     C: MLST /pub/report.pdf
 *     S: 250-Start
 *     S:  type=file;size=4711;modify=20231014172011; /pub/report.pdf
 *     S: 250 End
 *
 * The path of an MLST reply (absolute, relative or bare as the server likes) and `perm` are not trusted.
 */
import * as Option from "effect/Option"
import { type FtpEntry, type FtpEntryType, type FtpTime, noFacts } from "../FtpEntry.ts"
import * as RemotePath from "../RemotePath.ts"
import type * as Reply from "../Reply.ts"
import * as Timestamp from "../Timestamp.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as Dialect from "./Dialect.ts"
import * as MlsxFacts from "./mlsxFacts.ts"

/**
 * The lines of MLSD. Times are UTC, whatever zone the context has. `listed` are the facts that FEAT lists, which decide
 * where the name begins on servers that write spaces before it: within values, between facts, ahead of the first one.
 */
export const mlsx = (listed: MlsxFacts.Names = MlsxFacts.noNames): Dialect.Dialect<"Mlsx"> => ({
  name: "Mlsx",
  open: (context) => ({
    line: (line) => parseLine(line, context.directory, listed),
    align: (entries) =>
      MlsxFacts.areSpaced(entries, listed)
        ? entries.map((entry) => fromSpacedFacts(entry, context.directory, listed))
        : entries
  })
})

/**
 * One line of MLSD of that directory. The listed directory and its parent (`cdir`, `pdir`, whatever their names) are
 * skipped. A line without the fact `type` is an `"Other"`.
 */
export const parseLine = (
  line: string,
  directory: string,
  listed: MlsxFacts.Names = MlsxFacts.noNames
): Dialect.Line => {
  const start = MlsxFacts.start(line, listed)
  const space = MlsxFacts.end(line, start, listed)
  if (space === -1) {
    return Dialect.unread("no space before the name")
  }
  const facts = readFacts(line.slice(start, space))
  if (facts === undefined) {
    return Dialect.unread("no facts before the name")
  }
  const name = line.slice(space + 1)
  if (name === "") {
    return Dialect.unread("no name")
  }
  return facts.self ? Dialect.skipped : Dialect.entry(toEntry(facts, name, RemotePath.join(directory, name), line))
}

/** The entry, read again as a line with a space after each fact; `.` if it is the listed directory or its parent. */
const fromSpacedFacts = (entry: FtpEntry, directory: string, listed: MlsxFacts.Names): FtpEntry => {
  const spaced = MlsxFacts.withoutSpaces(entry.raw, listed)
  const facts = readFacts(spaced.facts)
  return facts === undefined || spaced.name === ""
    ? entry
    : toEntry(facts, facts.self ? "." : spaced.name, RemotePath.join(directory, spaced.name), entry.raw)
}

/**
 * The entry in a 250 reply to MLST for `path`, which also gives the entry its name (empty for `/`): what the reply says
 * there can be anything. Any number of spaces may start the line. `cdir` is a directory here (ProFTPD up to 1.3.5a).
 * `None` when no line has facts.
 */
export const parseMlst = (reply: Reply.Reply, path: string): Option.Option<FtpEntry> => {
  const inner = reply.lines.length > 2 ? reply.lines.slice(1, -1) : reply.lines
  for (const raw of inner) {
    const line = raw.trimStart()
    const space = MlsxFacts.end(line, 0)
    const text = space === -1 ? line : line.slice(0, space)
    const facts = text === "" ? undefined : readFacts(text)
    if (facts !== undefined) {
      return Option.some(toEntry(facts, RemotePath.baseName(path), path, raw))
    }
  }
  return Option.none()
}

interface Facts {
  type: FtpEntryType
  /** The listed directory or its parent. */
  self: boolean
  linkTarget: Option.Option<string>
  size: Option.Option<number>
  modified: Option.Option<FtpTime>
  mode: Option.Option<number>
  owner: Option.Option<string>
  group: Option.Option<string>
  unique: Option.Option<string>
}

/** Undefined when the text is not empty and has no fact. */
const readFacts = (text: string): Facts | undefined => {
  const facts: Facts = {
    type: "Other",
    self: false,
    ...noFacts
  }
  let found = text === ""
  let start = 0
  let equals = text.indexOf("=")
  while (start < text.length) {
    const semicolon = text.indexOf(";", start)
    const end = semicolon === -1 ? text.length : semicolon
    // Looked for only from where it was found last, as a line may be of semicolons alone.
    if (equals < start) {
      equals = text.indexOf("=", start)
    }
    if (equals === -1) {
      break
    }
    if (equals > start && equals < end) {
      found = true
      readFact(facts, text.slice(start, equals).toLowerCase(), text.slice(equals + 1, end))
    }
    start = end + 1
  }
  return found ? facts : undefined
}

const readFact = (facts: Facts, name: string, value: string): void => {
  switch (name) {
    case "type":
      readType(facts, value)
      break
    case "size":
      facts.size = WholeNumber.parse(value)
      break
    case "sizd": // Pure-FTPd's size of a directory
      facts.size = Option.orElse(facts.size, () => WholeNumber.parse(value))
      break
    case "modify":
      facts.modified = Timestamp.parse(value)
      break
    case "unix.mode":
      facts.mode = octalMode(value)
      break
    case "unix.ownername":
      facts.owner = nonEmpty(value)
      break
    case "unix.owner":
    case "unix.uid":
      facts.owner = Option.orElse(facts.owner, () => nonEmpty(value))
      break
    case "unix.groupname":
      facts.group = nonEmpty(value)
      break
    case "unix.group":
    case "unix.gid":
      facts.group = Option.orElse(facts.group, () => nonEmpty(value))
      break
    case "unique":
      facts.unique = nonEmpty(value)
      break
  }
}

const readType = (facts: Facts, value: string): void => {
  const type = value.toLowerCase()
  // `OS.unix=slink:/target` is ProFTPD's and Pure-FTPd's, `OS.unix=symlink` ProFTPD's default.
  const kind = type.startsWith("os.") ? type.slice(type.indexOf("=") + 1) : type
  switch (kind) {
    case "file":
      facts.type = "File"
      break
    case "dir":
      facts.type = "Directory"
      break
    case "cdir":
    case "pdir":
      facts.type = "Directory"
      facts.self = true
      break
    default:
      if (kind === "symlink" || kind === "slink" || kind.startsWith("slink:")) {
        facts.type = "SymbolicLink"
        const colon = value.indexOf(":")
        facts.linkTarget = colon === -1 ? Option.none() : nonEmpty(value.slice(colon + 1))
      }
  }
}

const toEntry = (facts: Facts, name: string, path: string, raw: string): FtpEntry => ({
  name,
  path,
  type: facts.type,
  size: facts.size,
  modified: facts.modified,
  mode: facts.mode,
  owner: facts.owner,
  group: facts.group,
  linkTarget: facts.linkTarget,
  unique: facts.unique,
  raw
})

const nonEmpty = (value: string): Option.Option<string> => (value === "" ? Option.none() : Option.some(value))

/** Long enough for `0100644`, short enough to be exact. */
const MAX_MODE_DIGITS = 10

/** `0644` and `100644`: the lowest twelve bits are what they share. */
const octalMode = (value: string): Option.Option<number> =>
  value.length <= MAX_MODE_DIGITS && /^[0-7]+$/.test(value)
    ? Option.some(Number.parseInt(value, 8) % 0o10000)
    : Option.none()
