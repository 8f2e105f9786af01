/** What has to be true after runs of a mirror in which files become directories, and after a saved plan was applied. */
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Sides from "./mirrorSides.ts"
import { thingOf } from "./shapes.ts"

export interface Stage {
  readonly plan: Pick<FtpMirror.MirrorOptions, "conflict" | "delete" | "maxDelete"> & {
    readonly gone: "No" | "Missing" | "Empty"
  }
  readonly source: Sides.Side
  readonly target: Sides.Side
  /** The paths of the target that are not as a run has left them. */
  readonly strangers: ReadonlySet<string>
  /** What a visitor has put there while a run was under way: no two have the same content. */
  readonly visits: ReadonlyMap<string, string>
  /** What runs have told a person: warnings, failures, and what is displaced. */
  readonly said: ReadonlyArray<string>
}

export interface Both {
  readonly source: Sides.Files
  readonly target: Sides.Files
}

export interface Times {
  /** When the plan was made. */
  readonly before: Both
  /** When the run began. */
  readonly then: Both
  readonly isSaved: boolean
  readonly wasKilled: boolean
}

type Run = Exit.Exit<FtpMirror.MirrorResult, unknown>

/** Whether one side has a file where the other has a directory: `source` seen from a file of the target. */
const isConflict = (source: Sides.Files, path: string): boolean =>
  [...source.keys()].some((other) => path.startsWith(`${other}/`) || other.startsWith(`${path}/`))

/** Whether a run may replace or delete that file of the target, by what the source has. */
const isLawful = ({ plan, strangers }: Stage, source: Sides.Files, path: string): boolean =>
  Sides.isExcluded(path)
    ? false
    : isConflict(source, path)
      ? plan.conflict === "Replace"
      : source.has(path) || plan.delete === "Extra" || (plan.delete === "Ours" && !strangers.has(path))

export const afterRun = (stage: Stage, times: Times, exit: Run): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const { before, isSaved, then } = times
    const now = yield* stage.target.files
    const all = yield* stage.target.all
    const everywhere = new Set(all.values())
    const mayGo = (path: string, content: string) =>
      stage.plan.gone === "No" &&
      (isSaved
        ? before.target.get(path) === content && isLawful(stage, before.source, path)
        : isLawful(stage, then.source, path))
    const lost = [...then.target].filter(([path, content]) => now.get(path) !== content && !everywhere.has(content))
    const gone = lost.filter(([path, content]) => !mayGo(path, content))
    const moved = [...then.target].filter(
      ([path, content]) => now.get(path) !== content && everywhere.has(content) && !mayGo(path, content)
    )
    const versions = (path: string) => [
      then.target.get(path),
      ...(Sides.isExcluded(path) ? [] : [then.source.get(path), before.source.get(path)]),
      stage.visits.get(path)
    ]
    const mixed = [...now].filter(([path, content]) => !versions(path).includes(content))
    const count = stage.plan.maxDelete?._tag === "Count" ? stage.plan.maxDelete.count : Number.POSITIVE_INFINITY
    const source = isSaved ? before.source : then.source
    const deleted = lost.filter(([path]) => !source.has(path) && !isConflict(source, path))
    return [
      ...gone.map(([path]) => `${path} may not go, and is nowhere`),
      ...moved
        .filter(([, content]) => !times.wasKilled && !isTold(stage, all, content))
        .map(([path]) => `${path} may not go, and is elsewhere, which was not told`),
      ...mixed.map(([path, { length }]) => `${path} has ${length} bytes, which are no version of it`),
      ...(deleted.length > count ? [`${deleted.length} files were deleted, more than ${count}`] : []),
      ...visitsLost(stage, times, everywhere),
      ...(Exit.isSuccess(exit) ? missing(stage, times, now, exit.value) : []),
      ...(times.wasKilled ? [] : untold(stage, all)),
      ...untyped(exit)
    ]
  })

/** Whether a run has told where it has put that. */
const isTold = ({ said }: Stage, all: Sides.Files, content: string): boolean =>
  [...all].some(([path, found]) => found === content && said.some((text) => text.includes(aside(path))))

const TEMPORARY = /[^/]*\.ftp-effect(?!-manifest)[^/]*/

/** The temporary name in a path. */
const aside = (path: string): string => TEMPORARY.exec(path)?.[0] ?? path

/** What is left under temporary names. */
const untold = ({ said }: Stage, all: Sides.Files): ReadonlyArray<string> =>
  [...new Set([...all.keys()].filter((path) => TEMPORARY.test(path)).map(aside))]
    .filter((name) => !said.some((text) => text.includes(name)))
    .map((name) => `${name} is left, which was not told`)

const visitsLost = (
  { plan, visits }: Stage,
  { isSaved, then }: Pick<Times, "isSaved" | "then">,
  everywhere: ReadonlySet<string>
): ReadonlyArray<string> =>
  [...visits]
    .filter(([path]) => isSaved || (plan.delete !== "Extra" && !isConflict(then.source, path)))
    .filter(([, content]) => !everywhere.has(content))
    .map(([path]) => `a visitor's ${path} is lost`)

