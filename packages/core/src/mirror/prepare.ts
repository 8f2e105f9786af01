/**
 * From two trees to a plan: read, known by the manifest, compared.
 *
 *     manifest ─► the source's tree ─► the target's tree ─► contents that decide ─► plan
 *
 * Of a target in which nothing is deleted only the directories that the source has are read.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Endpoint from "../base/FtpEndpoint.ts"
import { FtpUsageError } from "../base/FtpError.ts"
import * as NameCase from "../client/nameCase.ts"
import { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import * as WireText from "../protocol/WireText.ts"
import * as BelievedTimes from "./believedTimes.ts"
import * as CaseFolding from "./caseFolding.ts"
import { difference } from "./compare.ts"
import * as Expected from "./expected.ts"
import * as Filter from "./Filter.ts"
import type { HashFiles } from "./hashFile.ts"
import * as HashFile from "./hashFile.ts"
import * as Hidden from "./hidden.ts"
import * as LocalLinks from "./localLinks.ts"
import * as MirrorManifest from "./MirrorManifest.ts"
import * as MirrorPlan from "./MirrorPlan.ts"
import * as ManifestStore from "./manifestStore.ts"
import * as ManifestText from "./manifestText.ts"
import type { MirrorOptions } from "./options.ts"
import * as Plan from "./plan.ts"
import { Path } from "./planFields.ts"
import * as PlannedManifest from "./plannedManifest.ts"
import * as PlanOptions from "./planOptions.ts"
import { folding, readBoth } from "./readBoth.ts"
import { refineTimes } from "./refineTimes.ts"
import * as Rules from "./rules.ts"
import * as ServerHashes from "./serverHashes.ts"
import * as SourceFiles from "./sourceFiles.ts"
import * as Spelling from "./spelling.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Both trees as they were read, with what the manifest knows of them. */
export interface Readings {
  readonly trees: Rules.Trees
  readonly rules: Rules.Rules
  readonly manifest: Manifest | undefined
  /** What the target calls its entries itself, where that is another Unicode form. */
  readonly spellings: ReadonlyArray<Spelling.Spelling>
}

/** A plan, and what a run of it needs for its manifest. */
export interface Prepared {
  readonly plan: MirrorPlan.MirrorPlan
  readonly manifest: Manifest | undefined
}

interface Manifest extends PlannedManifest.Said {
  readonly store: ManifestStore.ManifestStore
  readonly hash: HashFiles
}

export const prepare = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<Prepared, MirrorError> =>
  Effect.gen(function* () {
    const { manifest, rules, spellings, trees } = yield* read(source, target, options)
    const spelled = Spelling.respelled(target, spellings)
    const content = yield* Hidden.withoutTaken(Plan.plan(trees, rules), spelled, rules)
    const plan = planOf({ source, target }, options, { spellings, trees }, content)
    if (manifest !== undefined) {
      PlannedManifest.remember(plan, manifest)
    }
    options.onEvent?.({ _tag: "Planned", plan })
    return { manifest, plan }
  })

/** A plan with this content, for these trees. The files of the source are remembered with it. */
export const planOf = (
  { source, target }: { readonly source: MirrorTree; readonly target: MirrorTree },
  options: MirrorOptions,
  { spellings, trees }: Pick<Readings, "spellings" | "trees">,
  content: Omit<MirrorPlan.MirrorPlan, "version" | "source" | "target" | "options" | "spellings">
): MirrorPlan.MirrorPlan => {
  const plan: MirrorPlan.MirrorPlan = {
    version: MirrorPlan.VERSION,
    source: source.label,
    target: target.label,
    options: PlanOptions.fromMirror(options),
    ...content,
    ...(spellings.length > 0 && { spellings })
  }
  SourceFiles.remember(plan, trees.source)
  return plan
}

