/**
 * A mirror in a terminal: the plan shown or saved, asked for if it deletes, done with progress, and summed up.
 *
 *     plan ──dry run──► shown
 *      ├──save──► in a file
 *      └──deletes, and a person is there──► asked ──no──► nothing is done
 *                                             └──yes──► done ──► summary
 */

import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { CliError, Incomplete } from "../errors/CliError.ts"
import * as ExitCode from "../errors/ExitCode.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import { Screen } from "../output/Screen.ts"
import * as MirrorEvents from "./MirrorEvents.ts"
import {
  type End,
  isWhole,
  mayRead,
  planned,
  report,
  reportEnded,
  reportLeft,
  secondsSince,
  show
} from "./MirrorReport.ts"
import * as MirrorTally from "./MirrorTally.ts"
import { describe, type Fate, fateOf, removalOf, summaryOf } from "./MirrorText.ts"
import type { Words } from "./MirrorTrees.ts"
import * as PlanFile from "./PlanFile.ts"

/** How to run. */
export interface Options {
  readonly dryRun: boolean
  /** Whether to delete without asking. */
  readonly yes: boolean
  /** Of a mirror that runs again and again: what was said of paths that are left as they are, which is not said twice. */
  readonly said?: Set<string> | undefined
  /** Whether it has run before: then it says what it is going to do, and nothing if there is nothing to do. Default false. */
  readonly isAgain?: boolean | undefined
}

type OnEvent = (event: FtpMirror.MirrorEvent) => void

/** The parts of `FtpMirror`, given the trees and the options. */
export interface Mirror {
  /** The target as the user named it, without a password. */
  readonly shown: string
  /** The word for the target: it may have a password. */
  readonly to: string
  /** Whether the target is a server. */
  readonly isUpload: boolean
  readonly plan: (onEvent: OnEvent) => Effect.Effect<MirrorPlan.MirrorPlan, FtpMirror.MirrorError | CliError>
  /** Looks again at what a plan that was made before is about. */
  readonly recheck?:
    | ((plan: MirrorPlan.MirrorPlan) => Effect.Effect<FtpMirror.Rechecked, FtpMirror.MirrorError | CliError>)
    | undefined
  /** Keeps the plan for later; then it is not done. */
  readonly save?: ((plan: MirrorPlan.MirrorPlan) => Effect.Effect<string, CliError | FtpLocalFileError>) | undefined
  readonly apply: (
    plan: MirrorPlan.MirrorPlan,
    options: Required<Pick<FtpMirror.ApplyOptions, "recheck" | "onEvent">>
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | CliError>
}

export const run = (mirror: Mirror, options: Options) =>
  Effect.suspend(() => {
    const leftTrees: Array<string> = []
    return Effect.ensuring(planAndDo(mirror, options, leftTrees), Effect.ignore(reportLeftTrees(leftTrees, mirror.to)))
  })

/** `leftTrees` gets those that swaps of earlier runs have left. */
const planAndDo = (mirror: Mirror, { dryRun, isAgain = false, said, yes }: Options, leftTrees: Array<string>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      const made = yield* MirrorEvents.show([], (onEvent) =>
        mirror.plan((event) => {
          noteLeft(leftTrees, event)
          onEvent(event)
        })
      )
      yield* reportLeft(made, said)
      if (isAgain && made.steps.length === 0) {
        // What could not be read this time does not wait for the next change.
        return mayRead(made) ? yield* new Incomplete({ code: ExitCode.Failed, mayPass: true }) : undefined
      }
      const rechecked = dryRun && mirror.recheck !== undefined ? yield* mirror.recheck(made) : undefined
      if (dryRun) {
        yield* show(made, rechecked)
      }
      if (mirror.save !== undefined) {
        const { notice } = yield* Output
        yield* notice(
          summaryOf({ ...made, fate: fateOf(made) }, undefined, 0),
          `saved to ${yield* mirror.save(made)}: ${planned(made.steps, made)}`
        )
      }
      if (dryRun || mirror.save !== undefined) {
        // As the run itself would end, as far as that is known before.
        return dryRun && !isWhole(made, rechecked) ? yield* new Incomplete({ code: ExitCode.Failed }) : undefined
      }
      const wasAsked = !yes && (yield* confirm(made, mirror.shown))
      if (isAgain) {
        const { remark } = yield* Output
        yield* Effect.forEach(firstOf(made.steps, fateOf(made)), remark, { discard: true })
      }
      yield* perform(mirror, made, { began, leftTrees, recheck: wasAsked || mirror.recheck !== undefined })
    })
  )

interface Begun {
  /** In millis since 1970. */
  readonly began: number
  /** The old trees that swaps of earlier runs have left; those that are found while the plan is done are added. */
  readonly leftTrees: Array<string>
  /** Whether the plan may be out of date. */
  readonly recheck: boolean
}

