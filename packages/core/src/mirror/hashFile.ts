/** The SHA-256 of files, read from their beginning to their end. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpHasher, type Hashing } from "../platform/FtpHasher.ts"
import type { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { LocalTree, MirrorError, MirrorTree } from "./trees.ts"

/**
 * How the SHA-256 of a local file is computed.
 *
 * @since 0.1.0
 * @category models
 */
export interface HashFiles {
  readonly begin: Effect.Effect<Hashing>
  readonly ofFile: (tree: MirrorTree, path: string) => Effect.Effect<string, MirrorError>
}

/** Fails if this machine computes no SHA-256. */
export const make: Effect.Effect<HashFiles, FtpUsageError> = Effect.gen(function* () {
  const hasher = yield* Effect.serviceOption(FtpHasher)
  const make = Option.isNone(hasher) ? Effect.succeedNone : hasher.value.make("SHA-256")
  if (Option.isNone(yield* make)) {
    return yield* new FtpUsageError({ argument: "manifest", why: "needs an FtpHasher that knows SHA-256" })
  }
  const begin = Effect.map(make, Option.getOrThrow)
  return {
    begin,
    ofFile: (tree, path) =>
      Effect.gen(function* () {
        const { digest, update } = yield* begin
        yield* tree._tag === "Remote"
          ? Stream.runForEach(FtpTransfer.download(tree.pathOf(path)), (chunk) =>
              Effect.sync(() => update(chunk))
            ).pipe(Effect.provideService(FtpPool, tree.pool))
          : readLocal(tree, path, update)
        return digest()
      })
  }
})

/** Reads a local file, if what was opened is inside the tree: a directory may have become a link since it was listed. */
export const readLocal = (
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
