/** What has a local path before a transfer to it or from it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../platform/FtpLocalFile.ts"
import * as PartialName from "./download/partialName.ts"
import type { ToFileOptions } from "./options.ts"

/** What is there, if it may be replaced. */
export const replacedBy = (
  localPath: string,
  options: ToFileOptions
): Effect.Effect<Option.Option<LocalInfo>, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    if (PartialName.endsReserved(localPath)) {
      return yield* notOpened(localPath, "Other", "its name is reserved for partial files")
    }
    const info = options.found ?? (yield* files.info(localPath))
    if (Option.isNone(info)) {
      return info
    }
    if (info.value.type === "Directory") {
      return yield* isADirectory(localPath)
    }
    return options.existing === "Fail" ? yield* notOpened(localPath, "AlreadyExists", "exists already") : info
  })

/** What is to be sent: a file, or what can be read as one. */
export const sourceAt = (localPath: string): Effect.Effect<LocalInfo, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const info = yield* (yield* FtpLocalFile).info(localPath)
    if (Option.isNone(info)) {
      return yield* notOpened(localPath, "NotFound", "no such file")
    }
    return info.value.type === "Directory" ? yield* isADirectory(localPath) : info.value
  })

const isADirectory = (path: string) => notOpened(path, "IsDirectory", "is a directory")

const notOpened = (path: string, reason: FtpLocalFileError["reason"], detail: string) =>
  new FtpLocalFileError({ reason, operation: "Open", path, detail })
