/**
 * Files and trees from the server to local places.
 *
 *     what was named ──► a file ──────────────────────► NAME.ftp-effect.part ──► NAME
 *                   └──► a directory (-r) ──────────► `Trees`: the library's engine
 *
 * `commands/get` chooses the sources and the target.
 */

import { join } from "node:path"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
import { FtpLocalFile, type LocalInfo } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTreeCopy from "@ftp-effect/core/FtpTreeCopy"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { UnreadPolicy } from "../arguments/listingFlags.ts"
import type { Placement } from "../arguments/Target.ts"
import * as Remote from "../connection/Remote.ts"
import { CliError } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import * as Descriptor from "../local/descriptor.ts"
import * as Destination from "../local/destination.ts"
import type { Output } from "../output/Output.ts"
import type { Screen } from "../output/Screen.ts"
import * as Copying from "./Copying.ts"
import * as Resuming from "./Resuming.ts"
import * as Trees from "./Trees.ts"

/** What the client's layer and the machine give. */
export type Environment = FtpClient.FtpClient | FtpPool | FtpLocalFile | FileSystem.FileSystem

/** How to copy. */
export interface Options {
  readonly recursive: boolean
  /** What lines of a listing mean that can't be read: with `"Fail"` each is a failure, and the rest is copied. */
  readonly onUnread: UnreadPolicy
  /** Whether local files may be replaced. */
  readonly clobber: boolean
  /** What symbolic links of trees become. Default `"Follow"`. */
  readonly links?: FtpMirror.LinkPolicy | undefined
  /** Over how many connections each file is downloaded. Default 1. */
  readonly segments?: number | "auto" | undefined
  /** When a file is renamed into place. Default `"Synced"`. */
  readonly durability?: "Written" | "Synced" | undefined
  /** How strictly to verify each file. Default as `FtpTransfer`'s. */
  readonly verification?: Pick<FtpTransfer.TransferOptions, "verify" | "ignoreSize"> | undefined
  /** The most bytes that a file may have. Default: no limit. */
  readonly maxBytes?: number | undefined
  /** How many files are downloaded at once. Default: one for each session. */
  readonly atOnce?: number | undefined
  /** Whether files whose failure may pass are tried once more at the end. Default true. */
  readonly secondTurn?: boolean | undefined
}

/** Copies what was found into the target directory, or to exactly the target. */
export const run = (
  found: ReadonlyArray<Remote.Match>,
  target: Local & { readonly placement: Placement },
  options: Options
): Effect.Effect<Copying.Summary, ExitCode.Failure, Environment | Output | Screen> =>
  Effect.scoped(
    Effect.gen(function* () {
      const copying = yield* Copying.make("Download", options.secondTurn)
      const pool = yield* FtpPool
      const copy = { copying, options, resume: yield* Resuming.make, warm: pool.warm }
      const { names } = yield* FtpMirror.local(target.path)
      const jobs: Array<Copying.Job<Environment>> = []
      for (const { entry, name, path } of found) {
        const unsafe = target.placement === "Into" && name !== "" ? names.unsafeReason(name) : Option.none()
        if (Option.isSome(unsafe)) {
          yield* copying.fail(refused(name, unsafe.value), path)
        } else {
          const local = target.placement === "Into" ? { path: join(target.path, name) } : target
          jobs.push(named(copy, path, local, entry))
        }
      }
      return yield* copying.run(jobs, Math.min(pool.size, options.atOnce ?? pool.size))
    })
  )

interface Copy {
  readonly copying: Copying.Copying
  readonly options: Options
  readonly resume: Resuming.Resume
  readonly warm: FtpPool["warm"]
}

/** Where a download goes; without `info` the disk was not asked for that name yet. */
interface Local {
  readonly path: string
  readonly info?: Option.Option<LocalInfo>
}

