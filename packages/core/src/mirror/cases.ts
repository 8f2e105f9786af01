/**
 * In which directories of a tree case counts, as far as it is known. A tree can have both kinds: other disks that are mounted
 * there, or directories of ext4 that ignore case. So each directory in which it matters is asked for itself:
 *
 *     known of the directory      two names that differ in case alone
 *     One                         are one file
 *     Two                         are two
 *     Unknown                     may be one: neither is left out, and neither is deleted for the other
 *     nothing                     are one if another directory is One; and neither is deleted for the other
 *
 * Nothing is deleted because of what another directory does.
 */
import type { Answer } from "../client/nameCase.ts"
import * as LocalBounds from "./localBounds.ts"
import * as Tree from "./Tree.ts"

/**
 * What is known of the directories of a tree: see the table above.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cases {
  /** Keeps what was found out about a directory. */
  readonly note: (directory: string, answer: "One" | "Two" | "Unknown") => void
  /** What is known of it. */
  readonly of: (directory: string) => "One" | "Two" | "Unknown" | undefined
  /** One form of all paths that are one, as far as is known. */
  readonly fold: (path: string) => string
  /** What is known of two paths that differ in case alone: `"Unknown"` if nothing is. */
  readonly compare: (path: string, other: string) => "One" | "Two" | "Unknown"
  /** Whether some directory did not say it. */
  readonly isUnclear: () => boolean
}

export const make = (): Cases => {
  const answers = new Map<string, Answer>()
  /** Directories in which no names are taken for one. */
  const exact = new Set<string>()
  let isAnyOne = false
  let isAnyUnknown = false
  const fold = (path: string): string => {
    if (!isAnyOne) {
      return path
    }
    if (exact.size === 0) {
      return LocalBounds.fold(path)
    }
    let folded = ""
    let above = ""
    for (const name of path.split("/")) {
      folded = Tree.join(folded, exact.has(above) ? name : LocalBounds.fold(name))
      above = Tree.join(above, LocalBounds.fold(name))
    }
    return folded
  }
  return {
    note: (directory, answer) => {
      answers.set(directory, answer)
      isAnyOne ||= answer === "One"
      isAnyUnknown ||= answer === "Unknown"
      const key = LocalBounds.fold(directory)
      if (answer === "One") {
        exact.delete(key)
      } else if (![...answers].some(([path, known]) => known === "One" && LocalBounds.fold(path) === key)) {
        exact.add(key)
      }
    },
    of: (directory) => answers.get(directory),
    fold,
    compare: (path, other) => {
      let answer: Answer = "One"
      for (const directory of differing(path, other)) {
        const known = answers.get(directory) ?? "Unknown"
        if (known === "Two") {
          return "Two"
        }
        answer = known === "Unknown" ? "Unknown" : answer
      }
      return answer
    },
    isUnclear: () => isAnyUnknown
  }
}

/** Whether two paths that fold to one differ in case: those in two Unicode forms are not a matter of case. */
export const isCaseAlone = (path: string, other: string): boolean => path.normalize("NFC") !== other.normalize("NFC")

/** The directories of the first path in which the other one has another name at that depth. */
export function* differing(path: string, other: string): Generator<string> {
  const [names, others] = [path.split("/"), other.split("/")]
  for (const [index, name] of names.entries()) {
    if (name !== others[index]) {
      yield names.slice(0, index).join("/")
    }
  }
}
