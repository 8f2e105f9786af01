/**
 * Whether a step stays within the target: each directory that was there before is proven once for each purpose, and
 * those that the run has made need no proof.
 */
import * as Effect from "effect/Effect"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Fails if a directory that the step changes is not where its path says; `isAgain` asks anew if that has failed. */
export type Prove = (step: Step, isAgain?: boolean) => Effect.Effect<void, MirrorError>

export const make = (target: MirrorTree, made: ReadonlySet<string>): Prove => {
  const proofs = new Map<string, Effect.Effect<void, MirrorError>>()
  const failed = new Set<string>()
  const directory = (path: string, why: "Write" | "Remove", isAgain: boolean): Effect.Effect<void, MirrorError> =>
    Effect.suspend(() => {
      if (made.has(path)) {
        return Effect.void
      }
      const key = `${why} ${path}`
      const known = isAgain && failed.delete(key) ? undefined : proofs.get(key)
      return known === undefined
        ? Effect.flatMap(Effect.cached(target.prove(path, why)), (cached) => {
            // A failure is kept: a worker that meets it again may hold the only session that could ask.
            const proof = Effect.tapError(cached, () => Effect.sync(() => failed.add(key)))
            proofs.set(key, proof)
            return proof
          })
        : known
    })
  return (step, isAgain = false) =>
    step._tag === "Rename"
      ? Effect.zipRight(
          directory(Tree.parent(step.from), "Remove", isAgain),
          directory(Tree.parent(step.path), "Write", isAgain)
        )
      : directory(Tree.parent(step.path), step._tag === "Remove" ? "Remove" : "Write", isAgain)
}
