/** The options of the calls of a promise client, in plain values. `FtpPromise` is the public module. */
import type * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { CallOptions } from "./derive.ts"
import type { Given } from "./plain.ts"
import type { Retries } from "./retries.ts"

interface RetryOption {
  /**
   * When to resume after an interruption. Default as the client was connected. What the server refuses for now always goes
   * by `busy` of the client.
   */
  readonly retries?: Retries | undefined
}

/**
 * How to list a directory: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends Given<FtpClient.ListOptions>, CallOptions {}

/**
 * How to walk through a tree: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalkOptions extends Given<FtpClient.WalkOptions>, CallOptions {}

/**
 * How to remove: see `FtpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoveOptions extends Given<FtpClient.RemoveOptions>, CallOptions {}

/**
 * How to download: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DownloadOptions extends Given<FtpTransfer.DownloadOptions>, CallOptions, RetryOption {}

/**
 * How to read a file into memory: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadFileOptions extends Given<FtpTransfer.ReadFileOptions>, CallOptions, RetryOption {}

/**
 * How to download to a local file: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToFileOptions extends Given<FtpTransfer.ToFileOptions>, CallOptions, RetryOption {}

/**
 * How to upload: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface UploadOptions extends Given<FtpTransfer.UploadOptions>, CallOptions, RetryOption {}

/**
 * How to upload a local file: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FromFileOptions extends Given<FtpTransfer.FromFileOptions>, CallOptions, RetryOption {}

/**
 * How to append: see `FtpTransfer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AppendOptions extends Given<FtpTransfer.AppendOptions>, CallOptions {}

/**
 * How to copy a tree: see `FtpMirror`. `onProgress` is called with the progress over all files.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorOptions extends Given<FtpMirror.MirrorOptions>, CallOptions {}

/**
 * How to copy a tree whose events are read: see `FtpMirror`. `capacity` is how many events wait at most.
 *
 * @since 0.1.0
 * @category models
 */
export interface MirrorEventsOptions extends Omit<MirrorOptions, "onEvent">, Given<FtpMirror.EventsOptions> {}
