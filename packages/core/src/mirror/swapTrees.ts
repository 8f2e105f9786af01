/** The trees of a swap, read again: the source before it, a claimed stage, and the target right before the renames. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpListingError } from "../base/FtpError.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as CaseFolding from "./caseFolding.ts"
import type { MirrorEvent } from "./events.ts"
import * as Filter from "./Filter.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import type { MirrorPlan, Step } from "./MirrorPlan.ts"
import * as ReadTree from "./readTree.ts"
import * as Recheck from "./recheck.ts"
import * as Rules from "./rules.ts"
import * as Spelling from "./spelling.ts"
import * as Marker from "./swapMarker.ts"
import { kindsOf, lostBy, withoutTokens } from "./swapPlan.ts"
import * as Seen from "./swapSeen.ts"
import type { Stage } from "./swapStage.ts"
import * as Tree from "./Tree.ts"
import { planTransfers } from "./transfers.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

type Names = Pick<Rules.Rules, "isLast" | "names">

/** The file of the target that takes no part, whether a manifest is kept or an earlier run has left one. */
export const manifestPathOf = ({ options: { manifest } }: MirrorPlan): string =>
  manifest._tag === "InTarget" ? manifest.path : MirrorManifest.DEFAULT_NAME

/** What a plan needs of its source, and the target. */
export const readAgain = (
  plan: MirrorPlan,
  source: MirrorTree,
  target: MirrorTree,
  onEvent: ((event: MirrorEvent) => void) | undefined
): Effect.Effect<{ readonly source: Tree.Snapshot; readonly target: Tree.Snapshot }, MirrorError> =>
  Effect.gen(function* () {
    const { spellings = [], steps } = plan
    const common = { filter: Filter.everything, hidden: manifestPathOf(plan) }
    const sourceTree = yield* ReadTree.readTree(source, {
      ...common,
      links: plan.options.links,
      missing: "Fail",
      enter: Recheck.concerned(steps, source.names.fold).source,
      onScanned: (read) => onEvent?.({ _tag: "Scanned", side: "Source", ...read })
    })
    const spelled = Spelling.respelled(target, spellings)
    const targetTree = yield* ReadTree.readTree(spelled, {
      ...common,
      missing: "Empty",
      onScanned: (read) => onEvent?.({ _tag: "Scanned", side: "Target", ...read })
    })
    yield* CaseFolding.learn(spelled, sourceTree, targetTree)
    return { source: sourceTree, target: withoutTokens(targetTree) }
  })

/** Pure. */
export const recheck = (
  steps: ReadonlyArray<Step>,
  { source, target }: { readonly source: Tree.Snapshot; readonly target: Tree.Snapshot },
  names: Names
): { readonly isReached: boolean; readonly outdated: ReadonlyArray<Recheck.Outdated> } => {
  const sent = steps.filter(({ _tag }) => _tag !== "Remove")
  const { reached } = Recheck.recheck(steps, { source, target }, names)
  return {
    isReached: steps.length > 0 && reached.length === steps.length,
    outdated: Recheck.recheck(sent, { source, target: Tree.missing }, names).outdated
  }
}

interface Resuming {
  readonly keepsTimes: boolean
  /** Whether files of the right size and time are taken as they are. */
  readonly reuse: boolean
  readonly manifestPath: string
}

/** What is to be sent into a stage, and what of it is there already. What is there besides is removed. */
export const resume = (
  { options, steps }: MirrorPlan,
  { isClaimed, names, tree }: Stage,
  { keepsTimes, manifestPath, reuse }: Resuming
): Effect.Effect<{ readonly todo: ReadonlyArray<Step>; readonly reached: ReadonlyArray<Step> }, MirrorError> =>
  Effect.gen(function* () {
    const wanted = steps.filter(({ _tag }) => _tag !== "Remove")
    if (!isClaimed) {
      return { todo: wanted, reached: [] }
    }
    const found = withoutTokens(
      yield* ReadTree.readTree(tree, { filter: Filter.everything, hidden: manifestPath, missing: "Fail" })
    )
    const rules: Rules.Rules = {
      ...Rules.defaults,
      compare: { by: "SizeAndTime", keepsTimes },
      setsTimes: false,
      names: tree.names,
      manifest: manifestPath
    }
    const kinds = kindsOf(wanted, rules)
    yield* demandRoot(tree, found)
    const lost = reuse
      ? lostBy(new Set(), found, kinds, rules)
      : [...found.entries.keys(), ...(found.refused ?? []).map(({ path }) => path)]
    // What could not be listed to its end is sent anew.
    const tooMuch = new Set([...lost, ...found.gaps.map(({ path }) => path)])
    for (const path of tooMuch) {
      if (!Tree.isWithin(Tree.parent(path), tooMuch)) {
        yield* tree.client.remove(RemotePath.join(tree.pathOf(""), path), { recursive: true, home: true, force: true })
      }
    }
    if (options.manifest._tag !== "InTarget") {
      // That of an earlier run, which was to have one.
      yield* tree.client.remove(RemotePath.join(tree.pathOf(""), manifestPath), { force: true })
    }
    const there = new Map([...found.entries].filter(([path]) => !Tree.isWithin(path, tooMuch)))
    const { left, steps: missing } = planTransfers(
      { source: expected(wanted), target: Tree.snapshot(there.values()), ours: new Map() },
      rules,
      []
    )
    const paths = new Set([...missing.map(({ path }) => path), ...left])
    yield* Effect.logDebug(`the stage ${names.next} has ${wanted.length - paths.size} of ${wanted.length} entries`)
    return {
      todo: wanted.filter(({ path }) => paths.has(path)),
      reached: wanted.filter(({ path }) => !paths.has(path))
    }
  })

