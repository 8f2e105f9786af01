/** What has a local path before a transfer to it or from it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
import type { Platform } from "../protocol/RemotePath.ts"
import * as PartialName from "./download/partialName.ts"
import type { ToFileOptions } from "./options.ts"

/** Whether the caller knows that nothing is there, and the name is not reserved. */
export const isFree = (localPath: string, { found }: ToFileOptions): boolean =>
  found !== undefined && Option.isNone(found) && !PartialName.endsReserved(localPath)

/** What is there, if it may be replaced. */
export const replacedBy = (
  files: FtpLocalFile,
  localPath: string,
  { existing, found }: ToFileOptions
): Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError> => {
  const judge = (info: Option.Option<LocalInfo>): Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError> =>
    Option.isNone(info)
      ? Effect.succeed(info)
      : info.value.type === "Directory"
        ? isADirectory(localPath)
        : existing === "Fail"
          ? notOpened(localPath, "AlreadyExists", "exists already")
          : Effect.succeed(info)
  return PartialName.endsReserved(localPath)
    ? notOpened(localPath, "Other", "its name is reserved for partial files")
    : found === undefined
      ? Effect.flatMap(files.info(localPath), judge)
      : judge(found)
}

/** Once more, in a new folder, if that of the local path is missing: most folders are there. */
export const orInNewFolder = <A, E, R>(
  files: FtpLocalFile,
  localPath: string,
  self: Effect.Effect<A, E | FtpLocalFileError, R>
): Effect.Effect<A, E | FtpLocalFileError, R> =>
  Effect.catchAll(self, (error) => inNewFolder(files, localPath, error, self))

/**
 * If `error` means that the folder of a local path is missing, makes it, and runs `again`. If that fails too, and leaves
 * nothing in the folders that were made, they are removed.
 */
export const inNewFolder = <A, E, R>(
  files: FtpLocalFile,
  localPath: string,
  error: E | FtpLocalFileError,
  again: Effect.Effect<A, E | FtpLocalFileError, R>
): Effect.Effect<A, E | FtpLocalFileError, R> => {
  const { make, platform, remove } = files.directories
  const folder = folderOf(localPath, platform)
  return folder === "" || !isFolderMissing(error)
    ? Effect.fail(error)
    : Effect.flatMap(missingFrom(files, folder), (missing) =>
        Effect.zipRight(make(folder), again).pipe(
          // Another download that fails may have removed it.
          Effect.retry({ while: isFolderMissing, times: 1 }),
          Effect.onError(() => Effect.forEach(missing, (made) => Effect.ignore(remove(made)), { discard: true }))
        )
      )
}

/** The folder and those above it that are not there, the innermost first. */
const missingFrom = (files: FtpLocalFile, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const missing: Array<string> = []
    for (let at = folder; at !== ""; at = folderOf(at, files.directories.platform)) {
      if (!(yield* Effect.match(files.info(at), { onFailure: () => false, onSuccess: Option.isNone }))) {
        break
      }
      missing.push(at)
    }
    return missing
  })

/** What is downloaded is opened under a name of ours, so that only its folder can be missing. */
const isFolderMissing = (error: unknown): boolean =>
  error instanceof FtpLocalFileError && error.operation === "Open" && error.reason === "NotFound"

const folderOf = (localPath: string, platform: Platform): string => {
  const end = Math.max(localPath.lastIndexOf("/"), platform === "Windows" ? localPath.lastIndexOf("\\") : -1)
  return localPath.slice(0, Math.max(0, end))
}

/** About a step that the content of a downloaded file does not depend on. */
export const warn = (localPath: string, error: FtpLocalFileError): Effect.Effect<void> =>
  Effect.logWarning(`${localPath} is complete, but ${error.message}`)

/** What is to be sent: a file, or what can be read as one. */
export const sourceAt = (files: FtpLocalFile, localPath: string): Effect.Effect<LocalInfo, FtpLocalFileError> =>
  Effect.flatMap(files.info(localPath), (info) =>
    Option.isNone(info)
      ? notOpened(localPath, "NotFound", "no such file")
      : info.value.type === "Directory"
        ? isADirectory(localPath)
        : Effect.succeed(info.value)
  )

const isADirectory = (path: string) => notOpened(path, "IsDirectory", "is a directory")

const notOpened = (path: string, reason: FtpLocalFileError["reason"], detail: string) =>
  new FtpLocalFileError({ reason, operation: "Open", path, detail })
