/** A download in segments that a later run resumes, and one whose file changes on the way. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpIntegrityError } from "@ftp-effect/core/FtpError"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { KIB, MIB, noise } from "../../support/bytes.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { CONTENT, cut, fetch, inTime, isPoolFree, isWhole, Received, slow, stage } from "../../support/segmented.ts"
import { withFault } from "../../support/server.ts"

const PART = "a.ftp-effect.part"

const JOURNAL = `${PART}.json`

const journal = Effect.map(MemoryFiles.MemoryFiles, ({ files }) => {
  const bytes = files.get(JOURNAL)
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes))
})

describe("a download in segments never splices", () => {
  const replaced = (size: number, then: Effect.Effect<void> = Effect.void) =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      const fiber = yield* Effect.fork(Effect.flip(fetch()))
      yield* TestClock.adjust("3 seconds")
      yield* write("/a", noise(size, 7))
      yield* then
      const error = yield* inTime(Fiber.join(fiber))
      expect(error).toMatchObject({ _tag: "FtpIntegrityError" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect(files.has("a")).toBe(false)
      yield* isPoolFree
      return error as FtpIntegrityError
    })

  it.effect("when the file is replaced by a larger one", () =>
    replaced(20 * MIB).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("when the file is replaced by one of the same size, while it is read", () =>
    Effect.map(replaced(CONTENT.byteLength), ({ reason }) => expect(reason).toBe("Changed")).pipe(
      Effect.provide(stage({ store: slow("1 second") }))
    )
  )

  it.effect("when the file is replaced by one of the same size, while the server restarts", () =>
    Effect.gen(function* () {
      const { resetConnections } = yield* FtpTestServer.FtpTestServer
      const { reason } = yield* replaced(CONTENT.byteLength, resetConnections)
      expect(reason).toBe("Changed")
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("unless the caller lets it start over", () =>
    Effect.gen(function* () {
      const { resetConnections, write } = yield* FtpTestServer.FtpTestServer
      const fiber = yield* Effect.fork(fetch({ changed: "StartOver" }))
      yield* TestClock.adjust("3 seconds")
      yield* write("/a", noise(12 * MIB, 7))
      yield* resetConnections
      yield* inTime(Fiber.join(fiber))
      yield* isWhole(noise(12 * MIB, 7))
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )
})

describe("a download in segments resumes what an earlier run left", () => {
  /** Ends a run while it is under way. */
  const interrupted = (options: FtpTransfer.ToFileOptions = {}, after: Duration.DurationInput = "2600 millis") =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(fetch(options))
      yield* TestClock.adjust(after)
      yield* inTime(Fiber.interrupt(fiber), "1 second", 4)
      yield* isPoolFree
    })

  for (const [first, second] of [
    [4, 4],
    [4, 1],
    [4, 2],
    [2, 4],
    [1, 4],
    [4, "auto"]
  ] as const) {
    it.effect(`${first} segments and then ${second}, and only what is missing is fetched`, () =>
      Effect.gen(function* () {
        const received = yield* Received
        yield* interrupted({ segments: first })
        const { files } = yield* MemoryFiles.MemoryFiles
        expect([...files.keys()].sort()).toEqual([PART, JOURNAL])
        const left = yield* journal
        expect(left).toMatchObject({ version: 2, path: "a", here: first === 1 ? null : expect.any(Array) })
        const here =
          first === 1
            ? (files.get(PART)?.byteLength ?? 0)
            : left.here.reduce((sum: number, [from, at]: [number, number]) => sum + at - from, 0)
        expect(here).toBeGreaterThan(1.5 * MIB)
        received.bytes = 0
        yield* inTime(fetch({ segments: second }))
        yield* isWhole()
        // What is missing, and for each place where segments meet what one of them was ahead.
        expect(received.bytes - (CONTENT.byteLength - here)).toBeLessThan(2 * MIB)
      }).pipe(Effect.provide(stage({ store: slow("1 second") })))
    )
  }

  it.effect("after the server died for good", () =>
    Effect.gen(function* () {
      const { clearFaults } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut(2 * MIB, { times: Number.POSITIVE_INFINITY }))
      const error = yield* inTime(Effect.flip(fetch({ retry: Schedule.stop })))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", direction: "Download" })
      expect(yield* journal).toMatchObject({ version: 2, here: expect.any(Array) })
      yield* clearFaults
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("after the disk was full", () =>
    Effect.gen(function* () {
      const disk = yield* MemoryFiles.MemoryFiles
      disk.room = 9 * MIB
      expect(yield* inTime(Effect.flip(fetch()))).toMatchObject({ _tag: "FtpLocalFileError", reason: "NoSpace" })
      disk.room = Number.POSITIVE_INFINITY
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("but not when the server has another file by then", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* interrupted()
      yield* write("/a", noise(CONTENT.byteLength, 9))
      yield* inTime(fetch())
      yield* isWhole(noise(CONTENT.byteLength, 9))
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect.each([
    ["a range ends before it begins", [[5, 3]]],
    [
      "ranges overlap",
      [
        [0, MIB],
        [KIB, 2 * MIB]
      ]
    ],
    ["a range is longer than the file", [[0, 1e15]]],
    ["the ranges are those that were written", undefined]
  ] as const)("nothing of a partial file whose bytes are not those of its journal: %s", ([, here]) =>
    Effect.gen(function* () {
      yield* interrupted()
      const { files } = yield* MemoryFiles.MemoryFiles
      const left = yield* journal
      // The part has other bytes than the journal says, as after a power cut.
      files.get(PART)?.fill(0)
      files.set(JOURNAL, new TextEncoder().encode(JSON.stringify({ ...left, here: here ?? left.here })))
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )

  it.effect("nothing if the partial file is to be removed", () =>
    Effect.gen(function* () {
      yield* interrupted({ partialFile: "Remove" })
      const { files } = yield* MemoryFiles.MemoryFiles
      expect([...files.keys()]).toEqual([])
    }).pipe(Effect.provide(stage({ store: slow("1 second") })))
  )
})