/** Fails if the root of a stage was not listed to its end: then nothing of it is known to be all that is there. */
const demandRoot = ({ label, pathOf }: RemoteTree, { gaps }: Tree.Snapshot): Effect.Effect<void, FtpListingError> => {
  const gap = gaps.find(({ path }) => path === "")
  return gap === undefined
    ? Effect.void
    : new FtpListingError({
        path: pathOf(""),
        reason: "Unreadable",
        line: "",
        detail: `does not show all of an unfinished tree: ${gap.detail}`,
        endpoint: label
      })
}

/** The new tree, as the steps that make it say. */
const expected = (steps: ReadonlyArray<Step>): Tree.Snapshot =>
  Tree.snapshot(
    steps.map((step) =>
      step._tag === "Copy"
        ? Tree.entry(step.path, "File", {
            size: Option.fromNullable(step.bytes),
            modified: Option.fromNullable(step.modified)
          })
        : Tree.entry(step.path, "Directory")
    )
  )

export interface Looked {
  /**
   * What the target has by now that a swap would lose, or that the old tree has got, and that is not planned to be removed;
   * a gap of it counts too.
   */
  readonly changed: ReadonlyArray<string>
  /** What it is like: see `swapSeen`. */
  readonly seen: string | undefined
}

/** At the target, right before the renames; at the old tree, after them. */
export const look = (
  { options, spellings = [], steps }: MirrorPlan,
  target: RemoteTree,
  manifestPath: string
): Effect.Effect<Looked, MirrorError> =>
  Effect.map(
    ReadTree.readTree(Spelling.respelled(target, spellings), {
      filter: Filter.everything,
      hidden: "",
      missing: "Empty"
    }),
    (read) => {
      const { fold, isExact } = target.names
      const isManifest = (path: string) =>
        path === manifestPath || (isExact?.() !== true && fold(path) === fold(manifestPath))
      const taking = [...read.entries].filter(([path]) => !isManifest(path))
      const now = withoutTokens({ ...read, entries: new Map(taking) })
      const names: Names = { isLast: () => false, names: target.names }
      const removed = new Set(stillToRemove(steps, now, names))
      const { excludedBy } = options.filter === undefined ? Filter.everything : Filter.make(options.filter)
      const lost = lostBy(removed, now, kindsOf(steps, names), names, (entry) =>
        Option.exists(excludedBy(entry), ({ _tag }) => _tag !== "Pattern")
      )
      return { changed: [...now.gaps.map(({ path }) => path), ...lost], seen: Seen.textOf(read) }
    }
  )

/** Those whose path is not in the tree, and not in a part of it that could not be listed. */
export const gone = (
  removals: ReadonlyArray<Step>,
  { spellings = [] }: MirrorPlan,
  old: RemoteTree
): Effect.Effect<ReadonlyArray<Step>, MirrorError> =>
  Effect.map(
    ReadTree.readTree(Spelling.respelled(old, spellings), {
      filter: Filter.everything,
      hidden: "",
      missing: "Empty"
    }),
    ({ entries, gaps, refused = [] }) => {
      const unknown = new Set([...gaps, ...refused].map(({ path }) => path))
      return removals.filter(({ path }) => !entries.has(path) && !Tree.isWithin(path, unknown))
    }
  )

/** What is planned to be removed, and is as it was then. */
const stillToRemove = (steps: ReadonlyArray<Step>, target: Tree.Snapshot, names: Names): ReadonlyArray<string> => {
  const removals = steps.flatMap(
    (step): ReadonlyArray<Step> =>
      // What takes its place is in the stage.
      step._tag === "Remove" ? [{ ...step, reason: { _tag: "NotInSource" } }] : []
  )
  const source = Tree.snapshot([Tree.entry(Marker.tokenOf(""), "File")])
  return Recheck.recheck(removals, { source, target }, names).holds.map(({ path }) => path)
}
