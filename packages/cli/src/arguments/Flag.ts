/**
 * An option of the command line, described once: words are parsed, the help is printed and shells complete from the
 * same description.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Typed from "../errors/typed.ts"

/** The heading of the help that a flag is listed under; flags without one come first. */
export type Group = "Connection" | "Encryption" | "Listings"

/** What a shell offers for a value: some words, or local names. */
export type Completes = ReadonlyArray<string> | "File" | "Directory"

/** An option without the type of its value. `value` is the name of the value that follows; a switch has none. */
export interface Description {
  readonly name: string
  /** One letter. */
  readonly alias: string | undefined
  readonly value: string | undefined
  readonly help: string
  readonly group?: Group | undefined
  /** Whether it may be given several times. */
  readonly repeated?: true | undefined
  readonly completes?: Completes | undefined
  /** The only values that it can have, if they are words. */
  readonly words?: ReadonlyArray<string> | undefined
  /** Its values count as values of another flag, in the order in which all are given. */
  readonly countsAs?: { readonly name: string; readonly value: (text: string) => string } | undefined
}

/** The values that were given for one flag: none for a switch; `undefined` if the flag was not given. */
export type GivenValues = ReadonlyArray<string> | undefined

/** A flag that means an `A`. */
export interface Flag<A> extends Description {
  readonly _tag: "Flag"
  /** Fails with a message for the user. */
  readonly decode: (given: GivenValues) => Either.Either<A, string>
}

/** The flags of a command by the names that it knows them by; tables may be nested. */
export interface Table {
  readonly [key: string]: Flag<unknown> | Table
}

/** What a table of flags means. */
export type Decoded<T extends Table> = {
  readonly [K in keyof T]: T[K] extends Flag<infer A> ? A : T[K] extends Table ? Decoded<T[K]> : never
}

/** What was given, by the names of the flags. */
export type Given = ReadonlyMap<string, ReadonlyArray<string>>

const isFlag = (entry: Flag<unknown> | Table): entry is Flag<unknown> => entry._tag === "Flag"

/** All flags of a table, in its order. */
export const all = (table: Table): ReadonlyArray<Flag<unknown>> =>
  Object.values(table).flatMap((entry) => (isFlag(entry) ? [entry] : all(entry)))

/** What was given, decoded; the first flag with a wrong value is the error. */
export const decode = <T extends Table>(table: T, given: Given): Either.Either<Decoded<T>, string> =>
  // Each key gets what its own flag decodes to, which is `Decoded`.
  decodeTable(table, given) as Either.Either<Decoded<T>, string>

const decodeTable = (table: Table, given: Given): Either.Either<{ readonly [key: string]: unknown }, string> => {
  const decoded: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(table)) {
    const result = isFlag(entry) ? entry.decode(given.get(entry.name)) : decodeTable(entry, given)
    if (Either.isLeft(result)) {
      return Either.left(result.left)
    }
    decoded[key] = result.right
  }
  return Either.right(decoded)
}

/** On or off. */
export const toggle = (name: string, alias: string | undefined, help: string): Flag<boolean> => ({
  _tag: "Flag",
  name,
  alias,
  value: undefined,
  help,
  decode: (given) => Either.right(given !== undefined)
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
  _tag: "Flag",
  name,
  alias,
  value,
  help,
  decode: (given) =>
    given?.[0] === undefined
      ? Either.right(Option.none())
      : Either.map(readValue(name, given[0], read), (value) => Option.some(value))
})

/** A value that is read, and may be given several times. */
export const values = <A>(name: string, value: string, read: Read<A>, help: string): Flag<ReadonlyArray<A>> => ({
  _tag: "Flag",
  name,
  alias: undefined,
  value,
  help,
  repeated: true,
  decode: (given = []) => Either.all(given.map((text) => readValue(name, text, read)))
})

/** A value that counts as one of `other`, changed by `change`: the order of both is that of the words. */
export const counting = (
  name: string,
  valueName: string,
  other: Description,
  change: (text: string) => string,
  help: string
): Flag<void> => ({
  _tag: "Flag",
  name,
  alias: undefined,
  value: valueName,
  help,
  repeated: true,
  countsAs: { name: other.name, value: change },
  decode: () => Either.void
})

const readValue = <A>(name: string, text: string, read: Read<A>): Either.Either<A, string> =>
  Either.mapLeft(read(text), (expected) => {
    // A login that slipped in ends in "@"; a pin or an IPv6 address has colons too.
    const shown = text.includes("@") ? Typed.withoutSecret(text) : text
    return `--${name}: "${shown}" is not ${expected}`
  })

/** Any text; `None` when the flag is not given. */
export const text = (
  name: string,
  alias: string | undefined,
  valueName: string,
  help: string
): Flag<Option.Option<string>> => value(name, alias, valueName, Either.right, help)

/** The name of a local file; `None` when the flag is not given. */
export const file = (name: string, help: string): Flag<Option.Option<string>> =>
  completing("File", text(name, undefined, "FILE", help))

/** One of a few words, each with what it means; `None` when the flag is not given. */
export const choice = <A>(
  name: string,
  valueName: string,
  choices: ReadonlyMap<string, A>,
  help: string
): Flag<Option.Option<A>> => {
  const words = [...choices.keys()]
  const read: Read<A> = (text) => Either.fromNullable(choices.get(text), () => alternatives(words))
  return { ...completing(words, value(name, undefined, valueName, read, help)), words }
}

/** `"a, b or c"`. */
export const alternatives = (words: ReadonlyArray<string>): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].join(" or ")

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

/** The same flag; a shell offers `completes` for its value. */
export const completing = <A>(completes: Completes, flag: Flag<A>): Flag<A> => ({ ...flag, completes })

/** The value of a flag, or a default. */
export const orElse = <A>(option: Option.Option<A>, otherwise: A): A => Option.getOrElse(option, () => otherwise)
