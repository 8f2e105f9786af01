/**
 * The help, for people: what each command is for, how it is called, and examples that work.
 *
 * It does NOT parse: the commands do, with the same flags.
 */
import type { Description } from "./Flag.ts"
import * as Measure from "./Measure.ts"

/** The help of one command. */
export interface Page {
  readonly name: string
  readonly summary: string
  /** What follows the name, in the usual notation. */
  readonly usage: string
  /** Paragraphs. */
  readonly details: ReadonlyArray<string>
  readonly examples: ReadonlyArray<readonly [command: string, what: string]>
  readonly flags: ReadonlyArray<Description>
}

const MAX_COLUMNS = 100
const MIN_COLUMNS = 40
const INDENT = "  "

/** The page of one command. */
export const command = (page: Page, columns: number): string => {
  const room = roomOf(columns)
  return [
    `ftp-effect ${page.name}: ${page.summary}`,
    "",
    "Usage",
    ...wrap(`ftp-effect ${page.name} ${page.usage}`, room, INDENT),
    "",
    ...page.details.flatMap((paragraph) => [...wrap(paragraph, room, ""), ""]),
    "Options",
    ...list(
      page.flags.map((flag) => [spelled(flag), flag.help] as const),
      room
    ),
    "",
    "Examples",
    ...examples(page.examples, room)
  ].join("\n")
}

/** The page of the whole program. */
export const program = (pages: ReadonlyArray<Page>, version: string, columns: number): string => {
  const room = roomOf(columns)
  return [
    `ftp-effect ${version}: files to and from FTP servers`,
    "",
    "Usage",
    `${INDENT}ftp-effect COMMAND [OPTIONS] ARGUMENTS`,
    "",
    "Commands",
    ...list(
      pages.map(({ name, summary }) => [name, summary] as const),
      room
    ),
    "",
    "URLs",
    ...wrap(
      "ftp://USER@HOST:PORT/PATH. Without USER the login is anonymous; without PORT it is 21. PATH is relative to the " +
        "login directory; a second slash makes it absolute: ftp://host//etc/motd. Quote URLs with *, ? or [...] in them.",
      room,
      INDENT
    ),
    "",
    "Passwords",
    ...wrap(
      "are taken from the environment variable FTP_PASSWORD, else from ~/.netrc, else asked for on the terminal.",
      room,
      INDENT
    ),
    "",
    "Examples",
    ...examples(
      [
        ["ftp-effect demo", "See it work, without any server"],
        ["ftp-effect ls ftp://ftp.example.com/pub", "Look around"],
        ["ftp-effect get -r ftp://ann@ftp.example.com/photos .", "Download a tree, several files at once"],
        ["ftp-effect put *.html ftp://ann@ftp.example.com/www/", "Upload files"]
      ],
      room
    ),
    "",
    ...wrap(
      "Help on one command: ftp-effect COMMAND --help. Completions for a shell: ftp-effect --completions bash|zsh|fish.",
      room,
      ""
    )
  ].join("\n")
}

const roomOf = (columns: number): number => Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS) - 1)

const spelled = ({ alias, name, value }: Description): string =>
  `${alias === undefined ? "    " : `-${alias}, `}--${name}${value === undefined ? "" : ` ${value}`}`

const list = (rows: ReadonlyArray<readonly [string, string]>, room: number): ReadonlyArray<string> => {
  const left = Math.max(...rows.map(([word]) => word.length)) + INDENT.length
  return rows.flatMap(([word, text]) =>
    wrap(text, room, " ".repeat(INDENT.length + left)).map((line, index) =>
      index === 0 ? `${INDENT}${word.padEnd(left)}${line.trimStart()}` : line
    )
  )
}

const examples = (rows: Page["examples"], room: number): ReadonlyArray<string> =>
  rows.flatMap(([command, what]) => [...wrap(`${what}:`, room, INDENT), `${INDENT}${INDENT}${command}`])

const wrap = (text: string, room: number, indent: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = indent
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && Measure.width(line) + 1 + Measure.width(word) > room) {
      lines.push(line)
      line = indent
    }
    line += line.trim() === "" ? word : ` ${word}`
  }
  return [...lines, line]
}
