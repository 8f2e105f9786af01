/**
 * A local folder that is mirrored at once, and again after each change of it.
 *
 *     ┌─► the watch begins ─► task ──Done──► a change ─► quiet ────┐
 *     │                         └──TryAgain──► 1 s, 2 s … 1 minute ─┤
 *     └────────────────────────────────────────────────────────────┘
 *
 * Each turn begins a new watch before its task, so that a change during the task makes another turn, and a folder that
 * was replaced by another one is followed. The task reads all that it needs anew: which paths have changed is for people.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as Filter from "./Filter.ts"
import * as Tree from "./Tree.ts"
import type { LocalTree } from "./trees.ts"

/**
 * - `filter`: what is excluded by its patterns causes no turn. Default: all that changes causes one. Names that are
 *   reserved for partial downloads never do
 * - `quiet`: a turn begins when nothing has changed for so long. Default 300 ms
 * - `atMost`: and at the latest so long after the first change. Default 5 s
 * - `onRetry`: before a task is tried again: how long until then, and why if it was the watch that failed
 *
 * @since 0.1.0
 * @category models
 */
export interface WatchOptions {
  readonly filter?: Filter.FilterOptions | undefined
  readonly quiet?: Duration.DurationInput | undefined
  readonly atMost?: Duration.DurationInput | undefined
  readonly onRetry?:
    | ((wait: Duration.Duration, error: FtpLocalFileError | undefined) => Effect.Effect<void>)
    | undefined
}

/**
 * What a task is given. `changed` has the paths that changed since the last turn began, relative to the folder, a
 * thousand at most; none in the first turn, and if an earlier one is tried again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Turn {
  readonly isFirst: boolean
  readonly changed: ReadonlySet<string>
}

const QUIET = Duration.millis(300)
const AT_MOST = Duration.seconds(5)

/** More names are of no use to a person. */
const MOST_NAMES = 1000

const FIRST_WAIT = Duration.seconds(1)
const LONGEST_WAIT = Duration.minutes(1)

/**
 * Runs a task at once, and again after each change below the folder, until it fails or is interrupted. A task that ends
 * with `"TryAgain"` (the server was away) is run again after a wait that grows from a second to a minute. The watch itself
 * fails with a `FtpLocalFileError` only in the first turn; later its failures (the folder is missing for a while) are
 * waited for too.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as FtpMirrorWatch from "@ftp-effect/core/FtpMirrorWatch"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   const upload = FtpMirror.mirror(source, target, { delete: "Ours" }).pipe(
 *     Effect.as("Done" as const),
 *     Effect.catchTag("FtpConnectionLost", () => Effect.succeed("TryAgain" as const))
 *   )
 *   return yield* FtpMirrorWatch.watch(source, () => upload)
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const watch = <E, R>(
  source: LocalTree,
  task: (turn: Turn) => Effect.Effect<"Done" | "TryAgain", E, R>,
  options: WatchOptions = {}
): Effect.Effect<never, E | FtpLocalFileError, R> =>
  Effect.gen(function* () {
    let turn: Turn = { isFirst: true, changed: new Set() }
    let failed = 0
    while (true) {
      const ended: End = yield* Effect.scoped(oneTurn(source, turn, task, options))
      if (ended._tag === "Changed") {
        failed = 0
        turn = { isFirst: false, changed: ended.paths }
      } else {
        const wait = Duration.min(LONGEST_WAIT, Duration.times(FIRST_WAIT, 2 ** failed++))
        yield* options.onRetry?.(wait, ended.error) ?? Effect.void
        yield* Effect.sleep(wait)
        turn = { isFirst: false, changed: new Set() }
      }
    }
  })

type End =
  | { readonly _tag: "Changed"; readonly paths: ReadonlySet<string> }
  | { readonly _tag: "Failed"; readonly error: FtpLocalFileError | undefined }

const oneTurn = <E, R>(
  source: LocalTree,
  turn: Turn,
  task: (turn: Turn) => Effect.Effect<"Done" | "TryAgain", E, R>,
  options: WatchOptions
): Effect.Effect<End, E | FtpLocalFileError, R | Scope.Scope> =>
  Effect.gen(function* () {
    const begun = yield* Effect.either(begin(source, options))
    if (Either.isLeft(begun)) {
      return turn.isFirst ? yield* begun.left : { _tag: "Failed", error: begun.left }
    }
    if ((yield* task(turn)) === "TryAgain") {
      return { _tag: "Failed", error: undefined }
    }
    return yield* Effect.match(begun.right, {
      onFailure: (error): End => ({ _tag: "Failed", error }),
      onSuccess: (paths): End => ({ _tag: "Changed", paths })
    })
  })

/** Begins to watch; the inner effect waits for the next changes. */
const begin = (source: LocalTree, { atMost = AT_MOST, filter, quiet = QUIET }: WatchOptions) =>
  Effect.gen(function* () {
    const { excludedBy } = filter === undefined ? Filter.everything : Filter.make({ patterns: filter.patterns })
    const isExcluded = (path: string, type: "File" | "Directory") =>
      FtpTransfer.isReservedName(Tree.nameOf(path)) || Option.isSome(excludedBy(Tree.entry(path, type)))
    const enter = (path: string) => !isExcluded(path, "Directory")
    // A path that is gone by now may have been a file or a directory, so it counts if it takes part as either.
    const takesPart = (path: string) =>
      [...Tree.ancestors(path)].every(enter) && (path === "" || !isExcluded(path, "File") || enter(path))
    const queue = yield* Effect.acquireRelease(
      Queue.sliding<Either.Either<string, FtpLocalFileError>>(MOST_NAMES),
      Queue.shutdown
    )
    yield* source.files.directories.watch(source.pathOf(""), {
      enter,
      changed: (path) => {
        if (takesPart(path)) {
          queue.unsafeOffer(Either.right(path))
        }
      },
      failed: (error) => {
        queue.unsafeOffer(Either.left(error))
      }
    })
    return nextChanges(queue, Duration.toMillis(quiet), Duration.toMillis(atMost))
  })

/** Waits for a change, then until there was none for `quiet`, but not longer than `atMost`. Both in milliseconds. */
const nextChanges = (
  queue: Queue.Dequeue<Either.Either<string, FtpLocalFileError>>,
  quiet: number,
  atMost: number
): Effect.Effect<ReadonlySet<string>, FtpLocalFileError> =>
  Effect.gen(function* () {
    const paths = new Set([yield* yield* Queue.take(queue)])
    const end = (yield* Clock.currentTimeMillis) + atMost
    while (true) {
      const left = Math.min(quiet, end - (yield* Clock.currentTimeMillis))
      const next = left <= 0 ? Option.none() : yield* Effect.timeoutOption(Queue.take(queue), left)
      if (Option.isNone(next)) {
        return paths
      }
      const path = yield* next.value
      if (paths.size < MOST_NAMES) {
        paths.add(path)
      }
    }
  })
