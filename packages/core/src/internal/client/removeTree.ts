/**
 * A directory with everything in it: the files first, in parallel, then the directories, the deepest first.
 *
 *     walk ──► DELE files and links, as they are found ──► RMD directories, level by level from below ──► RMD the root
 *
 * A link is removed, never followed. It stops at the first failure, and says what failed; what is gone is gone.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FtpEntry } from "../../FtpEntry.ts"

export const removeTree = <E>(
  root: string,
  entries: Stream.Stream<FtpEntry, E>,
  operations: {
    readonly removeFile: (path: string) => Effect.Effect<void, E>
    readonly removeDirectory: (path: string) => Effect.Effect<void, E>
  },
  concurrency: number
): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    const levels = new Map<number, Array<string>>()
    yield* Stream.runForEach(
      Stream.mapEffect(
        entries,
        (entry) => {
          if (entry.type !== "Directory") {
            return operations.removeFile(entry.path)
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
      yield* Effect.forEach(levels.get(level) ?? [], operations.removeDirectory, { concurrency, discard: true })
    }
    yield* operations.removeDirectory(root)
  })
