/**
 * The SHA-256 of files, read from their beginning to their end. A local file that is small is read at once, as the one
 * that a listing found there.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpHasher, type Hashing } from "../platform/FtpHasher.ts"
import type { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as SmallFile from "../transfer/smallFile.ts"
import * as Tree from "./Tree.ts"
import type { LocalTree, MirrorError, MirrorTree } from "./trees.ts"

/**
 * How the SHA-256 of a local file is computed.
 *
 * @since 0.1.0
 * @category models
 */
export interface HashFiles {
  readonly begin: Effect.Effect<Hashing>
  /** The same by a plain call, where that is possible. */
  readonly beginAtOnce: (() => Hashing) | undefined
  readonly ofFile: (tree: MirrorTree, path: string) => Effect.Effect<string, MirrorError>
  /** By path. Local files that can't be read are missing: to copy them will show why. */
  readonly ofFiles: (
    tree: MirrorTree,
    entries: ReadonlyArray<Tree.TreeEntry>
  ) => Effect.Effect<ReadonlyMap<string, string>, MirrorError>
}

/** Fails if this machine computes no SHA-256. */
export const make: Effect.Effect<HashFiles, FtpUsageError> = Effect.gen(function* () {
  const hasher = yield* Effect.serviceOption(FtpHasher)
  const make = Option.isNone(hasher) ? Effect.succeedNone : hasher.value.make("SHA-256")
  if (Option.isNone(yield* make)) {
    return yield* new FtpUsageError({ argument: "manifest", why: "needs an FtpHasher that knows SHA-256" })
  }
  const begin = Effect.map(make, Option.getOrThrow)
  const makeAtOnce = Option.isSome(hasher) ? hasher.value.makeAtOnce : undefined
  const beginAtOnce = makeAtOnce?.("SHA-256") && (() => Option.getOrThrow(Option.fromNullable(makeAtOnce("SHA-256"))))
  const ofFile = (tree: MirrorTree, path: string) =>
    Effect.gen(function* () {
      const { digest, update } = yield* begin
      yield* tree._tag === "Remote"
        ? Stream.runForEach(FtpTransfer.download(tree.pathOf(path)), (chunk) => Effect.sync(() => update(chunk))).pipe(
            Effect.provideService(FtpPool, tree.pool)
          )
        : readLocal(tree, path, update)
      return digest()
    })
  return {
    begin,
    beginAtOnce,
    ofFile,
    ofFiles: (tree, entries) =>
      Effect.gen(function* () {
        const hashes = new Map<string, string>()
        const one = ({ path }: Tree.TreeEntry) =>
          ofFile(tree, path).pipe(
            Effect.andThen((sha256) => {
              hashes.set(path, sha256)
            }),
            Effect.catchTag("FtpLocalFileError", () => Effect.void)
          )
        const left = tree._tag === "Remote" ? entries : yield* hashSmall(tree, entries, begin, hashes)
        yield* Effect.forEach(left, one, { concurrency: tree.concurrency, discard: true })
        return hashes
      })
  }
})

/** Adds the hashes of small local files that are known by their ids (see `localReading`), and returns the others. */
const hashSmall = (
  { concurrency, files: { readWhole }, pathOf }: LocalTree,
  entries: ReadonlyArray<Tree.TreeEntry>,
  begin: HashFiles["begin"],
  hashes: Map<string, string>
): Effect.Effect<ReadonlyArray<Tree.TreeEntry>> =>
  Effect.suspend(() => {
    const left: Array<Tree.TreeEntry> = []
    const one = (entry: Tree.TreeEntry) =>
      Effect.gen(function* () {
        const { path } = entry
        const info = Tree.infoOf(entry)
        const bytes =
          readWhole !== undefined && info !== undefined && SmallFile.isSmall(info.size)
            ? yield* readWhole(pathOf(path), info)
            : Option.none<Uint8Array>()
        if (Option.isNone(bytes)) {
          left.push(entry)
        } else {
          const { digest, update } = yield* begin
          update(bytes.value)
          hashes.set(path, digest())
        }
      })
    let next = 0
    const worker = Effect.whileLoop({
      while: () => next < entries.length,
      body: () => one(entries[next++] as Tree.TreeEntry),
      step: () => {}
    })
    // A fiber for each file would cost more than to read it from a quick disk.
    const workers = Array.from({ length: Math.min(concurrency, entries.length) }, () => worker)
    return Effect.as(Effect.all(workers, { concurrency: "unbounded", discard: true }), left)
  })

/** Reads a local file, if what was read is inside the tree: a directory may have become a link since it was listed. */
export const readLocal = (
  tree: LocalTree,
  path: string,
  update: Hashing["update"]
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.flatMap(readSmall(tree, path), (bytes) =>
    Option.isSome(bytes) ? Effect.sync(() => update(bytes.value)) : readByParts(tree, path, update)
  )

/** `None` if it is no small file. */
const readSmall = (
  { files: { info, readWhole }, pathOf, proveFile }: LocalTree,
  path: string
): Effect.Effect<Option.Option<Uint8Array>, FtpLocalFileError> =>
  readWhole === undefined
    ? Effect.succeedNone
    : Effect.gen(function* () {
        const found = Option.getOrUndefined(yield* info(pathOf(path)))
        if (found?.type !== "File" || !SmallFile.isSmall(found.size)) {
          return Option.none()
        }
        const bytes = yield* readWhole(pathOf(path), found)
        return Option.isSome(bytes) ? yield* Effect.as(proveFile(path, found), bytes) : bytes
      })

const readByParts = (
  { files, pathOf, proveFile }: LocalTree,
  path: string,
  update: Hashing["update"]
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const opened = yield* files.openReader(pathOf(path), 0)
      yield* proveFile(path, opened)
      for (let chunk = yield* opened.read; Option.isSome(chunk); chunk = yield* opened.read) {
        update(chunk.value)
      }
    })
  )
