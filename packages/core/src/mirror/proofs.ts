/**
 * Whether a step stays within the trees: each directory that was there before is proven once for each purpose, and
 * those that the run has made need no proof. So is each directory of a local source that files are sent from.
 */
import * as Effect from "effect/Effect"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** Fails if a directory that the step reads or changes is not where its path says; `isAgain` asks anew if that has failed. */
export type Prove = (step: Step, isAgain?: boolean) => Effect.Effect<void, MirrorError>

export const make = (source: MirrorTree, target: MirrorTree, made: ReadonlySet<string>): Prove => {
  if (target._tag === "Remote") {
    // What an earlier run has seen of the same tree proves nothing now.
    target.forgetLinks()
  }
  const proofs = new Map<string, Effect.Effect<void, MirrorError>>()
  const failed = new Set<string>()
  const once = (
    key: string,
    prove: Effect.Effect<void, MirrorError>,
    isAgain: boolean
  ): Effect.Effect<void, MirrorError> =>
    Effect.suspend(() => {
      const known = isAgain && failed.delete(key) ? undefined : proofs.get(key)
      return known === undefined
        ? Effect.flatMap(Effect.cached(prove), (cached) => {
            // A failure is kept: a worker that meets it again may hold the only session that could ask.
            const proof = Effect.tapBoth(cached, {
              onFailure: () => Effect.sync(() => failed.add(key)),
              // To look into what is cached takes a turn of the fiber, which each file of the directory would.
              onSuccess: () => Effect.sync(() => proofs.set(key, Effect.void))
            })
            proofs.set(key, proof)
            return proof
          })
        : known
    })
  const directory = (path: string, why: "Write" | "Remove", isAgain: boolean): Effect.Effect<void, MirrorError> =>
    Effect.suspend(() => (made.has(path) ? Effect.void : once(`${why} ${path}`, target.prove(path, why), isAgain)))
  /** The source's directory, and the target's. */
  const both = (path: string, isAgain: boolean): Effect.Effect<void, MirrorError> =>
    source._tag === "Remote"
      ? directory(path, "Write", isAgain)
      : Effect.zipRight(once(`Read ${path}`, source.prove(path, "Write"), isAgain), directory(path, "Write", isAgain))
  return (step, isAgain = false) =>
    step._tag === "Rename"
      ? Effect.zipRight(
          directory(Tree.parent(step.from), "Remove", isAgain),
          directory(Tree.parent(step.path), "Write", isAgain)
        )
      : step._tag === "Copy" || step._tag === "Replace"
        ? both(Tree.parent(step.path), isAgain)
        : directory(Tree.parent(step.path), step._tag === "Remove" ? "Remove" : "Write", isAgain)
}
