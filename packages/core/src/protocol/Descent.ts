/**
 * The way from the start of a walk down a tree: what keeps a walk from running in a circle, or down without end.
 *
 *     start ──enter──► a ──enter──► b ──enter──► `"Loop"` if `b` holds `a` again (MLSx `unique`)
 *                                           └──► `"TooDeep"` on a server that reports no identities
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FtpEntry } from "./FtpEntry.ts"

/**
 * Deeper than any tree that people make: a loop of links that the server shows as directories ends here.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_DEPTH = 256

/**
 * Where a walk is. `depth` counts the directories from the start, which is 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Descent {
  readonly depth: number
  readonly unique: Option.Option<string>
  readonly above: Descent | undefined
}

/**
 * Why a directory must not be entered.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal = "Loop" | "TooDeep"

/**
 * The directory that a walk begins with. Its identity is not known: an MLST for it would cost each walk a round trip,
 * and without it a loop back to the start ends one level later, where the start was entered as an entry.
 *
 * @example
 * ```ts
 * import * as Descent from "@ftp-effect/core/protocol/Descent"
 * import * as Option from "effect/Option"
 *
 * const way = Descent.enter(Descent.start, { unique: Option.none() })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const start: Descent = { depth: 1, unique: Option.none(), above: undefined }

/**
 * The way into a directory that is an entry of the one where the walk is. Compares at most `maxDepth` identities.
 *
 * @example
 * ```ts
 * import * as Descent from "@ftp-effect/core/protocol/Descent"
 * import * as Option from "effect/Option"
 *
 * const way = Descent.enter(Descent.start, { unique: Option.some("801U42") }, 8)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const enter = (
  from: Descent,
  { unique }: Pick<FtpEntry, "unique">,
  maxDepth: number = MAX_DEPTH
): Either.Either<Descent, Refusal> => {
  if (Option.isSome(unique)) {
    for (let above: Descent | undefined = from; above !== undefined; above = above.above) {
      if (Option.contains(above.unique, unique.value)) {
        return Either.left("Loop")
      }
    }
  }
  return from.depth >= maxDepth ? Either.left("TooDeep") : Either.right({ depth: from.depth + 1, unique, above: from })
}