export const read = (
  source: MirrorTree,
  target: MirrorTree,
  options: MirrorOptions
): Effect.Effect<Readings, MirrorError> =>
  Effect.gen(function* () {
    yield* refuseTrees(source, target)
    yield* LocalLinks.refuseFollowed([source, target], options.links)
    const trees = yield* Expected.warmToRead({ source, target }, filterOf(options), options.links)
    const found = yield* readManifest(target, options)
    const usual = yield* rulesOf(target, options, found !== undefined)
    const both = yield* readBoth(trees.source, trees.target, usual, {
      hidden: manifestName(options),
      links: options.links,
      onEvent: options.onEvent
    })
    const { spellings, target: aligned } = Spelling.align(both.source, both.target)
    const spelled = Spelling.respelled(target, spellings)
    yield* CaseFolding.learn(spelled, both.source, aligned)
    const manifest =
      found === undefined
        ? undefined
        : { ...found, files: MirrorManifest.withoutGone(found.files, both.target, folding(target), both.isEntered) }
    const bounded = yield* LocalLinks.withBounds(target, both.source, usual)
    const listed = { source: both.source, target: aligned, ours: new Map() }
    const known = manifest === undefined ? listed : yield* withManifest(source, target, listed, usual, manifest)
    const dated = yield* refineTimes(source, spelled, known, bounded)
    const rules = yield* BelievedTimes.settled(spelled, dated, bounded)
    const byHash = rules.compare.by === "Hash"
    return {
      manifest,
      rules,
      spellings,
      trees: byHash ? yield* ServerHashes.withHashes(source, spelled, dated, rules, manifest !== undefined) : dated
    }
  }).pipe(Effect.scoped)

/** Fails for two trees that can't be mirrored. */
export const refuseTrees = (source: MirrorTree, target: MirrorTree): Effect.Effect<void, MirrorError> =>
  source._tag === "Local" && target._tag === "Local"
    ? new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })
    : refuseOverlap(source, target)

/**
 * Inside its own source a target would be copied into itself; a source inside its target would be deleted. It is known
 * for two trees of one login alone: two users of a server may each see another tree under the same path, and nothing
 * shows that two names or addresses are of one server.
 */
const refuseOverlap = (source: MirrorTree, target: MirrorTree): Effect.Effect<void, MirrorError> =>
  Effect.gen(function* () {
    if (source._tag === "Local" || target._tag === "Local") {
      return
    }
    const logins = new Set(source.pool.endpoints.map(Endpoint.toLabel))
    if (!target.pool.endpoints.some((endpoint) => logins.has(Endpoint.toLabel(endpoint)))) {
      return
    }
    const [from, to] = [yield* source.resolved, yield* target.resolved]
    const { client } = target
    if ((yield* NameCase.isInside(client, from, to)) || (yield* NameCase.isInside(client, to, from))) {
      return yield* new FtpUsageError({
        argument: "target",
        why: "it is the source, or one of them is inside the other"
      })
    }
  })

/** The name of the manifest in the target, which is no part of either tree. */
export const manifestName = ({ manifest }: MirrorOptions): string =>
  typeof manifest === "string" ? manifest : MirrorManifest.DEFAULT_NAME

/** `said` is what it said when the plan was made: if that `holds`, it is not read again. */
export const readManifest = (
  target: MirrorTree,
  options: MirrorOptions,
  said?: PlannedManifest.Said,
  holds = false
): Effect.Effect<Manifest | undefined, MirrorError> =>
  Effect.gen(function* () {
    const { manifest = options.delete === "Ours" } = options
    if (manifest === false) {
      return undefined
    }
    if (typeof manifest === "string" && !Schema.is(Path)(manifest)) {
      return yield* new FtpUsageError({ argument: "manifest", why: "is not a relative path inside the target" })
    }
    const files = yield* Effect.serviceOption(FtpLocalFile)
    const store =
      typeof manifest === "object"
        ? Option.map(files, (files) => ManifestStore.local(files, manifest.localFile))
        : Option.some(ManifestStore.inTree(target, manifestName(options)))
    if (Option.isNone(store)) {
      return yield* new FtpUsageError({ argument: "manifest", why: "a local file needs FtpLocalFile" })
    }
    const known = holds ? said : undefined
    const read = known?.read ?? (yield* readFiles(store.value, target, said?.read.size === 0))
    return { store: store.value, files: known?.files ?? read, read, hash: yield* HashFile.make }
  })

/** `wasWarned`: that nothing of it is believed was said when the plan was made. */
const readFiles = (
  { read }: ManifestStore.ManifestStore,
  { label }: MirrorTree,
  wasWarned: boolean
): Effect.Effect<MirrorManifest.Files, MirrorError> =>
  Effect.flatMap(
    read,
    Option.match({
      onNone: () => Effect.succeed(new Map()),
      onSome: (text) => {
        const files = ManifestText.decode(text, label)
        const problem = files.size === 0 && !wasWarned ? ManifestText.problem(text, label) : undefined
        return problem === undefined
          ? Effect.succeed(files)
          : Effect.as(
              Effect.logWarning(
                `the manifest of ${label} ${WireText.toDisplay(problem)}, so what earlier runs have put there is not known; the next one that is written replaces it`
              ),
              files
            )
      }
    })
  )

