/** One file from a folder to a server, by `FtpTransfer.fromFile`; small ones may follow each other in one effect. */
import * as Effect from "effect/Effect"
import type { Masked } from "../base/masked.ts"
import type { Hashing } from "../platform/FtpHasher.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { ContentReader } from "../transfer/upload/smallBytes.ts"
import * as Uploads from "../transfer/uploads.ts"
import type { Copied, CopyFile, Copying, Flow } from "./copyModel.ts"
import { readLocal } from "./hashFile.ts"
import * as LocalReading from "./localReading.ts"
import type { LocalTree, RemoteTree } from "./trees.ts"

/** Begins at the call. */
export const up = (
  masked: Masked,
  source: LocalTree,
  target: RemoteTree,
  file: CopyFile,
  flow: Flow | undefined
): Copying => {
  let sending = uploadOf(source, target, file)
  /** One that can't follow in the same effect. */
  let apart: CopyFile | undefined
  const more: Uploads.Flow | undefined = flow && {
    next: (result) => {
      const next = flow.next(sending.copied(result))
      if (next?.found === undefined) {
        apart = next
        return undefined
      }
      sending = uploadOf(source, target, next)
      return { upload: sending.upload, info: next.found }
    }
  }
  const sent = Uploads.fromFileBy(masked, { pool: target.pool, files: source.files }, sending.upload, more)
  return flow === undefined && file.options.hash === undefined
    ? sent
    : Effect.flatMap(sent, (result) =>
        apart === undefined ? Effect.succeed(sending.copied(result)) : up(masked, source, target, apart, flow)
      )
}

/**
 * A file, and what is known of it once it was sent. A small file is hashed as it was sent. A larger one is read once for its
 * hash and once to be sent; the upload fails if it was written since the first of both began.
 */
const uploadOf = (source: LocalTree, target: RemoteTree, { options, step }: CopyFile) => {
  const { hash } = options
  let sha256: string | undefined
  let given: FtpTime | undefined
  const keep = ({ digest, update }: Hashing, bytes: Uint8Array) => {
    update(bytes)
    sha256 = digest()
  }
  // Without a spread: see ARCHITECTURE, "Facts that a newcomer would trip over".
  const how: FtpTransfer.FromFileOptions = {
    verify: options.verify,
    ignoreSize: options.ignoreSize,
    retry: options.retry,
    onRetry: options.onRetry,
    onProgress: options.onProgress,
    onStore: options.onStore,
    atomic: options.atomic,
    onPublish: options.onPublish,
    found: options.found,
    onOpen: (opened) =>
      LocalReading.isKnownAs(opened, options.found?.id) ? Effect.void : source.proveFile(step.path, opened),
    onResume: options.onResume,
    onUnproven: options.onUnproven,
    onKept: options.onKept,
    onTimeSet:
      hash &&
      ((at) => {
        given = { at, precision: "Second", zone: "Utc" }
      }),
    resume: options.resume,
    times: options.keepsTimes ? (options.mustKeepTimes === true ? "Keep" : "IfPossible") : "Now"
  }
  const beginAtOnce = hash?.beginAtOnce
  const content: ContentReader | undefined = hash && {
    whole: (bytes) => Effect.map(hash.begin, (hashing) => keep(hashing, bytes)),
    wholeAtOnce: beginAtOnce && ((bytes) => keep(beginAtOnce(), bytes)),
    long: Effect.flatMap(hash.begin, ({ digest, update }) =>
      Effect.map(readLocal(source, step.path, update), () => {
        sha256 = digest()
      })
    )
  }
  return {
    upload: { localPath: source.pathOf(step.path), path: target.pathOf(step.path), options: how, content },
    copied: ({ bytes, evidence }: FtpTransfer.Result): Copied =>
      hash === undefined ? { bytes, evidence } : { bytes, evidence, sha256, given }
  }
}
