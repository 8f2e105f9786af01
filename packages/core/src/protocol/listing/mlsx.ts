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
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "../FtpEntry.ts"
import * as RemotePath from "../RemotePath.ts"
import type * as Reply from "../Reply.ts"
import * as Dialect from "./Dialect.ts"
import * as MlsxTemplate from "./MlsxTemplate.ts"
import * as MlsxValues from "./MlsxValues.ts"
import * as MlsxFacts from "./mlsxFacts.ts"

/**
 * The lines of MLSD. Times are UTC, whatever zone the context has. `listed` are the facts that FEAT lists, which decide
 * where the name begins on servers that write spaces before it: within values, between facts, ahead of the first one.
 */
export const mlsx = (listed: MlsxFacts.Names = MlsxFacts.noNames): Dialect.Dialect<"Mlsx"> => ({
  name: "Mlsx",
  open: (context) => {
    const regular = MlsxValues.reader(Dialect.prefixOf(context.directory))
    let isPlain = false
    return {
      usual: (line) => {
        const entry = regular(line)
        if (entry !== undefined) {
          isPlain ||= MlsxFacts.isPlain(entry)
        }
        return entry
      },
      line: (line) => {
        const meaning = parseLine(line, context.directory, listed)
        isPlain ||= Either.isRight(meaning) && Option.exists(meaning.right, MlsxFacts.isPlain)
        return meaning
      },
      isSettled: () => isPlain,
      align: (entries) =>
        MlsxFacts.areSpaced(entries, listed)
          ? entries.map((entry) => fromSpacedFacts(entry, context.directory, listed))
          : entries
    }
  }
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
  const facts = MlsxValues.read(line.slice(start, space))
  if (facts === undefined) {
    return Dialect.unread("no facts before the name")
  }
  const name = line.slice(space + 1)
  if (name === "") {
    return Dialect.unread("no name")
  }
  return lineOf(facts, name, directory, line)
}

const lineOf = (facts: MlsxValues.Facts, name: string, directory: string, raw: string): Dialect.Line =>
  facts.self ? Dialect.skipped : Dialect.entry(MlsxTemplate.entryOf(facts, name, RemotePath.join(directory, name), raw))

/** The entry, read again as a line with a space after each fact; `.` if it is the listed directory or its parent. */
const fromSpacedFacts = (entry: FtpEntry, directory: string, listed: MlsxFacts.Names): FtpEntry => {
  const spaced = MlsxFacts.withoutSpaces(entry.raw, listed)
  const facts = MlsxValues.read(spaced.facts)
  return facts === undefined || spaced.name === ""
    ? entry
    : MlsxTemplate.entryOf(facts, facts.self ? "." : spaced.name, RemotePath.join(directory, spaced.name), entry.raw)
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
    const facts = text === "" ? undefined : MlsxValues.read(text)
    if (facts !== undefined) {
      return Option.some(MlsxTemplate.entryOf(facts, RemotePath.baseName(path), path, raw))
    }
  }
  return Option.none()
}
