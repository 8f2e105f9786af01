/** What an upload leaves on a server that is full, and what later runs make of what is left. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { KIB } from "../../support/bytes.ts"
import { inTime } from "../../support/inTime.ts"
import {
  begin,
  CONTENT,
  interruptAt,
  isOnServer,
  MIB,
  names,
  put,
  putAgain,
  stage
} from "../../support/partialUpload.ts"
import { withFault } from "../../support/server.ts"

const MODES = ["IfRecorded", "IfVerified"] as const

describe("an upload to a server that is full", () => {
  for (const atomic of [true, false]) {
    for (const resume of MODES) {
      it.effect(`is resumed as soon as there is room, ${atomic ? "atomic" : "in place"}, ${resume}`, () =>
        Effect.gen(function* () {
          yield* begin
          const server = yield* FtpTestServer.FtpTestServer
          yield* server.write("/big", new Uint8Array(2 * MIB))
          for (const _ of [1, 2]) {
            expect(yield* Effect.flip(putAgain({ atomic, resume }))).toMatchObject({ cause: { reason: "StorageFull" } })
          }
          yield* server.store.removeFile("/big")
          expect((yield* putAgain({ atomic, resume })).resumedFrom).toBe(2 * MIB)
          expect(yield* names).toEqual(["/pub/a"])
          expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
        }).pipe(Effect.provide(stage({ quota: 4 * MIB })))
      )
    }
  }

  for (const [room, isKept] of [
    [2 * MIB, true],
    [500 * KIB, false]
  ] as const) {
    it.effect(`says ${isKept ? "under which name it is kept" : "nothing of what is not kept"}`, () =>
      Effect.gen(function* () {
        yield* begin
        const kept: Array<string> = []
        const options = { atomic: true, onKept: (at: string) => void kept.push(at) } as const
        expect(yield* Effect.flip(putAgain(options))).toMatchObject({ cause: { reason: "StorageFull" } })
        expect(kept.map((at) => `/${at}`)).toEqual(yield* names)
        expect(kept.length).toBe(isKept ? 1 : 0)
      }).pipe(Effect.provide(stage({ quota: room })))
    )
  }
})

describe("an upload to a server that is full and removes what does not fit", () => {
  it.effect("names nothing that would be there to be resumed", () =>
    Effect.gen(function* () {
      yield* begin
      yield* withFault({ _tag: "Refuse", verb: "SIZE", reply: "550 No such file or directory.", times: 100 })
      const kept: Array<string> = []
      const options = { atomic: true, onKept: (at: string) => void kept.push(at) } as const
      expect(yield* Effect.flip(putAgain(options))).toMatchObject({ cause: { reason: "StorageFull" } })
      expect(kept).toEqual([])
      expect(yield* names).toEqual([])
    }).pipe(Effect.provide(stage({ quota: 2 * MIB })))
  )
})

describe("a partial upload of an earlier run is still resumed after a run that was interrupted", () => {
  for (const resume of MODES) {
    for (const [what, verb, after] of [
      ["while it looks if that is at rest", "SIZE", "1 second"],
      ["while it reads the end of that back", "RETR", "5 seconds"],
      ["before it has renamed that", "RNFR", "5 seconds"],
      ["while it renames that", "RNTO", "5 seconds"],
      ["before it sends the rest", "STOR", "5 seconds"]
    ] as const) {
      it.effect(`${what}, ${resume}`, () =>
        Effect.gen(function* () {
          const options = { atomic: true, resume } as const
          yield* begin
          yield* interruptAt(3 * MIB, options)
          const server = yield* FtpTestServer.FtpTestServer
          if (verb !== "SIZE") {
            yield* withFault({ _tag: "Delay", verb, duration: "1 minute" })
          }
          const second = yield* Effect.fork(put(options))
          yield* TestClock.adjust(after)
          yield* inTime(Fiber.interrupt(second), "20 seconds")
          yield* server.clearFaults
          expect((yield* putAgain(options)).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
          expect(yield* names).toEqual(["/pub/a"])
          expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
        }).pipe(Effect.provide(stage()))
      )
    }
  }
})
