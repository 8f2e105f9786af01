/**
 * Where copies go. Files by the rules of cp and scp, a tree by its target's text alone, so that the same command
 * continues where an interrupted one stopped, though the target exists by then:
 *
 *     target                      one file                one tree                several, or a pattern
 *     ends in "/", or is "."      into it, made           into it, made           into it, made
 *     another directory           into it                 its content into it     into it
 *     a file                      replaces it             an error                an error
 *     not there                   under that name         under that name         an error
 *
 * Pure: the caller has looked up what exists.
 */
import * as Either from "effect/Either"
import { type CliError, usage } from "../errors/CliError.ts"

/** What has the target's name now. */
export type Existing = "Nothing" | "File" | "Directory"

/** Into a directory under the source's own name, or as exactly the target. */
export type Placement = "Into" | "As"

/** Whether a target is written as a directory: it ends in a slash, or its last name is `.` or `..`. */
export const isWrittenAsDirectory = (target: string): boolean => /(^|[/\\])\.{0,2}$/.test(target)

/** How the sources go to the target; `shown` is the target for messages. */
export const place = (
  target: {
    readonly existing: Existing
    readonly isWrittenAsDirectory: boolean
    readonly shown: string
  },
  sources: { readonly several: boolean; readonly onlyDirectory: boolean }
): Either.Either<Placement, CliError> => {
  if (target.existing === "Directory") {
    const isTree = sources.onlyDirectory && !sources.several
    return Either.right(isTree && !target.isWrittenAsDirectory ? "As" : "Into")
  }
  if (target.existing === "File") {
    const reason = target.isWrittenAsDirectory
      ? `${target.shown} is a file, not a directory`
      : sources.several
        ? `several sources can't be copied onto one file, ${target.shown}`
        : sources.onlyDirectory
          ? `a directory can't be copied onto a file, ${target.shown}`
          : undefined
    return reason === undefined ? Either.right("As") : Either.left(usage(reason))
  }
  if (target.isWrittenAsDirectory) {
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
 * The sources, each once. Two different ones that would become the same are an error: one of them would be lost
 * silently, and for good if it is moved.
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
