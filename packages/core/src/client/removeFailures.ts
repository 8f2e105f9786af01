/** What a recursive removal could not remove, and the directories that can't be empty therefore. */
import * as Effect from "effect/Effect"
import type { DataError, FtpError, FtpListingError, OpenError } from "../base/FtpError.ts"
import * as NativePath from "../protocol/NativePath.ts"

type RemoveError = OpenError | DataError | FtpListingError

export interface Failures {
  readonly first: () => RemoveError | undefined
  /** For what is in the way in a directory that was listed. */
  readonly inside: (path: string) => (error: RemoveError) => Effect.Effect<void>
  readonly isLeft: (path: string) => boolean
  /** What fails for this path alone is reported, and the work yields `otherwise`. */
  readonly orLeave: <A>(
    path: string,
    work: Effect.Effect<A, RemoveError>,
    otherwise: A
  ) => Effect.Effect<A, RemoveError>
}

export const make = (
  root: string,
  syntax: NativePath.Syntax,
  onFailure: (error: RemoveError, path: string) => Effect.Effect<void>
): Failures => {
  const left = new Set<string>()
  let first: RemoveError | undefined
  const leave = (path: string, error: RemoveError): Effect.Effect<void> =>
    Effect.sync(() => {
      first ??= error
      for (const directory of withAncestors(syntax, path)) {
        left.add(directory)
      }
    })
  return {
    first: () => first,
    inside: (path) => (error) => Effect.zipRight(leave(path, error), onFailure(error, path)),
    isLeft: (path) => left.has(path),
    orLeave: (path, work, otherwise) =>
      Effect.catchIf(work, isAboutOne, (error) =>
        Effect.zipRight(leave(path, error), Effect.as(path === root ? Effect.void : onFailure(error, path), otherwise))
      )
  }
}

/** Whether the other entries may fare better. */
const isAboutOne = (error: FtpError): boolean =>
  error._tag === "FtpRejected" || error._tag === "FtpListingError" || error._tag === "FtpUsageError"

const withAncestors = (syntax: NativePath.Syntax, path: string): ReadonlyArray<string> => {
  const paths = [path]
  if (syntax !== "Slashes") {
    for (let at = path; ; ) {
      const { directory } = NativePath.split(syntax, at)
      if (paths.includes(directory)) {
        return paths
      }
      paths.push(directory)
      at = directory
    }
  }
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    paths.push(path.slice(0, end))
  }
  return paths
}
