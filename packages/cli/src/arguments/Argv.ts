/**
 * What was typed, put into the one order that the parser takes, so that people may type any.
 *
 *     get a -rP2 ftp://host/b --json -- -odd   ──►   get -r -P 2 --json -- a ftp://host/b -odd
 *
 * Options may stand anywhere before `--`, before the command too; short ones may be joined, and a value may follow its
 * option directly, after `=` or after a space. Mistakes are reported here, while the words are still as typed. Values
 * are read later, by the commands' parsers.
 */
import * as Either from "effect/Either"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Typed from "../errors/typed.ts"
import type { Description } from "./Flag.ts"

/** A command as far as its words go. */
export interface Vocabulary {
  readonly name: string
  readonly flags: ReadonlyArray<Description>
}

/** What the words ask for. `command` is `undefined` for the whole program. */
export type Request =
  | { readonly _tag: "Help"; readonly command: string | undefined }
  | { readonly _tag: "Version" }
  /** For the parser: the command's name, its options, `--`, its arguments. */
  | { readonly _tag: "Run"; readonly words: ReadonlyArray<string> }

/** Longer command or option names are not taken for a slip of this one. */
const MAX_SLIPS = 2

/** Words that the parser itself answers. */
const PASSED_ON = ["--completions"]

/** The request that the words, without the program's own name, make. */
export const read = (
  words: ReadonlyArray<string>,
  commands: ReadonlyArray<Vocabulary>
): Either.Either<Request, CliError> => {
  if (words.some((word) => PASSED_ON.includes(word.split("=", 1)[0] ?? ""))) {
    return Either.right({ _tag: "Run", words })
  }
  const every = commands.flatMap(({ flags }) => flags)
  const command = commandAmong(words, every)
  if (command === undefined) {
    const bare = words.find((word) => !HELP.has(word) && !VERSION.has(word))
    return bare !== undefined && words.length > 0 && !words.some((word) => HELP.has(word) || VERSION.has(word))
      ? Either.left(unknown(`a command is missing before "${Typed.withoutSecret(bare)}"`, undefined))
      : Either.right(
          words.some((word) => VERSION.has(word)) ? { _tag: "Version" } : { _tag: "Help", command: undefined }
        )
  }
  const name = words[command] ?? ""
  const rest = [...words.slice(0, command), ...words.slice(command + 1)]
  if (name === "help") {
    const about = rest.find((word) => !word.startsWith("-"))
    return about === undefined || commands.some((known) => known.name === about)
      ? Either.right({ _tag: "Help", command: about })
      : Either.left(unknownCommand(about, commands))
  }
  const vocabulary = commands.find((known) => known.name === name)
  return vocabulary === undefined ? Either.left(unknownCommand(name, commands)) : order(vocabulary, rest, commands)
}

const HELP: ReadonlySet<string> = new Set(["--help", "-h"])
const VERSION: ReadonlySet<string> = new Set(["--version", "-V"])

/** The first word that is neither an option nor the value of one. */
const commandAmong = (words: ReadonlyArray<string>, flags: ReadonlyArray<Description>): number | undefined => {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ""
    if (!isOption(word)) {
      return index
    }
    const flag = flags.find((known) => word === `--${known.name}` || word === `-${known.alias}`)
    index += flag?.value === undefined ? 0 : 1
  }
  return undefined
}

const isOption = (word: string): boolean => word.startsWith("-") && word !== "-"

const order = (
  command: Vocabulary,
  words: ReadonlyArray<string>,
  commands: ReadonlyArray<Vocabulary>
): Either.Either<Request, CliError> => {
  const options: Array<string> = []
  const values: Array<string> = []
  const given = new Set<Description>()
  let index = 0
  /** Twice is as good as once. */
  const turnOn = (flag: Description): void => {
    if (!given.has(flag)) {
      given.add(flag)
      options.push(`--${flag.name}`)
    }
  }
  const valueOf = (flag: Description, attached: string | undefined): CliError | undefined => {
    const value = attached ?? words[++index]
    // A URL here is the command's argument: the value was forgotten.
    if (value === undefined || (flag.value !== "URL" && Typed.isFtpUrl(value))) {
      return unknown(`--${flag.name} needs a value: --${flag.name} ${flag.value}`, command)
    }
    if (flag.repeated !== true && given.has(flag)) {
      return unknown(`--${flag.name} was given twice`, command)
    }
    given.add(flag)
    options.push(`--${flag.name}`, value)
    return undefined
  }
  for (; index < words.length; index++) {
    const word = words[index] ?? ""
    if (word === "--") {
      values.push(...words.slice(index + 1))
      break
    }
    if (!isOption(word)) {
      values.push(word)
      continue
    }
    if (HELP.has(word)) {
      return Either.right({ _tag: "Help", command: command.name })
    }
    const problem = word.startsWith("--")
      ? long(command, word, valueOf, turnOn, commands)
      : short(command, word, valueOf, turnOn, commands)
    if (problem !== undefined) {
      return problem === "Help" ? Either.right({ _tag: "Help", command: command.name }) : Either.left(problem)
    }
  }
  return Either.right({ _tag: "Run", words: [command.name, ...options, "--", ...values] })
}

