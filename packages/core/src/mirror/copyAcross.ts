/**
 * One file from server to server, through this machine, over two sessions:
 *
 *     small   RETR ──► memory ──► STOR       as small files of a folder are
 *     else    RETR ──► chunks ──► STOR       both at once
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as FtpSource from "../base/FtpSource.ts"
import type { Masked } from "../base/masked.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Downloads from "../transfer/downloads.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as Uploads from "../transfer/uploads.ts"
import type { Copied, CopyFile, Copying, CopyOptions } from "./copyModel.ts"
import { setTime } from "./setTime.ts"
import type { RemoteTree } from "./trees.ts"

export const copy = (masked: Masked, source: RemoteTree, target: RemoteTree, file: CopyFile): Copying => {
  const { options, step } = file
  const { maxBytes, onRetry, retry, verify } = options
  const long = () => masked.restore(inChunks(source, target, file))
  const path = source.pathOf(step.path)
  const fetched = Downloads.toMemoryBy(masked, source.pool, {
    path,
    options: {
      verify,
      ignoreSize: options.ignoreSize,
      maxBytes,
      retry,
      onRetry,
      expectedSize: step.bytes,
      expectedModified: step.modified
    }
  })
  return Effect.flatMap(fetched, (bytes) => (bytes === undefined ? long() : sent(masked, target, file, bytes)))
}

const sent = (masked: Masked, target: RemoteTree, { options, step }: CopyFile, bytes: Uint8Array): Copying => {
  let given: FtpTime | undefined
  const upload = Uploads.fromBytesBy(masked, target.pool, {
    path: target.pathOf(step.path),
    bytes,
    modified: Option.map(Option.fromNullable(step.modified), ({ at }) => at),
    options: {
      ...uploadOptions(options),
      times: options.keepsTimes ? (options.mustKeepTimes === true ? "Keep" : "IfPossible") : "Now",
      onTimeSet: () => {
        given = step.modified
      }
    }
  })
  const { hash } = options
  return hash === undefined
    ? Effect.map(upload, (result): Copied => ({ ...result, given }))
    : Effect.flatMap(masked.restore(hash.begin), ({ digest, update }) => {
        update(bytes)
        const sha256 = digest()
        return Effect.map(upload, (result): Copied => ({ ...result, sha256, given }))
      })
}

const uploadOptions = (options: CopyOptions): FtpTransfer.UploadOptions => ({
  verify: options.verify,
  ignoreSize: options.ignoreSize,
  retry: options.retry,
  onRetry: options.onRetry,
  onProgress: options.onProgress,
  onStore: options.onStore,
  atomic: options.atomic,
  onPublish: options.onPublish
})

const inChunks = (source: RemoteTree, target: RemoteTree, { options, step }: CopyFile): Copying =>
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
    const result = yield* FtpTransfer.upload(
      target.pathOf(step.path),
      FtpSource.fromStream(hashed),
      uploadOptions(options)
    ).pipe(Effect.provideService(FtpPool, target.pool))
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
