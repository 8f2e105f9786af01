/**
 * What was to be deleted, and was refused: another run may have deleted it meanwhile. Few servers say that a name is not there,
 * so its directory is listed, once for all that was refused there:
 *
 *     C: DELE www/old/a      S: 550 Delete operation failed.
 *     C: DELE www/old/b      S: 550 Delete operation failed.
 *     C: MLSD www/old        lists b alone: a is gone, as it was to be, and b is a failure
 */
import * as Effect from "effect/Effect"
import * as Descent from "../protocol/Descent.ts"
import { endsAll } from "./endsAll.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Those of the steps whose paths are not there any more, as far as the target shows it. */
export const find = (
  steps: ReadonlyArray<Step>,
  target: MirrorTree
): Effect.Effect<ReadonlyArray<Step>, MirrorError> => {
  const listed = new Map<string, ReadonlySet<string> | "Unread">()
  const list = (directory: string): Effect.Effect<ReadonlySet<string> | "Unread", MirrorError> => {
    const known = listed.get(directory)
    return known !== undefined
      ? Effect.succeed(known)
      : Effect.map(target.list(directory, Descent.start, { times: false }), ({ found, gaps, refused }) => {
          const isRead = !gaps.some(({ path }) => path === directory)
          const names = isRead
            ? new Set([...found.map(({ entry }) => entry.path), ...refused.map(({ path }) => path)])
            : ("Unread" as const)
          listed.set(directory, names)
          return names
        })
  }
  /** A directory that can't be read may be gone itself. */
  const isGone = (path: string): Effect.Effect<boolean, MirrorError> =>
    path === ""
      ? Effect.succeed(false)
      : Effect.flatMap(list(Tree.parent(path)), (names) =>
          names === "Unread" ? isGone(Tree.parent(path)) : Effect.succeed(!names.has(path))
        )
  return Effect.filter(steps, ({ path }) =>
    Effect.catchIf(
      isGone(path),
      (error) => !endsAll(error),
      () => Effect.succeed(false)
    )
  )
}
