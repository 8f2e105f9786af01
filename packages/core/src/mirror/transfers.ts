/**
 * What of the source is missing in the target, or differs there.
 *
 *     source has    target has     then
 *     file          nothing        Copy
 *     file          file           compare: nothing, Replace, or SetTime
 *     directory     nothing        MakeDirectory
 *     directory     directory      nothing
 *     link          nothing        MakeLink, if links are copied as links
 *     link          link           nothing, or MakeLink if it leads elsewhere
 *     file          a directory    conflict; so are all other types that differ
 *
 * Nothing below a directory that is left out takes part; nor does what is in a directory that the target could not list
 * this time, as the next run can know better.
 */
import * as Option from "effect/Option"
import * as Collisions from "./collisions.ts"
import { compareTimes, difference } from "./compare.ts"
import type { Precondition, Reason, Skip, Step } from "./MirrorPlan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { reasonToLeave, reasonToSkip, sidesOf } from "./whyLeft.ts"

export interface Transfers {
  readonly steps: ReadonlyArray<Step>
  /** Files that need nothing. */
  readonly unchanged: number
  /** Paths of the target that have to go first, as they are of another type in the source. */
  readonly replaced: ReadonlySet<string>
  /** Whether the source has that path of the target too, under whatever name is the same there. */
  readonly isMatched: (path: string) => boolean
  /** Paths of the source that are left out, with all below them. */
  readonly left: ReadonlySet<string>
  /** Paths of the target whose counterparts in the source are left out, with all below them: they are left alone. */
  readonly untouched: ReadonlySet<string>
}

export const planTransfers = (trees: Trees, rules: Rules, skipped: Array<Skip>): Transfers => {
  const { source, target } = trees
  const find = finder(target, rules.names.fold)
  const steps: Array<Step> = []
  const left = new Set<string>()
  /** Those that are matched by another path, and those that are taken for none although the source has them. */
  const matched = new Set<string>()
  const unwanted = new Set<string>()
  const untouched = new Set<string>()
  const replaced = new Set<string>()
  const places = Collisions.make(rules.names)
  const unread = new Set(target.gaps.map(({ path }) => path))
  const interrupted = new Map(target.gaps.flatMap((gap) => (gap.reason === "Interrupted" ? [[gap.path, gap]] : [])))
  /** Gaps that are among the skips already. */
  const told = new Set<Tree.Gap>()
  const sides = sidesOf(trees, rules)
  let unchanged = 0
  for (const entry of source.entries.values()) {
    const { path, type } = entry
    const there = find(path)
    // As if the source had not what is excluded.
    const isUnwanted = rules.deleteExcluded && isExcludedByPattern(entry, rules)
    if (isUnwanted) {
      unwanted.add(path)
    } else if (there !== undefined && there.path !== path) {
      matched.add(there.path)
    }
    if (left.size > 0 && left.has(Tree.parent(path))) {
      left.add(path)
      continue
    }
    const skip =
      reasonToSkip(entry, rules, sides) ?? places?.whyNone(path) ?? reasonToLeave(entry, there, unread, rules, sides)
    const gap = skip === undefined && interrupted.size > 0 ? interrupted.get(Tree.parent(path)) : undefined
    if (skip !== undefined || gap !== undefined) {
      left.add(path)
      if (!isUnwanted) {
        untouched.add(there?.path ?? path)
      }
      if (skip !== undefined) {
        skipped.push({ path, ...skip })
      } else if (gap !== undefined && !told.has(gap)) {
        told.add(gap)
        skipped.push({
          path: gap.path,
          reason: "Unread",
          detail: `what the target has there is not known: ${gap.detail}`,
          mayPass: true
        })
      }
      continue
    }
    places?.take(path)
    const isReplaced = there !== undefined && there.type !== type
    if (isReplaced) {
      replaced.add(there.path)
    }
    const now = isReplaced ? undefined : there
    if (type === "Directory") {
      if (now === undefined) {
        steps.push({ _tag: "MakeDirectory", path, reason: reasonFor(isReplaced), precondition: { _tag: "Absent" } })
      }
      continue
    }
    const isUnknown = now === undefined && !isReplaced && Tree.isWithin(path, unread)
    const step =
      type === "SymbolicLink"
        ? link(entry, now, isUnknown ? UNKNOWN : reasonFor(isReplaced))
        : now === undefined
          ? copy(entry, isUnknown ? UNKNOWN : reasonFor(isReplaced))
          : update(entry, now, rules)
    if (step === undefined) {
      unchanged++
    } else {
      steps.push(step)
    }
  }
  const isMatched = (path: string): boolean => (source.entries.has(path) && !unwanted.has(path)) || matched.has(path)
  return { steps, unchanged, replaced, isMatched, left, untouched }
}

