/**
 * fast-check arbitraries of what travels in FTP: names, paths, entries, replies, and the ways in which bytes arrive.
 * For our own tests and for yours; `effect/FastCheck` runs them.
 *
 * All of it is valid; for invalid input use `FastCheck.string` and `FastCheck.uint8Array`.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { FtpEntry, FtpEntryType, FtpTime } from "../protocol/FtpEntry.ts"
import type { Reply } from "../protocol/Reply.ts"

/** Names that real servers have and that parsers, shells and file systems have tripped over. */
const NASTY_NAMES = [
  " leading",
  "trailing ",
  "   ",
  "-rf",
  "--help",
  "a -> b",
  "a;b=c",
  "type=dir; x",
  'qu"ote',
  '""',
  "it's",
  "a:b",
  "con",
  "nul.txt",
  "dot.",
  "...",
  "..a",
  "~",
  "*",
  "[br]",
  "back\\slash",
  "%2e%2e",
  "%0d%0a",
  "tab\there",
  "esc\u001b[2J",
  "213 x",
  "226 done",
  "total 48",
  "Jan  1 00:00 x",
  "naïve",
  "nai\u0308ve",
  "日本語",
  "👩‍👩‍👧.png",
  "\u202Etxt.exe",
  "\uFEFFbom",
  "ÿ",
  "caf\uDCE9"
] as const

/** Enough to cross the borders that matter, few enough to run often. */
const MAX_PARTS = 5

/** The year range that Timestamp calls plausible. */
const FIRST_TIME = new Date("1900-01-01T00:00:00.000Z")
const LAST_TIME = new Date("9998-12-31T23:59:59.999Z")

const NUL_OR_LINE_END = /[\0\r\n]/g

/** A string of whole code points that one line of the protocol can carry. */
const lineText: FastCheck.Arbitrary<string> = FastCheck.oneof(
  FastCheck.string({ unit: "grapheme-ascii" }),
  FastCheck.string({ unit: "binary" }).map((text) => text.replace(NUL_OR_LINE_END, ""))
)

/**
 * One path component that a command can carry: not empty, `.` or `..`, without `/`, NUL, CR and LF. Nasty ones
 * included, among them a name whose bytes are not UTF-8 (a lone surrogate, see `WireText`).
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const remoteName: FastCheck.Arbitrary<string> = FastCheck.oneof(
  FastCheck.constantFrom(...NASTY_NAMES),
  lineText.map((text) => text.replaceAll("/", "")).filter((name) => name !== "" && name !== "." && name !== "..")
)

/**
 * A normalised path of one to five names, absolute or relative.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const path: FastCheck.Arbitrary<string> = FastCheck.tuple(
  FastCheck.boolean(),
  FastCheck.array(remoteName, { minLength: 1, maxLength: MAX_PARTS })
).map(([absolute, names]) => `${absolute ? "/" : ""}${names.join("/")}`)

/**
 * A time as MLSx and MDTM give it, its millis fitting its precision.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const time: FastCheck.Arbitrary<FtpTime> = FastCheck.tuple(
  FastCheck.date({ min: FIRST_TIME, max: LAST_TIME, noInvalidDate: true }),
  FastCheck.constantFrom("Second" as const, "Millisecond" as const)
).map(([date, precision]) => ({
  at: DateTime.unsafeMake(precision === "Second" ? Math.floor(date.getTime() / 1000) * 1000 : date.getTime()),
  precision,
  zone: "Utc"
}))

const option = <A>(value: FastCheck.Arbitrary<A>): FastCheck.Arbitrary<Option.Option<A>> =>
  FastCheck.option(value).map(Option.fromNullable)

/** What may stand for an owner, group or unique id in a fact. */
const word: FastCheck.Arbitrary<string> = FastCheck.string({ unit: "grapheme-ascii", minLength: 1 }).map((text) =>
  text.replace(/[ ;=]/g, "_")
)

const LAST_MODE = 0o7777

