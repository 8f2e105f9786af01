/**
 * A command, described once: its words are parsed, its help is printed and shells complete it from the same
 * description.
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Incomplete } from "../errors/CliError.ts"
import * as Flag from "./Flag.ts"

/** What is said of a command among the others. */
export interface Heading {
  readonly name: string
  readonly summary: string
}

/** What the help says of a command, and what a shell offers for its words. */
export interface About {
  /** What follows the name, in the usual notation. */
  readonly usage: string
  /** Paragraphs. */
  readonly details: ReadonlyArray<string>
  readonly examples: ReadonlyArray<readonly [command: string, what: string]>
  /** What a shell offers for the words that are not options: nothing by default. */
  readonly operands?: Operands | undefined
}

/** What a shell offers for the first operand, and for each of the others. */
export interface Operands {
  readonly first?: Flag.Completes | undefined
  readonly others?: Flag.Completes | undefined
}

/** A command that needs an `R`. */
export interface Command<R> extends Heading, Work<R> {}

/** A command without its name. */
export interface Work<R> extends About {
  /** In the order of the help. */
  readonly flags: ReadonlyArray<Flag.Description>
  /** The work for these words; fails with a message for the user if a value is wrong. */
  readonly prepare: (
    given: Flag.Given,
    operands: ReadonlyArray<string>
  ) => Either.Either<Effect.Effect<void, Incomplete, R>, string>
}

/** A command with the flags of a table. */
export const make = <T extends Flag.Table, R>(
  about: About,
  flags: T,
  run: (decoded: Flag.Decoded<T>, operands: ReadonlyArray<string>) => Effect.Effect<void, Incomplete, R>
): Work<R> => ({
  ...about,
  flags: Flag.all(flags),
  prepare: (given, operands) => Either.map(Flag.decode(flags, given), (decoded) => run(decoded, operands))
})
