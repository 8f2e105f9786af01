/**
 * A tree, read breadth first: each level's directories at once, as many as the tree can bear. On a server, a few sessions
 * do it at first, and more if this thread has to wait for it:
 *
 *     directories of a level ──► workers ──all are taken──► the next level
 *                  └──► `listingPace` ──more may list──► further workers
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Descent from "../protocol/Descent.ts"
import type { Filter } from "./Filter.ts"
import { withLister } from "./lister.ts"
import * as ListingPace from "./listingPace.ts"
import type { NameRules } from "./rules.ts"
import * as Tree from "./Tree.ts"
import type { DirectoryListing, LinkPolicy, MirrorError, MirrorTree } from "./trees.ts"

interface Pending {
  readonly path: string
  readonly descent: Descent.Descent
}

export interface ReadOptions {
  /** Directories that it excludes are entries, and not looked into. */
  readonly filter: Filter
  /** The path of a file that takes no part at all. */
  readonly hidden: string
  /** Which paths are the same file in the target, so that it has no such file either. Default all differ. */
  readonly names?: Pick<NameRules, "fold" | "isExact"> | undefined
  /** What its links count as. Default `"Follow"`. */
  readonly links?: LinkPolicy | undefined
  /** A root that is not there: an error, or a tree without entries. */
  readonly missing: "Fail" | "Empty"
  /** Called after each directory: how much was read so far. */
  readonly onScanned?: ((read: { readonly directories: number; readonly entries: number }) => void) | undefined
  /** Whether a directory is looked into. Default all. */
  readonly enter?: ((path: string) => boolean) | undefined
}

export const readTree = (
  tree: MirrorTree,
  { enter = () => true, filter, hidden, links, missing, names = { fold: (path) => path }, onScanned }: ReadOptions
): Effect.Effect<Tree.Snapshot, MirrorError> =>
  Effect.gen(function* () {
    const entries = new Map<string, Tree.TreeEntry>()
    const gaps: Array<Tree.Gap> = []
    const refused: Array<Tree.Refused> = []
    const warnings: Array<string> = []
    let directories = 0
    let listed = 0
    const pace = tree._tag === "Remote" ? ListingPace.make(tree.pool, tree.concurrency) : undefined
    let level: ReadonlyArray<Pending> = [{ path: "", descent: Descent.start }]
    while (level.length > 0) {
      const listings = yield* listAll(tree, pace, links, level, ({ found, ...listing }) => {
        directories++
        listed += found.length
        onScanned?.({ directories, entries: listed })
        // Of an entry nothing else is kept: a level can be a whole tree.
        const entries: Array<Tree.TreeEntry> = []
        const next: Array<Pending> = []
        // How a server writes its names may be known from its first listing on only.
        const isExact = names.isExact?.() === true
        const hiddenThere = names.fold(hidden)
        for (const { below, entry } of found) {
          if (entry.path !== hidden && (isExact || names.fold(entry.path) !== hiddenThere)) {
            entries.push(entry)
            if (below !== undefined && Option.isNone(filter.excludedBy(entry)) && enter(entry.path)) {
              next.push({ path: entry.path, descent: below })
            }
          }
        }
        return { ...listing, entries, next }
      })
      const next: Array<Pending> = []
      for (const listing of listings) {
        // One by one: as arguments of a call, more than some 100,000 exceed the stack.
        for (const gap of listing.gaps) {
          gaps.push(gap)
        }
        for (const name of listing.refused) {
          refused.push(name)
        }
        if (listing.warning !== undefined) {
          warnings.push(listing.warning)
        }
        for (const entry of listing.entries) {
          entries.set(entry.path, entry)
        }
        for (const pending of listing.next) {
          next.push(pending)
        }
      }
      level = next
    }
    return {
      exists: true,
      entries,
      gaps,
      refused,
      warnings,
      ...(tree.names.isNative?.() === true && { isNative: true })
    }
  }).pipe(
    Effect.catchIf(
      (error) => missing === "Empty" && isMissing(error),
      () => Effect.succeed(Tree.missing)
    )
  )

/** As links, if those of the source are copied as such; else a link to a file may count as that file. */
export const linksOfTarget = (links: LinkPolicy | undefined): LinkPolicy => (links === "Copy" ? "Copy" : "Follow")

interface Listed extends Omit<DirectoryListing, "found"> {
  readonly entries: ReadonlyArray<Tree.TreeEntry>
  readonly next: ReadonlyArray<Pending>
}

/** What is kept of the listings of directories, in their order. */
const listAll = (
  tree: MirrorTree,
  pace: ListingPace.ListingPace | undefined,
  links: LinkPolicy | undefined,
  directories: ReadonlyArray<Pending>,
  keep: (listing: DirectoryListing) => Listed
): Effect.Effect<ReadonlyArray<Listed>, MirrorError> =>
  Effect.gen(function* () {
    const listings: Array<Listed> = []
    const allTaken = yield* Effect.makeLatch()
    let next = 0
    const worker = withLister(tree, (list) => {
      const one = (index: number, { descent, path }: Pending) =>
        Effect.map(list(path, descent, { links }), (listing) => {
          listings[index] = keep(listing)
        })
      return Effect.whileLoop({
        while: () => next < directories.length,
        body: () => {
          const directory = directories[next]
          if (directory === undefined) {
            return Effect.void
          }
          const index = next++
          if (next === directories.length) {
            allTaken.unsafeOpen()
          }
          return one(index, directory)
        },
        step: () => {}
      })
      // Of a caller who can't be interrupted, those that wait to join end by that alone.
    }).pipe(Effect.onError(() => Effect.sync(() => allTaken.unsafeOpen())))
    const sessions = pace?.sessions ?? Effect.succeed(tree.concurrency)
    const joining = (before: number): Effect.Effect<void, MirrorError> =>
      Effect.flatMap(sessions, (now) => {
        const workers = Array.from({ length: Math.min(now, directories.length) - before }, () => worker)
        const isMoreWanted = pace !== undefined && now < Math.min(tree.concurrency, directories.length)
        const others = isMoreWanted
          ? [
              Effect.flatMap(ListingPace.isMoreBefore(pace, allTaken.await), (isMore) =>
                isMore ? joining(now) : Effect.void
              )
            ]
          : []
        return Effect.all([...workers, ...others], { concurrency: "unbounded", discard: true })
      })
    yield* joining(0)
    return listings
  })

/** Of the root: below it, what can't be read is a gap. */
export const isMissing = (error: MirrorError): boolean =>
  (error._tag === "FtpRejected" || error._tag === "FtpLocalFileError") && error.reason === "NotFound"