const namesOf = ({ displaced, failures, leftOut, outdated, plan }: FtpMirror.MirrorResult) => {
  const named = [
    ...failures.map(({ step }) => step.path),
    ...leftOut.map(({ path }) => path),
    ...outdated.map(({ step }) => step.path),
    ...plan.skipped.map(({ path }) => path),
    ...displaced.map(({ path }) => path)
  ]
  return (path: string) => named.some((name) => name === "" || path === name || path.startsWith(`${name}/`))
}

/** A run either has brought a file, or names it, or what it is in. */
const missing = (
  { visits }: Stage,
  { before, isSaved, then }: Times,
  now: Sides.Files,
  result: FtpMirror.MirrorResult
): ReadonlyArray<string> => {
  const isNamed = namesOf(result)
  // A plan does not know what has changed since, and need not say so if it has no step there.
  const isKnown = (path: string) => !isSaved || isSameThing(before.target, then.target, path)
  const lacks = [...then.source].filter(([path, content]) => {
    const found = now.get(path)
    const old = before.source.get(path)
    return (
      !Sides.isExcluded(path) &&
      (!isSaved || old !== undefined) &&
      isKnown(path) &&
      (found === undefined || ![content, isSaved ? old : content, visits.get(path)].includes(found))
    )
  })
  return lacks
    .filter(([path]) => result.isComplete || !isNamed(path))
    .map(([path]) => `${path} is missing, ${result.isComplete ? "after a complete run" : "and not named"}`)
}

const isSameThing = (left: Sides.Files, right: Sides.Files, path: string): boolean => {
  const thing = thingOf(path)
  const isOf = (other: string) => other === path || (thing !== undefined && thingOf(other) === thing)
  return [...left.keys(), ...right.keys()].filter(isOf).every((other) => left.get(other) === right.get(other))
}

/** After a run in which nothing went wrong both sides agree, as far as the options let them. */
export const afterCalm = (stage: Stage, now: Both, exit: Run): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    if (Exit.isFailure(exit)) {
      return [`the run without faults ends in ${Cause.pretty(exit.cause)}`]
    }
    const { plan, source, strangers, target, visits } = stage
    const result = exit.value
    const isNamed = namesOf(result)
    const from = yield* source.files
    const to = yield* target.files
    const everywhere = new Set((yield* target.all).values())
    // What a killed run has left is not deleted for a day, nor is what it is in.
    const isLimited = plan.maxDelete?._tag === "Count" && plan.maxDelete.count !== Number.POSITIVE_INFINITY
    const left = new Set([...(yield* target.all).keys()].filter((path) => TEMPORARY.test(path)).map(topOf))
    const isHeld = (path: string) =>
      isNamed(path) && (plan.conflict !== "Replace" || isLimited || left.has(topOf(path)))
    const lacks = [...from].filter(([path, content]) => !Sides.isExcluded(path) && to.get(path) !== content)
    const extra = [...to.keys()].filter(
      (path) =>
        plan.delete === "Extra" && !isLimited && !from.has(path) && !Sides.isExcluded(path) && !isConflict(from, path)
    )
    const gone = [...now.target].filter(
      ([path, content]) => to.get(path) !== content && !everywhere.has(content) && !isLawful(stage, from, path)
    )
    const isVisit = (path: string) => visits.has(path) && !strangers.has(path)
    return [
      ...(result.isComplete ? [] : [`the run without faults ended with ${why(result)}`]).filter(
        () => plan.conflict === "Replace" && !isLimited && left.size === 0
      ),
      ...lacks
        .filter(([path]) => result.isComplete || !isHeld(path))
        .map(([path]) => `${path} is not that of the source after the run without faults`),
      ...extra
        .filter((path) => !left.has(topOf(path)))
        .map((path) => `${path} is still there after the run without faults`),
      ...gone
        .filter(([path]) => !(isVisit(path) && plan.delete === "Extra"))
        .map(([path]) => `${path} may not go, and is nowhere after the run without faults`)
    ]
  })

const why = ({ displaced, failures, leftOut, outdated, plan }: FtpMirror.MirrorResult): string =>
  [
    ...failures.map(({ error, step }) => `${step._tag} ${step.path}: ${error.message}`),
    ...displaced.map((each) => `${each.path} ${FtpMirror.describeDisplaced(each)}`),
    ...leftOut.map(({ path }) => `${path} left out`),
    ...outdated.map(({ step }) => `${step.path} outdated`),
    ...plan.skipped.map(({ detail, path, reason }) => `${path} ${reason}: ${detail}`)
  ].join("; ")

const topOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf("/")))

export const nothingToDo = (exit: Run): ReadonlyArray<string> =>
  Exit.isFailure(exit)
    ? [`a run with nothing to do ends in ${Cause.pretty(exit.cause)}`]
    : exit.value.plan.steps.map(({ _tag, path }) => `a run with nothing to do has the step ${_tag} ${path}`)

/** Runs end in a result, an error of the library, or interrupted. */
export const untyped = (exit: Run): ReadonlyArray<string> =>
  Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause) || Option.isSome(Cause.failureOption(exit.cause))
    ? []
    : [`a run ends in ${Cause.pretty(exit.cause)}`]
