/**
 * Both trees of a mirror:
 *
 *     something may be deleted    source ──its root can be read──► target, all of it, at the same time
 *     else                        source ──► target, as far as the source has the same directories
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { MirrorEvent } from "./events.ts"
import * as Filter from "./Filter.ts"
import { linksOfTarget, readTree } from "./readTree.ts"
import type { Rules } from "./rules.ts"
import * as Spelling from "./spelling.ts"
import type * as Tree from "./Tree.ts"
import type { LinkPolicy, MirrorError, MirrorTree } from "./trees.ts"

export interface Both {
  readonly source: Tree.Snapshot
  readonly target: Tree.Snapshot
  /** Whether a directory of the target was looked into. */
  readonly isEntered: (directory: Tree.TreeEntry) => boolean
}

export interface Options {
  /** The path of a file that takes no part at all. */
  readonly hidden: string
  /** What the source's links count as. */
  readonly links: LinkPolicy | undefined
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined
}

export const readBoth = (
  source: MirrorTree,
  target: MirrorTree,
  rules: Rules,
  { hidden, links, onEvent }: Options
): Effect.Effect<Both, MirrorError> =>
  Effect.gen(function* () {
    const isThere = yield* Effect.makeLatch()
    const fromSource = readTree(source, {
      filter: rules.filter,
      hidden,
      names: rules.names,
      links,
      missing: "Fail",
      onScanned: (read) => {
        isThere.unsafeOpen()
        onEvent?.({ _tag: "Scanned", side: "Source", ...read })
      }
    })
    const filter = rules.deleteExcluded ? Filter.everything : rules.filter
    const fromTarget = (enter: (path: string) => boolean) =>
      Effect.map(
        readTree(target, {
          filter,
          hidden,
          names: rules.names,
          links: linksOfTarget(links),
          missing: "Empty",
          enter,
          onScanned: (read) => onEvent?.({ _tag: "Scanned", side: "Target", ...read })
        }),
        (target) => ({
          target,
          isEntered: (directory: Tree.TreeEntry) => Option.isNone(filter.excludedBy(directory)) && enter(directory.path)
        })
      )
    if (rules.delete !== "None" || rules.conflict === "Replace") {
      const [source, rest] = yield* Effect.all([fromSource, isThere.whenOpen(fromTarget(() => true))], {
        concurrency: 2
      })
      return { source, ...rest }
    }
    const read = yield* fromSource
    const fold = folding(target)
    const wanted = new Set(Array.from(read.entries.keys(), fold))
    return { source: read, ...(yield* fromTarget((path) => wanted.has(fold(path)))) }
  })

/** One form of all names that are one in the target. */
export const folding =
  ({ names }: MirrorTree) =>
  (path: string): string =>
    names.fold(Spelling.fold(path))
