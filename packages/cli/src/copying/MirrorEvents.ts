/**
 * What a mirror shows while it runs, made of its events:
 *
 *     Scanned ──► reading: 120 directories, 3400 entries     on the progress line, until a file is found
 *     Found ──► more files for the progress; what is left as it is, once each
 *     Started, Progress, Done, Failed ──► the progress of files
 *     Retried, Failed that is tried again ──► a notice with the cause, for a person who watches
 *     Done, Reached, LeftOut, Outdated ──► a line each with --json, as they come
 *     Swap ──► what becomes of an earlier run that was cut off: a notice, or a warning
 *
 * Events are calls that must be quick: what prints takes its lines from a queue. A reader that is gone ends the mirror.
 */
import type { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { OutputClosed } from "../errors/CliError.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import * as Progress from "../output/Progress.ts"
import type { Screen } from "../output/Screen.ts"
import { reportLeft, reportUndone } from "./MirrorReport.ts"
import { describeOutdated, describeSwap, isFile, lineOf } from "./MirrorText.ts"
import * as Resuming from "./Resuming.ts"

type Use<A, E, R> = (onEvent: (event: FtpMirror.MirrorEvent) => void) => Effect.Effect<A, E, R>

/** Runs with events shown. `steps` are those whose files will be copied, if that is known. */
export const show = <A, E, R>(
  steps: ReadonlyArray<MirrorPlan.Step>,
  use: Use<A, E, R>
): Effect.Effect<A, E | OutputClosed | FtpLocalFileError, R | Output | Screen> =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = yield* Output
      const { style } = output
      const isWatched = yield* Resuming.isWatched
      const progress = yield* Progress.make(!style.json && !style.quiet)
      const onProgress = follow(progress, steps)
      const queue = yield* Queue.unbounded<Line | "End">()
      const said = new Set<string>()
      const work = use((event) => {
        onProgress(event)
        const line = lineFor(event, output, { isWatched, said })
        // What is done without a line is not worth waking a fiber for.
        if (line !== undefined) {
          queue.unsafeOffer(line)
        }
      })
      // Neither a failure nor an interruption of the work ends it: what happened before is printed.
      const printing = yield* Effect.forkScoped(Effect.interruptible(printAll(queue)))
      const ended = Effect.exit(Effect.ensuring(work, queue.offer("End")))
      const [exit] = yield* Effect.all([ended, Fiber.join(printing)], { concurrency: 2 }).pipe(
        Effect.onInterrupt(() => Effect.timeoutOption(Effect.interruptible(Fiber.await(printing)), PATIENCE))
      )
      return yield* exit
    })
  )

type Line = Effect.Effect<void, OutputClosed | FtpLocalFileError, Output>

const printAll = (queue: Queue.Dequeue<Line | "End">) =>
  Effect.gen(function* () {
    while (true) {
      const line = yield* Queue.take(queue)
      if (line === "End") {
        return
      }
      yield* line
    }
  })

/** A reader that takes nothing does not hold up an interruption for longer. */
const PATIENCE = "1 second"

/** What an event prints, if anything. */
const lineFor = (
  event: FtpMirror.MirrorEvent,
  output: Output,
  { isWatched, said }: { readonly isWatched: boolean; readonly said: Set<string> }
): Line | undefined => {
  switch (event._tag) {
    case "Found":
      return event.skipped.length + event.warnings.length > 0
        ? reportLeft({ ...event, withheld: undefined }, said)
        : undefined
    case "Outdated": {
      const why = describeOutdated(event)
      return reportUndone(lineOf(event.step, "Outdated", why), `skipped ${event.step.path}: ${why}`)
    }
    case "Swap": {
      const why = describeSwap(event)
      if (why === undefined) {
        return undefined
      }
      const { path, state } = event
      return state === "Watching" || state === "Claimed" || state === "Tidied"
        ? output.notice({ kind: "unfinished", state, path, why }, why)
        : output.warning(why)
    }
    case "Done":
    case "Reached":
    case "LeftOut":
      return output.style.json ? output.result(lineOf(event.step, event._tag), "") : undefined
    case "Retried":
      return isWatched ? Resuming.print(output, event.step.path, event.cause) : undefined
    case "Failed":
      return isWatched && event.willRetry
        ? output.remark(`${event.step.path} is tried again at the end: ${event.error.message}`)
        : undefined
    // On the progress line, or part of what the run is summed up with.
    case "Scanned":
    case "Planned":
    case "Started":
    case "Resumed":
    case "Progress":
    case "TimeNotKept":
    case "Displaced":
    case "NotSwapped":
    case "Summary":
      return undefined
    default:
      return event satisfies never
  }
}

/** A step's file has the size that it was found with. */
const AS_FOUND = Option.none<number>()

/** Tells the progress of each event. */
const follow = (progress: Progress.Progress, steps: ReadonlyArray<MirrorPlan.Step>) => {
  const { state } = progress
  state.searching = steps.length === 0
  const found = (steps: ReadonlyArray<MirrorPlan.Step>) => {
    for (const step of steps) {
      if (isFile(step)) {
        progress.found(Option.fromNullable(step.bytes))
      }
    }
  }
  found(steps)
  const read = { Source: { directories: 0, entries: 0 }, Target: { directories: 0, entries: 0 } }
  const running = new Map<MirrorPlan.Step, Progress.Reporter>()
  return (event: FtpMirror.MirrorEvent): void => {
    if (event._tag === "Scanned") {
      read[event.side] = event
      if (state.files > 0) {
        return
      }
      const count = (what: "directories" | "entries") => read.Source[what] + read.Target[what]
      state.reading = `reading: ${Measure.count(count("directories"), "directory", "directories")}, ${Measure.count(count("entries"), "entry", "entries")}`
      return
    }
    if (event._tag === "Found") {
      found(event.steps)
      state.searching &&= !event.isLast
      state.reading = state.files > 0 ? undefined : state.reading
      return
    }
    state.reading = undefined
    if (!("step" in event) || !isFile(event.step)) {
      return
    }
    const { step } = event
    if (event._tag === "Started") {
      running.set(step, progress.start(step.path, Option.fromNullable(step.bytes)))
      return
    }
    const reporter = running.get(step)
    if (event._tag === "Resumed") {
      reporter?.resumedFrom(event.bytes)
    } else if (event._tag === "Progress") {
      reporter?.at(event.bytes, AS_FOUND)
    } else if (event._tag === "Retried") {
      reporter?.again(Resuming.whyOf(event.cause))
    } else if (isOver(event)) {
      // What is found to need nothing has not begun.
      const begun = reporter ?? progress.start(step.path, Option.fromNullable(step.bytes))
      begun.done()
      running.delete(step)
    } else if (event._tag === "Failed") {
      // A second turn starts anew.
      running.delete(step)
      if (event.willRetry) {
        reporter?.postponed()
      } else {
        reporter?.failed()
      }
    }
  }
}

/** Whether nothing more becomes of the step. What is left out because others failed may have been done before. */
const isOver = (event: FtpMirror.MirrorEvent): boolean =>
  event._tag === "Done" ||
  event._tag === "Reached" ||
  event._tag === "Outdated" ||
  (event._tag === "LeftOut" && event.because !== "Failures")
