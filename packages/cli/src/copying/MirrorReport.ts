/** What a person, or a program that reads JSON, gets to know of a mirror: its plan, what was done, what was not. */
import { isRetryable } from "@ftp-effect/core/FtpError"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Hint from "../errors/hint.ts"
import type { JsonLine } from "../output/JsonLine.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import { withAllInIt } from "./CopyingText.ts"
import type { Tally } from "./MirrorTally.ts"
import {
  describe,
  describeOutdated,
  fateOf,
  incomplete,
  isFile,
  isOldLeft,
  lineOf,
  rest,
  type Summed,
  sentence,
  summaryOf,
  swapAfter,
  swapLine
} from "./MirrorText.ts"

const MILLIS_PER_SECOND = 1000

/** `began` in millis of the clock. */
export const secondsSince = (began: number): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (now) => (now - began) / MILLIS_PER_SECOND)

/** A plan in one line. `more` says what of it need not, or can't, be done any more. */
export const planned = (
  steps: ReadonlyArray<MirrorPlan.Step>,
  plan: MirrorPlan.MirrorPlan,
  more: ReadonlyArray<string> = []
): string =>
  `${[plan.refused === undefined ? sentence(steps, "Planned", fateOf(plan)) : "nothing would be changed", ...more].join(", ")}${rest(plan)}${incomplete(plan)}${swapAfter(steps, plan)}`

/** What would be done, and nothing else. */
export const show = (plan: MirrorPlan.MirrorPlan, rechecked: FtpMirror.Rechecked | undefined) =>
  Effect.gen(function* () {
    const output = yield* Output
    const steps = rechecked?.holds ?? plan.steps
    const fate = fateOf(plan)
    yield* Effect.forEach(steps, (step) => output.result(lineOf(step, "Planned"), describe(step, fate)), {
      discard: true
    })
    const outdated = rechecked?.outdated ?? []
    yield* reportOutdated(outdated)
    const more = [
      ...(outdated.length > 0 ? [`${outdated.length} outdated`] : []),
      ...(rechecked !== undefined && rechecked.leftOut.length > 0 ? [`${rechecked.leftOut.length} left out`] : []),
      ...(rechecked !== undefined && rechecked.reached.length > 0 ? [`${rechecked.reached.length} done already`] : [])
    ]
    if (plan.refused !== undefined) {
      yield* reportPublished(plan, { _tag: "NotSwapped", because: "Refused", live: "Old" })
    }
    yield* output.notice(summaryOf({ ...plan, fate }, rechecked, 0), `dry run: ${planned(steps, plan, more)}`)
  })

/** Whether a run of the plan would end with 0, as far as that is known. */
export const isWhole = (plan: MirrorPlan.MirrorPlan, rechecked: FtpMirror.Rechecked | undefined): boolean =>
  (rechecked?.outdated.length ?? 0) === 0 &&
  (rechecked?.leftOut.length ?? 0) === 0 &&
  plan.refused === undefined &&
  plan.withheld === undefined &&
  !plan.skipped.some(MirrorPlan.isIncomplete)

/** How a swap ended. */
const reportPublished = (plan: MirrorPlan.MirrorPlan, published: FtpMirror.Published, to?: string) =>
  Effect.gen(function* () {
    if (published._tag === "PerFile") {
      return
    }
    const output = yield* Output
    const { hint, ...line } = swapLine(published, plan, to)
    const isFine = published._tag === "Unchanged" || (published._tag === "Swapped" && !isOldLeft(published))
    yield* isFine || output.style.json
      ? output.notice({ ...line, hint }, line.why)
      : output.warning(`${line.why}${hint === null ? "" : `; ${hint}`}`)
  })

const reportOutdated = (outdated: ReadonlyArray<FtpMirror.Outdated>) =>
  Effect.gen(function* () {
    for (const each of outdated) {
      const why = describeOutdated(each)
      yield* reportUndone(lineOf(each.step, "Outdated", why), `skipped ${each.step.path}: ${why}`)
    }
  })

