/**
 * What is read of one directory, in the source and in the target, when a tree is copied while it is read: see `copyTree`.
 */
import * as Effect from "effect/Effect"
import * as Descent from "../protocol/Descent.ts"
import { endsAll } from "./endsAll.ts"
import type { TreeCopy } from "./planDirectory.ts"
import { isMissing } from "./readTree.ts"
import type { Rules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, MirrorError } from "./trees.ts"

/**
 * What is known of a directory of the target:
 *
 * - `"New"`: it was made by this run
 * - `"Present"`: it was there before
 * - `"Unknown"`: it may have been there, and can't be read, or need not be
 */
export type State = "New" | "Present" | "Unknown"

/** Whether all files are copied, whatever the target has: then a server need not be asked. */
export const replacesAll = ({ compare, only }: Rules): boolean => compare.by === "Nothing" && only === "All"

/** Below the root, what can't be read leaves the rest to be copied. */
export const source = (
  { links, source, times }: TreeCopy,
  path: string,
  descent: Descent.Descent
): Effect.Effect<DirectoryListing, Tree.ReadError> =>
  Effect.catchIf(
    source.list(path, descent, { links, times }),
    (error) => path !== "" && !endsAll(error),
    (error) =>
      Effect.succeed({
        found: [],
        gaps: [{ path, reason: "Failed", detail: error.message, errors: [error] }],
        refused: []
      })
  )

interface There {
  readonly state: State
  readonly snapshot: Tree.Snapshot
  /** How many entries were read, if it was. */
  readonly entries?: number | undefined
  readonly warning?: string | undefined
}

const EMPTY = Tree.snapshot([])

/** What the target has in a directory; the root is made if it is not there, which `onNewRoot` is told before. */
export const target = (
  { links, looks = false, rules, target }: TreeCopy,
  path: string,
  state: State,
  onNewRoot: () => void
): Effect.Effect<There, MirrorError, never> => {
  const newRoot = Effect.suspend(() => {
    onNewRoot()
    return target.makeRoot
  })
  const isBlind = replacesAll(rules) && !looks
  const unknown: There = { state: "Unknown", snapshot: Tree.snapshot([], [UNKNOWN(path)]) }
  if (state === "New") {
    return Effect.succeed({ state, snapshot: EMPTY })
  }
  // Whether a link is there already has to be known.
  if (isBlind && links !== "Copy" && (target._tag === "Remote" || state === "Unknown")) {
    return Effect.as(path === "" ? target.makeRoot : Effect.void, unknown)
  }
  return Effect.matchEffect(target.list(path, Descent.start, links === "Copy" ? { links } : undefined), {
    onSuccess: ({ found, gaps, warning }) =>
      Effect.succeed<There>({
        entries: found.length,
        warning,
        state: gaps.some((gap) => gap.path === path) ? "Unknown" : "Present",
        snapshot: Tree.snapshot(
          found.map(({ entry }) => entry),
          gaps
        )
      }),
    onFailure: (error) =>
      path === "" && isMissing(error)
        ? Effect.as(newRoot, { state: "New", snapshot: EMPTY } as const)
        : isBlind
          ? Effect.as(path === "" ? target.makeRoot : Effect.void, unknown)
          : Effect.fail(error)
  })
}

const UNKNOWN = (path: string): Tree.Gap => ({ path, reason: "Failed", detail: "what it has is not known" })
