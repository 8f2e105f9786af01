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
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import type { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import * as Apply from "./apply.ts"
import type { Outcome } from "./attempts.ts"
import * as LocalTree from "./localTree.ts"
import type * as MirrorPlan from "./MirrorPlan.ts"
import * as ManifestKeeping from "./manifestKeeping.ts"
import type { MirrorOptions } from "./options.ts"
import { isLast, type Prepared, prepare, readManifest } from "./prepare.ts"
import * as RemoteTree from "./remoteTree.ts"
import * as Rules from "./rules.ts"
import type { LocalTree as Local, MirrorError, MirrorTree, RemoteTree as Remote } from "./trees.ts"

export type { Failure, MirrorEvent, Outcome } from "./attempts.ts"
export type { CompareBy } from "./compare.ts"
export { type FilterOptions, patternsOf } from "./Filter.ts"
export type { MirrorOptions } from "./options.ts"
export type { MaxDelete } from "./rules.ts"
export type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/**
 * What a mirror did.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Outcome {
  readonly plan: MirrorPlan.MirrorPlan
  /** Whether the target has all of the source that takes part: no step failed, and none was left out. */
  readonly isComplete: boolean
  /** Why the manifest could not be written at the end: the next run doesn't know what this one did. */
  readonly manifestError: MirrorError | undefined
}

/**
 * A local folder.
 *
 * @since 0.1.0
 * @category constructors
 */
export const local: (path: string) => Effect.Effect<Local, never, FtpLocalFile> = LocalTree.make

/**
 * A directory of the client's server.
 *
 * @since 0.1.0
 * @category constructors
 */
export const remote: (path: string) => Effect.Effect<Remote, never, FtpClient | FtpPool> = RemoteTree.make

/**
 * Reads both trees, and says what would be done.
 *
 * @since 0.1.0
 * @category operations
 */
export const plan = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<MirrorPlan.MirrorPlan, MirrorError> => Effect.map(prepare(source, target, options), ({ plan }) => plan)

/**
 * Does what a plan says, with the trees and the options that it was made with. What the target has is not looked at
 * again: a file that was changed there since the plan was made is replaced or deleted as planned, so apply it at once. A
 * plan of other trees is a `FtpUsageError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const apply = (
  plan: MirrorPlan.MirrorPlan,
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<MirrorResult, MirrorError> =>
  plan.source !== source.label || plan.target !== target.label
    ? new FtpUsageError({ argument: "plan", why: `is of ${plan.source} and ${plan.target}` })
    : Effect.flatMap(readManifest(target, options), (manifest) => perform({ plan, manifest }, source, target, options))

const perform = (
  { manifest, plan }: Prepared,
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const keepsTimes = options.times !== false && (yield* target.keepsTimes)
      const { durability, onEvent, verify } = options
      const keeping =
        manifest === undefined ? undefined : yield* ManifestKeeping.make(manifest.files, manifest.store, target)
      const outcome = yield* Apply.apply(plan, source, target, {
        keepsTimes,
        isLast: isLast(options),
        deleteWhen: options.deleteWhen ?? Rules.defaults.deleteWhen,
        atomic: options.atomic ?? true,
        verify,
        durability,
        hash: manifest?.hash,
        onEvent: (event) => {
          if (event._tag === "Done") {
            keeping?.onDone(event.step, event.result)
          }
          onEvent?.(event)
        }
      }).pipe(Effect.onError(() => keeping?.settle ?? Effect.void))
      const written = yield* Effect.either(keeping?.finish ?? Effect.void)
      const isComplete =
        outcome.failures.length === 0 &&
        outcome.leftOut.length === 0 &&
        plan.skipped.every(({ reason }) => FINE.has(reason))
      return { ...outcome, plan, isComplete, manifestError: Option.getOrUndefined(Either.getLeft(written)) }
    })
  )

/** What is left as it is because the caller wants it so, or is no part of the source. */
const FINE: ReadonlySet<MirrorPlan.Skip["reason"]> = new Set([
  "Excluded",
  "Link",
  "Drifted",
  "Newer",
  "Existing",
  "Missing"
])

/**
 * Makes the target equal to the source, as far as the options say.
 *
 * @since 0.1.0
 * @category operations
 */
export const mirror = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions = {}
): Effect.Effect<MirrorResult, MirrorError> =>
  Effect.flatMap(prepare(source, target, options), (prepared) => perform(prepared, source, target, options))

/**
 * A tree was not copied completely: see `failures`, `leftOut` and `plan.skipped` of the result, which is all that was
 * done. Or it was, and its manifest could not be written: see `manifestError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class FtpMirrorIncomplete extends Data.TaggedError("FtpMirrorIncomplete")<{ readonly result: MirrorResult }> {
  override get message(): string {
    const { failures, leftOut, manifestError, plan } = this.result
    const [first] = failures
    const left = plan.skipped.filter(({ reason }) => !FINE.has(reason)).length + leftOut.length
    return [
      `the tree ${plan.target} is ${this.result.isComplete ? "complete" : "not complete"}`,
      ...(first === undefined ? [] : [`${failures.length} failed, first ${first.step.path}: ${first.error.message}`]),
      ...(left === 0 ? [] : [`${left} left out`]),
      ...(manifestError === undefined ? [] : [`the manifest could not be written: ${manifestError.message}`])
    ].join("; ")
  }
}

const complete = (result: MirrorResult): Effect.Effect<MirrorResult, FtpMirrorIncomplete> =>
  result.isComplete && result.manifestError === undefined ? Effect.succeed(result) : new FtpMirrorIncomplete({ result })

/**
 * Copies a local folder, with all in it, to a directory of the server; what is equal already is not sent again. Fails
 * if anything of it could not be copied, after the rest was.
 *
 * @example
 * ```ts
 * FtpMirror.uploadTree("dist", "www", { delete: "Ours" })
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
