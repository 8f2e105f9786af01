/** Errors of the platform's FileSystem as those of a store. */
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import { StoreError } from "./FileStore.ts"

/** Turns a failure into a `StoreError` about `path`. */
export const refusedAt = <A, R>(
  path: string,
  effect: Effect.Effect<A, PlatformError, R>
): Effect.Effect<A, StoreError, R> =>
  Effect.mapError(effect, (error) => new StoreError({ reason: reasonOf(error), path, cause: error }))

const reasonOf = (error: PlatformError): StoreError["reason"] => {
  switch (codeOf(error.cause)) {
    case "ENOENT":
      return "NotFound"
    case "ENOTDIR":
      return "NotADirectory"
    case "EISDIR":
      return "IsADirectory"
    case "EEXIST":
      return "AlreadyExists"
    case "ENOTEMPTY":
      return "NotEmpty"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "PermissionDenied"
    case "ENOSPC":
    case "EDQUOT":
      return "NoSpace"
    case "EINVAL":
    case "ENAMETOOLONG":
      return "BadName"
    case "ELOOP":
      return "TooManyLinks"
  }
  if (error._tag === "SystemError") {
    switch (error.reason) {
      case "NotFound":
      case "AlreadyExists":
      case "PermissionDenied":
        return error.reason
    }
  }
  return "Other"
}

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
