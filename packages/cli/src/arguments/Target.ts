/**
 * Where copies go, by the rules of cp and scp:
 *
 *     target                      one source              several, or a pattern
 *     an existing directory       into it                 into it
 *     ends in "/", not there      into it, made           into it, made
 *     a file                      replaces it             an error
 *     not there                   under that name         an error
 *
 * Pure: the caller has looked up what exists.
 */
import * as Either from "effect/Either"
import { type CliError, usage } from "../errors/CliError.ts"

/** What has the target's name now. */
export type Existing = "Nothing" | "File" | "Directory"

/** Into a directory under the source's own name, or as exactly the target. */
export type Placement = "Into" | "As"

/** How the sources go to the target; `shown` is the target for messages. */
export const place = (
  target: {
    readonly existing: Existing
    readonly endsInSlash: boolean
    readonly shown: string
  },
  sources: { readonly several: boolean; readonly onlyDirectory: boolean }
): Either.Either<Placement, CliError> => {
  if (target.existing === "Directory") {
    return Either.right("Into")
  }
  if (target.existing === "File") {
    const reason = target.endsInSlash
      ? `${target.shown} is a file, not a directory`
      : sources.several
        ? `several sources can't be copied onto one file, ${target.shown}`
        : sources.onlyDirectory
          ? `a directory can't be copied onto a file, ${target.shown}`
          : undefined
    return reason === undefined ? Either.right("As") : Either.left(usage(reason))
  }
  if (target.endsInSlash) {
    return Either.right("Into")
  }
  return sources.several
    ? Either.left(
        usage(
          `the directory ${target.shown} does not exist`,
          `several sources need a directory; to have it made, end its name in "/": ${target.shown}/`
        )
      )
    : Either.right("As")
}

/**
 * The sources, each once, unless two different ones would become the same: one of them would be lost, without a word
 * and for good where it is moved.
 */
export const distinct = <A>(
  sources: ReadonlyArray<A>,
  from: (source: A) => string,
  to: (source: A) => string
): Either.Either<ReadonlyArray<A>, CliError> => {
  const taken = new Map<string, A>()
  for (const source of sources) {
    const target = to(source)
    const first = taken.get(target) ?? source
    if (from(first) !== from(source)) {
      return Either.left(
        usage(
          `${from(first)} and ${from(source)} would both become ${target}`,
          "give each a name of its own, with a command of its own"
        )
      )
    }
    taken.set(target, first)
  }
  return Either.right([...taken.values()])
}