/** Does the plan, and says how that ended. */
const perform = (mirror: Mirror, made: MirrorPlan.MirrorPlan, { began, leftTrees, recheck }: Begun) =>
  Effect.gen(function* () {
    const seconds = secondsSince(began)
    const tally = MirrorTally.make(made.steps)
    let isSwapped = false
    let notSwapped: FtpMirror.NotSwapped | undefined
    let result: FtpMirror.MirrorResult | undefined
    const apply = (onEvent: OnEvent) =>
      mirror.apply(made, {
        recheck,
        onEvent: (event) => {
          tally.follow(event)
          if (event._tag === "Swap") {
            isSwapped ||= event.state === "Swapped"
            noteLeft(leftTrees, event)
          } else if (event._tag === "NotSwapped") {
            notSwapped = event
          } else if (event._tag === "Summary") {
            result = event.result
          }
          onEvent(event)
        }
      })
    const inPlace = mirror.isUpload && made.options.atomic === false
    const ended = (end: End) => {
      const live =
        made.options.swap === undefined
          ? ""
          : notSwapped !== undefined
            ? `; ${FtpMirror.describePublished(notSwapped, made)}`
            : `; ${isSwapped ? "the new tree is live" : "the target is as it was"}`
      return Effect.flatMap(seconds, (seconds) =>
        Effect.ignore(
          reportEnded({ ...made, fate: fateOf(made) }, tally, seconds, { ...end, next: `${live}${end.next}` })
        )
      )
    }
    const applied = yield* MirrorEvents.show(made.steps, apply).pipe(
      Effect.onInterrupt(() => {
        const known = result
        // After a swap, what an earlier run has left was still to be removed.
        return known === undefined
          ? ended({ how: "Interrupted", inPlace, next: "; the same command continues" })
          : Effect.ignore(Effect.flatMap(seconds, (seconds) => report(made, known, seconds, mirror.to)))
      }),
      Effect.tapError((error) => ended({ how: "Error", error, inPlace, next: "" }))
    )
    yield* report(made, applied, yield* seconds, mirror.to).pipe(
      Effect.zipRight(
        // As of a tree that this run's own swap has left.
        Effect.suspend(() => (leftTrees.length > 0 ? new Incomplete({ code: ExitCode.Failed }) : Effect.void))
      )
    )
  })

/** Notes the old trees that swaps of earlier runs have left. */
const noteLeft = (leftTrees: Array<string>, event: FtpMirror.MirrorEvent): void => {
  if (event._tag === "Swap" && event.state === "Left") {
    leftTrees.push(event.path)
  }
}

/** What removes them: that they are there was said when it was found. */
const reportLeftTrees = (leftTrees: ReadonlyArray<string>, to: string) =>
  Effect.flatMap(Output, ({ remark }) =>
    Effect.forEach(leftTrees, (path) => remark(removalOf(path, to) ?? path), { discard: true })
  )

/** A plan of a file, without a look at its trees. */
export const showSaved = (plan: MirrorPlan.MirrorPlan, words: Words) =>
  Effect.gen(function* () {
    const { result } = yield* Output
    const [from, to] = [PlanFile.shown(words.from), PlanFile.shown(words.to)]
    yield* result({ kind: "plan", from, to }, `from ${from}\nto   ${to}`)
    yield* show(plan, undefined)
  })

/** What becomes of one path. */
export const showExplanation = (explanation: FtpMirror.Explanation) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { includedBy, path, source, target, verdict } = explanation
    const why = FtpMirror.describeExplanation(explanation)
    const more = verdict._tag === "Nowhere" ? "; PATH begins at SOURCE and TARGET, without their names" : ""
    yield* output.result(
      {
        kind: "explained",
        path,
        source: source._tag,
        target: target._tag,
        verdict:
          verdict._tag === "Planned"
            ? verdict.step._tag
            : verdict._tag === "Skipped"
              ? verdict.skip.reason
              : verdict._tag === "Kept"
                ? verdict.because
                : verdict._tag,
        includedBy: includedBy ?? null,
        why
      },
      `${WireText.toDisplay(path)} ${WireText.toDisplay(why)}${more}`
    )
  })

/** Asks if something would be deleted and a person is there; returns whether it asked. */
const confirm = (plan: MirrorPlan.MirrorPlan, target: string) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const fate = fateOf(plan)
    const removals = plan.steps.filter(({ _tag }) => _tag === "Remove")
    if (removals.length === 0 || !screen.canAsk) {
      return false
    }
    yield* Effect.forEach(firstOf(removals, fate), screen.line, { discard: true })
    const what = `${Measure.count(removals.length, "entry", "entries")} of ${target}`
    const answer = yield* screen.ask(
      fate === "SetAside" ? `set aside ${what}, with the old tree, which is kept? [y/N] ` : `delete ${what}? [y/N] `
    )
    if (!/^y(es)?$/i.test(answer.trim())) {
      return yield* new CliError({
        kind: "Failed",
        message: "nothing was done",
        hint: "--dry-run shows the whole plan"
      })
    }
    return true
  })

/** The first of them, a line each, and how many more there are. */
const firstOf = (steps: ReadonlyArray<MirrorPlan.Step>, fate: Fate): ReadonlyArray<string> => [
  ...steps.slice(0, MOST_SHOWN).map((step) => describe(step, fate)),
  ...(steps.length > MOST_SHOWN ? [`        and ${steps.length - MOST_SHOWN} more`] : [])
]

const MOST_SHOWN = 20
