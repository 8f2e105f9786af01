/**
 * A server on which case does not count (Windows): a file whose name differs in case alone is the same file there, so it
 * must not be deleted once the new one was sent.
 *
 *     source  Index.html      in the target, by its listing, there is no such name
 *     target  index.html      in the source there is no such name
 *     C: MLST Index.html      250: one file. From then on case does not count in this target.
 *                             550: two files, as on UNIX
 *
 * Nothing is asked if no two such names are there. A local folder knows it by its system.
 */
import * as Effect from "effect/Effect"
import { fold } from "./localBounds.ts"
import type * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Finds out whether case counts in the target, if that decides anything. */
export const learn = (
  target: MirrorTree,
  source: Tree.Snapshot,
  there: Tree.Snapshot
): Effect.Effect<void, MirrorError> => {
  const doubtful =
    target._tag === "Local" || target.names.isNative?.() === true ? undefined : findDoubtful(source, there)
  return doubtful === undefined || target._tag === "Local" ? Effect.void : target.learnCase(doubtful)
}

/** The path of the source that the target has in another case only, if there is one: the first, which is above all others. */
const findDoubtful = (source: Tree.Snapshot, target: Tree.Snapshot): string | undefined => {
  const others = new Set<string>()
  for (const path of target.entries.keys()) {
    if (!source.entries.has(path)) {
      others.add(fold(path))
    }
  }
  if (others.size === 0) {
    return undefined
  }
  for (const path of source.entries.keys()) {
    if (!target.entries.has(path) && others.has(fold(path))) {
      return path
    }
  }
  return undefined
}
