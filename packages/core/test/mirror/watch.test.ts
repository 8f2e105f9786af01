/** A folder that is watched: when its task runs. */
import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpMirrorWatch from "@ftp-effect/core/FtpMirrorWatch"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as MemoryFiles from "../support/memoryFiles.ts"

type Ending = "Done" | "TryAgain"

/** Watches `/site`; each turn ends as `endings` says in order, and `"Done"` when they are used up. */
const watched = (options: FtpMirrorWatch.WatchOptions = {}, endings: ReadonlyArray<Ending> = []) =>
  Effect.gen(function* () {
    const disk = yield* MemoryFiles.MemoryFiles
    disk.directories.add("/site")
    const turns: Array<ReadonlyArray<string>> = []
    const waits: Array<string> = []
    const source = yield* FtpMirror.local("/site")
    const fiber = yield* Effect.forkScoped(
      FtpMirrorWatch.watch(
        source,
        ({ changed }) => Effect.sync(() => endings[turns.push([...changed]) - 1] ?? "Done"),
        {
          ...options,
          onRetry: (wait, error) =>
            Effect.sync(() => void waits.push(`${Duration.toSeconds(wait)} ${error?.reason ?? "task"}`))
        }
      )
    )
    yield* TestClock.adjust(0)
    const change = (...paths: ReadonlyArray<string>) =>
      Effect.sync(() => {
        for (const { changed } of disk.watchers) {
          for (const path of paths) {
            changed(path)
          }
        }
      })
    return { disk, turns, waits, fiber, change }
  })

describe("a folder that is watched", () => {
  it.scoped("is mirrored at once, and a whole batch of changes at once when it is quiet", () =>
    Effect.gen(function* () {
      const { change, turns } = yield* watched()
      expect(turns).toEqual([[]])
      yield* change("a", "b/c")
      yield* TestClock.adjust("299 millis")
      yield* change("a", "d")
      yield* TestClock.adjust("299 millis")
      expect(turns).toHaveLength(1)
      yield* TestClock.adjust("1 millis")
      expect(turns).toEqual([[], ["a", "b/c", "d"]])
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("is mirrored after five seconds if it is never quiet", () =>
    Effect.gen(function* () {
      const { change, turns } = yield* watched()
      for (let at = 0; at < 49; at++) {
        yield* change("log")
        yield* TestClock.adjust("100 millis")
      }
      expect(turns).toHaveLength(1)
      yield* change("log")
      yield* TestClock.adjust("100 millis")
      expect(turns).toEqual([[], ["log"]])
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("is left alone if only what is excluded or our own has changed", () =>
    Effect.gen(function* () {
      const { change, disk, turns } = yield* watched({ filter: { patterns: ["*.tmp", "node_modules/"] } })
      yield* change("a.tmp", "node_modules/a/b.js", "x/a.tmp", "big.bin.ftp-effect.part.1234")
      yield* TestClock.adjust("1 minute")
      expect(turns).toHaveLength(1)
      const [listener] = disk.watchers
      expect(["css", "node_modules", "x.tmp"].map((path) => listener?.enter(path))).toEqual([true, false, false])
      yield* change("")
      yield* TestClock.adjust("1 second")
      expect(turns).toEqual([[], [""]])
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("is mirrored again for a change while it is mirrored", () =>
    Effect.gen(function* () {
      const disk = yield* MemoryFiles.MemoryFiles
      disk.directories.add("/site")
      let turns = 0
      const task = Effect.suspend(() => {
        turns++
        for (const { changed } of turns === 1 ? disk.watchers : []) {
          changed("meanwhile")
        }
        return Effect.as(Effect.sleep("1 minute"), "Done" as const)
      })
      yield* Effect.forkScoped(FtpMirrorWatch.watch(yield* FtpMirror.local("/site"), () => task))
      yield* TestClock.adjust("61 seconds")
      expect(turns).toBe(2)
      yield* TestClock.adjust("1 hour")
      expect(turns).toBe(2)
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("is tried again after waits that grow to a minute and begin anew after a success", () =>
    Effect.gen(function* () {
      const endings: ReadonlyArray<Ending> = [
        ...Array.from({ length: 8 }, () => "TryAgain" as const),
        "Done",
        "TryAgain"
      ]
      const { change, turns, waits } = yield* watched({}, endings)
      yield* TestClock.adjust("5 minutes")
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((wait) => `${wait} task`))
      expect(turns).toHaveLength(9)
      yield* change("a")
      yield* TestClock.adjust("2 seconds")
      expect(waits.slice(8)).toEqual(["1 task"])
      expect(turns).toHaveLength(11)
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("may be gone for a while, but not at first", () =>
    Effect.gen(function* () {
      const { change, disk, turns, waits } = yield* watched()
      disk.directories.delete("/site")
      yield* change("")
      yield* TestClock.adjust("2 seconds")
      expect(waits).toEqual(["1 NotFound", "2 NotFound"])
      disk.directories.add("/site")
      yield* TestClock.adjust("2 seconds")
      expect(turns).toHaveLength(2)
      const missing = FtpMirrorWatch.watch(yield* FtpMirror.local("/other"), () => Effect.succeed("Done"))
      expect(yield* Effect.flip(missing)).toMatchObject({ _tag: "FtpLocalFileError", operation: "Watch" })
    }).pipe(Effect.provide(MemoryFiles.layer))
  )

  it.scoped("is watched anew after its watch failed, and no more after an interruption", () =>
    Effect.gen(function* () {
      const { disk, fiber, turns, waits } = yield* watched()
      const error = new FtpLocalFileError({ reason: "Other", operation: "Watch", path: "/site", detail: "no more" })
      for (const { failed } of disk.watchers) {
        failed(error)
      }
      yield* TestClock.adjust("2 seconds")
      expect(waits).toEqual(["1 Other"])
      expect(turns).toHaveLength(2)
      expect(disk.watchers.size).toBe(1)
      yield* Fiber.interrupt(fiber)
      expect(disk.watchers.size).toBe(0)
    }).pipe(Effect.provide(MemoryFiles.layer))
  )
})
