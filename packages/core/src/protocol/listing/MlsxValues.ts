/**
 * The facts of a line of MLSD or MLST, RFC 3659 §7.5, in the spellings of servers.
 *
 *     type=file;size=4711;modify=20231014172011;UNIX.mode=0644;
 *
 * The lines of a listing have the same facts in the same order, and many of their values: `reader` looks first whether
 * a line is like one before it (`MlsxTemplate`), then whether a fact is that of the line before, and shares what it says.
 */
import * as Option from "effect/Option"
import { type FtpEntry, type FtpEntryType, noFacts } from "../FtpEntry.ts"
import * as Timestamp from "../Timestamp.ts"
import * as WholeNumber from "../WholeNumber.ts"
import * as MlsxTemplate from "./MlsxTemplate.ts"

export type { Facts } from "./MlsxTemplate.ts"

type Facts = MlsxTemplate.Facts
type Collected = MlsxTemplate.Collected

/** One fact. `"Else"` counts only if no other fact has said the same. */
type Fact =
  | {
      readonly field: "type"
      readonly type: FtpEntryType
      readonly self: boolean
      readonly target: FtpEntry["linkTarget"] | undefined
    }
  | { readonly field: "size"; readonly rank: Rank; readonly value: FtpEntry["size"] }
  | { readonly field: "modified"; readonly value: FtpEntry["modified"] }
  | { readonly field: "mode"; readonly value: FtpEntry["mode"] }
  | { readonly field: "owner" | "group"; readonly rank: Rank; readonly value: FtpEntry["owner"] }
  | { readonly field: "unique"; readonly value: FtpEntry["unique"] }

type Rank = "First" | "Else"

const makeFacts = (): Collected => ({ type: "Other", self: false, ...noFacts })

/** Undefined when the text is not empty and has no fact. */
export const read = (text: string): Facts | undefined => {
  const facts = makeFacts()
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
      collect(facts, factOf(text.slice(start, equals).toLowerCase(), text.slice(equals + 1, end)))
    }
    start = end + 1
  }
  return found ? facts : undefined
}

/** What a fact says; undefined if nothing of interest. */
const factOf = (name: string, value: string): Fact | undefined => {
  switch (name) {
    case "type":
      return typeOf(value)
    case "size":
      return { field: "size", rank: "First", value: WholeNumber.parse(value) }
    case "sizd": // Pure-FTPd's size of a directory
      return { field: "size", rank: "Else", value: WholeNumber.parse(value) }
    case "modify":
      return { field: "modified", value: Timestamp.parse(value) }
    case "unix.mode":
      return { field: "mode", value: octalMode(value) }
    case "unix.ownername":
      return { field: "owner", rank: "First", value: nonEmpty(value) }
    case "unix.owner":
    case "unix.uid":
      return { field: "owner", rank: "Else", value: nonEmpty(value) }
    case "unix.groupname":
      return { field: "group", rank: "First", value: nonEmpty(value) }
    case "unix.group":
    case "unix.gid":
      return { field: "group", rank: "Else", value: nonEmpty(value) }
    case "unique":
      return { field: "unique", value: nonEmpty(value) }
    default:
      return undefined
  }
}

const typeOf = (value: string): Fact | undefined => {
  const type = value.toLowerCase()
  // `OS.unix=slink:/target` is ProFTPD's and Pure-FTPd's, `OS.unix=symlink` ProFTPD's default.
  const kind = type.startsWith("os.") ? type.slice(type.indexOf("=") + 1) : type
  switch (kind) {
    case "file":
      return { field: "type", type: "File", self: false, target: undefined }
    case "dir":
      return { field: "type", type: "Directory", self: false, target: undefined }
    case "cdir":
    case "pdir":
      return { field: "type", type: "Directory", self: true, target: undefined }
    default: {
      const colon = value.indexOf(":")
      return kind === "symlink" || kind === "slink" || kind.startsWith("slink:")
        ? {
            field: "type",
            type: "SymbolicLink",
            self: false,
            target: colon === -1 ? Option.none() : nonEmpty(value.slice(colon + 1))
          }
        : undefined
    }
  }
}

const collect = (facts: Collected, fact: Fact | undefined): void => {
  switch (fact?.field) {
    case "type":
      facts.type = fact.type
      facts.self = facts.self || fact.self
      facts.linkTarget = fact.target ?? facts.linkTarget
      break
    case "size":
      facts.size = fact.rank === "Else" && Option.isSome(facts.size) ? facts.size : fact.value
      break
    case "modified":
      facts.modified = fact.value
      break
    case "mode":
      facts.mode = fact.value
      break
    case "owner":
      facts.owner = fact.rank === "Else" && Option.isSome(facts.owner) ? facts.owner : fact.value
      break
    case "group":
      facts.group = fact.rank === "Else" && Option.isSome(facts.group) ? facts.group : fact.value
      break
    case "unique":
      facts.unique = fact.value
      break
  }
}

