/**
 * One file from tree to tree, verified as every transfer is:
 *
 *     server ──► folder     `copyDown`
 *     folder ──► server     `copyUp`
 *     server ──► server     FtpTransfer.upload of a download, through this machine, over two sessions
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import type { Masked } from "../base/masked.ts"
import * as FtpClient from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { down } from "./copyDown.ts"
import type { CopyFile, Copying, CopyOptions, FileStep, Flow } from "./copyModel.ts"
import { up } from "./copyUp.ts"
import type { MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/** Begins at the call. Between two servers no more are asked for. */
export const copyFile = (
  masked: Masked,
  source: MirrorTree,
  target: MirrorTree,
  { options, step }: CopyFile,
  flow?: Flow
): Copying =>
  source._tag === "Remote"
    ? target._tag === "Remote"
      ? masked.restore(across(source, target, step, options))
      : down(masked, source, target, { step, options }, flow)
    : target._tag === "Remote"
      ? up(masked, source, target, { step, options }, flow)
      : new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })

/** With a session of its pool, which a worker may keep: that of the tree's own client may be another one. */
export const setTime = (target: MirrorTree, path: string, at: DateTime.Utc): Effect.Effect<void, MirrorError> =>
  target._tag === "Local"
    ? target.setModified(path, at)
    : Effect.flatMap(FtpClient.make, (client) => client.setModified(target.pathOf(path), at)).pipe(
        Effect.provideService(FtpPool, target.pool)
      )

const across = (source: RemoteTree, target: RemoteTree, step: FileStep, options: CopyOptions): Copying =>
  Effect.gen(function* () {
    const hashing = options.hash === undefined ? undefined : yield* options.hash.begin
    const content = Stream.provideService(
      FtpTransfer.download(source.pathOf(step.path), {
        verify: options.verify,
        ignoreSize: options.ignoreSize,
        maxBytes: options.maxBytes,
        retry: options.retry,
        onRetry: options.onRetry
      }),
      FtpPool,
      source.pool
    )
    const hashed =
      hashing === undefined ? content : Stream.tap(content, (chunk) => Effect.sync(() => hashing.update(chunk)))
    const result = yield* FtpTransfer.upload(target.pathOf(step.path), FtpSource.fromStream(hashed), {
      verify: options.verify,
      ignoreSize: options.ignoreSize,
      retry: options.retry,
      onRetry: options.onRetry,
      onProgress: options.onProgress,
      onStore: options.onStore,
      atomic: options.atomic,
      onPublish: options.onPublish
    }).pipe(Effect.provideService(FtpPool, target.pool))
    const isGiven =
      options.keepsTimes && step.modified !== undefined
        ? yield* Effect.catchIf(
            Effect.as(setTime(target, step.path, step.modified.at), true),
            (error) => error._tag === "FtpRejected" && options.mustKeepTimes !== true,
            () => Effect.succeed(false)
          )
        : false
    return { ...result, sha256: hashing?.digest(), given: isGiven ? step.modified : undefined }
  })
