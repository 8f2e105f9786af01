/** What becomes of one path in a mirror, and which rule decides it. Pure. */
import * as Option from "effect/Option"
import { describeReason, type Precondition, type Skip, type Step } from "./MirrorPlan.ts"
import { plan } from "./plan.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { finder, preconditionOf } from "./transfers.ts"

/**
 * What becomes of a path.
 *
 * - `"Planned"`: there is a step for it, with its reason
 * - `"Skipped"`: it is left as it is; `skip.path` is the path itself or a directory above it
 * - `"Unchanged"`: both sides have it, and it counts as equal
 * - `"Kept"`: only the target has it, and it stays, because nothing is deleted (`"NotDeleting"`), no earlier run put it
 *   there (`"NotOurs"`), its directory could not be read (`"Unread"`), a guard withholds all removals (`"Withheld"`), or
 *   something in it stays (`"Needed"`)
 * - `"Nowhere"`: neither side has it, as far as it was read
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict =
  | { readonly _tag: "Planned"; readonly step: Step }
  | { readonly _tag: "Skipped"; readonly skip: Skip }
  | { readonly _tag: "Unchanged" }
  | {
      readonly _tag: "Kept"
      readonly because: "NotDeleting" | "NotOurs" | "Unread" | "Withheld" | "Needed"
      readonly detail: string
    }
  | { readonly _tag: "Nowhere" }

/**
 * What becomes of a path, and what both sides have there. `includedBy` is the pattern with `!` that includes it again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly path: string
  readonly source: Precondition
  readonly target: Precondition
  readonly includedBy: string | undefined
  readonly verdict: Verdict
}

/** `path` is relative to the roots; one that ends in a slash is a directory. */
export const explain = (path: string, trees: Trees, rules: Rules): Explanation => {
  const name = path.replace(/^(?:\.?\/)+|\/+$/g, "")
  const source = trees.source.entries.get(name)
  const target = finder(trees.target, rules.names.fold)(name)
  const type = source?.type ?? target?.type ?? (path.endsWith("/") ? "Directory" : "File")
  return {
    path: name,
    source: source === undefined ? { _tag: "Absent" } : preconditionOf(source),
    target: target === undefined ? { _tag: "Absent" } : preconditionOf(target),
    includedBy: Option.getOrUndefined(rules.filter.includedBy({ path: name, type })),
    verdict: verdictOf(name, type, { source, target }, trees, rules)
  }
}

const verdictOf = (
  path: string,
  type: Tree.TreeEntry["type"],
  { source, target }: { readonly source: Tree.TreeEntry | undefined; readonly target: Tree.TreeEntry | undefined },
  trees: Trees,
  rules: Rules
): Verdict => {
  const { skipped, steps, withheld } = plan(trees, rules)
  const above = new Set([path, ...Tree.ancestors(path)])
  // What replaces something of another type has a removal under its own name too.
  const step =
    steps.find((step) => step.path === path && step._tag !== "Remove") ??
    steps.find((step) => step.path === path || (step._tag === "Rename" && step.from === path)) ??
    steps.find((step) => step.path === target?.path)
  if (step !== undefined) {
    return { _tag: "Planned", step }
  }
  const skip = skipped.filter((skip) => above.has(skip.path)).at(-1)
  if (skip !== undefined) {
    return { _tag: "Skipped", skip }
  }
  const excluded = Option.getOrUndefined(rules.filter.excludedBy(source ?? target ?? Tree.entry(path, type)))
  if (excluded !== undefined) {
    const detail = excluded._tag === "Pattern" ? excluded.pattern : `by its ${excluded._tag.toLowerCase()}`
    return { _tag: "Skipped", skip: { path, reason: "Excluded", detail } }
  }
  if (source !== undefined) {
    return { _tag: "Unchanged" }
  }
  const gap = trees.target.gaps.find((gap) => gap.path === "" || above.has(gap.path))
  if (target === undefined) {
    return gap === undefined ? { _tag: "Nowhere" } : { _tag: "Kept", because: "Unread", detail: gap.detail }
  }
  const isOurs = trees.ours.has(target.path) || [...trees.ours.keys()].some((own) => own.startsWith(`${target.path}/`))
  return rules.delete === "None"
    ? { _tag: "Kept", because: "NotDeleting", detail: "nothing is deleted" }
    : rules.delete === "Ours" && !isOurs
      ? { _tag: "Kept", because: "NotOurs", detail: "no earlier run put it there" }
      : gap !== undefined
        ? { _tag: "Kept", because: "Unread", detail: `its directory could not be read: ${gap.detail}` }
        : withheld !== undefined
          ? { _tag: "Kept", because: "Withheld", detail: withheld.detail }
          : { _tag: "Kept", because: "Needed", detail: "something in it stays" }
}

/**
 * An explanation in words that follow its path.
 *
 * @since 0.1.0
 * @category getters
 */
export const describeExplanation = ({ includedBy, path, verdict }: Explanation): string => {
  const included = includedBy === undefined ? "" : `, and included by ${includedBy}`
  switch (verdict._tag) {
    case "Planned": {
      const { step } = verdict
      const isReplaced = step._tag !== "Remove" && step.reason._tag === "TypeDiffers"
      return `${ACTIONS[isReplaced ? "Replace" : step._tag]}: ${describeReason(step.reason)}${included}`
    }
    case "Skipped": {
      const { detail, path: at, reason } = verdict.skip
      const why =
        reason === "Excluded" ? (detail.startsWith("by ") ? `excluded ${detail}` : `excluded by ${detail}`) : detail
      return `is left alone${at === path || at === "" ? "" : `, as ${at} is`}: ${why}`
    }
    case "Unchanged":
      return `is unchanged: it counts as the same on both sides${included}`
    case "Kept":
      return `stays: it is only in the target, and ${verdict.detail}`
    case "Nowhere":
      return "is in neither tree"
  }
}

const ACTIONS: { readonly [T in Step["_tag"]]: string } = {
  MakeDirectory: "is made",
  Copy: "is copied",
  Replace: "is replaced",
  Rename: "is renamed",
  SetTime: "gets another time",
  MakeLink: "is made a link",
  Remove: "is deleted"
}
