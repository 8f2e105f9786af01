/** What a failure of a platform's FileSystem means for a local file. */
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import { FtpLocalFileError, fromErrno } from "./localFileError.ts"

export const isNotFound = (error: FtpLocalFileError): boolean => error.reason === "NotFound"

export const because = <A, R>(
  operation: FtpLocalFileError["operation"],
  path: string,
  effect: Effect.Effect<A, PlatformError, R>
): Effect.Effect<A, FtpLocalFileError, R> =>
  Effect.mapError(
    effect,
    (error) => new FtpLocalFileError({ reason: reasonOf(error), operation, path, detail: error.message })
  )

const reasonOf = (error: PlatformError): FtpLocalFileError["reason"] => {
  if (error._tag === "SystemError") {
    if (error.reason === "NotFound" || error.reason === "PermissionDenied" || error.reason === "AlreadyExists") {
      return error.reason
    }
    const { cause } = error
    if (typeof cause === "object" && cause !== null && "code" in cause) {
      return fromErrno(String(cause.code)).reason
    }
  }
  return "Other"
}
