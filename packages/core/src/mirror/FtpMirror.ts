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
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import type { FtpClient } from "../client/FtpClient.ts"
import { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import type { FtpPool } from "../pool/FtpPool.ts"
import type { TransferOptions } from "../transfer/FtpTransfer.ts"
import * as Apply from "./apply.ts"
import * as Filter from "./Filter.ts"
import type { HashFiles } from "./hashFile.ts"
import * as HashFile from "./hashFile.ts"
import * as LocalTree from "./localTree.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import * as MirrorPlan from "./MirrorPlan.ts"
import * as ManifestKeeping from "./manifestKeeping.ts"
import * as ManifestStore from "./manifestStore.ts"
import * as Plan from "./plan.ts"
import * as ReadTree from "./readTree.ts"
import * as RemoteTree from "./remoteTree.ts"
import * as Rules from "./rules.ts"
import type { Snapshot } from "./Tree.ts"
import type { LocalTree as Local, MirrorError, MirrorTree, RemoteTree as Remote } from "./trees.ts"

export type { Failure, MirrorEvent, Outcome } from "./apply.ts"
export type { FilterOptions } from "./Filter.ts"
export type { MaxDelete } from "./rules.ts"
export type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/**
 * What a mirror may be told. All is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorOptions {
  /** What takes part: patterns in `.gitignore` syntax, sizes, ages. Default everything. */
  readonly filter?: Filter.FilterOptions | undefined
  /**
   * By what files are compared. Default `"SizeAndTime"`, within the coarser precision of both sides.
   */
  readonly compare?: Rules.Rules["compare"]["by"] | undefined
  /** Which of the differences count. Default `"All"`. */
  readonly only?: Rules.Rules["only"] | undefined
  /**
   * What is deleted in the target. Default `"None"`. `"Extra"` is all that the source doesn't have; `"Ours"` is what the
   * manifest says that an earlier run put there, and so implies one.
   */
  readonly delete?: Rules.Rules["delete"] | undefined
  /**
   * Whether a manifest is kept, and where: `true` for `.ftp-effect-manifest.json` in the target's root, or another name
   * there; or a local file. It needs an `FtpHasher`. Default none, unless `delete` is `"Ours"`.
   */
  readonly manifest?: boolean | string | { readonly localFile: string } | undefined
  /** Whether what the filter excludes is deleted too. Default false: it is protected. */
  readonly deleteExcluded?: boolean | undefined
  /** Default `"After"`: nothing is deleted if a copy failed. */
  readonly deleteWhen?: Rules.Rules["deleteWhen"] | undefined
  /** The most that is deleted: a number, or a share of the target. Default 50 % of its entries, but 10 in any case. */
  readonly maxDelete?: Rules.MaxDelete | undefined
  /** A file on one side and a directory on the other. Default `"Fail"`: both stay. */
  readonly conflict?: Rules.Rules["conflict"] | undefined
  /** Patterns of files that are copied last, such as `index.html`, which name the others. Default none. */
  readonly last?: ReadonlyArray<string> | undefined
  /** Whether files get the times of their sources, where the target can. Default true. */
  readonly times?: boolean | undefined
  /** Whether an upload is sent to a temporary name and renamed. Default true. */
  readonly atomic?: boolean | undefined
  /** Whether deleting is allowed in a login directory or a root, which hold other things. Default false. */
  readonly force?: boolean | undefined
  /** How strictly each file is verified. Default as `FtpTransfer`'s. */
  readonly verify?: TransferOptions["verify"]
  /** When a downloaded file gets its name. Default `"Synced"`. */
  readonly durability?: "Written" | "Synced" | undefined
  /** Called as things happen: it must be quick and must not throw. */
  readonly onEvent?: ((event: Apply.MirrorEvent) => void) | undefined
}

/**
 * What a mirror did.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorResult extends Apply.Outcome {
  readonly plan: MirrorPlan.MirrorPlan
  /** Whether the target has all of the source that takes part: no step failed, and none was left out. */
  readonly isComplete: boolean
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

interface Prepared {
  readonly plan: MirrorPlan.MirrorPlan
  readonly manifest: Manifest | undefined
}

/** What a run needs for its manifest. */
interface Manifest {
  readonly store: ManifestStore.ManifestStore
  readonly files: MirrorManifest.Files
  readonly hash: HashFiles
}

