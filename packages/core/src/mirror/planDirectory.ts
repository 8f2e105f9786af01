/**
 * What one directory of a tree that is copied while it is read needs.
 *
 *     in the source ──┐
 *                     ├──► names in one Unicode form ──► times to the second, if that decides ──► steps
 *     in the target ──┘
 */
import * as Effect from "effect/Effect"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import type { Descent } from "../protocol/Descent.ts"
import * as BelievedTimes from "./believedTimes.ts"
import * as DeadUploads from "./deadUploads.ts"
import * as InUse from "./inUse.ts"
import * as Links from "./links.ts"
import * as LocalLinks from "./localLinks.ts"
import type { Skip, Step } from "./MirrorPlan.ts"
import { refineTimes } from "./refineTimes.ts"
import type { NameRules, Rules, Trees } from "./rules.ts"
import * as Spelling from "./spelling.ts"
import * as Tree from "./Tree.ts"
import { planTransfers } from "./transfers.ts"
import type { DirectoryListing, Found, LinkPolicy, MirrorError, MirrorTree } from "./trees.ts"
import * as Twins from "./twins.ts"

/**
 * A copy of one tree, as it is known so far.
 *
 * @since 0.1.0
 * @category models
 */
export interface TreeCopy {
  readonly source: MirrorTree
  readonly target: MirrorTree
  readonly rules: Rules
  /** A file of the source's root that takes no part, as a manifest. */
  readonly hidden?: string | undefined
  /** What links of the source count as. Default `"Follow"`. */
  readonly links?: LinkPolicy | undefined
  /** Whether the target is listed although all files are replaced. */
  readonly looks?: boolean | undefined
  /** Whether the times in the source's listings are of use. */
  readonly times: boolean
  /** Notes paths that the target writes in another Unicode form: it is addressed so from then on. */
  readonly spell: (found: ReadonlyArray<Spelling.Spelling>) => void
}

/**
 * A step that makes a directory.
 *
 * @since 0.1.0
 * @category models
 */
export type MakeDirectory = Extract<Step, { readonly _tag: "MakeDirectory" }>

/**
 * A step that is about one file.
 *
 * @since 0.1.0
 * @category models
 */
export type OneFile = Extract<Step, { readonly _tag: "Copy" | "Replace" | "SetTime" }>

/** A listing of the source, and what the target has there. */
export const planDirectory = (
  copy: TreeCopy,
  { found }: DirectoryListing,
  there: Tree.Snapshot
): Effect.Effect<Planned, MirrorError> => {
  const { hidden, rules, spell } = copy
  const taking = hidden === undefined ? found : without(hidden, found, rules.names)
  const isNative = copy.source.names.isNative?.()
  const source: Tree.Snapshot = { ...Tree.snapshot(taking.map(({ entry }) => entry)), isNative }
  const { spellings, target } = Spelling.align(source, there)
  spell(spellings)
  const dated = refineTimes(copy.source, copy.target, { source, target, ours: new Map() }, rules)
  const question = Twins.question(copy.target, source, target)
  const trees = question === undefined ? dated : Effect.zipRight(question, dated)
  const planned = (trees: Trees, rules: Rules) => {
    const first = planOne(taking, trees, rules)
    return first.files.some(({ step }) => step._tag === "Replace")
      ? Effect.map(BelievedTimes.settled(copy.target, trees, rules), (settled) =>
          settled === rules ? first : planOne(taking, trees, settled)
        )
      : Effect.succeed(first)
  }
  return Effect.flatMap(trees, (trees) =>
    rules.links._tag === "Leave"
      ? planned(trees, rules)
      : Effect.flatMap(LocalLinks.withBounds(copy.target, source, rules), (bounded) => planned(trees, bounded))
  )
}

/** Without a file that takes no part, and what the target takes for it. No path of another directory is folded. */
const without = (hidden: string, found: ReadonlyArray<Found>, { fold, isExact }: NameRules): ReadonlyArray<Found> => {
  if (isExact?.() === true) {
    return found.filter(({ entry }) => entry.path !== hidden)
  }
  const [first] = found
  if (first === undefined || fold(Tree.parent(first.entry.path)) !== fold(Tree.parent(hidden))) {
    return found
  }
  const hiddenThere = fold(hidden)
  return found.filter(({ entry }) => fold(entry.path) !== hiddenThere)
}

interface Planned {
  readonly files: ReadonlyArray<{ readonly step: OneFile; readonly source: LocalInfo | undefined }>
  readonly directories: ReadonlyArray<{
    readonly path: string
    readonly descent: Descent
    readonly step: MakeDirectory | undefined
  }>
  readonly links: ReadonlyArray<Links.LinkStep>
  readonly skipped: ReadonlyArray<Skip>
  /** What killed uploads have left in the target. */
  readonly dead: ReadonlyArray<string>
  readonly unchanged: number
}

/** Pure. */
const planOne = (taking: ReadonlyArray<Found>, trees: Trees, rules: Rules): Planned => {
  const skipped: Array<Skip> = []
  const { left, steps, unchanged } = planTransfers(trees, rules, skipped)
  const infos = new Map<string, LocalInfo>()
  for (const { entry, info } of steps.length === 0 ? [] : taking) {
    if (info !== undefined) {
      infos.set(entry.path, info)
    }
  }
  const made = new Map<string, MakeDirectory>()
  const files: Array<{ readonly step: OneFile; readonly source: LocalInfo | undefined }> = []
  for (const step of steps) {
    if (step._tag === "MakeDirectory") {
      made.set(step.path, step)
    } else if (step._tag === "Copy" || step._tag === "Replace" || step._tag === "SetTime") {
      files.push({ step, source: infos.get(step.path) })
    }
  }
  const directories: Array<Planned["directories"][number]> = []
  for (const { below, entry } of taking) {
    if (below !== undefined && entry.type === "Directory" && !left.has(entry.path)) {
      directories.push({ path: entry.path, descent: below, step: made.get(entry.path) })
    }
  }
  const dead = DeadUploads.find(trees, rules, InUse.find(trees.target, rules.now))
  const links = rules.links._tag === "Leave" ? [] : steps.filter(Links.isLink)
  return { files, directories, links, skipped, dead, unchanged }
}
