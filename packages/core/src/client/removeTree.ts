/**
 * A directory with everything in it: the files first, in parallel, then the directories, the deepest first.
 *
 *     walk ──► DELE files and links, as they are found ──► RMD directories, level by level from below ──► RMD the root
 *       └── no to one of them ──► onFailure; the directories above it are left ──► the first of these at the end
 *
 * A link is removed, never followed. What the server refuses about one entry does not keep the others; what would
 * befall them too, such as a lost connection, ends it at once. What is gone is gone.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FtpError } from "../base/FtpError.ts"
import type { FtpEntry } from "../protocol/FtpEntry.ts"
import { walk } from "./walk.ts"

export const removeTree = <E extends FtpError>(
  root: string,
  operations: {
    readonly list: (path: string) => Effect.Effect<ReadonlyArray<FtpEntry>, E>
    readonly removeFile: (path: string) => Effect.Effect<void, E>
    readonly removeDirectory: (path: string) => Effect.Effect<void, E>
  },
  concurrency: number,
  /** Told of what is left, but for the root, whose failure is that of the whole. */
  onFailure: (error: E, path: string) => Effect.Effect<void>
): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    const levels = new Map<number, Array<string>>()
    const left = new Set<string>()
    let first: E | undefined

    const orLeave = <A>(path: string, work: Effect.Effect<A, E>, otherwise: A): Effect.Effect<A, E> =>
      Effect.catchIf(work, isAboutOne, (error) => {
        first ??= error
        for (const directory of withAncestors(path)) {
          left.add(directory)
        }
        return Effect.as(path === root ? Effect.void : onFailure(error, path), otherwise)
      })

    yield* Stream.runForEach(
      Stream.mapEffect(
        walk(root, (path) => orLeave(path, operations.list(path), []), concurrency, {}),
        (entry) => {
          if (entry.type !== "Directory") {
            return orLeave(entry.path, operations.removeFile(entry.path), undefined)
          }
          const level = entry.path.split("/").length
          levels.set(level, [...(levels.get(level) ?? []), entry.path])
          return Effect.void
        },
        { concurrency, unordered: true }
      ),
      () => Effect.void
    )
    for (const level of [...levels.keys()].sort((left, right) => right - left)) {
      yield* Effect.forEach(
        levels.get(level) ?? [],
        (path) => (left.has(path) ? Effect.void : orLeave(path, operations.removeDirectory(path), undefined)),
        { concurrency, discard: true }
      )
    }
    yield* first === undefined ? operations.removeDirectory(root) : Effect.fail(first)
  })

/** Whether the other entries may fare better. */
const isAboutOne = (error: FtpError): boolean =>
  error._tag === "FtpRejected" || error._tag === "FtpListingError" || error._tag === "FtpUsageError"

const withAncestors = (path: string): ReadonlyArray<string> => {
  const paths = [path]
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    paths.push(path.slice(0, end))
  }
  return paths
}
