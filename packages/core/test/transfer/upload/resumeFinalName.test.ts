/** Uploads that resume a file of an earlier run under the final name. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { hasher } from "../../support/hasher.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import {
  begin,
  CONTENT,
  interruptAt,
  isOnServer,
  leave,
  MIB,
  OTHER,
  putAgain,
  resumeOffsets,
  stage,
  WRITTEN,
  Written,
  write
} from "../../support/partialUpload.ts"
import { commandsLike } from "../../support/server.ts"

describe("a partial upload under the final name", () => {
  it.effect.each([-180, 0, 120])(
    "regression: is no beginning of another source with the same end, on a server that is %s minutes ahead",
    (minutesAhead) =>
      Effect.gen(function* () {
        yield* begin
        // The old content was there before, and the source has been written since.
        yield* write("/pub/a", CONTENT.subarray(0, 3 * MIB))
        const edited = CONTENT.slice()
        edited.fill(0x55, MIB, MIB + 1000)
        const { files } = yield* MemoryFiles.MemoryFiles
        files.set("a", edited)
        const written = yield* Written
        written.at = DateTime.add(WRITTEN, { minutes: 5 })
        yield* TestClock.adjust("1 hour")
        expect(yield* putAgain()).toMatchObject({ resumedFrom: 0, unproven: 3 * MIB })
        expect(yield* isOnServer("/pub/a", edited)).toBe(true)
      }).pipe(Effect.provide(stage({ minutesAhead })))
  )

  it.effect("is resumed if it was recorded and its last bytes are those of the source", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB)
      const { read } = yield* FtpTestServer.FtpTestServer
      const kept = (yield* read("/pub/a")).byteLength
      expect(yield* putAgain()).toMatchObject({ bytes: CONTENT.length, resumedFrom: kept })
      expect(yield* resumeOffsets).toEqual([kept])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each([3 * MIB, CONTENT.length])(
    "has the evidence Size, not SizeAndTime, without a hash: %s of its bytes were there",
    (bytes) =>
      Effect.gen(function* () {
        yield* begin
        yield* leave(bytes)
        expect(yield* putAgain()).toMatchObject({ evidence: { _tag: "Size" }, resumedFrom: bytes })
      }).pipe(Effect.provide(stage()))
  )

  it.effect("is not resumed without a hash if size and time are demanded", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      expect(yield* putAgain({ verify: "SizeAndTime" })).toMatchObject({
        evidence: { _tag: "SizeAndTime" },
        resumedFrom: 0,
        unproven: 3 * MIB
      })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("has the evidence SizeAndTime if all of it is sent again, because its boundary was wrong", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB, CONTENT.slice().fill(0, 0, MIB))
      expect(yield* putAgain()).toMatchObject({ evidence: { _tag: "SizeAndTime" }, resumedFrom: 3 * MIB })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not resumed with resume Never", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      expect(yield* putAgain({ resume: "Never" })).toMatchObject({ resumedFrom: 0 })
      expect(yield* resumeOffsets).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is resumed by the server's hash alone, whatever its time", () =>
    Effect.gen(function* () {
      yield* begin
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { minutes: 5 })
      yield* write("/pub/a", CONTENT.subarray(0, 3 * MIB))
      expect(yield* putAgain()).toMatchObject({ evidence: { _tag: "SizeAndTime" }, resumedFrom: 3 * MIB })
      yield* write("/pub/a", OTHER.subarray(0, 3 * MIB))
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("is not resumed if its last bytes are not those of the source, or can't be read", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB, OTHER)
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0 })
      yield* leave(3 * MIB)
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 Permission denied.", times: 9 })
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not sent at all if it is complete, and replaced if it is longer than the source", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(CONTENT.length)
      expect(yield* putAgain()).toMatchObject({ bytes: CONTENT.length, resumedFrom: CONTENT.length })
      expect((yield* commandsLike(/^(STOR|APPE)/)).length).toBe(1)
      yield* leave(CONTENT.length)
      yield* write("/pub/a", Buffer.concat([CONTENT, Buffer.from("more")]))
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is looked for again if the connection is lost during the search", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "SIZE" })
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 3 * MIB })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )
})
