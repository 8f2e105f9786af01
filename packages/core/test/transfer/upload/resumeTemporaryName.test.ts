/** Atomic uploads that resume a partial upload of an earlier run. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { KIB } from "../../support/bytes.ts"
import { endpoint } from "../../support/embedded.ts"
import { hasher } from "../../support/hasher.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import * as MemoryRecords from "../../support/memoryRecords.ts"
import {
  begin,
  CONTENT,
  changePartialUpload,
  interruptAt,
  isOnServer,
  MIB,
  names,
  put,
  putAgain,
  resumeOffsets,
  stage,
  TEMPORARY,
  WRITTEN,
  Written,
  write
} from "../../support/partialUpload.ts"
import { commandsLike } from "../../support/server.ts"

describe("a partial upload under a temporary name", () => {
  it.effect("is resumed under a new temporary name, and only the rest is sent", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const [partial = ""] = yield* names
      expect(partial).toMatch(TEMPORARY)
      const { read } = yield* FtpTestServer.FtpTestServer
      const kept = (yield* read(partial)).byteLength
      expect(kept).toBeGreaterThanOrEqual(3 * MIB)

      expect(yield* putAgain({ atomic: true })).toEqual({
        bytes: CONTENT.length,
        evidence: { _tag: "Size" },
        resumedFrom: kept,
        unproven: 0
      })
      expect(yield* resumeOffsets).toEqual([kept])
      const [claim, claimed] = yield* commandsLike(/^(RNFR|RNTO)/)
      expect(claim).toBe(`RNFR ${partial.slice(1)}`)
      expect(claimed?.replace("RNTO ", "/")).toMatch(TEMPORARY)
      expect(claimed?.slice(5)).not.toBe(partial.slice(1))
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is left on the server by an interrupted run, and resumed by the next one", () =>
    Effect.gen(function* () {
      yield* begin
      const server = yield* FtpTestServer.FtpTestServer
      let sent = 0
      const first = yield* Effect.fork(
        put({
          atomic: true,
          rate: MIB,
          onProgress: ({ bytes }) => {
            sent = bytes
          }
        })
      )
      yield* inTime(
        Effect.iterate(0, { while: () => sent < 2 * MIB, body: () => Effect.as(Effect.sleep("100 millis"), 0) }),
        "20 seconds"
      )
      // As if the process were killed: there is no QUIT.
      yield* server.resetConnections
      yield* inTime(Fiber.interrupt(first), "20 seconds")
      const { resumedFrom } = yield* putAgain({ atomic: true })
      expect(resumedFrom).toBeGreaterThanOrEqual(MIB)
      expect(yield* resumeOffsets).toEqual([resumedFrom])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual(["/pub/a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is removed after a failure with resume Never, and kept with IfVerified", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true, resume: "Never" })
      expect(yield* names).toEqual([])
      yield* interruptAt(3 * MIB, { atomic: true })
      expect((yield* names).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not resumed if the source was written since", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { millis: 1 })
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* resumeOffsets).toEqual([])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not resumed if its last bytes are not those of the source", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      yield* changePartialUpload((bytes) => bytes.fill(0, bytes.length - 1))
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* resumeOffsets).toEqual([])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not resumed if the server's hash shows one different byte", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const partial = yield* changePartialUpload((bytes) => bytes.fill(0xff, 10, 11))
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      yield* write(partial, CONTENT.subarray(0, 2 * MIB))
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 2 * MIB })
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("is not resumed while another run writes it, and both runs succeed", () =>
    Effect.gen(function* () {
      yield* begin
      const slow = yield* Effect.fork(put({ atomic: true, rate: 100 * KIB }))
      yield* Effect.repeatN(TestClock.adjust("200 millis"), 80)
      expect(yield* Fiber.poll(slow)).toEqual(Option.none())
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* resumeOffsets).toEqual([])
      yield* inTime(Fiber.join(slow))
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is resumed by one of two concurrent runs, and both succeed", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const both = Effect.flatMap(endpoint, (endpoint) =>
        Effect.provide(
          Effect.all([put({ atomic: true }), put({ atomic: true })], { concurrency: 2 }),
          FtpClient.layerPooled({ endpoints: [endpoint] })
        )
      )
      yield* inTime(both)
      expect((yield* resumeOffsets).length).toBe(1)
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["RNFR", "RNTO"])("is not resumed if it can't be renamed: the server refuses %s", (verb) =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const [partial = ""] = yield* names
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb, reply: "550 No such file." })
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual([partial, "/pub/a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is resumed if it was renamed and only the reply was lost", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "RNTO", at: "FinalReply" })
      expect((yield* putAgain({ atomic: true })).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is found by its record without a listing, and only by a listing if it was not recorded", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "MLSD", reply: "550 No.", times: 9 })
      expect((yield* putAgain({ atomic: true })).resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
      yield* interruptAt(3 * MIB, { atomic: true })
      const { texts } = yield* MemoryRecords.MemoryRecords
      texts.clear()
      const refuse = { _tag: "Refuse", reply: "550 No.", times: 9 } as const
      yield* server.fault({ ...refuse, verb: "MLSD" })
      yield* server.fault({ ...refuse, verb: "LIST" })
      expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("is proven by the server's hash if it was not recorded, with the evidence SizeAndTime", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const { texts } = yield* MemoryRecords.MemoryRecords
      texts.clear()
      const again = yield* putAgain({ atomic: true })
      expect(again.evidence).toEqual({ _tag: "SizeAndTime" })
      expect(again.resumedFrom).toBeGreaterThanOrEqual(3 * MIB)
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect(
    "regression: is no beginning of another file of the same size, time and end, without a record or a hash",
    () =>
      Effect.gen(function* () {
        yield* begin
        yield* interruptAt(3 * MIB, { atomic: true })
        // As a client on another machine would find it.
        const { texts } = yield* MemoryRecords.MemoryRecords
        texts.clear()
        const other = CONTENT.slice().fill(0x55, MIB, MIB + 1000)
        const { files } = yield* MemoryFiles.MemoryFiles
        files.set("a", other)
        expect(yield* putAgain({ atomic: true })).toMatchObject({ resumedFrom: 0 })
        expect(yield* isOnServer("/pub/a", other)).toBe(true)
      }).pipe(Effect.provide(stage()))
  )
})
