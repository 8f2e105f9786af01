/** `--links`: what symbolic links of a source become. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Flag from "./Flag.ts"

/** With a help text of its own for each command. */
export const linksOf = (help: string) =>
  Flag.choice(
    "links",
    "HOW",
    new Map([
      ["skip", "Skip" as const],
      ["follow", "Follow" as const],
      ["copy", "Copy" as const]
    ]),
    help
  )

/** A single file is no tree: a link that was named is followed. */
export const needsTree = (links: Option.Option<unknown>, recursive: boolean): Effect.Effect<void, CliError> =>
  Option.isSome(links) && !recursive
    ? usage("--links needs --recursive", "a link that is named itself is always followed")
    : Effect.void
