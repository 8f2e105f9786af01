/**
 * What only the target has, and whether it may be deleted.
 *
 *     protected    what is excluded, unless that is to be deleted too; directories that could not be read to their end,
 *                  with all below them; what another run may be using (`inUse.ts`); what a local link leads to, if links are
 *                  followed; what may be a file of the source in another case (`caseFolding.ts`); each directory that has
 *                  something that stays, as a partial file
 *     ours         with `delete: "Ours"`: files that the manifest has, and that are still as it says; what killed uploads
 *                  have left (`deadUploads.ts`)
 *
 * Guards look at all removals at once: one that looks like a mistake withholds them all.
 */

import * as Option from "effect/Option"
import { foldWidely } from "../protocol/NameFolding.ts"
import { isCaseAlone } from "./cases.ts"
import * as DeadUploads from "./deadUploads.ts"
import * as Filter from "./Filter.ts"
import * as Grouping from "./grouping.ts"
import * as InUse from "./inUse.ts"
import type { Reason, Skip, Step, Withheld } from "./MirrorPlan.ts"
import * as Refused from "./refused.ts"
import type { MaxDelete, Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { preconditionOf, type Transfers } from "./transfers.ts"
import { IS_HOME } from "./trees.ts"

export type Removal = Extract<Step, { readonly _tag: "Remove" }>

export const plan = (
  { ours, source, target }: Trees,
  rules: Rules,
  { isMatched, replaced, untouched }: Transfers,
  skipped: Array<Skip>
): ReadonlyArray<Removal> => {
  const closed = new Set([...target.gaps.map(({ path }) => path), ...untouched])
  const ownDirectories = directoriesOf(ours)
  const inUse = InUse.find(target, rules.now)
  const usedTrees = new Set(inUse.keys())
  const dead = new Set(DeadUploads.find({ ours, source, target }, rules, inUse))
  const inSource = new Set(source.refused?.map(({ path }) => path))
  const doubtful = inAnotherCase({ ours, source, target }, rules)
  const stays = new Set<string>()
  const removals: Array<Removal> = []
  const context: Context = { isMatched, replaced, ours, ownDirectories, dead }
  /** Most entries are in the directory of the one before. */
  let last = ""
  const keep = (path: string) => {
    if (path === last) {
      return
    }
    last = path
    for (let at = path; !stays.has(at) && at !== ""; at = Tree.parent(at)) {
      stays.add(at)
    }
  }
  for (const path of [...closed, Tree.parent(rules.manifest)]) {
    keep(path)
  }
  for (const name of target.refused ?? []) {
    keep(Tree.parent(name.path))
    if (rules.delete === "Extra" && !inSource.has(name.path)) {
      skipped.push(...Refused.ofName(name, rules))
    }
  }
  // Children before their directories, so that a directory knows whether something stays in it.
  for (const entry of [...target.entries.values()].reverse()) {
    const { path } = entry
    if (usedTrees.size > 0 && Tree.isWithin(Tree.parent(path), usedTrees)) {
      continue
    }
    const isKept = entry.isThroughLink === true || stays.has(path) || (closed.size > 0 && Tree.isWithin(path, closed))
    const reason = isKept ? undefined : reasonToRemove(entry, rules, context)
    if (reason === "Drifted") {
      skipped.push({ path, reason, detail: "changed since an earlier run put it there" })
    }
    const use = reason === undefined || reason === "Drifted" ? undefined : inUse.get(path)
    if (use !== undefined) {
      skipped.push({ path, reason: "Reserved", detail: use })
    }
    const other = reason === undefined || reason === "Drifted" ? undefined : doubtful(path)
    if (other !== undefined) {
      skipped.push({
        path,
        reason: "Collides",
        detail: `may be ${other} itself: it is not known if case counts there`
      })
    }
    if (reason === undefined || reason === "Drifted" || use !== undefined || other !== undefined) {
      keep(entry.type === "Directory" ? path : Tree.parent(path))
    } else {
      removals.push({ _tag: "Remove", path, reason, precondition: preconditionOf(entry) })
    }
  }
  return removals
}

/** What the source has under a name that may be the same one in the target. */
const inAnotherCase = (
  { source, target }: Trees,
  { delete: what, names: { compareCase } }: Rules
): ((path: string) => string | undefined) => {
  const extra = new Map<string, Array<string>>()
  for (const path of what === "None" || compareCase === undefined ? [] : target.entries.keys()) {
    // A name that the source has as it is means what it says.
    if (!source.entries.has(path)) {
      Grouping.add(extra, foldWidely(path), path)
    }
  }
  const others = new Map<string, string>()
  for (const path of extra.size === 0 ? [] : source.entries.keys()) {
    for (const listed of extra.get(foldWidely(path)) ?? []) {
      if (isCaseAlone(listed, path) && compareCase?.(listed, path) !== "Two") {
        others.set(listed, path)
      }
    }
  }
  return (path) => others.get(path)
}

interface Context {
  readonly isMatched: Transfers["isMatched"]
  readonly replaced: ReadonlySet<string>
  readonly ours: Trees["ours"]
  readonly ownDirectories: ReadonlySet<string>
  /** What killed uploads of this mirror have left. */
  readonly dead: ReadonlySet<string>
}

const reasonToRemove = (
  entry: Tree.TreeEntry,
  rules: Rules,
  { dead, isMatched, ours, ownDirectories, replaced }: Context
): Reason | "Drifted" | undefined => {
  const excluded =
    rules.filter === Filter.everything ? undefined : Option.getOrUndefined(rules.filter.excludedBy(entry))
  if (excluded !== undefined && !(rules.deleteExcluded && excluded._tag === "Pattern")) {
    return undefined
  }
  if (replaced.size > 0 && Tree.isWithin(entry.path, replaced)) {
    return { _tag: "TypeDiffers" }
  }
  if (rules.delete === "None" || isMatched(entry.path)) {
    return undefined
  }
  if (dead.has(entry.path)) {
    return { _tag: "DeadUpload" }
  }
  const reason: Reason =
    excluded?._tag === "Pattern" ? { _tag: "Excluded", pattern: excluded.pattern } : { _tag: "NotInSource" }
  if (rules.delete === "Extra" || (entry.type === "Directory" && ownDirectories.has(entry.path))) {
    return reason
  }
  const own = ours.get(entry.path)
  return own === undefined || (entry.type !== "File" && own.kind !== "Link")
    ? undefined
    : own.isDrifted
      ? "Drifted"
      : reason
}

/** The directories that an earlier run put something into: an empty one that is not among them is not ours. */
const directoriesOf = (ours: Trees["ours"]): ReadonlySet<string> => {
  const own = new Set<string>()
  for (const path of ours.keys()) {
    for (const above of Tree.ancestors(path)) {
      own.add(above)
    }
  }
  return own
}

/** Why none of the removals is done, or `None`. Those that only move a file, `moves` of them, don't count for the limit. */
export const guard = (
  { source, target }: Trees,
  { filter, isHome, maxDelete }: Rules,
  removals: ReadonlyArray<Removal>,
  moves: () => number
): Option.Option<Withheld> => {
  const count = removals.length
  const most = limit(maxDelete, target.entries.size)
  if (count === 0) {
    return Option.none()
  }
  const withhold = (reason: Withheld["reason"], detail: string) => Option.some({ reason, count, detail })
  const [gap] = source.gaps
  return !source.exists
    ? withhold("SourceMissing", "the source does not exist")
    : gap !== undefined
      ? withhold("Incomplete", `${gap.path === "" ? "the source" : gap.path} could not be read: ${gap.detail}`)
      : [...source.entries.values()].every((entry) => Option.isSome(filter.excludedBy(entry)) || InUse.isUpload(entry))
        ? withhold("SourceEmpty", "the source is empty, or all of it is excluded")
        : isHome
          ? withhold("Home", IS_HOME)
          : !(count <= most || count - moves() <= most)
            ? withhold("TooMany", `at most ${most} may be deleted`)
            : Option.none()
}

const limit = (maxDelete: MaxDelete, entries: number): number =>
  maxDelete._tag === "Count"
    ? maxDelete.count
    : Math.max(maxDelete.free, Math.floor((entries * maxDelete.percent) / PERCENT))

const PERCENT = 100
