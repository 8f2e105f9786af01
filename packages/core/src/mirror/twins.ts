/**
 * Names of a source that may be one file in the target, which the second one would replace: they differ in case alone, in their
 * Unicode form, or in what else systems ignore (`protocol/NameFolding.ts`). What the target lists of them decides it
 * (`caseFolding.ts`); if it lists none, the directory that is to have them is asked once it is there:
 *
 *     C: MKD www/.case.1a2b3c4d.ftp-effect
 *     C: MLST www/.CASE.1A2B3C4D.FTP-EFFECT     is it the same one? See `client/nameCase.ts`
 *     C: RMD www/.case.1a2b3c4d.ftp-effect
 *
 * If they are one, or the server does not say, the first name in the order of characters is copied, and the others are left out.
 */
import * as Effect from "effect/Effect"
import { foldWidely } from "../protocol/NameFolding.ts"
import * as CaseFolding from "./caseFolding.ts"
import type { NameDifference } from "./cases.ts"
import type { Step } from "./MirrorPlan.ts"
import * as Tree from "./Tree.ts"
import type { CaseQuestion, MirrorError, MirrorTree } from "./trees.ts"

/** More names that may all be one are not compared each with each: those beyond count as one of them. */
const MAX_ALIKE = 256

/** Paths, with those of the same directory that come first and may be one with them. */
const find = (paths: Iterable<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  /** Most paths are alone: no list is made for them. */
  const firsts = new Map<string, string>()
  const groups = new Map<string, Array<string>>()
  const twins = new Map<string, ReadonlyArray<string>>()
  for (const path of paths) {
    const key = foldWidely(path)
    const first = firsts.get(key)
    if (first === undefined) {
      firsts.set(key, path)
      continue
    }
    // Those in two directories are one only if the directories are.
    for (const one of [first, path]) {
      const place = Tree.join(Tree.parent(one), foldWidely(Tree.nameOf(one)))
      const group = groups.get(place)
      if (group === undefined) {
        groups.set(place, [one])
      } else if (one === path) {
        twins.set(path, group.length < MAX_ALIKE ? [...group] : group)
        if (group.length < MAX_ALIKE) {
          group.push(path)
        }
      }
    }
  }
  return twins
}

const differenceOf = (path: string, other: string): NameDifference => ({
  directory: Tree.parent(path),
  names: [Tree.nameOf(other), Tree.nameOf(path)]
})

const ask = (
  { cases, probe }: CaseQuestion,
  target: MirrorTree,
  difference: NameDifference
): Effect.Effect<"One" | "Two" | "Unknown", MirrorError> =>
  Effect.suspend(() =>
    Effect.map(
      cases.of(difference) === undefined ? probe(difference, target.pathOf) : Effect.void,
      () => cases.of(difference) ?? "Unknown"
    )
  )

/** The questions about a directory which is there, if it is to have such names and does not list them all. */
export const question = (
  target: MirrorTree,
  source: Tree.Snapshot,
  { entries }: Tree.Snapshot
): Effect.Effect<void, MirrorError> | undefined => {
  const question = CaseFolding.questionOf(target)
  if (question === undefined) {
    return undefined
  }
  const unknown: Array<NameDifference> = []
  for (const [path, others] of find(source.entries.keys())) {
    for (const other of others) {
      const difference = differenceOf(path, other)
      if (entries.has(path) && entries.has(other)) {
        question.cases.note(difference, "Two")
      } else if (question.cases.of(difference) === undefined) {
        unknown.push(difference)
      }
    }
  }
  return unknown.length === 0
    ? undefined
    : Effect.forEach(unknown, (difference) => ask(question, target, difference), { discard: true })
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
        : Effect.filter(steps, (step) => {
            const others = step._tag === "Remove" ? [] : (twins.get(step.path) ?? [])
            const isApart =
              others.length >= MAX_ALIKE
                ? Effect.succeed(false)
                : Effect.every(others, (other) =>
                    Effect.map(ask(question, target, differenceOf(step.path, other)), (answer) => answer === "Two")
                  )
            return Effect.tap(isApart, (isApart) => (isApart ? undefined : collides(step)))
          })
  }
}
