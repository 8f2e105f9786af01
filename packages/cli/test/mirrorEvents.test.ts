/** What a mirror has printed by its end, however it ends. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as MirrorEvents from "../src/copying/MirrorEvents.ts"
import * as Mirroring from "../src/copying/Mirroring.ts"
import { CliError, OutputClosed } from "../src/errors/CliError.ts"
import * as Output from "../src/output/Output.ts"
import type { Screen } from "../src/output/Screen.ts"
import * as TestScreen from "./support/screen.ts"

const step = (path: string): MirrorPlan.Step => ({
  _tag: "Copy",
  path,
  reason: { _tag: "Missing" },
  precondition: { _tag: "Absent" }
})

const PATHS = ["a", "b", "c"]

const doAll = (onEvent: (event: FtpMirror.MirrorEvent) => void) => {
  for (const path of PATHS) {
    onEvent({ _tag: "Done", step: step(path), result: undefined })
  }
}

/** On a screen whose `write` is given; and the paths that were printed. */
const printed = <A, E>(
  write: (print: Effect.Effect<void>) => ReturnType<Screen["write"]>,
  use: (lines: Array<string>) => Effect.Effect<A, E, Output.Output | Screen>
) => {
  const lines: Array<string> = []
  const screen = TestScreen.layer({
    write: (text) => write(Effect.sync(() => void lines.push(JSON.parse(String(text)).path)))
  })
  const output = Layer.effect(Output.Output, Output.make({ json: true, quiet: false, verbose: false }))
  return use(lines).pipe(Effect.provide(Layer.provideMerge(output, screen)))
}

const slowly = (print: Effect.Effect<void>) => Effect.delay(print, "10 millis")

describe("a wait for an unfinished run", () => {
  const watching = (style: Partial<Output.Style>) =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      const show = (text: string | Uint8Array) => Effect.sync(() => void shown.push(String(text).trimEnd()))
      const screen = TestScreen.layer({ write: show, line: show })
      const output = Layer.effect(Output.Output, Output.make({ json: false, quiet: false, verbose: false, ...style }))
      const event = { _tag: "Swap", state: "Watching", path: "www.ftp-effect-next-1" } as const
      yield* MirrorEvents.show([], (onEvent) => Effect.sync(() => onEvent(event))).pipe(
        Effect.provide(Layer.provideMerge(output, screen))
      )
      return shown
    })

  it.effect("is told of as it begins, with --json too", () =>
    Effect.gen(function* () {
      const why = "www.ftp-effect-next-1 is of an unfinished run: waiting 30 s to see whether it is still going on"
      expect(yield* watching({})).toEqual([why])
      expect(yield* watching({ quiet: true })).toEqual([])
      const lines = (yield* watching({ json: true })).map((line) => JSON.parse(line))
      expect(lines).toEqual([{ kind: "unfinished", state: "Watching", path: "www.ftp-effect-next-1", why }])
    })
  )
})

describe("the progress of a plan that is checked again", () => {
  it.effect("waits for no file that is done already, is outdated or is left out", () =>
    Effect.gen(function* () {
      let shown: ReadonlyArray<string> = []
      const progress = (lines: ReadonlyArray<string>) =>
        Effect.sync(() => {
          shown = lines
        })
      const screen = TestScreen.layer({ errorIsTerminal: true, progress })
      const output = Layer.effect(Output.Output, Output.make({ json: false, quiet: false, verbose: false }))
      const [reached, outdated, left, moving] = ["a", "b", "c", "d"].map((path) => ({ ...step(path), bytes: 1024 }))
      const steps = [reached, outdated, left, moving].filter((step) => step !== undefined)
      const [a = expect.fail(), b = expect.fail(), c = expect.fail(), d = expect.fail()] = steps
      const run = yield* Effect.fork(
        MirrorEvents.show(steps, (onEvent) => {
          onEvent({ _tag: "Outdated", step: b, side: "Source", found: { _tag: "Absent" } })
          onEvent({ _tag: "Reached", step: a })
          onEvent({ _tag: "LeftOut", step: c, because: "Directory" })
          onEvent({ _tag: "Started", step: d })
          onEvent({ _tag: "Progress", step: d, bytes: 512 })
          return Effect.never
        }).pipe(Effect.provide(Layer.provideMerge(output, screen)))
      )
      yield* TestClock.adjust("1 second")
      expect(shown.join("\n")).toMatch(/ 50% .*\n3 of 4 files {3}512 B of 1.0 KiB/)
      yield* Fiber.interrupt(run)
    })
  )
})

