/** One file from a server to a folder, by `FtpTransfer.toFile`; small ones may follow each other in one effect. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Masked } from "../base/masked.ts"
import type { FtpLocalFileError } from "../platform/FtpLocalFile.ts"
import * as Downloads from "../transfer/downloads.ts"
import type * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { isSmall } from "../transfer/smallFile.ts"
import type { Copied, CopyFile, Copying, FileStep, Flow } from "./copyModel.ts"
import type { LocalTree, RemoteTree } from "./trees.ts"

/** Begins at the call. */
export const down = (
  masked: Masked,
  source: RemoteTree,
  target: LocalTree,
  file: CopyFile,
  flow: Flow | undefined
): Copying => {
  const { options, step } = file
  const services = { pool: source.pool, files: target.files }
  let fetching = downloadOf(source, target, file)
  /** One that can't follow in the same effect. */
  let apart: CopyFile | undefined
  // Where a hash takes an effect, so does each file: it is not told before its hash is known.
  const isPlain = options.hash === undefined || options.hash.beginAtOnce !== undefined
  const many: Downloads.Flow | undefined = flow && {
    next: (result) => {
      const next = flow.next(fetching.copied(result))
      if (next === undefined) {
        return undefined
      }
      const following = downloadOf(source, target, next)
      const download = following.into(target.pathOf(next.step.path))
      if (!following.isNew || !Downloads.isSimple(download)) {
        apart = next
        return undefined
      }
      fetching = following
      return download
    }
  }
  const into = (place: string) => Downloads.toFileBy(masked, services, fetching.into(place), isPlain ? many : undefined)
  const received = fetching.isNew
    ? into(target.pathOf(step.path))
    : Effect.flatMap(masked.restore(placeOf(target, step)), into)
  return flow === undefined && options.hash === undefined
    ? received
    : Effect.flatMap(received, (result) =>
        apart === undefined ? whole(masked, target, fetching, result) : down(masked, source, target, apart, flow)
      )
}

type Fetching = ReturnType<typeof downloadOf>

/** A small file is hashed as it was received. A larger one is read once more, when it is whole. */
const whole = (
  { restore }: Masked,
  target: LocalTree,
  { copied, file: { options, step } }: Fetching,
  result: FtpTransfer.Result
): Copying => {
  const known = copied(result)
  return options.hash === undefined || known.sha256 !== undefined
    ? Effect.succeed(known)
    : Effect.map(restore(options.hash.ofFile(target, step.path)), (sha256) => ({ ...known, sha256 }))
}

/** A file, and what is known of it once it was fetched. */
const downloadOf = (source: RemoteTree, target: LocalTree, file: CopyFile) => {
  const { options, step } = file
  const { hash } = options
  const mustBeNew = step._tag === "Copy" && options.replaces !== true
  // Of a larger file it would be known only when all of it is here.
  const isNew = (options.isNew ?? mustBeNew) && (!mustBeNew || isSmall(step.bytes))
  let sha256: string | undefined
  const beginAtOnce = hash?.beginAtOnce
  return {
    file,
    isNew,
    // Without a spread, which takes as long as a tenth of a small file.
    into: (place: string): Downloads.Download => ({
      path: source.pathOf(step.path),
      localPath: place,
      options: {
        verify: options.verify,
        ignoreSize: options.ignoreSize,
        retry: options.retry,
        onRetry: options.onRetry,
        onProgress: options.onProgress,
        durability: options.durability,
        maxBytes: options.maxBytes,
        onResume: options.onResume,
        segments: options.segments,
        existing: mustBeNew ? "Fail" : "Replace",
        times: options.keepsTimes ? "IfPossible" : "Now",
        expectedSize: step.bytes,
        expectedModified: step.modified,
        found: isNew ? Option.none() : undefined,
        hasPartialFile: target.hasPartialFile(place)
      },
      onBytes:
        beginAtOnce &&
        ((bytes) => {
          const { digest, update } = beginAtOnce()
          update(bytes)
          sha256 = digest()
        })
    }),
    copied: ({ bytes, evidence }: FtpTransfer.Result): Copied =>
      hash === undefined
        ? { bytes, evidence }
        : { bytes, evidence, sha256, given: options.keepsTimes ? step.modified : undefined }
  }
}

const placeOf = (target: LocalTree, { path }: FileStep): Effect.Effect<string, FtpLocalFileError> =>
  Effect.catchIf(
    target.placeOf(path),
    ({ reason }) => reason === "NotFound",
    () => Effect.succeed(target.pathOf(path))
  )
