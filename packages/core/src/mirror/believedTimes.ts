/**
 * A server may list MFMT and refuse it, for all or for this user (ProFTPD's `<Limit MFMT>`). All files that it was sent
 * are newer there then, and would be sent in each run. So before files go for that reason alone, one of them is
 * given the time that the server told of it, and some others if it is refused: see `keptTimes.ts`.
 *
 *     C: MFMT 20261129120007 a.txt
 *     S: 550 Unable to handle command          a newer file of the same size is the same
 *     S: 213 Modify=20261129120007; a.txt      it differs
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { difference } from "./compare.ts"
import type { Listed } from "./keptTimes.ts"
import type { Rules, Trees } from "./rules.ts"
import { finder } from "./transfers.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** The rules by which the trees are compared: those that are given, or those of a target that does not keep times. */
export const settled = (target: MirrorTree, trees: Trees, rules: Rules): Effect.Effect<Rules, MirrorError> => {
  if (target._tag === "Local" || !rules.compare.keepsTimes || rules.compare.asksForTimes !== true) {
    return Effect.succeed(rules)
  }
  const doubtful = spread(allDoubtful(trees, rules))
  return doubtful.length === 0
    ? Effect.succeed(rules)
    : Effect.map(target.showsKeepsTimes(doubtful), (keepsTimes) =>
        keepsTimes ? rules : { ...rules, compare: { ...rules.compare, keepsTimes } }
      )
}

/** Files that are to be sent only because they are newer there, as after their upload. */
const allDoubtful = ({ source, target }: Trees, { compare, filter, names, only }: Rules): ReadonlyArray<Listed> => {
  if (only === "Newer" || only === "Missing") {
    return []
  }
  const find = finder(target, names.fold)
  const found: Array<Listed> = []
  for (const from of source.entries.values()) {
    const to = from.type === "File" ? find(from.path) : undefined
    if (
      to?.type === "File" &&
      to.modified._tag === "Some" &&
      Option.getOrUndefined(from.size) === Option.getOrUndefined(to.size) &&
      Option.exists(
        difference(from, to, compare),
        (why) => why._tag === "TimeDiffers" && why.order === "SourceOlder"
      ) &&
      Option.isNone(filter.excludedBy(from)) &&
      Option.isNone(filter.excludedBy(to))
    ) {
      found.push({ path: to.path, listed: to.modified.value })
    }
  }
  return found
}

/** So many files of one user among those of others are found in most trees. */
const MOST = 4

/** A few from the first to the last, as a directory may be of one user. */
const spread = (files: ReadonlyArray<Listed>): ReadonlyArray<Listed> =>
  files.length <= MOST
    ? files
    : Array.from({ length: MOST }, (_, index) => files[Math.floor((index * (files.length - 1)) / (MOST - 1))] as Listed)
