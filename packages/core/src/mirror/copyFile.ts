/**
 * One file from tree to tree, verified as every transfer is:
 *
 *     server ──► folder     FtpTransfer.toFile
 *     folder ──► server     FtpTransfer.fromFile
 *     server ──► server     FtpTransfer.upload of a download, through this machine, over two sessions
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FtpUsageError } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import type { Masked } from "../base/masked.ts"
import * as FtpClient from "../client/FtpClient.ts"
import type { Hashing } from "../platform/FtpHasher.ts"
import type { FtpLocalFileError, LocalInfo } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as Downloads from "../transfer/downloads.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import { isSmall } from "../transfer/smallFile.ts"
import type { ContentReader } from "../transfer/upload/small.ts"
import * as Uploads from "../transfer/uploads.ts"
import { type HashFiles, readLocal } from "./hashFile.ts"
import * as LocalReading from "./localReading.ts"
import type { Step } from "./MirrorPlan.ts"
import type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

/**
 * A step that copies a file.
 *
 * @since 0.1.0
 * @category models
 */
export type FileStep = Extract<Step, { readonly _tag: "Copy" | "Replace" }>

/**
 * A file that is sent after another one, and what is known of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface NextFile {
  readonly step: FileStep
  readonly found?: LocalInfo | undefined
}

/**
 * How one file is copied.
 *
 * @since 0.1.0
 * @category models
 */
export interface CopyOptions {
  /** Whether files get the times of their sources. */
  readonly keepsTimes: boolean
  /** Whether it is a failure if a server refuses to set a time. Default false: the file has that of its upload then. */
  readonly mustKeepTimes?: boolean | undefined
  /** Whether an upload is sent to a temporary name and renamed. */
  readonly atomic: boolean
  /**
   * Whether a file that is not known to be in the target may replace one that is there by then. Default false: then it
   * fails, which costs a local file system two calls instead of one.
   */
  readonly replaces?: boolean | undefined
  /** Whether nothing has that name in the target, by what was read of it. Default: if it may not replace anything. */
  readonly isNew?: boolean | undefined
  /** What is known of the local file that is sent. */
  readonly found?: LocalInfo | undefined
  readonly verify?: FtpTransfer.TransferOptions["verify"]
  readonly ignoreSize?: FtpTransfer.TransferOptions["ignoreSize"]
  readonly durability?: FtpTransfer.ToFileOptions["durability"]
  readonly segments?: FtpTransfer.ToFileOptions["segments"]
  readonly maxBytes?: FtpTransfer.ToFileOptions["maxBytes"]
  readonly resume?: FtpTransfer.FromFileOptions["resume"]
  readonly retry?: FtpTransfer.TransferOptions["retry"]
  readonly onRetry?: FtpTransfer.TransferOptions["onRetry"]
  readonly onProgress?: FtpTransfer.TransferOptions["onProgress"]
  readonly onStore?: FtpTransfer.UploadOptions["onStore"]
  readonly onResume?: FtpTransfer.FromFileOptions["onResume"]
  readonly onUnproven?: FtpTransfer.FromFileOptions["onUnproven"]
  readonly onKept?: FtpTransfer.FromFileOptions["onKept"]
  /** Done before a file that was sent to a temporary name gets its own: see `UploadOptions`. */
  readonly onPublish?: FtpTransfer.UploadOptions["onPublish"]
  /** Whether the content's SHA-256 is wanted, and how it is computed. */
  readonly hash?: HashFiles | undefined
}

/**
 * A finished file; `sha256` if it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Copied extends FtpTransfer.Result {
  readonly sha256?: string | undefined
  /** The time that the target's file was given; absent if it has that of its writing, or if that is not known. */
  readonly given?: FtpTime | undefined
}

type Copying = Effect.Effect<Copied, MirrorError>

/** A file that is to be copied. */
export interface CopyFile {
  readonly step: FileStep
  readonly options: CopyOptions
}

/** More files between the same two trees, one after the other. */
export interface Flow {
  /** Another one, once the one before is copied: what comes of the effect is about this one from then on. */
  readonly next: (copied: Copied) => FoundFile | undefined
}

/** `found` is what is known of a local file that is sent. */
interface FoundFile extends CopyFile {
  readonly found: LocalInfo | undefined
}

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

const down = (
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
      const following = next && downloadOf(source, target, next)
      if (next === undefined || following === undefined) {
        return undefined
      }
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

const up = (masked: Masked, source: LocalTree, target: RemoteTree, file: CopyFile, flow: Flow | undefined): Copying => {
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