/** What leaves the tree incomplete is a warning for people, with --quiet too, and with --json besides its line. */
export const reportUndone = (line: JsonLine, text: string) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* output.style.json ? output.result(line, "") : Effect.void
    yield* output.warning(text)
  })

/** What was done, what was not, and the exit code. `to` is the target's URL. */
export const report = (plan: MirrorPlan.MirrorPlan, result: FtpMirror.MirrorResult, seconds: number, to?: string) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { displaced, done, failures, leftOut, manifestError, outdated, published, timesNotKept } = result
    yield* Effect.forEach(failures, ({ error, step }) => output.failure(error, step.path, Hint.ofListed(error)), {
      discard: true
    })
    yield* reportTimes(timesNotKept)
    for (const each of displaced) {
      yield* output.warning(`${each.path} ${FtpMirror.describeDisplaced(each)}`)
    }
    yield* reportPublished(plan, published, to)
    const more = [
      ...describeNotNeeded(result),
      ...describeFailed(failures, leftOut),
      ...(leftOut.length > 0 ? [`${leftOut.length} left out after that`] : [])
    ]
    const isLeft = failures.length + leftOut.length + outdated.length > 0
    const fate = fateOf(plan)
    const isRefused = published._tag === "NotSwapped" && published.because === "Refused"
    const what =
      done.length > 0 || !(isLeft || isRefused)
        ? sentence(done, "Done", fate)
        : isRefused
          ? "nothing was changed"
          : "nothing was done"
    yield* output.notice(
      summaryOf({ ...plan, fate }, result, seconds),
      `${[what, ...more].join(", ")}${rest(plan)}, in ${Measure.duration(seconds)}${incomplete(plan)}`
    )
    if (manifestError !== undefined) {
      yield* output.failure(manifestError, "the manifest", "the next run doesn't know what this one did")
    }
    // Each further run would leave one more old tree.
    if (!result.isComplete || plan.withheld !== undefined || manifestError !== undefined || isOldLeft(published)) {
      const swapError = published._tag === "NotSwapped" ? published.error : undefined
      const errors = [...failures.map(({ error }) => error), swapError, manifestError].filter(
        (error) => error !== undefined
      )
      return yield* new Incomplete({
        code: ExitCode.ofAll(errors.map(ExitCode.of), done.length),
        mayPass: errors.some(isRetryable) || mayRead(plan)
      })
    }
  })

const describeNotNeeded = ({ outdated, reached }: Pick<Tally, "outdated" | "reached">): ReadonlyArray<string> => [
  ...(reached.length > 0 ? [`${reached.length} done already`] : []),
  ...(outdated.length > 0 ? [`${outdated.length} outdated`] : [])
]

/** What a directory has that can't be made is not read if the mirror copies while it reads: then no step is left out. */
const describeFailed = (
  failures: ReadonlyArray<{ readonly step: MirrorPlan.Step }>,
  leftOut: ReadonlyArray<MirrorPlan.Step>
): ReadonlyArray<string> => {
  const directories = failures.filter(({ step }) => step._tag === "MakeDirectory").length
  const unread = withAllInIt(leftOut.length === 0 ? directories : 0)
  return failures.length > 0 ? [`${failures.length} failed${unread}`] : []
}

/** In one line, as a server that refuses one time refuses all. */
const reportTimes = (refused: FtpMirror.MirrorResult["timesNotKept"]) =>
  Effect.gen(function* () {
    const [first] = refused
    if (first !== undefined) {
      const output = yield* Output
      yield* output.warning(
        `${Measure.count(refused.length, "time")} not set, first that of ${first.step.path}: ${first.error.message}`
      )
    }
  })

/** Whether a later run may read what this one could not. */
export const mayRead = ({ skipped }: MirrorPlan.MirrorPlan): boolean => skipped.some(({ mayPass }) => mayPass)

/** How a run came to an end too early. */
export interface End {
  readonly how: "Interrupted" | "Error"
  /** What ended it, which is reported elsewhere. */
  readonly error?: unknown
  /** Whether files are sent under their final names. */
  readonly inPlace: boolean
  /** Words that follow. */
  readonly next: string
}

