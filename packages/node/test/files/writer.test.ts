/** Writes at positions, and what interrupts them. */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { openWriter } from "../../src/files/writer.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-writer-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

/** Reports that a fiber has something to go on with, and lets it when it is told to. */
class Held extends Scheduler.ControlledScheduler {
  onTask: () => void = () => {}

  override scheduleTask(...task: Parameters<Scheduler.Scheduler["scheduleTask"]>): void {
    super.scheduleTask(...task)
    this.onTask()
  }
}

describe("a write", () => {
  it.scopedLive("ends if it is interrupted after its last byte, and before its fiber continues", () =>
    Effect.gen(function* () {
      const path = Path.join(yield* folder, "a")
      const { close, write } = yield* openWriter(path, "Exclusive")
      const scheduler = new Held()
      const written = new Promise<void>((resolve) => {
        scheduler.onTask = resolve
      })
      const fiber = Effect.runFork(write(new Uint8Array(5), 0), { scheduler, immediate: true })
      yield* Effect.promise(() => written)
      expect(Fs.statSync(path).size).toBe(5)
      fiber.unsafeInterruptAsFork(fiber.id())
      scheduler.deferred = true
      scheduler.step()
      expect(Exit.isInterrupted(yield* Fiber.await(fiber))).toBe(true)
      yield* close
    })
  )

  it.scopedLive("of a fiber that is interrupted meanwhile is waited for", () =>
    Effect.gen(function* () {
      const path = Path.join(yield* folder, "a")
      const { write } = yield* openWriter(path, "Exclusive")
      const fiber = Effect.runFork(write(new Uint8Array(5), 0), { immediate: true })
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      expect(Fs.statSync(path).size).toBe(5)
    })
  )
})
