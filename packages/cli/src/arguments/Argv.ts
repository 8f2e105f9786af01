/**
 * The words of the command line, read by the flags of the command that they name.
 *
 *     get a -rP2 ftp://host/b --json -- -odd   ──►   get, with recursive, parallel 2 and json, of a ftp://host/b -odd
 *
 * Options may stand anywhere before `--`, before the command too; short ones may be joined, and a value may follow its
 * option directly, after `=` or after a space. Node's `parseArgs` splits the words; what they mean is decided here, as
 * it reports a mistake without the word that was meant.
 */
import { parseArgs } from "node:util"
import * as Either from "effect/Either"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Typed from "../errors/typed.ts"
import * as Flag from "./Flag.ts"
import { nearest } from "./nearest.ts"
import * as OtherClients from "./otherClients.ts"

/** A command as far as its words go. */
export interface Vocabulary {
  readonly name: string
  readonly flags: ReadonlyArray<Flag.Description>
}

/** What the words ask for. */
export type Request<C> =
  /** `command` is `undefined` for the whole program. */
  | { readonly _tag: "Help"; readonly command: C | undefined }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Completions"; readonly shell: Shell }
  | { readonly _tag: "Run"; readonly command: C; readonly given: Flag.Given; readonly operands: ReadonlyArray<string> }

/** The shells that there are completions for. */
const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** The name of the command that prints help. */
export const HELP_COMMAND = "help"

const toggle = (name: string, alias: string, help: string): Flag.Description => ({
  name,
  alias,
  value: undefined,
  help
})

/** The flag of every command. */
export const help = toggle("help", "h", "Show help.")
const version = toggle("version", "V", "Show the version.")
const completions: Flag.Description = {
  name: "completions",
  alias: undefined,
  value: "SHELL",
  help: "Print the completions for a shell.",
  completes: shells
}

/** The flags of the program, without a command. */
export const programFlags: ReadonlyArray<Flag.Description> = [help, version, completions]

/** The request that the words, without the program's own name, make. */
export const read = <C extends Vocabulary>(
  words: ReadonlyArray<string>,
  commands: ReadonlyArray<C>
): Either.Either<Request<C>, CliError> => {
  const every = commands.flatMap(({ flags }) => flags)
  const name = commandAmong(words, commands) ?? operandsOf(split(words, [...programFlags, ...every]))[0]
  if (name === undefined) {
    return withoutCommand(words)
  }
  if (name === HELP_COMMAND) {
    const about = words.find((word) => !word.startsWith("-") && word !== HELP_COMMAND)
    const command = commands.find((known) => known.name === about)
    return about === undefined || command !== undefined
      ? Either.right({ _tag: "Help", command })
      : Either.left(unknownCommand(about, commands))
  }
  const command = commands.find((known) => known.name === name)
  return command === undefined ? Either.left(unknownCommand(name, commands)) : readCommand(command, words, commands)
}

type Tokens = ReadonlyArray<Token>
type Token =
  | {
      readonly kind: "option"
      readonly rawName: string
      readonly value?: string | undefined
      readonly inlineValue?: boolean | undefined
    }
  | { readonly kind: "positional"; readonly value: string }
  | { readonly kind: "option-terminator" }

const split = (words: ReadonlyArray<string>, flags: ReadonlyArray<Flag.Description>): Tokens =>
  // Not strict: an unknown flag counts as a switch here, and is refused when the tokens are read.
  parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      flags.map(({ alias, name, value }) => [
        name,
        {
          type: value === undefined ? ("boolean" as const) : ("string" as const),
          multiple: true,
          ...(alias === undefined ? {} : { short: alias })
        }
      ])
    )
  }).tokens

const operandsOf = (tokens: Tokens): ReadonlyArray<string> =>
  tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []))

const isGiven = (flag: Flag.Description, tokens: Tokens): boolean =>
  tokens.some((token) => token.kind === "option" && isCalled(flag, token.rawName))

const isCalled = ({ alias, name }: Flag.Description, rawName: string): boolean =>
  rawName === `--${name}` || rawName === `-${alias}`

/**
 * The first word that is no option and no value of one. Which options have values depends on the command: `-p` has one
 * for `serve` and none for `mkdir`.
 */
const commandAmong = (words: ReadonlyArray<string>, commands: ReadonlyArray<Vocabulary>): string | undefined => {
  const [first] = words
  return first !== undefined && !first.startsWith("-")
    ? first
    : [...commands, { name: HELP_COMMAND, flags: [] }].find(
        ({ flags, name }) => operandsOf(split(words, [...programFlags, ...flags]))[0] === name
      )?.name
}

