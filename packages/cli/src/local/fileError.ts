/** The errors of @effect/platform's file system, as those of a local file. */
import type { PlatformError } from "@effect/platform/Error"
import { FtpLocalFileError, fromErrno } from "@ftp-effect/core/FtpLocalFile"

export const fileError =
  (operation: FtpLocalFileError["operation"], path: string) =>
  (error: PlatformError): FtpLocalFileError => {
    const code = error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : undefined
    const { reason, text } = fromErrno(code)
    return new FtpLocalFileError({ reason, operation, path, detail: text ?? error.description ?? error.message })
  }