/** What was done of a plan before an end that came too early, what failed, and what was not done. */
export const reportEnded = (plan: Summed, tally: Tally, seconds: number, { error: last, how, inPlace, next }: End) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { displaced, outdated, reached, timesNotKept } = tally
    const [done, failures, leftOut, unfinished] = [tally.done(), tally.failures(), tally.left(), tally.unfinished()]
    yield* Effect.forEach(
      failures.filter(({ error }) => error !== last),
      ({ error, step }) => output.failure(error, step.path, Hint.ofListed(error)),
      { discard: true }
    )
    for (const { path } of inPlace ? tally.open().filter(isFile) : []) {
      yield* output.warning(`${path} on the server may be incomplete`)
    }
    const isMoved = how === "Interrupted" && unfinished.bytes > 0
    const what = [
      done.length > 0 ? sentence(done, "Done", plan.fate) : isMoved ? "nothing was finished" : "nothing was done",
      ...(isMoved
        ? [`${Measure.bytes(unfinished.bytes)} moved of ${Measure.count(unfinished.files, "unfinished file")}`]
        : []),
      ...describeNotNeeded(tally),
      ...(failures.length > 0 ? [`${failures.length} failed`] : []),
      ...(how === "Error" && leftOut.length > 0 ? [`${leftOut.length} not done`] : [])
    ]
    // A person has been warned of what is displaced, by the log.
    const result = { displaced, done, failures, leftOut, outdated, reached, timesNotKept }
    yield* output.notice(
      { ...summaryOf(plan, result, seconds), done: false, stopped: how },
      `${how === "Error" ? "stopped" : "interrupted"}: ${what.join(", ")}, in ${Measure.duration(seconds)}${next}`
    )
  })

/** What is left as it is, but for what the caller wants so. */
export const reportLeft = (
  {
    skipped,
    unclaimed = 0,
    warnings = [],
    withheld
  }: Pick<MirrorPlan.MirrorPlan, "skipped" | "unclaimed" | "warnings" | "withheld">,
  said: Set<string> = new Set()
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const isNew = (text: string): boolean => said.size < said.add(text).size
    yield* Effect.forEach(warnings.filter(isNew), output.warning, { discard: true })
    for (const skip of skipped) {
      const { detail, path, reason } = skip
      const text = `skipped ${path === "" ? "a part of the source" : path}: ${detail}`
      if (reason !== "Excluded" && reason !== "Newer" && reason !== "Existing" && reason !== "Missing" && isNew(text)) {
        const line: JsonLine = { kind: "skipped", path, why: detail }
        const hint = reason === "Unsafe" ? Hint.ofName(path) : undefined
        const more = hint !== undefined && isNew(hint) ? `; ${hint}` : ""
        yield* MirrorPlan.isIncomplete(skip) ? reportUndone(line, `${text}${more}`) : output.notice(line, text)
      }
    }
    const others = `${Measure.count(unclaimed, "file")} only in the target ${unclaimed === 1 ? "stays" : "stay"}, as no manifest says that a mirror put ${unclaimed === 1 ? "it" : "them"} there${UNCLAIMED_HINT}`
    if (unclaimed > 0 && isNew(others)) {
      yield* output.remark(others)
    }
    if (withheld !== undefined) {
      const text = `${Measure.count(withheld.count, "entry", "entries")} not deleted: ${withheld.detail}${HINTS[withheld.reason]}`
      if (isNew(text)) {
        yield* output.warning(text)
      }
    }
  })

const UNCLAIMED_HINT =
  "; --delete extra deletes such files; --compare nothing, once, sends all of the source again, which later runs then know as theirs"

const HINTS: { readonly [R in MirrorPlan.Withheld["reason"]]: string } = {
  SourceMissing: "",
  SourceEmpty: "",
  Incomplete: "",
  TooMany: "; --max-delete changes the limit",
  Home: "; --force deletes there too"
}