const withoutCommand = (words: ReadonlyArray<string>): Either.Either<Request<never>, CliError> => {
  const tokens = split(words, programFlags)
  const shellToken = tokens.find((token) => token.kind === "option" && isCalled(completions, token.rawName))
  if (shellToken?.kind === "option") {
    const shell = shells.find((known) => known === shellToken.value)
    return shell === undefined
      ? Either.left(usage(`there are completions for ${shells.join(", ")}`, `--completions ${shells.join("|")}`))
      : Either.right({ _tag: "Completions", shell })
  }
  return isGiven(version, tokens)
    ? Either.right({ _tag: "Version" })
    : words.length === 0 || isGiven(help, tokens)
      ? Either.right({ _tag: "Help", command: undefined })
      : Either.left(refuse(`a command is missing before "${Typed.withoutSecret(words[0] ?? "")}"`))
}

const readCommand = <C extends Vocabulary>(
  command: C,
  words: ReadonlyArray<string>,
  commands: ReadonlyArray<Vocabulary>
): Either.Either<Request<C>, CliError> => {
  const given = new Map<string, ReadonlyArray<string>>()
  const tokens = split(words, [help, ...command.flags])
  for (const token of tokens) {
    if (token.kind !== "option") {
      continue
    }
    if (isCalled(help, token.rawName)) {
      return Either.right({ _tag: "Help", command })
    }
    const flag = command.flags.find((known) => isCalled(known, token.rawName))
    if (flag === undefined) {
      return Either.left(unknownOption(token.rawName, command, commands))
    }
    const { name, value: change } = flag.countsAs ?? { name: flag.name, value: (text: string) => text }
    const earlier = given.get(name)
    const mistake = mistakeIn(token, flag, earlier !== undefined)
    if (mistake !== undefined) {
      return Either.left(refuse(mistake, command))
    }
    given.set(name, flag.value === undefined ? [] : [...(earlier ?? []), change(valueOf(token))])
  }
  return Either.right({ _tag: "Run", command, given, operands: operandsOf(tokens).slice(1) })
}

const mistakeIn = (
  { inlineValue, rawName, value }: Extract<Token, { readonly kind: "option" }>,
  flag: Flag.Description,
  again: boolean
): string | undefined =>
  flag.value === undefined
    ? inlineValue === true
      ? `${rawName} takes no value`
      : undefined
    : // A URL here is the command's argument: the value was forgotten.
      value === undefined || (flag.value !== "URL" && Typed.isFtpUrl(value))
      ? `--${flag.name} needs a value: ${valuesOf(flag)}`
      : again && flag.repeated !== true
        ? `--${flag.name} was given twice`
        : undefined

const valuesOf = ({ name, value, words }: Flag.Description): string =>
  words === undefined ? `--${name} ${value}` : Flag.alternatives(words)

/** `-P=2` is `-P 2`. */
const valueOf = ({ inlineValue, rawName, value = "" }: Extract<Token, { readonly kind: "option" }>): string =>
  inlineValue === true && !rawName.startsWith("--") ? value.replace(/^=/, "") : value

const unknownCommand = (name: string, commands: ReadonlyArray<Vocabulary>): CliError => {
  if (/^[a-z]+:\/\//i.test(name)) {
    return refuse("a command is missing before the URL")
  }
  const { name: here, why } = OtherClients.commandMeant(name)
  const known = [HELP_COMMAND, ...commands.map((command) => command.name)]
  const near = here ?? (Typed.isHost(name) ? `ls ftp://${name}` : why === undefined ? nearest(name, known) : undefined)
  return refuse(`there is no command "${Typed.withoutSecret(name)}"${meant(near)}`, undefined, why)
}

const unknownOption = (option: string, command: Vocabulary, commands: ReadonlyArray<Vocabulary>): CliError => {
  const names = command.flags.map((known) => `--${known.name}`)
  const { name: here, why } = OtherClients.optionMeant(option, command.name, names)
  const isTypo = why === undefined && option.startsWith("--") && !OtherClients.options.has(option)
  const near = here ?? (isTypo ? nearest(option, names) : undefined)
  const elsewhere = commands.filter(({ flags }) => flags.some((known) => isCalled(known, option)))
  const others = why === undefined ? elsewhere.map(({ name }) => name).join(", ") : ""
  const more = near !== undefined ? meant(near) : others === "" ? "" : ` (it belongs to ${others})`
  return refuse(`${command.name} has no option ${Typed.withoutSecret(option)}${more}`, command, why)
}

const meant = (near: string | undefined): string => (near === undefined ? "" : `; did you mean ${near}?`)

/** A usage error that leads to the help, after what else there is to say. */
export const refuse = (message: string, command?: Vocabulary, why?: string): CliError =>
  usage(
    message,
    `${why === undefined ? "" : `${why}; `}more: ftp-effect ${command === undefined ? "" : `${command.name} `}--help`
  )