describe("a mirror", () => {
  it.effect("that fails has printed all that it had done before", () =>
    printed(slowly, (lines) =>
      Effect.gen(function* () {
        const fatal = new CliError({ kind: "Failed", message: "the server is gone" })
        const run = yield* Effect.fork(
          MirrorEvents.show([], (onEvent) =>
            Effect.zipRight(
              Effect.sync(() => doAll(onEvent)),
              Effect.fail(fatal)
            )
          )
        )
        yield* TestClock.adjust("1 second")
        expect(yield* Effect.flip(Fiber.join(run))).toEqual(fatal)
        expect(lines).toEqual(PATHS)
      })
    )
  )

  it.effect("that is interrupted prints what it has done, also while it ends", () =>
    printed(slowly, (lines) =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const run = yield* Effect.fork(
          MirrorEvents.show([], (onEvent) =>
            Effect.never.pipe(Effect.ensuring(Effect.sync(() => doAll(onEvent))), Effect.zipLeft(Effect.void), (work) =>
              Effect.zipRight(Deferred.succeed(begun, undefined), work)
            )
          )
        )
        yield* Deferred.await(begun)
        const interruption = yield* Effect.fork(Fiber.interrupt(run))
        yield* TestClock.adjust("1 second")
        expect(Exit.isInterrupted(yield* Fiber.join(interruption))).toBe(true)
        expect(lines).toEqual(PATHS)
      })
    )
  )

  it.effect("that is interrupted does not wait for a reader that takes nothing", () =>
    printed(
      () => Effect.never,
      () =>
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const run = yield* Effect.fork(
            MirrorEvents.show([], (onEvent) =>
              Effect.sync(() => doAll(onEvent)).pipe(
                Effect.zipRight(Deferred.succeed(begun, undefined)),
                Effect.zipRight(Effect.never)
              )
            )
          )
          yield* Deferred.await(begun)
          const interruption = yield* Effect.fork(Fiber.interrupt(run))
          yield* TestClock.adjust("2 seconds")
          expect(Exit.isInterrupted(yield* Fiber.join(interruption))).toBe(true)
        })
    )
  )

  it.effect("ends if its reader is gone", () =>
    printed(
      () => Effect.fail(new OutputClosed()),
      () =>
        Effect.gen(function* () {
          const run = MirrorEvents.show([], (onEvent) => {
            doAll(onEvent)
            return Effect.never
          })
          expect(yield* Effect.flip(run)).toMatchObject({ _tag: "OutputClosed" })
        })
    )
  )

  it.effect("that is interrupted after its swap reports the swap", () => {
    const lines: Array<string> = []
    const screen = TestScreen.layer({ line: (text) => Effect.sync(() => void lines.push(String(text))) })
    const output = Layer.effect(Output.Output, Output.make({ json: false, quiet: false, verbose: false }))
    const plan: MirrorPlan.MirrorPlan = {
      version: 1,
      source: "/site",
      target: "ftp://server/www",
      options: {
        delete: "None",
        deleteWhen: "After",
        last: [],
        manifest: { _tag: "None" },
        times: "IfPossible",
        atomic: true,
        swap: { previous: "Remove", reuse: true }
      },
      steps: PATHS.map(step),
      skipped: [],
      unchanged: 0
    }
    const result: FtpMirror.MirrorResult = {
      ...{
        plan,
        done: plan.steps,
        reached: [],
        failures: [],
        timesNotKept: [],
        leftOut: [],
        outdated: [],
        displaced: [],
        bytes: 0
      },
      ...{ isComplete: true, manifestError: undefined, leftTrees: [] },
      published: { _tag: "Swapped", gap: "TwoRenames", previous: "Removed", previousPath: undefined }
    }
    return Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const apply: Mirroring.Mirror["apply"] = (_, { onEvent }) =>
        Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never).pipe(
          Effect.ensuring(Effect.sync(() => onEvent?.({ _tag: "Summary", result })))
        )
      const mirror = { shown: "www", to: "ftp://host/www", isUpload: true, plan: () => Effect.succeed(plan), apply }
      const run = yield* Effect.fork(Mirroring.run(mirror, { dryRun: false, yes: true }))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(run)
      expect(lines).toEqual(["swapped by two renames, the old tree removed", expect.stringMatching(/^3 files copied/)])
    }).pipe(Effect.provide(Layer.provideMerge(output, screen)))
  })
})
