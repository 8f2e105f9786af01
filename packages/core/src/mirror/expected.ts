/**
 * Sessions that are opened for files before these are sent, while one session looks up the target and makes directories:
 *
 *     a plan ──its files are counted──► warm
 *     trees that are copied while they are read ──the root is missing, or has something to do──► warm
 *
 * A mirror that finds nothing to do opens none.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import * as Apply from "./apply.ts"
import type { Step } from "./MirrorPlan.ts"
import type { MirrorTree, RemoteTree } from "./trees.ts"

/** Opens those for the files of a plan. Between two servers a worker needs one of each, in turn: none are. */
export const warm = (
  steps: ReadonlyArray<Step>,
  source: MirrorTree,
  target: MirrorTree
): Effect.Effect<void, never, Scope.Scope> => {
  const remote = source._tag === "Local" ? target : target._tag === "Local" ? source : undefined
  const files = steps.reduce((count, { _tag }) => count + (_tag === "Copy" || _tag === "Replace" ? 1 : 0), 0)
  return remote?._tag === "Remote"
    ? remote.pool.warm(Math.min(files, Apply.concurrencyOf(source, target)))
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
