/**
 * A mirror in a terminal: the plan shown, asked for if it deletes, done with progress, and summed up.
 *
 *     plan ──dry run──► shown
 *      └──deletes, and a person is there──► asked ──no──► nothing is done
 *                                             └──yes──► done ──► summary
 */
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError, Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import * as Progress from "../output/Progress.ts"
import { Screen } from "../output/Screen.ts"

/** How to run. */
export interface Options {
  readonly dryRun: boolean
  /** Whether to delete without asking. */
  readonly yes: boolean
}

/** The parts of `FtpMirror`, given the trees and the options. */
export interface Mirror {
  readonly plan: Effect.Effect<MirrorPlan.MirrorPlan, FtpMirror.MirrorError>
  readonly apply: (
    plan: MirrorPlan.MirrorPlan,
    onEvent: (event: FtpMirror.MirrorEvent) => void
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError>
}

export const run = ({ apply, plan }: Mirror, { dryRun, yes }: Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = yield* Output
      const began = yield* Clock.currentTimeMillis
      const made = yield* plan
      yield* reportLeft(made)
      if (dryRun) {
        yield* Effect.forEach(made.steps, (step) => output.result(lineOf(step, "Planned"), describe(step)), {
          discard: true
        })
        yield* output.notice(summaryOf(made, undefined, 0), `dry run: ${sentence(made.steps)}${rest(made)}`)
        return
      }
      yield* yes ? Effect.void : confirm(made)
      const result = yield* withProgress(made, (onEvent) => apply(made, onEvent))
      const seconds = ((yield* Clock.currentTimeMillis) - began) / MILLIS_PER_SECOND
      yield* Effect.forEach(result.failures, ({ error, step }) => output.failure(error, step.path), { discard: true })
      if (output.style.json) {
        yield* Effect.forEach(result.done, (step) => output.result(lineOf(step, "Done"), ""), { discard: true })
        yield* Effect.forEach(result.leftOut, (step) => output.result(lineOf(step, "LeftOut"), ""), { discard: true })
      }
      const more = [
        ...(result.leftOut.length > 0 ? [`${result.leftOut.length} left out after failures`] : []),
        ...(result.failures.length > 0 ? [`${result.failures.length} failed`] : [])
      ]
      yield* output.notice(
        summaryOf(made, result, seconds),
        `${[sentence(result.done), ...more].join(", ")}${rest(made)}, in ${Measure.duration(seconds)}`
      )
      const { manifestError } = result
      if (manifestError !== undefined) {
        yield* output.failure(manifestError, "the manifest", "the next run doesn't know what this one did")
      }
      if (!result.isComplete || made.withheld !== undefined || manifestError !== undefined) {
        const errors = [...result.failures.map(({ error }) => error), manifestError].filter(
          (error) => error !== undefined
        )
        return yield* new Incomplete({ code: ExitCode.ofAll(errors.map(ExitCode.of), result.done.length) })
      }
    })
  )

const MILLIS_PER_SECOND = 1000

/** What is left as it is, but for what the caller wants so. */
const reportLeft = ({ skipped, withheld }: MirrorPlan.MirrorPlan) =>
  Effect.gen(function* () {
    const output = yield* Output
    for (const { detail, path, reason } of skipped) {
      if (reason !== "Excluded" && reason !== "Newer" && reason !== "Existing" && reason !== "Missing") {
        yield* output.notice(
          { kind: "skipped", path, why: detail },
          `skipped ${path === "" ? "a part of the source" : path}: ${detail}`
        )
      }
    }
    if (withheld !== undefined) {
      yield* output.warning(
        `${Measure.count(withheld.count, "entry", "entries")} not deleted: ${withheld.detail}${HINTS[withheld.reason]}`
      )
    }
  })

const HINTS: { readonly [R in MirrorPlan.Withheld["reason"]]: string } = {
  SourceMissing: "",
  SourceEmpty: "",
  Incomplete: "",
  TooMany: "; --max-delete changes the limit",
  Home: "; --force deletes there too"
}

/** Asks if something would be deleted and a person is there. */
const confirm = ({ steps, target }: MirrorPlan.MirrorPlan) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const removals = steps.filter(({ _tag }) => _tag === "Remove")
    if (removals.length === 0 || !screen.canAsk) {
      return
    }
    for (const step of removals.slice(0, MOST_SHOWN)) {
      yield* screen.line(describe(step))
    }
    if (removals.length > MOST_SHOWN) {
      yield* screen.line(`        and ${removals.length - MOST_SHOWN} more`)
    }
    const answer = yield* screen.ask(
      `delete ${Measure.count(removals.length, "entry", "entries")} of ${target}? [y/N] `
    )
    if (!/^y(es)?$/i.test(answer.trim())) {
      return yield* new CliError({
        kind: "Failed",
        message: "nothing was done",
        hint: "--dry-run shows the whole plan"
      })
    }
  })

