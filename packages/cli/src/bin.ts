#!/usr/bin/env node
/**
 * The process: words in, exit code out, signals in between.
 *
 *     running ──SIGINT, SIGTERM, SIGHUP──► interrupted: connections reset, partial files removed ──► 128 + signal
 *                                              └──the same again, or too slow──► ended at once
 */
// It must be the first.
import "./loading.ts"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as RuntimeFlagsPatch from "effect/RuntimeFlagsPatch"
import * as Scheduler from "effect/Scheduler"
import * as ExitCode from "./errors/ExitCode.ts"
import * as Loading from "./loading.ts"
import * as Main from "./Main.ts"
import * as Screen from "./output/Screen.ts"

/** More than every bounded wait of a clean end; whatever still holds on then is let go. */
const END_LIMIT_MILLIS = 3000

/** As Effect has both. */
const STEPS_BEFORE_YIELD = 2048
const TASKS_BEFORE_TIMERS = 2048

/** Nothing else may be open while a fiber waits. */
const FOREVER_MILLIS = 2 ** 31 - 1

Loading.end()

/** Each step asks whether its fiber is to yield. The limit is a FiberRef, which nothing here sets: it is read only above Effect's own. */
class Steps extends Scheduler.MixedScheduler {
  override shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return fiber.currentOpCount > STEPS_BEFORE_YIELD && super.shouldYield(fiber)
  }
}

const fiber = Effect.runFork(
  Main.run(process.argv.slice(2)).pipe(
    Effect.provideServiceEffect(Screen.Screen, Screen.ofProcess),
    Effect.provide(NodeFileSystem.layer),
    // Metrics of fibers are not read here, and cost a tenth of the time of a small file.
    Effect.withRuntimeFlagsPatch(RuntimeFlagsPatch.disable(RuntimeFlags.RuntimeMetrics))
  ),
  { scheduler: new Steps(TASKS_BEFORE_TIMERS) }
)

const alive = setInterval(() => {}, FOREVER_MILLIS)
let signalled: number | undefined

const end = (code: number) => {
  clearInterval(alive)
  // Pipes are written in the background.
  process.stderr.write("", () => leave(code))
}

/**
 * Without its terminal Node crashes in `exit`, but not if the signal itself ends it. The first process of a container
 * outlives that.
 */
const leave = (code: number) => {
  process.exitCode = code
  if (code === ExitCode.HungUp && process.platform !== "win32" && process.pid !== 1) {
    process.removeAllListeners("SIGHUP")
    process.kill(process.pid, "SIGHUP")
  } else {
    process.exit(code)
  }
}

fiber.addObserver((exit) => end(signalled ?? (Exit.isSuccess(exit) ? exit.value : ExitCode.Interrupted)))

const onSignal = (signal: NodeJS.Signals, code: number) =>
  process.once(signal, () => {
    // From here on the signal ends the process by itself.
    signalled = code
    setTimeout(() => leave(code), END_LIMIT_MILLIS).unref()
    fiber.unsafeInterruptAsFork(FiberId.none)
  })

onSignal("SIGINT", ExitCode.Interrupted)
onSignal("SIGTERM", ExitCode.Terminated)
onSignal("SIGHUP", ExitCode.HungUp)
