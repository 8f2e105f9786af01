/** What has to be true after runs of a mirror, whatever went wrong in them. */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Sides from "./mirrorSides.ts"

export interface Stage {
  readonly source: Sides.Side
  readonly target: Sides.Side
  readonly delete: "None" | "Extra" | "Ours"
  /** What a file of the source has got in place of its content while runs were under way. */
  readonly versions: Map<string, string>
}

/** Part of the names that no run has put into a target. */
export const STRANGER = "-stranger"

export interface Before {
  readonly source: Sides.Files
  readonly target: Sides.Files
  /** Whether no run may delete or change it. */
  readonly isProtected: (path: string) => boolean
}

type Run = Exit.Exit<FtpMirror.MirrorResult, FtpMirror.MirrorError>

/** What is there before the runs. `unreadable` is a directory of the server, which is the target if `isUp`. */
export const look = (stage: Stage, unreadable: string | undefined, isUp: boolean): Effect.Effect<Before> =>
  Effect.gen(function* () {
    const source = yield* stage.source.files
    const target = yield* stage.target.files
    const isGap = (path: string) => unreadable !== undefined && path.startsWith(`${unreadable}/`)
    const hasGap = [...(isUp ? target : source).keys()].some(isGap)
    return {
      source,
      target,
      isProtected: (path) =>
        Sides.isExcluded(path) ||
        (!source.has(path) && (mayNotGo(stage, path) || (hasGap && (isUp ? isGap(path) : true))))
    }
  })

/** What the source doesn't have, and no run may delete. */
const mayNotGo = ({ delete: mode }: Pick<Stage, "delete">, path: string): boolean =>
  mode === "None" || (mode === "Ours" && path.includes(STRANGER))

export const afterRuns = (
  stage: Stage,
  before: Before,
  runs: ReadonlyArray<Run>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const now = yield* stage.target.files
    const gone = [...before.target]
      .filter(([path, content]) => before.isProtected(path) && now.get(path) !== content)
      .map(([path]) => `${path} is protected, and ${now.has(path) ? "has other content" : "was deleted"}`)
    const mixed = [...now]
      .filter(([path, content]) => !versionsOf(stage, before, path).includes(content))
      .map(([path, { length }]) => `${path} has ${length} bytes, which are no version of it`)
    const [only] = runs
    const told =
      runs.length === 1 && only !== undefined && Exit.isSuccess(only) ? missing(stage, before, now, only.value) : []
    return [...gone, ...mixed, ...told, ...runs.flatMap(untyped)]
  })

const versionsOf = (
  { versions }: Stage,
  { source, target }: Before,
  path: string
): ReadonlyArray<string | undefined> => [
  target.get(path),
  ...(Sides.isExcluded(path) ? [] : [source.get(path), versions.get(path)])
]

/** A run either has brought a file, or names it, or what it is in. */
const missing = (
  stage: Stage,
  before: Before,
  now: Sides.Files,
  { failures, isComplete, leftOut, outdated, plan }: FtpMirror.MirrorResult
): ReadonlyArray<string> => {
  const named = [
    ...failures.map(({ step }) => step.path),
    ...leftOut.map(({ path }) => path),
    ...outdated.map(({ step }) => step.path),
    ...plan.skipped.map(({ path }) => path)
  ]
  const isNamed = (path: string) => named.some((name) => name === "" || path === name || path.startsWith(`${name}/`))
  const lacks = [...before.source].filter(([path, content]) => {
    const found = now.get(path)
    return !Sides.isExcluded(path) && (found === undefined || (found !== content && found !== stage.versions.get(path)))
  })
  const extra = [...now.keys()].filter((path) => !before.source.has(path) && !before.isProtected(path))
  const isHeldBack = plan.withheld !== undefined
  return [
    ...lacks.filter(([path]) => isComplete || !isNamed(path)).map(([path]) => `${path} is missing, and not named`),
    ...(isComplete && stage.delete === "Extra" && !isHeldBack
      ? extra.map((path) => `${path} is not in the source, and there after a complete run`)
      : [])
  ]
}

/** Runs end in a result, an error of the library, or interrupted. */
const untyped = (run: Run): ReadonlyArray<string> =>
  Exit.isSuccess(run) || Cause.isInterruptedOnly(run.cause) || Option.isSome(Cause.failureOption(run.cause))
    ? []
    : [`a run ends in ${Cause.pretty(run.cause)}`]

/** After a run in which nothing went wrong both sides agree, and what may not be deleted is there. */
export const ended = (stage: Stage, run: Run, name: string): Effect.Effect<ReadonlyArray<string>> =>
  Exit.isFailure(run)
    ? Effect.succeed([`${name} ends in ${Cause.pretty(run.cause)}`])
    : Effect.map(agree(stage, name), (breaches) => [
        ...(run.value.isComplete ? [] : [`${name} is not complete`]),
        ...breaches
      ])

/** The target has all of the source, and nothing that had to go. */
export const agree = (stage: Stage, name: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const source = yield* stage.source.files
    const target = yield* stage.target.files
    const wrong = [...source].filter(([path, content]) => !Sides.isExcluded(path) && target.get(path) !== content)
    const extra = [...target.keys()].filter(
      (path) => !source.has(path) && !Sides.isExcluded(path) && !mayNotGo(stage, path)
    )
    return [
      ...wrong.map(([path]) => `${path} is not that of the source after ${name}`),
      ...extra.map((path) => `${path} is still there after ${name}`)
    ]
  })

export const nothingToDo = (run: Run): ReadonlyArray<string> =>
  Exit.isFailure(run)
    ? [`a run with nothing to do ends in ${Cause.pretty(run.cause)}`]
    : run.value.plan.steps.map(({ _tag, path }) => `a run with nothing to do has the step ${_tag} ${path}`)
