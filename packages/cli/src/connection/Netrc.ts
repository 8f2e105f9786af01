/**
 * The file ~/.netrc, as curl reads it:
 *
 *     machine files.example
 *       login ann password "my secret" account dept42      # a comment
 *     default login anonymous password me@example
 *
 * Words are separated by spaces, tabs and line ends. A word in double quotes may hold blanks, with `\"`, `\\`, `\n`,
 * `\r` and `\t` in it, and ends on its line. `#` begins a comment at the start of a line and where a keyword can stand,
 * never in a value. `macdef` lasts to the next empty line. What is not known is skipped.
 *
 * In one thing it is stricter than curl: a value may stand on a later line than its keyword, but a keyword that begins
 * a line is never taken for one. So an empty value does not give a host the login of the next entry.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** One entry. `machine` is `undefined` for `default`. A value that is missing in the file is `undefined`. */
export interface Entry {
  readonly machine: string | undefined
  readonly login: string | undefined
  readonly password: Redacted.Redacted<string> | undefined
  readonly account: Redacted.Redacted<string> | undefined
}

type Draft = { -readonly [key in keyof Entry]: Entry[key] }

type Keyword = "machine" | "default" | "login" | "password" | "account" | "macdef"

/** With the names that the ftp command of GNU and BSD knows too. */
const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ["machine", "machine"],
  ["default", "default"],
  ["login", "login"],
  ["user", "login"],
  ["password", "password"],
  ["passwd", "password"],
  ["account", "account"],
  ["macdef", "macdef"]
])

/** The entries in their order, or the number of the line with a quote that is not closed: its meaning is unclear. */
export const parse = (text: string): Either.Either<ReadonlyArray<Entry>, number> => {
  const entries: Array<Draft> = []
  let expected: Keyword | undefined
  let isInMacro = false
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (isInMacro) {
      isInMacro = /[^ \t]/.test(line)
      continue
    }
    let isFirst = true
    for (const word of wordsOf(line)) {
      const keyword = KEYWORDS.get(word.text.toLowerCase())
      const isValue = expected !== undefined && !(isFirst && !word.isQuoted && keyword !== undefined)
      if (!word.isQuoted && word.text.startsWith("#") && (isFirst || !isValue)) {
        break
      }
      if (!word.isClosed) {
        return Either.left(index + 1)
      }
      isFirst = false
      if (isValue && expected !== undefined) {
        take(entries, expected, word.text)
        expected = undefined
        continue
      }
      if (keyword === "macdef") {
        isInMacro = true
        expected = undefined
        break
      }
      if (keyword === "machine" || keyword === "default") {
        const machine = keyword === "machine" ? "" : undefined
        entries.push({ machine, login: undefined, password: undefined, account: undefined })
      }
      expected = keyword === "default" ? undefined : keyword
    }
  }
  return Either.right(entries)
}

/** A second login of a complete entry begins another entry of the same machine. */
const take = (entries: Array<Draft>, keyword: Keyword, value: string): void => {
  const entry = entries.at(-1)
  if (entry === undefined) {
    return
  }
  if (keyword === "machine") {
    entry.machine = value
  } else if (keyword === "login" && entry.login !== undefined) {
    entries.push({ machine: entry.machine, login: value, password: undefined, account: undefined })
  } else if (keyword === "login") {
    entry.login = value
  } else if (keyword === "password") {
    entry.password = Redacted.make(value)
  } else if (keyword === "account") {
    entry.account = Redacted.make(value)
  }
}

/**
 * The entry for a host, and for a user if one is named: the first `machine` that fits and has a password, else the
 * first that fits, else `default`. `default` needs a user of its own that fits, as it must not give one server's
 * password to another by surprise.
 */
export const find = (entries: ReadonlyArray<Entry>, host: string, user: string | undefined): Entry | undefined => {
  const suits = (entry: Entry): boolean => user === undefined || entry.login === undefined || entry.login === user
  const own = entries.filter((entry) => entry.machine?.toLowerCase() === host.toLowerCase() && suits(entry))
  return (
    own.find(({ password }) => password !== undefined) ??
    own[0] ??
    entries.find((entry) => entry.machine === undefined && entry.login !== undefined && suits(entry))
  )
}

interface Word {
  readonly text: string
  readonly isQuoted: boolean
  readonly isClosed: boolean
}

const wordsOf = function* (line: string): Generator<Word> {
  for (const [, quoted, quote, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)("?)|([^\x00-\x20"][^\x00-\x20]*)/g)) {
    yield bare === undefined
      ? { text: (quoted ?? "").replace(/\\(.)/g, unescape), isQuoted: true, isClosed: quote === '"' }
      : { text: bare, isQuoted: false, isClosed: true }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" }

const unescape = (_: string, character: string): string => ESCAPES[character] ?? character
