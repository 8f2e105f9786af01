/** What a person, or a program that reads JSON, gets to know of a mirror: its plan, what was done, what was not. */
import { isRetryable } from "@ftp-effect/core/FtpError"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import {
  describe,
  describeOutdated,
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
): string => `${[sentence(steps, "Planned"), ...more].join(", ")}${rest(plan)}${swapAfter(steps, plan)}`

/** What would be done, and nothing else. */
export const show = (plan: MirrorPlan.MirrorPlan, rechecked: FtpMirror.Rechecked | undefined) =>
  Effect.gen(function* () {
    const output = yield* Output
    const steps = rechecked?.holds ?? plan.steps
    yield* Effect.forEach(steps, (step) => output.result(lineOf(step, "Planned"), describe(step)), { discard: true })
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
    yield* output.notice(summaryOf(plan, rechecked, 0), `dry run: ${planned(steps, plan, more)}`)
    if (outdated.length > 0 || plan.refused !== undefined) {
      return yield* new Incomplete({ code: ExitCode.Failed })
    }
  })

/** How a swap ended. */
const reportPublished = (plan: MirrorPlan.MirrorPlan, published: FtpMirror.Published) =>
  Effect.gen(function* () {
    if (published._tag === "PerFile") {
      return
    }
    const output = yield* Output
    const line = swapLine(published, plan)
    const isFine = published._tag === "Unchanged" || (published._tag === "Swapped" && published.previous !== "Left")
    const wasAgreed = plan.refused?.reason !== "Protected" || plan.options.delete === "Extra"
    yield* isFine || output.style.json
      ? output.notice(line, line.why)
      : output.warning(`${line.why}${wasAgreed ? "" : HINT}`)
  })

const reportOutdated = (outdated: ReadonlyArray<FtpMirror.Outdated>) =>
  Effect.gen(function* () {
    const output = yield* Output
    for (const each of outdated) {
      const why = describeOutdated(each)
      yield* output.notice(lineOf(each.step, "Outdated", why), `skipped ${each.step.path}: ${why}`)
    }
  })

/** What was done, what was not, and the exit code. */
export const report = (plan: MirrorPlan.MirrorPlan, result: FtpMirror.MirrorResult, seconds: number) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { displaced, done, failures, leftOut, manifestError, outdated, published, reached, timesNotKept } = result
    yield* Effect.forEach(failures, ({ error, step }) => output.failure(error, step.path), { discard: true })
    if (output.style.json) {
      yield* Effect.forEach(reached, (step) => output.result(lineOf(step, "Reached"), ""), { discard: true })
    }
    yield* reportTimes(timesNotKept)
    for (const each of displaced) {
      yield* output.warning(`${each.path} ${FtpMirror.describeDisplaced(each)}`)
    }
    yield* reportPublished(plan, published)
    const more = [
      ...(reached.length > 0 ? [`${reached.length} done already`] : []),
      ...(outdated.length > 0 ? [`${outdated.length} outdated`] : []),
      ...(leftOut.length > 0 ? [`${leftOut.length} left out after that`] : []),
      ...(failures.length > 0 ? [`${failures.length} failed`] : [])
    ]
    const isLeft = failures.length + leftOut.length + outdated.length > 0
    const what = done.length === 0 && isLeft ? "nothing was done" : sentence(done, "Done")
    yield* output.notice(
      summaryOf(plan, result, seconds),
      `${[what, ...more].join(", ")}${rest(plan)}, in ${Measure.duration(seconds)}`
    )
    if (manifestError !== undefined) {
      yield* output.failure(manifestError, "the manifest", "the next run doesn't know what this one did")
    }
    if (!result.isComplete || plan.withheld !== undefined || manifestError !== undefined) {
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

const HINT = "; --delete extra agrees to that"

/** What was done of a plan before an end that came too early. */
export const reportEnded = (
  plan: Summed,
  done: ReadonlyArray<MirrorPlan.Step>,
  seconds: number,
  how: string,
  next: string
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const result = { done, failures: [], leftOut: [], outdated: [], reached: [], timesNotKept: [] }
    const what = done.length === 0 ? "nothing was done" : sentence(done, "Done")
    yield* output.notice(summaryOf(plan, result, seconds), `${how}: ${what}, in ${Measure.duration(seconds)}${next}`)
  })

/** What is left as it is, but for what the caller wants so. */
export const reportLeft = (
  { skipped, warnings = [], withheld }: Pick<MirrorPlan.MirrorPlan, "skipped" | "warnings" | "withheld">,
  said: Set<string> = new Set()
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const isNew = (text: string): boolean => said.size < said.add(text).size
    yield* Effect.forEach(warnings.filter(isNew), output.warning, { discard: true })
    for (const { detail, path, reason } of skipped) {
      const text = `skipped ${path === "" ? "a part of the source" : path}: ${detail}`
      if (reason !== "Excluded" && reason !== "Newer" && reason !== "Existing" && reason !== "Missing" && isNew(text)) {
        yield* output.notice({ kind: "skipped", path, why: detail }, text)
      }
    }
    if (withheld !== undefined) {
      const text = `${Measure.count(withheld.count, "entry", "entries")} not deleted: ${withheld.detail}${HINTS[withheld.reason]}`
      if (isNew(text)) {
        yield* output.warning(text)
      }
    }
  })

const HINTS: { readonly [R in MirrorPlan.Withheld["reason"]]: string } = {
  SourceMissing: "",
  SourceEmpty: "",
  Incomplete: "",
  TooMany: "; --max-delete changes the limit",
  Home: "; --force deletes there too"
}
