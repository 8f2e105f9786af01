/**
 * Copies of whole trees that begin before all is read, for programs with a display of their own: `FtpMirror.mirror` is
 * made of this when nothing is deleted, and so are the commands `get -r` and `put -r`.
 *
 *     make ──► start ──► a job ──run──► directories are listed, files copied ──► handlers: each file, what is left out
 *
 * Several trees, and other jobs, can be copied at once: `run` takes any number of jobs.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as CopyLinks from "./copyLinks.ts"
import type { Copied, CopyOptions } from "./copyModel.ts"
import * as CopyOne from "./copyOne.ts"
import * as CopyTree from "./copyTree.ts"
import * as Filter from "./Filter.ts"
import type * as Jobs from "./jobs.ts"
import type { LinkStep as MakeLink } from "./links.ts"
import * as Rules from "./rules.ts"
import * as SecondTurn from "./secondTurn.ts"
import type { LinkPolicy, MirrorError, MirrorTree } from "./trees.ts"

export type { LinkHandlers } from "./copyLinks.ts"
export type { Copied, CopyOptions, FileStep, NextFile } from "./copyModel.ts"
export type { Handlers, Known, Left, MakeDirectory, OneFile, TreeCopy } from "./copyTree.ts"
export type { HashFiles } from "./hashFile.ts"
export type { FlowOf, Job } from "./jobs.ts"
export type { LinkStep as MakeLink } from "./links.ts"
export type { Gap } from "./Tree.ts"
export type { Refused } from "./trees.ts"

/**
 * What a copy can be told.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `"All"`: whatever the target has. `"Missing"`: no file is replaced. Default `"All"`. */
  readonly only?: "All" | "Missing" | undefined
  /**
   * What symbolic links of the source become, as in a mirror. With `"Copy"` those that stay inside the tree are handed to
   * the handler `link`, for `makeLinks`; a local target must not follow its links. Default `"Follow"`.
   */
  readonly links?: LinkPolicy | undefined
  /**
   * Whether directories of a server are listed although all files are replaced, so that `left` is called with what is of
   * another type there. Default false.
   */
  readonly looks?: boolean | undefined
  /** What takes part. Default everything. */
  readonly filter?: Filter.FilterOptions | undefined
}