const prepare = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<Prepared, MirrorError> =>
  Effect.gen(function* () {
    if (source._tag === "Local" && target._tag === "Local") {
      return yield* new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })
    }
    const manifest = yield* readManifest(target, options)
    const rules = yield* rulesOf(target, options, manifest !== undefined)
    const sourceTree = yield* ReadTree.readTree(source, rules.filter)
    const deletes = rules.delete !== "None" || rules.conflict === "Replace"
    const targetTree = yield* ReadTree.readTree(
      target,
      rules.deleteExcluded ? Filter.everything : rules.filter,
      deletes ? undefined : (path) => sourceTree.entries.has(path)
    )
    const trees = { source: without(sourceTree, options), target: without(targetTree, options), ours: new Map() }
    const known = manifest === undefined ? trees : yield* withManifest(source, trees, manifest)
    return {
      manifest,
      plan: {
        version: MirrorPlan.VERSION,
        source: source.label,
        target: target.label,
        ...Plan.plan(known, rules)
      }
    }
  })

/** The manifest takes no part itself. */
const without = (snapshot: Snapshot, options: MirrorOptions): Snapshot => {
  const entries = new Map(snapshot.entries)
  entries.delete(manifestName(options))
  return { ...snapshot, entries }
}

const manifestName = ({ manifest }: MirrorOptions): string =>
  typeof manifest === "string" ? manifest : MirrorManifest.DEFAULT_NAME

const readManifest = (target: MirrorTree, options: MirrorOptions): Effect.Effect<Manifest | undefined, MirrorError> =>
  Effect.gen(function* () {
    const { manifest = options.delete === "Ours" } = options
    if (manifest === false) {
      return undefined
    }
    const files = yield* Effect.serviceOption(FtpLocalFile)
    const store =
      typeof manifest === "object"
        ? Option.map(files, (files) => ManifestStore.local(files, manifest.localFile))
        : Option.some(ManifestStore.inTree(target, manifestName(options)))
    if (Option.isNone(store)) {
      return yield* new FtpUsageError({ argument: "manifest", why: "a local file needs FtpLocalFile" })
    }
    const text = yield* store.value.read
    return {
      store: store.value,
      files: Option.match(text, {
        onNone: () => new Map(),
        onSome: (text) => MirrorManifest.decode(text, target.label)
      }),
      hash: yield* HashFile.make
    }
  })

/** The trees with the contents that are known by the manifest, or found by reading files of the source. */
const withManifest = (source: MirrorTree, trees: Rules.Trees, { files, hash }: Manifest) =>
  Effect.gen(function* () {
    const { ours, target } = MirrorManifest.knownTarget(files, trees.target)
    const known = MirrorManifest.knownSource(files, trees.source, ours)
    const entries = new Map(known.source.entries)
    yield* Effect.forEach(
      known.unknown,
      (path) =>
        Effect.map(hash.ofFile(source, path), (sha256) => {
          const entry = entries.get(path)
          if (entry !== undefined) {
            entries.set(path, { ...entry, sha256: Option.some(sha256) })
          }
        }),
      { concurrency: source.concurrency, discard: true }
    )
    return { source: { ...known.source, entries }, target, ours }
  })

/**
 * Does what a plan says. A plan of this very moment: what the target has is not looked at again.
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
  Effect.flatMap(readManifest(target, options), (manifest) => perform({ plan, manifest }, source, target, options))

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
      })
      yield* keeping?.finish ?? Effect.void
      const isComplete =
        outcome.failures.length === 0 &&
        outcome.leftOut.length === 0 &&
        plan.skipped.every(({ reason }) => FINE.has(reason))
      return { ...outcome, plan, isComplete }
    })
  )

/** What is left as it is because the caller wants it so. */
const FINE: ReadonlySet<MirrorPlan.Skip["reason"]> = new Set(["Excluded", "Link", "Newer", "Existing", "Missing"])

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

const rulesOf = (
  target: MirrorTree,
  options: MirrorOptions,
  hasManifest: boolean
): Effect.Effect<Rules.Rules, MirrorError> =>
  Effect.gen(function* () {
    const last = Filter.make({ patterns: options.last })
    return {
      compare: {
        by: options.compare ?? Rules.defaults.compare.by,
        keepsTimes: options.times !== false && (yield* target.keepsTimes)
      },
      // The times of a fresh checkout say nothing; the manifest does.
      setsTimes: !hasManifest,
      only: options.only ?? Rules.defaults.only,
      delete: options.delete ?? Rules.defaults.delete,
      deleteExcluded: options.deleteExcluded ?? Rules.defaults.deleteExcluded,
      deleteWhen: options.deleteWhen ?? Rules.defaults.deleteWhen,
      maxDelete: options.maxDelete ?? Rules.defaults.maxDelete,
      conflict: options.conflict ?? Rules.defaults.conflict,
      filter: options.filter === undefined ? Filter.everything : Filter.make(options.filter),
      isLast: (path) => options.last !== undefined && Filter.matches(last, path),
      names: target.names,
      isHome: options.force !== true && (yield* target.isHome)
    }
  })
