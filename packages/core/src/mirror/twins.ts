/**
 * Names of a source that differ in case alone. On a server or a disk on which case does not count they would be one file, which the
 * second one would replace. What the target lists of them decides it (`caseFolding.ts`); if it lists none, the directory that
 * is to have them is asked once it is there:
 *
 *     C: MKD www/.case.1a2b3c4d.ftp-effect
 *     C: MLST www/.CASE.1A2B3C4D.FTP-EFFECT     is it the same one? See `client/nameCase.ts`
 *     C: RMD www/.case.1a2b3c4d.ftp-effect
 *
 * If they are one, or the server does not say, the first name in the order of characters is copied, and the others are left out.
 */
import * as Effect from "effect/Effect"
import * as CaseFolding from "./caseFolding.ts"
import { isCaseAlone } from "./cases.ts"
import { fold } from "./localBounds.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { MirrorError, MirrorTree } from "./trees.ts"

/** The paths that another one, which comes first, differs from in case alone. */
const find = (paths: Iterable<string>): ReadonlyMap<string, string> => {
  const firsts = new Map<string, string>()
  const twins = new Map<string, string>()
  for (const path of paths) {
    const key = fold(path)
    const first = firsts.get(key)
    if (first === undefined) {
      firsts.set(key, path)
    } else if (isCaseAlone(first, path)) {
      twins.set(path, first)
    }
  }
  return twins
}

/** The question about a directory which is there, if it is to have such names and does not list them all. */
export const question = (
  target: MirrorTree,
  directory: string,
  source: Tree.Snapshot,
  { entries }: Tree.Snapshot
): Effect.Effect<void, MirrorError> | undefined => {
  const question = CaseFolding.questionOf(target)
  return question !== undefined &&
    question.cases.of(directory) === undefined &&
    [...find(source.entries.keys())].some((pair) => !pair.every((path) => entries.has(path)))
    ? question.probe(directory, target.pathOf)
    : undefined
}

export interface Twins {
  /** The steps that don't come to a name which another one has. Their directories have to be there. */
  readonly apart: (
    steps: ReadonlyArray<Step>,
    collides: (step: Step) => void
  ) => Effect.Effect<ReadonlyArray<Step>, MirrorError>
}

/** Of the steps of a plan. */
export const make = (target: MirrorTree, steps: ReadonlyArray<Step>): Twins => {
  const question = CaseFolding.questionOf(target)
  const added = question
    ? steps.flatMap(({ _tag, path }) => (_tag === "Remove" || _tag === "Replace" || _tag === "SetTime" ? [] : [path]))
    : []
  const twins = find(added.sort())
  return {
    apart: (steps, collides) =>
      twins.size === 0 || question === undefined
        ? Effect.succeed(steps)
        : Effect.filter(steps, (step) =>
            Effect.suspend(() => {
              const other = step._tag === "Remove" ? undefined : twins.get(step.path)
              if (other === undefined || Tree.parent(other) !== Tree.parent(step.path)) {
                // Those in two directories are one only if the directories are.
                return Effect.succeed(true)
              }
              const directory = Tree.parent(step.path)
              const asked =
                question.cases.of(directory) === undefined ? question.probe(directory, target.pathOf) : Effect.void
              return Effect.map(asked, () => {
                const isApart = question.cases.of(directory) === "Two"
                if (!isApart) {
                  collides(step)
                }
                return isApart
              })
            })
          )
  }
}