/** A path that the user named: links are followed; without an entry its type is not known yet. */
const named = (copy: Copy, path: string, local: Local, entry: Option.Option<FtpEntry>): Copying.Job<Environment> => {
  if (Option.isSome(entry) && entry.value.type === "File") {
    return file(copy, path, local, entry)
  }
  if (!copy.options.recursive && Option.isNone(entry)) {
    return explainDirectory(file(copy, path, local, entry), path)
  }
  return {
    kind: "Directory",
    subject: path,
    // Most likely it is one: the sessions for its files are opened while that is asked for.
    warm: copy.options.recursive ? copy.warm : undefined,
    run: Effect.gen(function* () {
      if (yield* withOwnSession(leadsToDirectory(path, entry))) {
        return copy.options.recursive ? [yield* tree(copy, path, local.path)] : yield* isDirectory(path)
      }
      return [file(copy, path, local, entry)]
    })
  }
}

/** With the session that a worker keeps, which may be the only one that the server gives. */
const withOwnSession = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.provideServiceEffect(self, FtpClient.FtpClient, FtpClient.make)

/** Whether a path that the user named is a directory, or a link to one. */
export const leadsToDirectory = (path: string, entry: Option.Option<FtpEntry>) =>
  Option.isSome(entry) && entry.value.type === "Directory"
    ? Effect.succeed(true)
    : Option.isSome(entry) || path === ""
      ? Remote.isDirectory(path)
      : Effect.flatMap(FtpClient.FtpClient, (client) => client.leadsToDirectory(path))

const isDirectory = (path: string) =>
  new CliError({
    kind: "Failed",
    message: `${path === "" ? "the login directory" : path} is a directory`,
    hint: "to download it with everything in it: get -r"
  })

/** Servers refuse to send a directory with many different texts; ours is clearer. */
const explainDirectory = <R>(job: Copying.Job<R>, path: string): Copying.Job<R | FtpPool> => ({
  ...job,
  run: Effect.catchIf(
    job.run,
    (error) =>
      (error._tag === "FtpRejected" && error.path === path) ||
      // A local directory has the name already, as that of an earlier `get -r`.
      (error._tag === "FtpLocalFileError" && error.reason === "IsDirectory"),
    (failed) =>
      Effect.flatMap(
        withOwnSession(Remote.isDirectory(path)),
        (isOne): Effect.Effect<never, ExitCode.Failure> => (isOne ? isDirectory(path) : Effect.fail(failed))
      )
  )
})

const file = (copy: Copy, path: string, { path: local, info: known }: Local, entry: Option.Option<FtpEntry>) => {
  const { copying, options } = copy
  return copying.file(
    { remote: path, local, size: Copying.sizeOf(entry), isListed: Option.isSome(entry) },
    (moving) => {
      const into = (target: string, found: Option.Option<LocalInfo>) =>
        // Without `clobber`, a file that was created meanwhile is not replaced either.
        Effect.catchIf(Effect.asSome(intoFile(copy, path, target, moving, { entry, found })), isTaken(target), () =>
          Effect.as(copying.skip(path, `${local} exists`), Option.none())
        )
      return Effect.gen(function* () {
        const files = yield* FtpLocalFile
        const info = known ?? (yield* files.info(local))
        if (Option.isSome(info) && !options.clobber) {
          yield* copying.skip(path, `${local} exists`)
          return Option.none()
        }
        const at = yield* Destination.destination(local, info)
        if (at.kind !== "File") {
          const { maxBytes, verification } = options
          return Option.some(yield* intoOpened(path, at, { ...verification, maxBytes, onProgress: moving.onProgress }))
        }
        return yield* into(at.path, info)
      })
    }
  )
}

/** The entry of the listing, if there was one, and what was found on the disk. */
interface Known {
  readonly entry: Option.Option<FtpEntry>
  readonly found: Option.Option<LocalInfo>
}