type TakeValue = (flag: Description, attached: string | undefined) => CliError | undefined

const long = (
  command: Vocabulary,
  word: string,
  valueOf: TakeValue,
  turnOn: (flag: Description) => void,
  commands: ReadonlyArray<Vocabulary>
): CliError | undefined => {
  const equals = word.indexOf("=")
  const name = word.slice(2, equals === -1 ? undefined : equals)
  const flag = command.flags.find((known) => known.name === name)
  if (flag === undefined) {
    return unknownOption(`--${name}`, command, commands)
  }
  if (flag.value !== undefined) {
    return valueOf(flag, equals === -1 ? undefined : word.slice(equals + 1))
  }
  if (equals !== -1) {
    return unknown(`--${name} takes no value`, command)
  }
  turnOn(flag)
  return undefined
}

const short = (
  command: Vocabulary,
  word: string,
  valueOf: TakeValue,
  turnOn: (flag: Description) => void,
  commands: ReadonlyArray<Vocabulary>
): CliError | "Help" | undefined => {
  const letters = Array.from(word.slice(1))
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? ""
    if (letter === "h") {
      return "Help"
    }
    const flag = command.flags.find((known) => known.alias === letter)
    if (flag === undefined) {
      return unknownOption(`-${letter}`, command, commands)
    }
    if (flag.value !== undefined) {
      const attached = letters
        .slice(at + 1)
        .join("")
        .replace(/^=/, "")
      return valueOf(flag, attached === "" ? undefined : attached)
    }
    turnOn(flag)
  }
  return undefined
}

const unknownCommand = (name: string, commands: ReadonlyArray<Vocabulary>): CliError => {
  if (/^[a-z]+:\/\//i.test(name)) {
    return unknown("a command is missing before the URL", undefined)
  }
  const near = nearest(name, ["help", ...commands.map((known) => known.name)])
  return unknown(`there is no command "${Typed.withoutSecret(name)}"${meant(near)}`, undefined)
}

const unknownOption = (option: string, command: Vocabulary, commands: ReadonlyArray<Vocabulary>): CliError => {
  const names = command.flags.map((known) => `--${known.name}`)
  const elsewhere = commands.filter(({ flags }) =>
    flags.some((known) => option === `--${known.name}` || option === `-${known.alias}`)
  )
  const near = option.startsWith("--") ? nearest(option, names) : undefined
  const others = elsewhere.map(({ name }) => name).join(", ")
  return unknown(
    `${command.name} has no option ${Typed.withoutSecret(option)}${near !== undefined ? meant(near) : others === "" ? "" : ` (it belongs to ${others})`}`,
    command
  )
}

const meant = (near: string | undefined): string => (near === undefined ? "" : `; did you mean ${near}?`)

const unknown = (message: string, command: Vocabulary | undefined): CliError =>
  usage(message, `more: ftp-effect ${command === undefined ? "" : `${command.name} `}--help`)

const nearest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  let least = MAX_SLIPS + 1
  for (const candidate of known) {
    const slips = distance(word, candidate)
    // Two slips in a word of two letters are another word.
    if (slips < least && slips < candidate.replace(/^-+/, "").length) {
      best = candidate
      least = slips
    }
  }
  return best
}

/** Levenshtein's: letters to insert, remove or change. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let line = 1; line <= left.length; line++) {
    const next = [line]
    for (let column = 1; column <= right.length; column++) {
      const change = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1)
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[right.length] ?? 0
}
