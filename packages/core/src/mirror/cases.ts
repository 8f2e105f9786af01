/**
 * Which names are one in the directories of a tree, as far as it is known. A tree can have several kinds: other disks that are
 * mounted there, or directories of ext4 that ignore case. So each directory in which it matters is asked for itself, and for
 * each way in which its names differ:
 *
 *     Case       a A      what is found out about one pair holds for all of the directory
 *     Form       é in NFC, and in NFD: the same
 *     Letters    Ä ä, ς Σ, ß ss: for this pair alone, as systems know more or fewer letters (`protocol/NameFolding.ts`)
 *
 *     known of the directory      two names that differ in this way
 *     One                         are one file
 *     Two                         are two
 *     Unknown                     may be one: neither is left out, and neither is deleted for the other
 *     nothing                     are one if another directory is One; and neither is deleted for the other
 *
 * Nothing is deleted because of what another directory does.
 */
import type { Answer } from "../client/nameCase.ts"
import * as NameFolding from "../protocol/NameFolding.ts"
import * as Tree from "./Tree.ts"

/**
 * Two names of one directory that may be one.
 *
 * @since 0.1.0
 * @category models
 */
export interface NameDifference {
  readonly directory: string
  readonly names: readonly [name: string, other: string]
}

/**
 * What is known of the directories of a tree: see the table above.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cases {
  /** Keeps what was found out about two names. */
  readonly note: (difference: NameDifference, answer: "One" | "Two" | "Unknown") => void
  /** What is known of them. */
  readonly of: (difference: NameDifference) => "One" | "Two" | "Unknown" | undefined
  /** One form of all paths that are one, as far as is known. */
  readonly fold: (path: string) => string
  /** Whether `fold` changes no path, as far as is known. */
  readonly isExact: () => boolean
  /** What is known of two paths that may be one: `"Unknown"` if nothing is. */
  readonly compare: (path: string, other: string) => "One" | "Two" | "Unknown"
  /** Whether some directory did not say it. */
  readonly isUnclear: () => boolean
}

/** `ignoresCase`: the system is known to ignore case and Unicode forms. Default it is not. */
export const make = ({ ignoresCase = false }: { readonly ignoresCase?: boolean | undefined } = {}): Cases => {
  const answers = new Map<string, Answer>()
  const byCase = scope(ignoresCase)
  const byForm = scope(ignoresCase)
  /** Names that are one with others in a way of their own. */
  const alike = new Set<string>()
  /** Names that are not one with others, although case or Unicode forms don't count. */
  const apart = new Set<string>()
  let isAnyUnknown = false
  const noteLetters = ({ directory, names }: NameDifference, answer: Answer) => {
    const above = NameFolding.foldWidely(directory)
    if (answer !== "One") {
      // One of them is enough to keep the two apart: one that folding changes.
      const name = [...names].reverse().find((name) => NameFolding.fold(name) !== name) ?? names[1]
      apart.add(Tree.join(above, name))
      return
    }
    const known = answers.get(directory)
    if (isSimple(names) && known !== "Unknown") {
      // A system that ignores the case of such letters ignores that of ASCII too.
      answers.set(directory, answer)
      byCase.note(directory, answer)
    } else {
      for (const name of names) {
        alike.add(Tree.join(above, name))
      }
    }
  }
  const nameIn = (above: string, name: string): string => {
    const path = Tree.join(above, name)
    return alike.has(path)
      ? NameFolding.foldWidely(name)
      : apart.has(path)
        ? name
        : byCase.holds(above)
          ? NameFolding.fold(name)
          : byForm.holds(above)
            ? name.normalize("NFC")
            : name
  }
  const of: Cases["of"] = (difference) => {
    const { directory, names } = difference
    const known = answers.get(keyOf(difference))
    if (known !== undefined || !(kindOf(names) !== "Letters" || isSimple(names))) {
      return known
    }
    return ignoresCase ? "One" : kindOf(names) === "Letters" && answers.get(directory) === "Two" ? "Two" : undefined
  }
  const isExact = (): boolean => !byCase.isAny() && !byForm.isAny() && alike.size === 0
  return {
    note: (difference, answer) => {
      answers.set(keyOf(difference), answer)
      isAnyUnknown ||= answer === "Unknown"
      const kind = kindOf(difference.names)
      if (kind === "Case") {
        byCase.note(difference.directory, answer)
        return
      }
      if (kind === "Form") {
        byForm.note(difference.directory, answer)
      }
      if (kind === "Letters" || answer !== "One") {
        noteLetters(difference, answer)
      }
    },
    of,
    isExact,
    fold: (path) => {
      if (isExact()) {
        return path
      }
      if (byCase.isAlways() && alike.size === 0 && apart.size === 0) {
        return NameFolding.fold(path)
      }
      let folded = ""
      let above = ""
      for (const name of path.split("/")) {
        folded = Tree.join(folded, nameIn(above, name))
        above = Tree.join(above, NameFolding.foldWidely(name))
      }
      return folded
    },
    compare: (path, other) => {
      let answer: Answer = "One"
      for (const difference of differing(path, other)) {
        const known = of(difference) ?? "Unknown"
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

/** In which directories all names that differ in one way are taken for one. */
const scope = (isEverywhere: boolean) => {
  /** Those that are known to, by what all spellings of a directory have in common. */
  const ones = new Map<string, Set<string>>()
  const exact = new Set<string>()
  return {
    note: (directory: string, answer: Answer) => {
      const key = NameFolding.foldWidely(directory)
      const same = ones.get(key) ?? new Set()
      if (answer === "One") {
        ones.set(key, same.add(directory))
        exact.delete(key)
      } else {
        same.delete(directory)
        if (same.size === 0) {
          ones.delete(key)
          exact.add(key)
        }
      }
    },
    isAny: () => isEverywhere || ones.size > 0,
    isAlways: () => (isEverywhere || ones.size > 0) && exact.size === 0,
    holds: (directory: string) => (isEverywhere || ones.size > 0) && !exact.has(directory)
  }
}

type Kind = "Case" | "Form" | "Letters"

export const kindOf = ([name, other]: NameDifference["names"]): Kind =>
  NameFolding.isFormAlone(name, other) ? "Form" : lowerAscii(name) === lowerAscii(other) ? "Case" : "Letters"

const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

const isSimple = ([name, other]: NameDifference["names"]): boolean => NameFolding.fold(name) === NameFolding.fold(other)

/** No path has the character that separates its parts. */
const keyOf = ({ directory, names }: NameDifference): string => {
  const kind = kindOf(names)
  return kind === "Case" ? directory : [directory, ...(kind === "Form" ? [kind] : [...names].sort())].join("\0")
}

/** Whether two paths that may be one differ in case: those in two Unicode forms are not a matter of case. */
export const isCaseAlone = (path: string, other: string): boolean => !NameFolding.isFormAlone(path, other)

/** In what two paths differ, from above; the directories are those of the first one. */
export function* differing(path: string, other: string): Generator<NameDifference> {
  const [names, others] = [path.split("/"), other.split("/")]
  for (const [index, name] of names.entries()) {
    const alike = others[index]
    if (alike !== undefined && name !== alike) {
      yield { directory: names.slice(0, index).join("/"), names: [name, alike] }
    }
  }
}
