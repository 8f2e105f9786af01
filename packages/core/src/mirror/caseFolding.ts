/**
 * A server on which case does not count (Windows): a file whose name differs in case alone is the same file there, so it
 * must not be deleted once the new one was sent.
 *
 * How it is asked: see `client/nameCase.ts`.
 *
 * Nothing is asked if no two such names are there. If the server does not say, no file is left out because its name is
 * another one's, and what the target lists under such a name is not deleted. A local folder knows it by its system.
 */
import * as Effect from "effect/Effect"
import { type Doubtful, isHideable } from "../client/nameCase.ts"
import { fold } from "./localBounds.ts"
import type * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Finds out whether case counts in the target, if that decides anything. True if it is known only now that it does not. */
export const learn = (
  target: MirrorTree,
  source: Tree.Snapshot,
  there: Tree.Snapshot
): Effect.Effect<boolean, MirrorError> => {
  if (target._tag === "Local" || target.names.isNative?.() === true) {
    return Effect.succeed(false)
  }
  const doubtful = findDoubtful(source, there)
  const isOne = () => doubtful !== undefined && target.names.fold(doubtful.asked) === target.names.fold(doubtful.listed)
  return doubtful === undefined || isOne() ? Effect.succeed(false) : Effect.map(target.learnCase(doubtful), isOne)
}

/**
 * The first path of the source that the target has in another case only, if there is one: it is above all others. One
 * that a listing shows on all servers is preferred. The target can't ignore case if it lists two such names itself.
 */
const findDoubtful = (source: Tree.Snapshot, target: Tree.Snapshot): Doubtful | undefined => {
  const others = new Map<string, string>()
  const lower = new Set<string>()
  for (const path of target.entries.keys()) {
    lower.add(path.toLowerCase())
    if (!source.entries.has(path)) {
      others.set(fold(path), path)
    }
  }
  if (others.size === 0 || lower.size < target.entries.size) {
    return undefined
  }
  let hideable: Doubtful | undefined
  for (const asked of source.entries.keys()) {
    const listed = target.entries.has(asked) ? undefined : others.get(fold(asked))
    // Names in another Unicode form are not a matter of case.
    if (listed !== undefined && listed.normalize("NFC") !== asked.normalize("NFC")) {
      if (!isHideable(asked)) {
        return { asked, listed }
      }
      hideable ??= { asked, listed }
    }
  }
  return hideable
}