const intoFile = (copy: Copy, path: string, local: string, moving: Copying.Moving, { entry, found }: Known) =>
  noting(
    copy,
    local,
    moving,
    FtpTransfer.toFile(path, local, {
      ...transferOptions(copy, path, moving),
      existing: copy.options.clobber ? "Replace" : "Fail",
      expectedSize: Option.getOrUndefined(Copying.sizeOf(entry)),
      expectedModified: Option.getOrUndefined(Option.flatMap(entry, ({ modified }) => modified)),
      found
    })
  )

const transferOptions = ({ options, resume }: Copy, path: string, moving: Copying.Moving) => ({
  retry: resume(path),
  segments: options.segments,
  verify: options.verification?.verify,
  ignoreSize: options.verification?.ignoreSize,
  durability: options.durability,
  maxBytes: options.maxBytes,
  onResume: moving.resumedFrom,
  onRetry: moving.onRetry,
  onProgress: moving.onProgress
})

/** Notes the partial file that stays if the download fails. */
const noting = <A, E extends ExitCode.Failure, R>(
  { copying }: Copy,
  local: string,
  { onLeft }: Copying.Moving,
  download: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | FtpLocalFile> =>
  Effect.onError(download, (cause) =>
    onLeft(
      cause,
      Effect.map(Destination.keptBytes(local), (bytes) =>
        bytes > 0 && !isInUse(cause)
          ? copying.keepPartial({
              what: FtpTransfer.partialFileOf(local),
              rerun: isChanged(cause) ? "Restarts" : "Resumes"
            })
          : undefined
      )
    )
  )

const isTaken = (local: string) => (error: ExitCode.Failure) =>
  error._tag === "FtpLocalFileError" &&
  error.reason === "AlreadyExists" &&
  (error.operation === "Rename" || error.path === local)

/** Another download owns the partial file. */
const isInUse = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error._tag === "FtpLocalFileError" && error.reason === "InUse")

const isChanged = (cause: Cause.Cause<ExitCode.Failure>): boolean =>
  Option.exists(Cause.failureOption(cause), (error) => error._tag === "FtpIntegrityError" && error.reason === "Changed")

/** Into what is not replaced: a device, a pipe, a file that is open already. */
const intoOpened = (
  path: string,
  at: Exclude<Destination.Destination, { readonly kind: "File" }>,
  options: FtpTransfer.DownloadOptions
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const write =
        at.kind === "Device"
          ? (yield* files.openWriter(at.path, "Continue")).write
          : (chunk: Uint8Array) => Descriptor.append(at.descriptor, at.path, chunk)
      let bytes = 0
      yield* Stream.runForEach(FtpTransfer.download(path, options), (chunk) =>
        Effect.map(write(chunk, bytes), () => {
          bytes += chunk.byteLength
        })
      )
      return { bytes, evidence: FtpEvidence.reply }
    })
  )

const tree = (copy: Copy, path: string, local: string) =>
  Effect.gen(function* () {
    const { clobber, links, onUnread } = copy.options
    const source = yield* FtpMirror.remote(path)
    // Nothing is written through links where links are made.
    const target = yield* FtpMirror.local(local, links === "Copy" ? "Inside" : "All")
    return Trees.start(FtpTreeCopy.make(source, target, { only: clobber ? "All" : "Missing", links }), {
      copying: copy.copying,
      onUnread,
      exists: "exists",
      refused: ({ name, why }) => refused(name, why),
      move: ({ local, remote, size }, moving, perform) => {
        const performed = perform(transferOptions(copy, remote, moving))
        // No partial file of that size is kept.
        return Option.exists(size, (bytes) => bytes < FtpTransfer.WORTH_KEEPING)
          ? performed
          : noting(copy, local, moving, performed)
      }
    })
  })

const refused = (name: string, why: string): CliError =>
  new CliError({
    kind: "Failed",
    message: `refused to use the server's name for a local file: "${name}" ${why}`,
    hint: "download it on its own, under another name"
  })