/**
 * An entry as an MLSx line can tell it; `raw` is that line (see `mlsxLine`), and `path` is the name in the given
 * directory (default `/`).
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const entry = (directory = "/"): FastCheck.Arbitrary<FtpEntry> =>
  FastCheck.record({
    name: remoteName,
    type: FastCheck.constantFrom<FtpEntryType>("File", "Directory", "SymbolicLink", "Other"),
    size: option(FastCheck.maxSafeNat()),
    modified: option(time),
    mode: option(FastCheck.nat(LAST_MODE)),
    owner: option(word),
    group: option(word),
    linkTarget: option(path.map((target) => target.replaceAll(";", "_"))),
    unique: option(word)
  }).map((fields) => {
    const made: FtpEntry = {
      ...fields,
      linkTarget: fields.type === "SymbolicLink" ? fields.linkTarget : Option.none(),
      path: directory.endsWith("/") ? directory + fields.name : `${directory}/${fields.name}`,
      raw: ""
    }
    return { ...made, raw: toMlsxLine(made) }
  })

/**
 * A line of MLSD without its line end, and the entry that it describes.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const mlsxLine: FastCheck.Arbitrary<{ readonly line: string; readonly entry: FtpEntry }> = entry().map(
  (made) => ({ line: made.raw, entry: made })
)

/**
 * The entry as a line of MLSD, RFC 3659 §7.2, without a line end.
 *
 * @since 0.1.0
 * @category destructors
 */
export const toMlsxLine = (made: FtpEntry): string => {
  const facts = [
    Option.some(`type=${typeFact(made)}`),
    Option.map(made.size, (size) => `size=${size}`),
    Option.map(made.modified, (modified) => `modify=${wireTime(modified)}`),
    Option.map(made.mode, (mode) => `UNIX.mode=0${mode.toString(8)}`),
    Option.map(made.owner, (owner) => `UNIX.ownername=${owner}`),
    Option.map(made.group, (group) => `UNIX.groupname=${group}`),
    Option.map(made.unique, (unique) => `unique=${unique}`)
  ]
  return `${facts.map(Option.match({ onNone: () => "", onSome: (fact) => `${fact};` })).join("")} ${made.name}`
}

const typeFact = (made: FtpEntry): string => {
  switch (made.type) {
    case "File":
      return "file"
    case "Directory":
      return "dir"
    case "SymbolicLink":
      return Option.match(made.linkTarget, {
        onNone: () => "OS.unix=symlink",
        onSome: (target) => `OS.unix=slink:${target}`
      })
    case "Other":
      return "OS.unix=chr-1/3"
  }
}

const wireTime = (modified: FtpTime): string => {
  const [seconds = "", fraction = ""] = DateTime.formatIso(modified.at)
    .replace(/[-:TZ]/g, "")
    .split(".")
  return modified.precision === "Second" ? seconds : `${seconds}.${fraction}`
}

/**
 * A reply of one to five lines that survives the wire as it is: no inner line ends it, or repeats its code.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const reply: FastCheck.Arbitrary<Reply> = FastCheck.tuple(
  FastCheck.oneof(
    FastCheck.constantFrom(125, 150, 200, 211, 213, 220, 226, 227, 229, 230, 250, 257, 331, 350, 421, 425, 450, 550),
    FastCheck.integer({ min: 100, max: 599 })
  ),
  FastCheck.array(FastCheck.oneof(lineText, FastCheck.constantFrom("", " MDTM", "226 done", "  ", "-", "a\tb")), {
    minLength: 1,
    maxLength: MAX_PARTS
  })
).map(([code, texts]) => {
  const [first = "", ...rest] = texts
  const last = rest.length - 1
  return {
    code,
    lines: [first, ...rest.map((text, index) => (index < last && text.startsWith(`${code}`) ? ` ${text}` : text))]
  }
})

/**
 * The bytes of a reply, RFC 959 §4.2, in UTF-8, lines ended by CR LF.
 *
 * @since 0.1.0
 * @category destructors
 */
export const toReplyBytes = ({ code, lines }: Reply): Uint8Array => {
  const last = lines.length - 1
  const wire = lines.map((text, index) => (index === last ? `${code} ${text}` : index === 0 ? `${code}-${text}` : text))
  return new TextEncoder().encode(`${wire.join("\r\n")}\r\n`)
}

/**
 * A reply and its bytes.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const replyBytes: FastCheck.Arbitrary<{ readonly reply: Reply; readonly bytes: Uint8Array }> = reply.map(
  (made) => ({ reply: made, bytes: toReplyBytes(made) })
)

/**
 * The ways in which the bytes may arrive: chunks of at least one byte that together are the bytes. All in one, one by
 * one, and anything between.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const byteSplits = (bytes: Uint8Array): FastCheck.Arbitrary<Array<Uint8Array>> =>
  FastCheck.oneof(
    FastCheck.constant([bytes.length]),
    FastCheck.constant([...bytes.keys()]),
    FastCheck.array(FastCheck.nat(bytes.length))
  ).map((cuts) => {
    const borders = [...new Set([...cuts, bytes.length])].filter((cut) => cut > 0).sort((a, b) => a - b)
    return borders.map((border, index) => bytes.subarray(borders[index - 1] ?? 0, border))
  })