const MOST_SHOWN = 20

const withProgress = <A, E>(
  { steps }: MirrorPlan.MirrorPlan,
  use: (onEvent: (event: FtpMirror.MirrorEvent) => void) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const { style } = yield* Output
    const progress = yield* Progress.make(!style.json && !style.quiet)
    progress.state.searching = false
    const files = steps.filter(isFile)
    for (const { bytes } of files) {
      progress.found(Option.fromNullable(bytes))
    }
    const running = new Map<MirrorPlan.Step, Progress.Reporter>()
    return yield* use((event) => {
      const { step } = event
      if (!isFile(step)) {
        return
      }
      if (event._tag === "Started") {
        running.set(step, Effect.runSync(progress.start(step.path, Option.fromNullable(step.bytes))))
      }
      const reporter = running.get(step)
      if (event._tag === "Progress") {
        reporter?.at(event.bytes, Option.fromNullable(step.bytes))
      } else if (event._tag === "Done") {
        reporter?.done()
      } else if (event._tag !== "Started") {
        reporter?.failed()
      }
    })
  })

const isFile = (step: MirrorPlan.Step): step is Extract<MirrorPlan.Step, { readonly _tag: "Copy" | "Replace" }> =>
  step._tag === "Copy" || step._tag === "Replace"

const VERBS: { readonly [T in MirrorPlan.Step["_tag"]]: string } = {
  MakeDirectory: "make",
  Copy: "copy",
  Replace: "replace",
  Rename: "rename",
  SetTime: "set time",
  Remove: "delete"
}

const describe = (step: MirrorPlan.Step): string => {
  const size = isFile(step) && step.bytes !== undefined ? `, ${Measure.bytes(step.bytes)}` : ""
  const path = step.precondition._tag === "Directory" || step._tag === "MakeDirectory" ? `${step.path}/` : step.path
  return `${VERBS[step._tag].padEnd(VERB_WIDTH)}${path}  (${MirrorPlan.describeReason(step.reason)}${size})`
}

const VERB_WIDTH = 10

/** `"3 files copied, 2 entries deleted, 1.2 KiB"`. */
const sentence = (steps: ReadonlyArray<MirrorPlan.Step>): string => {
  const { bytes, Copy, MakeDirectory, Remove, Rename, Replace, SetTime } = MirrorPlan.totals({ steps })
  const parts = [
    ...(Copy > 0 ? [`${Measure.count(Copy, "file")} copied`] : []),
    ...(Replace > 0 ? [`${Measure.count(Replace, "file")} replaced`] : []),
    ...(Rename > 0 ? [`${Measure.count(Rename, "file")} renamed`] : []),
    ...(MakeDirectory > 0 ? [`${Measure.count(MakeDirectory, "directory", "directories")} made`] : []),
    ...(SetTime > 0 ? [`${Measure.count(SetTime, "time")} set`] : []),
    ...(Remove > 0 ? [`${Measure.count(Remove, "entry", "entries")} deleted`] : []),
    ...(bytes > 0 ? [Measure.bytes(bytes)] : [])
  ]
  return parts.length === 0 ? "nothing to do" : parts.join(", ")
}

const rest = ({ unchanged }: MirrorPlan.MirrorPlan): string =>
  unchanged > 0 ? `, ${Measure.count(unchanged, "file")} unchanged` : ""

const lineOf = (step: MirrorPlan.Step, state: "Planned" | "Done" | "LeftOut") => ({
  kind: "mirror" as const,
  state,
  action: step._tag,
  path: step.path,
  from: step._tag === "Rename" ? step.from : null,
  bytes: isFile(step) ? (step.bytes ?? null) : null,
  why: MirrorPlan.describeReason(step.reason)
})

const summaryOf = (plan: MirrorPlan.MirrorPlan, result: FtpMirror.MirrorResult | undefined, seconds: number) => {
  const { bytes, Copy, MakeDirectory, Remove, Rename, Replace } = MirrorPlan.totals({
    steps: result?.done ?? plan.steps
  })
  return {
    kind: "mirrorSummary" as const,
    done: result !== undefined,
    copied: Copy,
    replaced: Replace,
    renamed: Rename,
    made: MakeDirectory,
    removed: Remove,
    unchanged: plan.unchanged,
    bytes,
    failed: result?.failures.length ?? 0,
    leftOut: result?.leftOut.length ?? 0,
    notDeleted: plan.withheld?.count ?? 0,
    seconds
  }
}
