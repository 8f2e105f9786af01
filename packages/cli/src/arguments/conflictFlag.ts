/** `--conflict`: what becomes of a file where the other side has a directory. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CliError, usage } from "../errors/CliError.ts"
import * as Flag from "./Flag.ts"

/** With a help text of its own for each command. */
export const conflictOf = (help: string) =>
  Flag.choice(
    "conflict",
    "HOW",
    new Map([
      ["fail", "Fail" as const],
      ["replace", "Replace" as const]
    ]),
    help
  )

/** `others`: whether flags are given that contradict it, by their names. */
export const expectConflict = (
  conflict: Option.Option<"Fail" | "Replace">,
  recursive: boolean,
  others: Readonly<Record<string, boolean>>
): Effect.Effect<void, CliError> => {
  if (Option.isSome(conflict) && !recursive) {
    return usage("--conflict needs --recursive", "it is about files and directories of trees")
  }
  const other = Object.keys(others).find((name) => others[name])
  return Option.contains(conflict, "Replace") && other !== undefined
    ? usage(`--conflict replace can't be combined with ${other}`)
    : Effect.void
}
