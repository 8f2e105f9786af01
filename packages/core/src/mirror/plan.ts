/**
 * From two trees and the rules to the steps that make the target equal to the source. Pure.
 *
 *     source ──┐                 ┌─► transfers: what is missing or differs
 *              ├─► match by path ┤
 *     target ──┘                 └─► removals: what only the target has, if the rules say so and no guard withholds them
 *
 * What is excluded on either side, and what could not be read, is left alone on both.
 */
import * as Option from "effect/Option"
import * as DeadUploads from "./deadUploads.ts"
import * as ExchangeNames from "./exchangeNames.ts"
import * as InUse from "./inUse.ts"
import * as Links from "./links.ts"
import type { MirrorPlan, Skip, Step } from "./MirrorPlan.ts"
import { findMoves, withMoves } from "./moves.ts"
import { inOrder } from "./order.ts"
import * as Refused from "./refused.ts"
import * as Removals from "./removals.ts"
import type { Rules, Trees } from "./rules.ts"
import * as Tree from "./Tree.ts"
import { finder, planTransfers, type Transfers } from "./transfers.ts"

export const plan = (trees: Trees, rules: Rules): Pick<MirrorPlan, Planned> => {
  const { source, target } = trees
  const skipped = Refused.skips(source, rules)
  const left = rules.delete === "None" ? DeadUploads.find(trees, rules, InUse.find(target, rules.now)) : []
  const dead = DeadUploads.warningOf(left)
  const warnings = [
    ...(source.warnings ?? []),
    ...(target.warnings ?? []),
    ...(dead === undefined ? [] : [dead]),
    ...(rules.delete === "Extra" ? [] : exchangesOf(target))
  ]
  const transfers = planTransfers(trees, rules, skipped)
  const removals = Removals.plan(trees, rules, transfers, skipped)
  const withheld = Option.getOrUndefined(
    Removals.guard(trees, rules, removals, () => findMoves(trees, transfers.steps, removals).size)
  )
  const removed = new Set(withheld === undefined ? removals.map(({ path }) => path) : [])
  const { fold } = rules.names
  const find = finder(target, fold)
  const stays = [...transfers.replaced].filter((path) => !removed.has(path))
  const stuck = new Set(stays.map(fold))
  const isStuck = (path: string): boolean => stuck.size > 0 && Tree.isWithin(fold(path), stuck)
  const possible = () => transfers.steps.filter(({ path }) => !isStuck(path))
  for (const path of stays) {
    skipped.push({ path, reason: "Conflict", detail: "of another type in the source, and can't be deleted" })
  }
  const isThere = (path: string): boolean => {
    const there = find(path)
    const isCopied =
      source.entries.has(path) && source.entries.get(path)?.type !== "SymbolicLink" && !transfers.left.has(path)
    return isStuck(path) ? there !== undefined : isCopied || (there !== undefined && !removed.has(there.path))
  }
  // A link that is not made replaces nothing: what is in its place stays, and other links may lead there.
  const replacing = possible().filter((step) => step._tag === "MakeLink" && step.reason._tag === "TypeDiffers")
  if (replacing.length > 0) {
    const unmade: Array<Skip> = []
    const made = new Set(Links.withoutDangling(possible(), rules.links, isThere, unmade))
    const kept = new Set(replacing.flatMap((step) => (made.has(step) ? [] : [step.path])))
    skipped.push(...unmade.filter(({ path }) => kept.has(path)))
    for (const path of kept) {
      stuck.add(fold(path))
    }
  }
  const steps = Links.withoutDangling(possible(), rules.links, isThere, skipped)
  const unplaced = withheld === undefined ? contentOfStuck(trees, transfers.steps, removals, isStuck) : []
  for (const { path, to } of unplaced) {
    skipped.push({ path, reason: "Conflict", detail: `has the content of ${to}, which can't be put there` })
  }
  const kept = new Set(unplaced.flatMap(({ path }) => [path, ...Tree.ancestors(path)]))
  return {
    steps: inOrder(
      withheld === undefined
        ? withMoves(
            trees,
            steps,
            removals.filter(({ path }) => !isStuck(path) && !kept.has(path))
          )
        : steps,
      rules
    ),
    skipped,
    withheld,
    unchanged: transfers.unchanged,
    ...unclaimedBy(trees, rules, transfers),
    ...(warnings.length > 0 && { warnings })
  }
}

/** What was to be moved to a path that stays as it is: it keeps its name, as the target has that content nowhere else. */
const contentOfStuck = (
  trees: Trees,
  steps: ReadonlyArray<Step>,
  removals: ReadonlyArray<Removals.Removal>,
  isStuck: (path: string) => boolean
): ReadonlyArray<{ readonly path: string; readonly to: string }> =>
  steps.some(({ path }) => isStuck(path))
    ? [...findMoves(trees, steps, removals)].flatMap(([{ path: to }, { path }]) => (isStuck(to) ? [{ path, to }] : []))
    : []

type Planned = "steps" | "skipped" | "withheld" | "unchanged" | "unclaimed" | "warnings"

/** If nothing is known to be ours, how many files only the target has: a person who wants them deleted has to know why they stay. */
const unclaimedBy = (trees: Trees, rules: Rules, transfers: Transfers): Pick<MirrorPlan, "unclaimed"> => {
  if (rules.delete !== "Ours" || trees.ours.size > 0) {
    return {}
  }
  const others = Removals.plan(trees, { ...rules, delete: "Extra" }, transfers, [])
  const unclaimed = others.filter(
    ({ precondition, reason }) => reason._tag === "NotInSource" && precondition._tag !== "Directory"
  ).length
  return unclaimed > 0 ? { unclaimed } : {}
}

/** Directories that nothing deletes by these rules. With others they are among the steps, or among the skips. */
const exchangesOf = ({ entries }: Tree.Snapshot): ReadonlyArray<string> =>
  [...entries.values()].flatMap(({ path, type }) =>
    type === "Directory" && ExchangeNames.isOfDirectory(Tree.nameOf(path))
      ? [`the target has ${path}, which a run that replaces a directory or a file by the other uses, or has left`]
      : []
  )
