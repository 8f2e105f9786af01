/**
 * The help, for people: what each command is for, how it is called, and examples that work.
 */

import * as Measure from "../output/Measure.ts"
import type * as Command from "./Command.ts"
import type { Description, Group } from "./Flag.ts"

/** What the help of one command needs. */
export type Page = Command.Heading & Command.About & { readonly flags: ReadonlyArray<Description> }

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
    ...Measure.wrap(`ftp-effect ${page.name} ${page.usage}`, room, INDENT),
    "",
    ...page.details.flatMap((paragraph) => [...Measure.wrap(paragraph, room, ""), ""]),
    ...HEADINGS.flatMap(([heading, group]) => options(heading, page, group, room)),
    "Examples",
    ...examples(page.examples, room)
  ].join("\n")
}

const HEADINGS: ReadonlyArray<readonly [heading: string, group: Group | undefined]> = [
  ["Options", undefined],
  ["Connection", "Connection"],
  ["Encryption, for ftpes:// and ftps://", "Encryption"],
  ["Listings", "Listings"]
]

/** All groups have the same columns. */
const options = (heading: string, page: Page, group: Group | undefined, room: number): ReadonlyArray<string> => {
  const rows = page.flags
    .filter((flag) => flag.group === group)
    .map((flag): readonly [string, string] => [spelled(flag), flag.help])
  const widest = Math.max(...page.flags.map((flag) => spelled(flag).length))
  return rows.length === 0 ? [] : [heading, ...list(rows, room, widest), ""]
}

/** The page of the whole program. */
export const program = (headings: ReadonlyArray<Command.Heading>, version: string, columns: number): string => {
  const room = roomOf(columns)
  return [
    `ftp-effect ${version}: files to and from FTP servers`,
    "",
    "Usage",
    `${INDENT}ftp-effect COMMAND [OPTIONS] ARGUMENTS`,
    "",
    "Commands",
    ...list(
      headings.map(({ name, summary }) => [name, summary] as const),
      room
    ),
    "",
    "URLs",
    ...Measure.wrap(
      "ftp://USER@HOST:PORT/PATH. Without USER the login is anonymous; without PORT it is 21. PATH is relative to the " +
        "login directory; a second slash makes it absolute: ftp://host//etc/motd. Quote URLs with *, ? or [...] in them. " +
        "ftp:// is unencrypted. ftpes:// is encrypted before the login; ftps:// from the first byte, on port 990.",
      room,
      INDENT
    ),
    "",
    "Passwords",
    ...Measure.wrap(
      "are taken from the environment variable FTP_PASSWORD, else from ~/.netrc, else asked for on the terminal.",
      room,
      INDENT
    ),
    "",
    "Certificates",
    ...Measure.wrap(
      "of ftpes:// and ftps:// servers must match the host and be signed by an authority that this machine trusts. On a " +
        "terminal you are asked about others; without one, use --pin or --ca.",
      room,
      INDENT
    ),
    "",
    "Examples",
    ...examples(
      [
        ["ftp-effect demo", "Try it, without a server"],
        ["ftp-effect ls ftp://ftp.example.com/pub", "Look around"],
        ["ftp-effect get -r ftp://ann@ftp.example.com/photos .", "Download a tree, several files at once"],
        ["ftp-effect put *.html ftpes://ann@ftp.example.com/www/", "Upload files, encrypted"]
      ],
      room
    ),
    "",
    ...Measure.wrap(
      "Help on one command: ftp-effect COMMAND --help. Completions for a shell: ftp-effect --completions bash|zsh|fish.",
      room,
      ""
    )
  ].join("\n")
}

const roomOf = (columns: number): number => Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS) - 1)

const spelled = ({ alias, name, value }: Description): string =>
  `${alias === undefined ? "    " : `-${alias}, `}--${name}${value === undefined ? "" : ` ${value}`}`

const list = (
  rows: ReadonlyArray<readonly [string, string]>,
  room: number,
  widest = Math.max(...rows.map(([word]) => word.length))
): ReadonlyArray<string> => {
  const left = widest + INDENT.length
  return rows.flatMap(([word, text]) =>
    Measure.wrap(text, room, " ".repeat(INDENT.length + left)).map((line, index) =>
      index === 0 ? `${INDENT}${word.padEnd(left)}${line.trimStart()}` : line
    )
  )
}

const examples = (rows: Page["examples"], room: number): ReadonlyArray<string> =>
  rows.flatMap(([command, what]) => [...Measure.wrap(`${what}:`, room, INDENT), `${INDENT}${INDENT}${command}`])