/**
 * A copy of all files of a tree into another one. Nothing is compared, and nothing is deleted.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
 * import * as Effect from "effect/Effect"
 *
 * const copy = Effect.map(Effect.all([FtpMirror.local("dist"), FtpMirror.remote("www")]), ([source, target]) =>
 *   FtpTreeCopy.make(source, target, { only: "Missing" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  source: MirrorTree,
  target: MirrorTree,
  { filter, links, looks, only }: Options = {}
): CopyTree.TreeCopy =>
  CopyTree.make(source, target, {
    links,
    looks,
    // A local file gets the time that MDTM shows when it is fetched, unless the listing is as exact.
    times: target._tag === "Remote",
    rules: {
      ...Rules.defaults,
      compare: { by: "Nothing", keepsTimes: false },
      only: only ?? "All",
      names: target.names,
      filter: filter === undefined ? Filter.everything : Filter.make(filter)
    }
  })

/**
 * The job that begins a copy. It fails, and nothing is made, if the source's root can't be read.
 *
 * @example
 * ```ts
 * import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import type { FtpPool } from "@ftp-effect/core/FtpPool"
 * import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
 * import * as Effect from "effect/Effect"
 *
 * const start = (copy: FtpTreeCopy.TreeCopy) =>
 *   FtpTreeCopy.start<FtpMirror.MirrorError, FtpPool>(copy, {
 *     file: (step) => ({
 *       kind: "File",
 *       subject: step.path,
 *       run: Effect.as(FtpTreeCopy.perform(copy, step, { keepsTimes: false, atomic: true, replaces: true }), [])
 *     }),
 *     makeDirectory: ({ path }) =>
 *       Effect.map(copy.target.makeDirectory(path), (isNew) => (isNew ? "Made" : "Exists")),
 *     makeTogether: (steps) => copy.target.makeDirectories(steps.map(({ path }) => path)),
 *     enter: () => Effect.void,
 *     left: (left) => Effect.logWarning(left._tag),
 *     unchanged: () => {}
 *   })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const start: <E, R>(
  copy: CopyTree.TreeCopy,
  handlers: CopyTree.Handlers<E, R>
) => Jobs.Job<E | MirrorError, R | FtpPool> = CopyTree.start

/**
 * Does a step about one file with a session of the pool. `None` if nothing was copied: the time alone was set, or the
 * file exists by now and only missing ones are copied.
 *
 * @example
 * ```ts
 * import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
 *
 * const copyOne = (copy: FtpTreeCopy.TreeCopy, step: FtpTreeCopy.OneFile) =>
 *   FtpTreeCopy.perform(copy, step, { keepsTimes: false, atomic: true, replaces: true })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const perform: (
  copy: CopyTree.TreeCopy,
  step: CopyTree.OneFile,
  options: CopyOptions
) => Effect.Effect<Option.Option<Copied>, MirrorError, FtpPool> = CopyOne.perform

/**
 * Makes the links that a copy has handed to its handler `link`: once all files are there, so that nothing is written
 * through a link. Links that others lead to are made first. Fails with an error that would meet all of them.
 *
 * @example
 * ```ts
 * import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
 * import * as Effect from "effect/Effect"
 *
 * const makeAll = (copy: FtpTreeCopy.TreeCopy, links: ReadonlyArray<FtpTreeCopy.MakeLink>) =>
 *   FtpTreeCopy.makeLinks(copy, links, {
 *     made: ({ path, to }) => Effect.logInfo(`${path} leads to ${to}`),
 *     skipped: ({ detail, path }) => Effect.logInfo(`${path} is left out: ${detail}`),
 *     failed: (error, { path }) => Effect.logError(`${path}: ${error.message}`)
 *   })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const makeLinks: <E, R>(
  copy: CopyTree.TreeCopy,
  links: ReadonlyArray<MakeLink>,
  handlers: CopyLinks.LinkHandlers<E, R>
) => Effect.Effect<void, E | MirrorError, R> = CopyLinks.makeLinks

/**
 * Whether a failure may pass, so that its file is worth another attempt when all others are done.
 *
 * @since 0.1.0
 * @category guards
 */
export const mayPass: (error: unknown) => boolean = SecondTurn.mayPass

/**
 * Does all the jobs and theirs, with `workers` at once. A worker does files one after the other with the same session,
 * and so it does directories; it has none when it waits. A job that fails is handed to `onFailure`, which may end everything by failing. A
 * file of whose failure `tryAgain` is true is done once more when all others are done; only if that fails too,
 * `onFailure` gets its error. One that another run downloads to the same name is waited for, as long as that run is seen to
 * work, and is done once more then. `tryAgain` is asked once for each failure. Default `mayPass`.
 *
 * @example
 * ```ts
 * import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import type { FtpPool } from "@ftp-effect/core/FtpPool"
 * import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
 * import * as Effect from "effect/Effect"
 *
 * const runAll = (jobs: ReadonlyArray<FtpTreeCopy.Job<FtpMirror.MirrorError, FtpPool>>) =>
 *   FtpTreeCopy.run(jobs, 4, (error, { subject }) => Effect.logError(`${subject}: ${error.message}`))
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const run: <E, R, E2, R2>(
  jobs: ReadonlyArray<Jobs.Job<E, R>>,
  workers: number,
  onFailure: (error: E, job: Jobs.Job<E, R>) => Effect.Effect<void, E2, R2>,
  tryAgain?: (error: E, job: Jobs.Job<E, R>) => boolean
) => Effect.Effect<void, E2, R | R2 | FtpLocalFile | FtpPool> = SecondTurn.run
