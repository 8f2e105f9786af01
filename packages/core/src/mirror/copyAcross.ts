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
import * as DownloadBytes from "../transfer/downloadBytes.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as UploadBytes from "../transfer/uploadBytes.ts"
import type { Copied, CopyFile, Copying } from "./copyModel.ts"
import { setTime } from "./setTime.ts"
import type { RemoteTree } from "./trees.ts"

export const copy = (masked: Masked, source: RemoteTree, target: RemoteTree, file: CopyFile): Copying => {
  const { options, step } = file
  const fetched = DownloadBytes.toBytesBy(masked, source.pool, {
    path: source.pathOf(step.path),
    options: {
      verify: options.verify,
      ignoreSize: options.ignoreSize,
      maxBytes: options.maxBytes,
      expectedSize: step.bytes,
      expectedModified: step.modified
    }
  })
  return Effect.flatMap(fetched, (bytes) =>
    bytes === undefined ? masked.restore(inChunks(source, target, file)) : sent(masked, target, file, bytes)
  )
}

/** The upload begins as it is made, and so not before its content is hashed. */
const sent = (masked: Masked, target: RemoteTree, file: CopyFile, bytes: Uint8Array): Copying => {
  const { hash } = file.options
  return hash === undefined
    ? upload(masked, target, file, bytes)
    : Effect.flatMap(masked.restore(hash.begin), ({ digest, update }) => {
        update(bytes)
        const sha256 = digest()
        return Effect.map(upload(masked, target, file, bytes), (copied) => ({ ...copied, sha256 }))
      })
}

const upload = (masked: Masked, target: RemoteTree, { options, step }: CopyFile, bytes: Uint8Array): Copying => {
  const { modified } = step
  let given: FtpTime | undefined
  const uploaded = UploadBytes.fromBytesBy(masked, target.pool, {
    path: target.pathOf(step.path),
    bytes,
    modified: Option.map(Option.fromNullable(modified), ({ at }) => at),
    options: {
      ...options,
      times: options.keepsTimes ? (options.mustKeepTimes === true ? "Keep" : "IfPossible") : "Now",
      onTimeSet: () => {
        given = modified
      }
    }
  })
  return Effect.map(uploaded, (result): Copied => ({ ...result, given }))
}

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
    const result = yield* Effect.provideService(
      FtpTransfer.upload(target.pathOf(step.path), FtpSource.fromStream(hashed), options),
      FtpPool,
      target.pool
    )
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
