/**
 * Whether a step stays within the target: each directory that was there before is proven once for each purpose, and
 * those that the run has made need no proof.
 */
import * as Effect from "effect/Effect"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Fails if a directory that the step changes is not where its path says. */
export type Prove = (step: Step) => Effect.Effect<void, MirrorError>

export const make = (target: MirrorTree, made: ReadonlySet<string>): Prove => {
  const proofs = new Map<string, Effect.Effect<void, MirrorError>>()
  const directory = (path: string, why: "Write" | "Remove"): Effect.Effect<void, MirrorError> =>
    Effect.suspend(() => {
      if (made.has(path)) {
        return Effect.void
      }
      const key = `${why} ${path}`
      const known = proofs.get(key)
      return known === undefined
        ? Effect.flatMap(Effect.cached(target.prove(path, why)), (cached) => {
            // A failure is not kept: a file that is tried again proves its directory again.
            const proof = Effect.tapError(cached, () => Effect.sync(() => proofs.delete(key)))
            proofs.set(key, proof)
            return proof
          })
        : known
    })
  return (step) =>
    step._tag === "Rename"
      ? Effect.zipRight(directory(Tree.parent(step.from), "Remove"), directory(Tree.parent(step.path), "Write"))
      : directory(Tree.parent(step.path), step._tag === "Remove" ? "Remove" : "Write")
}