const nonEmpty = (value: string): Option.Option<string> => (value === "" ? Option.none() : Option.some(value))

/** Long enough for `0100644`, short enough to be exact. */
const MAX_MODE_DIGITS = 10

/** `0644` and `100644`, or `0o644` (pyftpdlib on Python 3): the lowest twelve bits are what they share. */
const octalMode = (value: string): Option.Option<number> => {
  const digits = value.startsWith("0o") ? value.slice("0o".length) : value
  return digits.length <= MAX_MODE_DIGITS && /^[0-7]+$/.test(digits)
    ? Option.some(Number.parseInt(digits, 8) % 0o10000)
    : Option.none()
}

/**
 * Reads the lines of one listing whose facts have the regular form, each with its `;` and without spaces; undefined for a
 * line of another form, and for the listed directory or its parent. `prefix` is what all paths of that directory begin
 * with.
 */
export const reader = (prefix: string): ((line: string) => FtpEntry | undefined) => {
  const facts = makeFacts()
  /** The facts of the line before, with their `;`, by their places. */
  const texts: Array<string> = []
  const known: Array<Fact | undefined> = []
  const times = MlsxTemplate.makeTimes()
  /** The last one that a line was like is the first. */
  let templates: ReadonlyArray<MlsxTemplate.Template> = []

  const readAt = (line: string, from: number, space: number, place: number): boolean => {
    const end = line.indexOf(";", from)
    const equals = line.indexOf("=", from)
    if (end === -1 || end > space || equals <= from || equals > end || place >= MAX_FACTS) {
      return false
    }
    texts[place] = line.slice(from, end + 1)
    known[place] = factOf(line.slice(from, equals).toLowerCase(), line.slice(equals + 1, end))
    return true
  }

  /** Fact by fact; returns where the name starts, or -1. */
  const readFacts = (line: string, space: number): number => {
    Object.assign(facts, NOTHING)
    const values: Array<MlsxTemplate.Value> = []
    let at = 0
    let place = 0
    while (at < space) {
      const text = texts[place]
      if ((text === undefined || !line.startsWith(text, at)) && !readAt(line, at, space, place)) {
        return -1
      }
      collect(facts, known[place])
      const end = at + (texts[place]?.length ?? 0)
      const start = line.indexOf("=", at) + 1
      const fact = MlsxTemplate.varyingOf(line.slice(at, start))
      if (fact === "modify") {
        MlsxTemplate.remember(times, facts.modified)
      }
      if (fact !== undefined) {
        values.push({ fact, start, end: end - 1 })
      }
      at = end
      place += 1
      if (line.charCodeAt(at) === TAB) {
        return -1
      }
    }
    if (at !== space) {
      return -1
    }
    if (!facts.self && isTemplate(known.slice(0, place))) {
      templates = [MlsxTemplate.make(line, space + 1, values, facts), ...templates.slice(0, MAX_TEMPLATES - 1)]
    }
    return space + 1
  }

  const readLike = (line: string, space: number): FtpEntry | undefined => {
    for (const template of templates) {
      const entry = MlsxTemplate.read(template, line, space, prefix, times)
      if (entry !== undefined) {
        if (template !== templates[0]) {
          templates = [template, ...templates.filter((other) => other !== template)]
        }
        return entry
      }
    }
    return undefined
  }

  return (line) => {
    const space = line.indexOf(" ")
    if (space < 1 || space === line.length - 1) {
      return undefined
    }
    const like = readLike(line, space)
    if (like !== undefined) {
      return like
    }
    const nameStart = readFacts(line, space)
    if (nameStart === -1 || facts.self) {
      return undefined
    }
    const name = line.slice(nameStart)
    return MlsxTemplate.entryOf(facts, name, prefix + name, line)
  }
}

/** Whether each fact about a field is there once: else the others decide what a value counts for. */
const isTemplate = (facts: ReadonlyArray<Fact | undefined>): boolean => {
  const fields = facts.map((fact) => fact?.field)
  return (["size", "modified", "unique"] as const).every((field) => fields.indexOf(field) === fields.lastIndexOf(field))
}

/** Files, directories and links, of a few modes. */
const MAX_TEMPLATES = 4

const NOTHING: Facts = makeFacts()

/** More facts than any server has. */
const MAX_FACTS = 64

const TAB = 0x09
