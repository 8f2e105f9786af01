/**
 * The file ~/.netrc, as curl, ftp and git read it:
 *
 *     machine files.example
 *       login ann password "my secret" account dept42
 *     default login anonymous password me@example
 *
 * Words are separated by any white space; a word in double quotes may hold some, with `\"` and `\\` in it. A comment
 * goes from `#` at the start of a word to the end of its line, `macdef` to the next empty line. What is not known is
 * skipped.
 */
import * as Redacted from "effect/Redacted"

/** One entry. `machine` is `undefined` for `default`. */
export interface Entry {
  readonly machine: string | undefined
  readonly login: string | undefined
  readonly password: Redacted.Redacted<string> | undefined
  readonly account: Redacted.Redacted<string> | undefined
}

/** The entries in their order; total. */
export const parse = (text: string): ReadonlyArray<Entry> => {
  const entries: Array<{ -readonly [key in keyof Entry]: Entry[key] }> = []
  const words = wordsOf(text)
  let index = 0
  const next = (): string | undefined => words[index++]
  for (let word = next(); word !== undefined; word = next()) {
    const entry = entries[entries.length - 1]
    if (word === "machine" || word === "default") {
      entries.push({
        machine: word === "machine" ? (next() ?? "") : undefined,
        login: undefined,
        password: undefined,
        account: undefined
      })
    } else if (entry !== undefined && (word === "login" || word === "user")) {
      entry.login = next()
    } else if (entry !== undefined && (word === "password" || word === "passwd")) {
      entry.password = secret(next())
    } else if (entry !== undefined && word === "account") {
      entry.account = secret(next())
    }
  }
  return entries
}

/**
 * The entry for a host, and for a user where one is named: the first `machine` that fits, else `default`. `default`
 * needs a user of its own that fits, as it must not give one server's password to another by surprise.
 */
export const find = (entries: ReadonlyArray<Entry>, host: string, user: string | undefined): Entry | undefined => {
  const suits = (entry: Entry): boolean => user === undefined || entry.login === undefined || entry.login === user
  return (
    entries.find((entry) => entry.machine?.toLowerCase() === host.toLowerCase() && suits(entry)) ??
    entries.find((entry) => entry.machine === undefined && entry.login !== undefined && suits(entry))
  )
}

const secret = (word: string | undefined): Redacted.Redacted<string> | undefined =>
  word === undefined ? undefined : Redacted.make(word)

const wordsOf = (text: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  const scanner = /"((?:[^"\\\n]|\\.)*)"?|#[^\n]*|(\S+)/gs
  for (let found = scanner.exec(text); found !== null; found = scanner.exec(text)) {
    const [whole, quoted, bare] = found
    if (bare === "macdef") {
      const end = /\r?\n[ \t]*\r?\n/g
      end.lastIndex = scanner.lastIndex
      scanner.lastIndex = end.exec(text) === null ? text.length : end.lastIndex
    } else if (bare !== undefined) {
      words.push(bare)
    } else if (!whole.startsWith("#")) {
      words.push((quoted ?? "").replace(/\\(.)/gs, "$1"))
    }
  }
  return words
}
