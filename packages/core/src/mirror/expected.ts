/**
 * Sessions that are opened before they are needed, while one session looks up the root of the server's tree, or makes
 * directories:
 *
 *     trees that are read ──the local root has folders──► warm, as many as list at once at first (`listingSessions`)
 *                        └──nothing is there yet, and the source is on the server──► warm
 *     a plan ──its files are counted──► warm
 *     trees that are copied while they are read ──the root is missing, or has something to do──► warm
 *
 * For its files a mirror that finds nothing to do opens none.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Descent from "../protocol/Descent.ts"
import type { Filter } from "./Filter.ts"
import * as ListingSessions from "./listingSessions.ts"
import type { Step } from "./MirrorPlan.ts"
import { isMissing, linksOfTarget } from "./readTree.ts"
import * as Shares from "./shares.ts"
import type { DirectoryListing, LinkPolicy, LocalTree, MirrorTree, RemoteTree } from "./trees.ts"

/** Two trees that are about to be read. */
interface ToRead {
  readonly source: MirrorTree
  readonly target: MirrorTree
}

/**
 * Opens those that will list the folders of the server's root: most are in the local root as well. That is read once: what
 * it has is what the tree that is returned lists.
 */
export const warmToRead = (
  { source, target }: ToRead,
  filter: Filter,
  links: LinkPolicy | undefined
): Effect.Effect<ToRead, never, Scope.Scope> => {
  const begun = (local: LocalTree, remote: RemoteTree, links: LinkPolicy | undefined) =>
    Effect.gen(function* () {
      const root = yield* Effect.cached(local.list("", Descent.start, { links }))
      const all = remote.pool.warm(remote.concurrency)
      const warmed = Effect.matchEffect(root, {
        onFailure: (error) => (remote === source && isMissing(error) ? all : Effect.void),
        onSuccess: ({ found }) => {
          const folders = Math.min(foldersOf(found, filter), remote.concurrency)
          return remote === source && found.length === 0
            ? all
            : remote.pool.warm((quickestAnswer) => ListingSessions.atFirst(quickestAnswer, folders))
        }
      })
      yield* Effect.forkScoped(Effect.interruptible(warmed))
      const list: LocalTree["list"] = (path, ...rest) => (path === "" ? root : local.list(path, ...rest))
      return { ...local, list }
    })
  return source._tag === "Local" && target._tag === "Remote"
    ? Effect.map(begun(source, target, links), (source) => ({ source, target }))
    : source._tag === "Remote" && target._tag === "Local"
      ? Effect.map(begun(target, source, linksOfTarget(links)), (target) => ({ source, target }))
      : Effect.succeed({ source, target })
}

const foldersOf = (found: DirectoryListing["found"], filter: Filter): number =>
  found.reduce(
    (count, { below, entry }) => count + (below !== undefined && Option.isNone(filter.excludedBy(entry)) ? 1 : 0),
    0
  )

/** Opens those for the files of a plan. Between two servers a worker needs one of each, in turn: none are. */
export const warm = (
  steps: ReadonlyArray<Step>,
  source: MirrorTree,
  target: MirrorTree
): Effect.Effect<void, never, Scope.Scope> => {
  const remote = source._tag === "Local" ? target : target._tag === "Local" ? source : undefined
  const files = steps.reduce((count, { _tag }) => count + (_tag === "Copy" || _tag === "Replace" ? 1 : 0), 0)
  return remote?._tag === "Remote"
    ? remote.pool.warm(Math.min(files, Shares.concurrencyOf(source, target)))
    : Effect.void
}

/** What is found to do while trees are read. */
export interface Found {
  readonly files: Deferred.Deferred<number>
  /** So many files at least are to be sent. The first number counts. */
  readonly some: (files: number) => void
}

/** A directory that is to be made has files, as a rule. */
export const MANY = Number.POSITIVE_INFINITY

export const make = (): Found => {
  const files = Deferred.unsafeMake<number>(FiberId.none)
  return {
    files,
    some: (count) => {
      if (count > 0) {
        Deferred.unsafeDone(files, Effect.succeed(count))
      }
    }
  }
}

/** Opens them once something is found, up to the number of workers. */
export const warmOnceFound =
  ({ pool }: RemoteTree, { files }: Found) =>
  (workers: number): Effect.Effect<void, never, Scope.Scope> =>
    Effect.asVoid(
      Effect.forkScoped(
        Effect.interruptible(Effect.flatMap(Deferred.await(files), (found) => pool.warm(Math.min(found, workers))))
      )
    )