/** The trees with the contents that are known by the manifest, or found by reading files of the source. */
const withManifest = (
  source: MirrorTree,
  target: MirrorTree,
  trees: Rules.Trees,
  { compare }: Rules.Rules,
  { files, hash }: Manifest
) =>
  Effect.gen(function* () {
    const { ours, target: ofTarget } = MirrorManifest.knownTarget(files, trees.target)
    const { moved, source: ofSource, touched } = MirrorManifest.knownSource(files, trees.source, ours)
    const hashes = yield* contentsOf(
      source,
      target,
      { moved, touched },
      { copies: trees.target.entries, compare, hash }
    )
    const entries = new Map(ofSource.entries)
    for (const [path, sha256] of hashes) {
      const entry = entries.get(path)
      if (entry !== undefined) {
        entries.set(path, Tree.withSha256(entry, sha256))
      }
    }
    return { source: { ...ofSource, entries }, target: ofTarget, ours }
  })

/**
 * SHA-256 by path. To read a file of a server is to download it, so into a local target only those are read which nothing else
 * tells from their copy: one that may have been moved is copied unless the server has a hash of it, and one whose time tells
 * it from the copy is replaced.
 */
const contentsOf = (
  source: MirrorTree,
  target: MirrorTree,
  { moved, touched }: Pick<ReturnType<typeof MirrorManifest.knownSource>, "moved" | "touched">,
  {
    copies,
    compare,
    hash
  }: { readonly copies: Tree.Snapshot["entries"] } & Pick<Rules.Rules, "compare"> & Pick<Manifest, "hash">
): Effect.Effect<ReadonlyMap<string, string>, MirrorError> => {
  const doubtful = [...touched, ...moved]
  const isTold = (entry: Tree.TreeEntry) => {
    const copy = copies.get(entry.path)
    return compare.by !== "Hash" && copy !== undefined && Option.isSome(difference(entry, copy, compare))
  }
  return doubtful.length === 0
    ? Effect.succeed(new Map())
    : source._tag === "Local" || target._tag === "Remote"
      ? hash.ofFiles(source, doubtful)
      : Effect.flatMap(ServerHashes.sha256Of(source, doubtful), (told) => {
          const left = touched.filter((entry) => !told.has(entry.path) && !isTold(entry))
          return left.length === 0
            ? Effect.succeed(told)
            : Effect.map(hash.ofFiles(source, left), (read) => new Map([...told, ...read]))
        })
}

const filterOf = ({ filter }: MirrorOptions): Filter.Filter =>
  filter === undefined ? Filter.everything : Filter.make(filter)

/** Whether a file is copied after the others. */
export const isLast = ({ last = [] }: Pick<MirrorOptions, "last">): Rules.Rules["isLast"] => {
  if (last.length === 0) {
    return Rules.defaults.isLast
  }
  const filter = Filter.make({ patterns: last })
  return (path) => Filter.matches(filter, path)
}

export const rulesOf = (
  target: MirrorTree,
  options: MirrorOptions,
  hasManifest: boolean
): Effect.Effect<Rules.Rules, MirrorError> =>
  Effect.gen(function* () {
    return {
      compare: {
        by: options.compare ?? Rules.defaults.compare.by,
        keepsTimes: options.times !== "Now" && (yield* target.keepsTimes),
        // Where times must be kept, a server that refuses them is an error, and not one whose files are the same.
        asksForTimes: options.times !== "Keep"
      },
      // The times of a fresh checkout say nothing; the manifest does.
      setsTimes: !hasManifest,
      only: options.only ?? Rules.defaults.only,
      delete: options.delete ?? Rules.defaults.delete,
      deleteExcluded: options.deleteExcluded ?? Rules.defaults.deleteExcluded,
      deleteWhen: options.deleteWhen ?? Rules.defaults.deleteWhen,
      maxDelete: options.maxDelete ?? Rules.defaults.maxDelete,
      conflict: options.conflict ?? Rules.defaults.conflict,
      links: options.links === "Copy" ? { _tag: "Copy", ...(yield* target.links) } : Rules.defaults.links,
      filter: filterOf(options),
      isLast: isLast(options),
      manifest: manifestName(options),
      names: target.names,
      isHome: options.force !== true && (yield* target.isHome),
      now: yield* Clock.currentTimeMillis
    }
  })