const UNKNOWN: Reason = { _tag: "Unknown", fact: "Presence" }

const reasonFor = (isReplaced: boolean): Reason => ({ _tag: isReplaced ? "TypeDiffers" : "Missing" })

/** The target's entry that is the same file or directory as this path there. */
export const finder = ({ entries }: Tree.Snapshot, fold: Rules["names"]["fold"]) => {
  // For what the target does not have under the very same path.
  let byFolded: ReadonlyMap<string, Tree.TreeEntry> | undefined
  return (path: string): Tree.TreeEntry | undefined => {
    const there = entries.get(path)
    if (there !== undefined) {
      return there
    }
    byFolded ??= foldedOf(entries, fold)
    const key = fold(path)
    return (key === path ? undefined : entries.get(key)) ?? byFolded.get(key)
  }
}

/** The entries that folding gives another path, by that path. */
const foldedOf = (entries: Tree.Snapshot["entries"], fold: Rules["names"]["fold"]) => {
  const folded = new Map<string, Tree.TreeEntry>()
  for (const entry of entries.values()) {
    const key = fold(entry.path)
    if (key !== entry.path) {
      folded.set(key, entry)
    }
  }
  return folded
}

const isExcludedByPattern = (entry: Tree.TreeEntry, { filter }: Rules): boolean =>
  Option.exists(filter.excludedBy(entry), ({ _tag }) => _tag === "Pattern")

const copy = (entry: Tree.TreeEntry, reason: Reason): Step => ({
  _tag: "Copy",
  path: entry.path,
  reason,
  precondition: { _tag: "Absent" },
  ...facts(entry)
})

/** What a link needs; nothing if the target has one that leads to the same path. */
const link = (entry: Tree.TreeEntry, there: Tree.TreeEntry | undefined, reason: Reason): Step | undefined => {
  const { leadsTo: to = "", path } = entry
  return there === undefined
    ? { _tag: "MakeLink", path, reason, precondition: { _tag: "Absent" }, to }
    : there.leadsTo === to
      ? undefined
      : {
          _tag: "MakeLink",
          path,
          reason: { _tag: "LinkDiffers", ...(there.leadsTo !== undefined && { from: there.leadsTo }), to },
          precondition: preconditionOf(there),
          to
        }
}

/** What a file that both have needs. Its content is read by the source's name, which may differ in case. */
const update = (source: Tree.TreeEntry, target: Tree.TreeEntry, { compare, setsTimes }: Rules): Step | undefined => {
  const reason = difference(source, target, compare)
  if (reason._tag === "Some") {
    const precondition = preconditionOf(target)
    return { _tag: "Replace", path: source.path, precondition, reason: reason.value, ...facts(source) }
  }
  if (!setsTimes || !compare.keepsTimes || compare.by !== "SizeAndTime") {
    return undefined
  }
  const order =
    source.modified._tag === "Some" && target.modified._tag === "Some"
      ? compareTimes(source.modified.value, target.modified.value)
      : "Unknown"
  return order === "Older" || order === "Newer"
    ? {
        _tag: "SetTime",
        path: target.path,
        precondition: preconditionOf(target),
        reason: { _tag: "TimeDiffers", order: order === "Older" ? "SourceNewer" : "SourceOlder" },
        modified: Option.getOrThrow(source.modified)
      }
    : undefined
}

const facts = ({ modified, size }: Tree.TreeEntry) => ({
  bytes: Option.getOrUndefined(size),
  modified: Option.getOrUndefined(modified)
})

/** What is to be found again in the target before a step. */
export const preconditionOf = ({ leadsTo, modified, size, type }: Tree.TreeEntry): Precondition =>
  type === "File"
    ? { _tag: "File", size: Option.getOrUndefined(size), modified: Option.getOrUndefined(modified) }
    : type === "Directory"
      ? { _tag: "Directory" }
      : type === "SymbolicLink"
        ? { _tag: "Link", ...(leadsTo !== undefined && { to: leadsTo }) }
        : { _tag: "Other" }
