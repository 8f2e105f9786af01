/**
 * The plan of a swap: the whole of the new tree, and what of the live one is lost by it. Pure.
 *
 *     the source, against nothing        the steps that make the new tree
 *     the source, against the target     why each is there; what is removed, by the same rules and guards as elsewhere
 *     what the target has besides        protected: it would be lost, so there is no swap
 *
 * Two trees that are equal already need no swap: then there are no steps.
 */
import * as Option from "effect/Option"
import type { MirrorPlan, Reason, Refusal, Skip, Step } from "./MirrorPlan.ts"
import { findMoves } from "./moves.ts"
import { inOrder } from "./order.ts"
import * as Refused from "./refused.ts"
import * as Removals from "./removals.ts"
import type { Rules, Trees } from "./rules.ts"
import { isFine } from "./skips.ts"
import * as Spelling from "./spelling.ts"
import * as Marker from "./swapMarker.ts"
import * as Tree from "./Tree.ts"
import { finder, planTransfers } from "./transfers.ts"

export type SwapPlan = Pick<MirrorPlan, "steps" | "skipped" | "withheld" | "unchanged" | "refused" | "warnings">

/** How many paths a refusal names. */
const MOST_NAMED = 10

export const plan = (trees: Trees, planned: Rules): SwapPlan => {
  const { source } = trees
  // Who agrees that all is lost that the source does not have agrees that a file takes the place of a directory.
  const rules: Rules = { ...planned, conflict: planned.delete === "Extra" ? "Replace" : planned.conflict }
  const target = withoutTokens(trees.target)
  const there = { ...trees, target }
  const left: Array<Skip> = []
  const changes = planTransfers(there, rules, left)
  const removals = Removals.plan(there, rules, changes, left)
  const withheld = Option.getOrUndefined(
    Removals.guard(there, rules, removals, () => findMoves(there, changes.steps, removals).size)
  )

  const skipped = Refused.skips(source, rules)
  const warnings = [...(source.warnings ?? []), ...(target.warnings ?? [])]
  const anew = planTransfers({ source, target: Tree.missing, ours: new Map() }, rules, skipped)
  const reasons = new Map(changes.steps.flatMap((step) => (step._tag === "SetTime" ? [] : [[step.path, step.reason]])))
  const find = finder(target, rules.names.fold)
  const whole = anew.steps.map(
    (step): Step => ({ ...step, reason: reasons.get(step.path) ?? unchanged(find(step.path)) })
  )
  const lost = lostBy(new Set(removals.map(({ path }) => path)), target, kindsOf(whole, rules), rules, (entry) =>
    Option.exists(rules.filter.excludedBy(entry), ({ _tag }) => _tag !== "Pattern" || !rules.deleteExcluded)
  )
  const refused = refusalOf({ whole, lost, skipped, target, withheld })
  const isEqual = reasons.size === 0 && removals.length === 0 && lost.length === 0 && target.exists
  return {
    steps: isEqual || refused !== undefined ? [] : inOrder([...whole, ...removals], rules),
    skipped,
    withheld,
    refused: refused?.reason === "Protected" ? { ...refused, deletable: deletable(trees, planned, refused) } : refused,
    unchanged: isEqual ? changes.unchanged : 0,
    ...(warnings.length > 0 && { warnings })
  }
}

/** How many of what would be lost who agrees to lose all that the source does not have agrees to lose. */
const deletable = (trees: Trees, rules: Rules, { count }: Refusal): number => {
  if (rules.delete === "Extra") {
    return 0
  }
  const { refused } = plan(trees, { ...rules, delete: "Extra", maxDelete: NO_LIMIT })
  return refused?.reason === "Protected" ? Math.max(0, count - refused.count) : count
}

const NO_LIMIT: Rules["maxDelete"] = { _tag: "Count", count: Number.POSITIVE_INFINITY }

/** With the time of a file, by which a later look shows whether it is still the same. */
const unchanged = (there: Tree.TreeEntry | undefined): Reason => ({
  _tag: "Unchanged",
  ...(there !== undefined && Option.isSome(there.modified) && { modified: there.modified.value })
})

type Kinds = ReadonlyMap<string, "File" | "Directory">

/** What the new tree has under each path, as the target compares paths. */
export const kindsOf = (steps: ReadonlyArray<Step>, { names }: Pick<Rules, "names">): Kinds =>
  new Map(
    steps.flatMap((step) =>
      step._tag === "Remove"
        ? []
        : [[foldOf(names)(step.path), step._tag === "MakeDirectory" ? "Directory" : "File"] as const]
    )
  )

const foldOf = (names: Rules["names"]) => (path: string) => names.fold(Spelling.fold(path))

/**
 * The entries of a target that a tree of these kinds does not have, or that are protected, and that are not removed on
 * purpose. A size or an age may protect a file of the target whose counterpart in the source takes part.
 */
export const lostBy = (
  removed: ReadonlySet<string>,
  target: Tree.Snapshot,
  kinds: Kinds,
  { names }: Pick<Rules, "names">,
  isProtected: (entry: Tree.TreeEntry) => boolean = () => false
): ReadonlyArray<string> => {
  const fold = foldOf(names)
  const entries = [...target.entries.values()].flatMap((entry) =>
    removed.has(entry.path) || (kinds.get(fold(entry.path)) === entry.type && !isProtected(entry)) ? [] : [entry.path]
  )
  // Partial files are never deleted.
  return [...entries, ...(target.refused ?? []).map(({ path }) => path)]
}

/** The tree without the token of a swap that was not tidied up. */
export const withoutTokens = (tree: Tree.Snapshot): Tree.Snapshot =>
  [...tree.entries.keys()].some(Marker.isToken)
    ? { ...tree, entries: new Map([...tree.entries].filter(([path]) => !Marker.isToken(path))) }
    : tree

interface Looked {
  readonly whole: ReadonlyArray<Step>
  readonly lost: ReadonlyArray<string>
  readonly skipped: ReadonlyArray<Skip>
  readonly target: Tree.Snapshot
  readonly withheld: MirrorPlan["withheld"]
}

/** Why there is no swap, the gravest reason first. */
const refusalOf = ({ lost, skipped, target, whole, withheld }: Looked): Refusal | undefined => {
  const missing = skipped.filter(({ reason }) => !isFine(reason))
  const unread = target.gaps.map(({ path }) => path)
  return missing.length > 0
    ? refusal(
        "SourceIncomplete",
        missing.map(({ path }) => path)
      )
    : whole.length === 0
      ? refusal("SourceEmpty", [])
      : unread.length > 0
        ? refusal("TargetUnread", unread)
        : withheld !== undefined
          ? { reason: "Withheld", count: withheld.count, paths: [] }
          : lost.length > 0
            ? refusal("Protected", lost)
            : undefined
}

const refusal = (reason: Refusal["reason"], paths: ReadonlyArray<string>): Refusal => ({
  reason,
  count: paths.length,
  paths: paths.slice(0, MOST_NAMED)
})
