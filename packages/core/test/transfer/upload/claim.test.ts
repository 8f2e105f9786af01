/** Atomic uploads that take over the partial upload of an earlier run, and end early: what stays is named, and nothing else is. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { KIB } from "../../support/bytes.ts"
import { begin, interruptAt, MIB, names, putAgain, stage } from "../../support/partialUpload.ts"

/** Ends as an interruption, and returns the names that were said to be kept. */
const interrupted = (retry: Schedule.Schedule<unknown> = Schedule.stop, onResume: (bytes: number) => void = () => {}) =>
  Effect.gen(function* () {
    const kept: Array<string> = []
    const error = yield* Effect.flip(
      putAgain({ atomic: true, retry, rate: 100 * KIB, onResume, onKept: (at) => void kept.push(`/${at}`) })
    )
    expect(error).toMatchObject({ _tag: "FtpTransferInterrupted" })
    return kept
  })

describe("a partial upload that was about to be taken over", () => {
  for (const at of ["Command", "FinalReply"] as const) {
    it.effect(`regression: is named by the name that it has if no rename was answered, and lost at the ${at}`, () =>
      Effect.gen(function* () {
        yield* begin
        yield* interruptAt(3 * MIB, { atomic: true })
        const before = yield* names
        const server = yield* FtpTestServer.FtpTestServer
        // The first one costs a session alone, which is replaced at once.
        yield* server.fault({ _tag: "CloseControl", verb: "RNTO", at, times: 2 })
        const kept = yield* interrupted()
        expect(kept).toEqual(yield* names)
        expect(kept).toHaveLength(1)
        expect(kept[0] === before[0]).toBe(at === "Command")
        expect((yield* putAgain({ atomic: true })).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
        expect(yield* names).toEqual(["/pub/a"])
      }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("is not named if it is gone", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const [partial = ""] = yield* names
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "RNTO", times: 2 })
      const another = Effect.orDie(server.store.removeFile(partial))
      expect(yield* interrupted(Schedule.tapInput(Schedule.stop, () => another))).toEqual([])
      expect(yield* names).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("regression: stays, and the beginning that was sent without it does not", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const before = yield* names
      const server = yield* FtpTestServer.FtpTestServer
      // The search is given up after a silence.
      yield* server.fault({ _tag: "Silence", verb: "RNTO" })
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 200 * KIB, how: "End" })
      expect(yield* interrupted(Schedule.recurs(1))).toEqual(before)
      expect(yield* names).toEqual(before)
      expect((yield* putAgain({ atomic: true })).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
      expect(yield* names).toEqual(["/pub/a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("regression: counts no longer once the file is sent anew", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(4 * MIB - 64 * KIB, { atomic: true })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 200 * KIB, how: "End" })
      // Once it was read back: then the rest of it replaces the whole file, and all is sent again.
      const onResume = () => Effect.runSync(server.fault({ _tag: "IgnoreRest" }))
      expect(yield* interrupted(Schedule.stop, onResume)).toEqual([])
      expect(yield* names).toEqual([])
    }).pipe(Effect.provide(stage()))
  )
})
