/**
 * Whether a step stays within the trees: each directory that was there before is proven once for each purpose, and
 * those that the run has made need no proof. So is each directory of a local source that files are sent from.
 */
import * as Effect from "effect/Effect"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/**
 * Fails if a directory that the step reads or changes is not where its path says; `isAgain` asks anew if that has failed.
 * `undefined` if all of it is proven, as of nearly every file: no step of a fiber for it.
 */
export type Prove = (step: Step, isAgain?: boolean) => Effect.Effect<void, MirrorError> | undefined

export const make = (source: MirrorTree, target: MirrorTree, made: ReadonlySet<string>): Prove => {
  if (target._tag === "Remote") {
    // What an earlier run has seen of the same tree proves nothing now.
    target.forgetLinks()
  }
  const proven: Proven = { Read: new Set(), Write: new Set(), Remove: new Set() }
  const proofs = new Map<string, Effect.Effect<void, MirrorError>>()
  const failed = new Set<string>()
  const once = (
    path: string,
    why: keyof Proven,
    prove: () => Effect.Effect<void, MirrorError>,
    isAgain: boolean
  ): Effect.Effect<void, MirrorError> | undefined =>
    proven[why].has(path)
      ? undefined
      : Effect.suspend(() => {
          const key = `${why} ${path}`
          const known = isAgain && failed.delete(key) ? undefined : proofs.get(key)
          return known === undefined
            ? Effect.flatMap(Effect.cached(prove()), (cached) => {
                // A failure is kept: a worker that meets it again may hold the only session that could ask.
                const proof = Effect.tapBoth(cached, {
                  onFailure: () => Effect.sync(() => failed.add(key)),
                  onSuccess: () =>
                    Effect.sync(() => {
                      proven[why].add(path)
                      proofs.delete(key)
                    })
                })
                proofs.set(key, proof)
                return proof
              })
            : known
        })
  const directory = (path: string, why: "Write" | "Remove", isAgain: boolean) =>
    made.has(path) ? undefined : once(path, why, () => target.prove(path, why), isAgain)
  /** The source's directory, and the target's. */
  const both = (path: string, isAgain: boolean) =>
    source._tag === "Remote"
      ? directory(path, "Write", isAgain)
      : inTurn(
          once(path, "Read", () => source.prove(path, "Write"), isAgain),
          directory(path, "Write", isAgain)
        )
  return (step, isAgain = false) =>
    step._tag === "Rename"
      ? inTurn(
          directory(Tree.parent(step.from), "Remove", isAgain),
          directory(Tree.parent(step.path), "Write", isAgain)
        )
      : step._tag === "Copy" || step._tag === "Replace"
        ? both(Tree.parent(step.path), isAgain)
        : directory(Tree.parent(step.path), step._tag === "Remove" ? "Remove" : "Write", isAgain)
}

/** Directories that are where their paths say, by what they were proven for. */
interface Proven {
  readonly Read: Set<string>
  readonly Write: Set<string>
  readonly Remove: Set<string>
}

type Proof = ReturnType<Prove>

const inTurn = (first: Proof, second: Proof): Proof =>
  first === undefined ? second : second === undefined ? first : Effect.zipRight(first, second)
