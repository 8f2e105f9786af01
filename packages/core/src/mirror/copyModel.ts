/** What is copied from tree to tree, and how. */
import type * as Effect from "effect/Effect"
import type { LocalInfo } from "../platform/FtpLocalFile.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import type * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { HashFiles } from "./hashFile.ts"
import type { Step } from "./MirrorPlan.ts"
import type { MirrorError } from "./trees.ts"

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

export type Copying = Effect.Effect<Copied, MirrorError>
