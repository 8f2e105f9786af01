/** The SHA-256 of files, read from their beginning to their end. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import { FtpHasher, type Hashing } from "../platform/FtpHasher.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

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
          : Effect.scoped(
              Effect.gen(function* () {
                const { read } = yield* tree.files.openReader(tree.pathOf(path), 0)
                for (let chunk = yield* read; Option.isSome(chunk); chunk = yield* read) {
                  update(chunk.value)
                }
              })
            )
        return digest()
      })
  }
})
