/**
 * An option of the command line, described once: for the parser, for the help, and for `Argv`, which has to know
 * whether a value follows.
 */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Typed from "../errors/typed.ts"

/** Under which heading the help has it; the rest comes first, under none of these. */
export type Group = "Connection" | "Encryption"

/** What the help and `Argv` need. `value` is the name of the value that follows; without it the flag is a switch. */
export interface Description {
  readonly name: string
  readonly alias: string | undefined
  readonly value: string | undefined
  readonly help: string
  readonly group?: Group | undefined
  /** Whether it may be given several times. */
  readonly repeated?: true | undefined
}

/** A flag whose parsed value is an `A`. */
export interface Flag<A> extends Description {
  readonly options: Options.Options<A>
}

/** What @effect/cli parses options to; they may be nested. */
export type Parsed<O> = {
  readonly [K in keyof O]: O[K] extends Options.Options<infer A> ? A : Parsed<O[K]>
}

/** On or off. */
export const toggle = (name: string, alias: string | undefined, help: string): Flag<boolean> => ({
  name,
  alias,
  value: undefined,
  help,
  options: aliased(Options.boolean(name), alias)
})

/** Any text; `None` when the flag is not given. */
export const text = (
  name: string,
  alias: string | undefined,
  value: string,
  help: string
): Flag<Option.Option<string>> => ({
  name,
  alias,
  value,
  help,
  options: Options.optional(aliased(Options.text(name), alias))
})

/** What a value has to be, in words that follow "is not", or what it means. */
export type Read<A> = (text: string) => Either.Either<A, string>

/** A value that is read; `None` when the flag is not given. */
export const value = <A>(
  name: string,
  alias: string | undefined,
  value: string,
  read: Read<A>,
  help: string
): Flag<Option.Option<A>> => ({
  name,
  alias,
  value,
  help,
  options: Options.optional(
    Options.mapEffect(aliased(Options.text(name), alias), (text) => checked(name, text, read(text)))
  )
})

/** A value that is read, and may be given several times. */
export const values = <A>(name: string, value: string, read: Read<A>, help: string): Flag<ReadonlyArray<A>> => ({
  name,
  alias: undefined,
  value,
  help,
  repeated: true,
  options: Options.mapEffect(Options.repeated(Options.text(name)), (texts) =>
    Either.all(texts.map((text) => checked(name, text, read(text))))
  )
})

const checked = <A>(
  name: string,
  text: string,
  result: Either.Either<A, string>
): Either.Either<A, ValidationError.ValidationError> =>
  Either.mapLeft(result, (expected) => {
    // A login that slipped in ends in "@"; a pin or an IPv6 address has colons too.
    const shown = text.includes("@") ? Typed.withoutSecret(text) : text
    return ValidationError.invalidValue(HelpDoc.p(`--${name}: "${shown}" is not ${expected}`))
  })

/** A number in a range; `None` when the flag is not given. */
export const number = (
  name: string,
  alias: string | undefined,
  valueName: string,
  range: { readonly from: number; readonly to: number; readonly whole: boolean },
  help: string
): Flag<Option.Option<number>> =>
  value(
    name,
    alias,
    valueName,
    (text) => {
      const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
      return number >= range.from && number <= range.to && (!range.whole || Number.isInteger(number))
        ? Either.right(number)
        : Either.left(`a ${range.whole ? "whole number" : "number"} from ${range.from} to ${range.to}`)
    },
    help
  )

/** The same flag under a heading of the help. */
export const inGroup = <A>(group: Group, flag: Flag<A>): Flag<A> => ({ ...flag, group })

const aliased = <A>(options: Options.Options<A>, alias: string | undefined): Options.Options<A> =>
  alias === undefined ? options : Options.withAlias(options, alias)

/** A value that may be left out. */
export const orElse = <A>(option: Option.Option<A>, otherwise: A): A => Option.getOrElse(option, () => otherwise)
