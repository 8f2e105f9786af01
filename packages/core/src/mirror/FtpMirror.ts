/**
 * Whole trees: what differs is copied, and, if asked for, what is too much is deleted.
 *
 *     read the source ─► read the target ─► plan (pure) ─► apply ─► outcome
 *
 * A tree is a local folder or a directory on a server; at least one of the two is on a server. What is transferred is
 * verified as single files are. Nothing outside of either root is touched, whatever links the trees have.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { FtpClient } from "../client/FtpClient.ts"
import type { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import { type ApplyOptions, manifestOf } from "./applyOptions.ts"
import type { Explanation } from "./explain.ts"
import * as Explain from "./explain.ts"
import * as Hidden from "./hidden.ts"
import { complete, type FtpMirrorIncomplete } from "./incomplete.ts"
import * as LocalLinks from "./localLinks.ts"
import * as LocalTree from "./localTree.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import * as Observed from "./observed.ts"
import { checking } from "./optionCheck.ts"
import type { MirrorOptions } from "./options.ts"
import { perform } from "./perform.ts"
import * as PlannedManifest from "./plannedManifest.ts"
import { prepare, read, readManifest } from "./prepare.ts"
import type { Rechecked } from "./recheck.ts"
import * as RemoteTree from "./remoteTree.ts"
import type { LeftTree, MirrorResult } from "./result.ts"
import * as Saved from "./saved.ts"
import * as Spelling from "./spelling.ts"
import * as Streamed from "./streamed.ts"
import * as Swap from "./swap.ts"
import {
  anew,
  type LocalTree as Local,
  type MirrorError,
  type MirrorTree,
  type RemoteTree as Remote,
  tidied
} from "./trees.ts"

export type { ApplyOptions } from "./applyOptions.ts"
export type { Cases, NameDifference } from "./cases.ts"
export type { CompareBy, CompareOptions } from "./compare.ts"
export type { Copied } from "./copyModel.ts"
export { describeFound } from "./describeFound.ts"
export { type EventsOptions, events, type MissedEvents } from "./eventStream.ts"
export type { MirrorEvent, SwapState } from "./events.ts"
export { describeExplanation, type Explanation, type Verdict } from "./explain.ts"
export { type Filter, type FilterOptions, patternsOf, type Rule } from "./Filter.ts"
export { FtpMirrorIncomplete } from "./incomplete.ts"
export type { LinkRules } from "./links.ts"
export type { Links } from "./localTree.ts"
export type { MirrorOptions } from "./options.ts"
export type { MirrorProgress } from "./progress.ts"
export type { Outdated, Rechecked } from "./recheck.ts"
export {
  describeDisplaced,
  describePublished,
  type LeftTree,
  type MirrorResult,
  type NotSwapped,
  type Published
} from "./result.ts"
export type { MaxDelete, NameRules, Rules } from "./rules.ts"
export type { Displaced, Failure, Outcome, StepEvent } from "./stepModel.ts"
export type { Gap, ReadError, TreeEntry } from "./Tree.ts"
export type {
  CaseQuestion,
  DirectoryListing,
  Found,
  LinkAbility,
  LinkPolicy,
  LocalTree,
  MirrorError,
  MirrorTree,
  Refused,
  RemoteTree,
  TreeListOptions
} from "./trees.ts"

/**
 * A local folder. `links`: with `"Inside"`, a link to a file inside the folder counts as that file, and all others are
 * not followed; with `"All"`, each counts as what it leads to, for a target that is written to through its links. Nothing
 * is deleted through them.
 * With `"All"`, links can't be copied as links: that fails with a `FtpUsageError`. Default `"Inside"`.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 *
 * const dist = FtpMirror.local("dist")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const local: (path: string, links?: LocalTree.Links) => Effect.Effect<Local, never, FtpLocalFile> =
  LocalTree.make

/**
 * A directory of the client's server.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 *
 * const www = FtpMirror.remote("www")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const remote: (path: string) => Effect.Effect<Remote, never, FtpClient | FtpPool> = RemoteTree.make

/**
 * Reads both trees, and says what would be done.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   const plan = yield* FtpMirror.plan(source, target, { delete: "Extra" })
 *   return plan.steps
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const plan = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<MirrorPlan.MirrorPlan, MirrorError> =>
  Effect.map(
    options.swap === undefined ? prepare(source, target, options) : Swap.prepare(source, target, options),
    ({ plan }) => plan
  ).pipe(checking(options), anew(source, target), Observed.spanned("plan", source, target))

/**
 * Does what a plan says, later, and also if another person made it. Steps whose source or target is no longer as
 * planned are not done, but are in `outdated` of the result. Fails before anything is done with a `FtpUsageError` of the
 * argument `plan` if it is one of other trees, has names that the trees can't have, or deletes in a home without `force`.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   const plan = yield* FtpMirror.plan(source, target)
 *   return yield* FtpMirror.apply(plan, source, target)
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const apply = (
  plan: MirrorPlan.MirrorPlan,
  source: MirrorTree,
  target: MirrorTree,
  options: ApplyOptions = {}
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.gen(function* () {
    yield* Saved.demand(plan, source, target, options)
    yield* LocalLinks.refuseFollowed([source, target], plan.options.links)
    const said = PlannedManifest.take(plan)
    const holds = options.recheck === false && plan.options.manifest._tag === "InTarget"
    const manifest = yield* readManifest(target, yield* manifestOf(plan, options), said, holds)
    if (plan.options.swap !== undefined) {
      return yield* Swap.apply({ plan, manifest }, source, target, options)
    }
    const rechecked = options.recheck === false ? undefined : yield* Saved.recheck(plan, source, target, options)
    return yield* perform({ plan, manifest }, source, target, options, rechecked)
  }).pipe(tidied(target), checking(options), anew(source, target), Observed.spanned("apply", source, target))

/**
 * What would be done about one path, and which rule decides that. Both trees are read as for a plan.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   return yield* FtpMirror.explain("index.html", source, target)
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const explain = (
  path: string,
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<Explanation, MirrorError> =>
  Effect.flatMap(read(source, target, options), ({ rules, spellings, trees }) =>
    Hidden.explained(Explain.explain(path, trees, rules), Spelling.respelled(target, spellings), rules)
  ).pipe(checking(options), anew(source, target))

/**
 * What `apply` would do of a plan, and what not: the directories that its steps are about are listed again, in source
 * and target, and nothing is asked of single files. Sizes and times are as exact as listings are.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   const plan = yield* FtpMirror.plan(source, target)
 *   return yield* FtpMirror.recheck(plan, source, target)
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const recheck = (
  plan: MirrorPlan.MirrorPlan,
  source: MirrorTree,
  target: MirrorTree
): Effect.Effect<Rechecked, MirrorError> =>
  Effect.zipRight(
    Saved.demand(plan, source, target, { force: true }),
    plan.options.swap === undefined ? Saved.recheck(plan, source, target) : Swap.recheck(plan, source, target)
  ).pipe(anew(source, target))

/**
 * Makes the target equal to the source, as far as the options say; file by file, or with `swap` as a whole: `published` of
 * the result tells which. If nothing is deleted and no manifest is kept, files
 * are copied while the trees are still read; the plan of the result is then what was found to do by the end.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* FtpMirror.local("dist")
 *   const target = yield* FtpMirror.remote("www")
 *   const result = yield* FtpMirror.mirror(source, target, { filter: { patterns: ["*.tmp"] } })
 *   return result.isComplete
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const mirror = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<MirrorResult, MirrorError> =>
  (options.swap !== undefined
    ? Swap.mirror(source, target, options)
    : Streamed.isPossible(options)
      ? Streamed.mirror(source, target, options)
      : Effect.flatMap(prepare(source, target, options), (prepared) => perform(prepared, source, target, options))
  ).pipe(tidied(target), checking(options), anew(source, target), Observed.spanned("mirror", source, target))

/**
 * Brings swaps of this target that were cut off to their end: one between its two renames is finished, or the old tree is
 * live again. `mirror` and `apply` with `swap` do so first; to call it before `plan` has the plan be about the tree that is
 * live then. What is done is told by events of the tag `"Swap"`; old trees that could not be removed are returned.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(FtpMirror.remote("www"), (target) => FtpMirror.finishSwap(target))
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const finishSwap = (
  target: MirrorTree,
  options?: Pick<MirrorOptions, "onEvent">
): Effect.Effect<ReadonlyArray<LeftTree>, MirrorError> => Swap.finish(target, options).pipe(anew(target))

/**
 * Copies a local folder, with all in it, to a directory of the server; what is equal already is not sent again. Fails
 * if anything of it could not be copied, after the rest was.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 *
 * const program = FtpMirror.uploadTree("dist", "www", { delete: "Ours" })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const uploadTree = (
  localPath: string,
  path: string,
  options: MirrorOptions = {}
): Effect.Effect<MirrorResult, MirrorError | FtpMirrorIncomplete, FtpClient | FtpPool | FtpLocalFile> =>
  Effect.flatMap(Effect.all([local(localPath), remote(path)]), ([source, target]) =>
    Effect.flatMap(mirror(source, target, options), complete)
  )

/**
 * Copies a directory of the server, with all in it, to a local folder: see `uploadTree`.
 *
 * @example
 * ```ts
 * import * as FtpMirror from "@ftp-effect/core/FtpMirror"
 *
 * const program = FtpMirror.downloadTree("pub", "pub", {
 *   onProgress: ({ bytes, totalBytes }) => console.log(bytes, totalBytes)
 * })
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const downloadTree = (
  path: string,
  localPath: string,
  options: MirrorOptions = {}
): Effect.Effect<MirrorResult, MirrorError | FtpMirrorIncomplete, FtpClient | FtpPool | FtpLocalFile> =>
  Effect.flatMap(Effect.all([remote(path), local(localPath)]), ([source, target]) =>
    Effect.flatMap(mirror(source, target, options), complete)
  )
