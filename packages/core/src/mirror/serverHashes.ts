/**
 * Contents of files that both trees have, compared by the server's hash:
 *
 *     C: HASH a.txt                      beside it the local file is read
 *     S: 213 SHA-256 0-5 2cf2… a.txt     between two servers both are asked
 *
 * Only files of the same size are asked for. A file without a hash, because the server refuses it or it can't be read
 * here, is not compared: it counts as different, and copying it shows what is wrong with it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpHasher, type Hashing } from "../platform/FtpHasher.ts"
import * as HashReply from "../protocol/HashReply.ts"
import { endsAll } from "./endsAll.ts"
import * as HashFile from "./hashFile.ts"
import type { Rules, Trees } from "./rules.ts"
import type * as Tree from "./Tree.ts"
import { finder } from "./transfers.ts"
import type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/**
 * The trees with the hashes that decide. Fails if there is no algorithm that both sides know, unless `isOptional`: a
 * manifest may know enough.
 */
export const withHashes = (
  source: MirrorTree,
  target: MirrorTree,
  trees: Trees,
  rules: Pick<Rules, "filter" | "names">,
  isOptional: boolean
): Effect.Effect<Trees, MirrorError> =>
  Effect.gen(function* () {
    const way = yield* common(source, target)
    if (Option.isNone(way)) {
      return isOptional
        ? trees
        : yield* new FtpUsageError({
            argument: "compare",
            why: "a comparison by hash needs one that the server lists and that is known here, or a manifest"
          })
    }
    const { algorithm, begin } = way.value
    const digest = (tree: MirrorTree, path: string) =>
      orNone(
        tree._tag === "Remote"
          ? tree.client.hash(tree.pathOf(path), algorithm)
          : Effect.map(hashLocal(tree, path, begin), (value) => ({ algorithm, value })),
        path
      )
    const sourceEntries = new Map(trees.source.entries)
    const targetEntries = new Map(trees.target.entries)
    yield* Effect.forEach(
      pairs(trees, rules),
      ([from, to]) =>
        Effect.gen(function* () {
          const [first, second] = yield* Effect.all([digest(source, from.path), digest(target, to.path)], {
            concurrency: 2
          })
          if (Option.isSome(first) && Option.isSome(second)) {
            sourceEntries.set(from.path, { ...from, digest: first.value })
            targetEntries.set(to.path, { ...to, digest: second.value })
          }
        }),
      { concurrency: Math.min(source.concurrency, target.concurrency), discard: true }
    )
    return {
      ...trees,
      source: { ...trees.source, entries: sourceEntries },
      target: { ...trees.target, entries: targetEntries }
    }
  })

/** By path, as far as the server lists SHA-256 and does not refuse it: what it needs for that it reads on its own disk. */
export const sha256Of = (
  { client, concurrency, pathOf }: RemoteTree,
  entries: ReadonlyArray<Tree.TreeEntry>
): Effect.Effect<ReadonlyMap<string, string>, MirrorError> =>
  Effect.gen(function* () {
    const hashes = new Map<string, string>()
    const isListed = yield* client.withSession(({ features }) =>
      Effect.succeed(HashReply.listed(features).includes("SHA-256"))
    )
    yield* Effect.forEach(
      isListed ? entries : [],
      ({ path }) =>
        Effect.map(orNone(client.hash(pathOf(path), "SHA-256"), path), (digest) => {
          if (Option.isSome(digest)) {
            hashes.set(path, digest.value.value)
          }
        }),
      { concurrency, discard: true }
    )
    return hashes
  })

/** A failure of one file alone is that it has no hash. */
const orNone = (
  self: Effect.Effect<HashReply.Digest, MirrorError>,
  path: string
): Effect.Effect<Option.Option<HashReply.Digest>, MirrorError> =>
  Effect.catchIf(
    Effect.asSome(self),
    (error) => !endsAll(error),
    (error) => Effect.as(Effect.logDebug(`no hash of ${path}`, error), Option.none())
  )

interface Way {
  readonly algorithm: HashReply.Algorithm
  readonly begin: Effect.Effect<Option.Option<Hashing>>
}

/** The best algorithm that each server lists, and that is computed here if one side is. */
const common = (source: MirrorTree, target: MirrorTree): Effect.Effect<Option.Option<Way>, MirrorError> =>
  Effect.gen(function* () {
    const hasher = yield* Effect.serviceOption(FtpHasher)
    const lists: Array<ReadonlyArray<HashReply.Algorithm>> = []
    for (const tree of [source, target]) {
      if (tree._tag === "Remote") {
        lists.push(yield* tree.client.withSession(({ features }) => Effect.succeed(HashReply.listed(features))))
      }
    }
    const isLocal = source._tag === "Local" || target._tag === "Local"
    for (const algorithm of HashReply.algorithms) {
      const begin = Option.match(hasher, {
        onNone: () => Effect.succeedNone,
        onSome: ({ make }) => make(algorithm)
      })
      const isListed = lists.every((list) => list.includes(algorithm))
      if (isListed && (!isLocal || Option.isSome(yield* begin))) {
        return Option.some({ algorithm, begin })
      }
    }
    return Option.none()
  })

/** What only a hash can tell apart. */
const pairs = (
  { source, target }: Trees,
  { filter, names }: Pick<Rules, "filter" | "names">
): ReadonlyArray<readonly [Tree.TreeEntry, Tree.TreeEntry]> => {
  const find = finder(target, names.fold)
  return [...source.entries.values()].flatMap((from) => {
    const to = find(from.path)
    return from.type === "File" &&
      to?.type === "File" &&
      Option.getOrUndefined(from.size) === Option.getOrUndefined(to.size) &&
      !Option.contains(from.size, 0) &&
      (Option.isNone(from.sha256) || Option.isNone(to.sha256)) &&
      Option.isNone(filter.excludedBy(from))
      ? [[from, to] as const]
      : []
  })
}

const hashLocal = (tree: LocalTree, path: string, begin: Way["begin"]): Effect.Effect<string, MirrorError> =>
  Effect.gen(function* () {
    const { digest, update } = Option.getOrThrow(yield* begin)
    yield* HashFile.readLocal(tree, path, update)
    return digest()
  })
