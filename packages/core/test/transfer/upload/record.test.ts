/** Records of uploads: when they are written, what they say, and what they are not believed for. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as UploadRecord from "#core/transfer/upload/record"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import * as MemoryRecords from "../../support/memoryRecords.ts"
import {
  begin,
  CONTENT,
  changeRecord,
  interruptAt,
  isOnServer,
  leave,
  MIB,
  put,
  putAgain,
  records,
  stage,
  TEMPORARY,
  WRITTEN,
  Written,
  write
} from "../../support/partialUpload.ts"

describe("the text of a record", () => {
  it.prop(
    "is read back as it was written",
    [
      FastCheck.record({
        server: FastCheck.string(),
        path: FastCheck.string({ unit: "binary" }),
        names: FastCheck.array(FastCheck.string({ unit: "binary" })),
        source: FastCheck.string(),
        sent: FastCheck.nat(),
        run: FastCheck.string()
      })
    ],
    ([record]) => {
      expect(Option.getOrThrow(UploadRecord.parse(UploadRecord.toText(record)))).toEqual(record)
    }
  )

  it.each([
    ["nothing", ""],
    ["half of one", '{"version":1,"server":"a'],
    ["another version", '{"version":2,"server":"","path":"","names":[],"source":"","sent":1,"run":""}'],
    ["a negative count", '{"version":1,"server":"","path":"","names":[],"source":"","sent":-1,"run":""}'],
    ["a text that is too long", `{"version":1,${" ".repeat(65_536)}}`]
  ])("is none if it is %s", (_what, text) => {
    expect(UploadRecord.parse(text)).toEqual(Option.none())
  })
})

/** An upload that has sent 2 MiB and goes on. */
const slowly = Effect.gen(function* () {
  let sent = 0
  const running = yield* Effect.fork(
    put({
      rate: MIB,
      onProgress: ({ bytes }) => {
        sent = bytes
      }
    })
  )
  const wait = Effect.iterate(0, { while: () => sent < 2 * MIB, body: () => Effect.as(Effect.sleep("100 millis"), 0) })
  yield* inTime(wait, "20 seconds")
  return { running, reached: () => sent }
})

describe("an upload", () => {
  it.effect("that is interrupted records what it has sent, and which source to which place", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB)
      const { read } = yield* FtpTestServer.FtpTestServer
      const kept = (yield* read("/pub/a")).byteLength
      const [record, ...others] = yield* records
      expect(others).toEqual([])
      expect(record).toMatchObject({
        server: expect.stringMatching(/^ann@.+:\d+$/),
        path: "pub/a",
        names: ["pub/a"],
        source: `a ${CONTENT.length} ${DateTime.formatIso(WRITTEN)}`
      })
      const { sent } = record as { readonly sent: number }
      expect(sent).toBeGreaterThanOrEqual(kept)
      expect(sent).toBeLessThanOrEqual(CONTENT.length)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("under a temporary name records that name", () =>
    Effect.gen(function* () {
      yield* begin
      yield* interruptAt(3 * MIB, { atomic: true })
      const [record] = yield* records
      expect(record).toMatchObject({ path: "pub/a" })
      const { names } = record as { readonly names: ReadonlyArray<string> }
      expect(names.length).toBe(1)
      expect(`/${names[0]}`).toMatch(TEMPORARY)
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each([true, false])(
    "that succeeds leaves no record, nor does one of 1 MiB write one: atomic %s",
    (atomic) =>
      Effect.gen(function* () {
        yield* begin
        yield* interruptAt(3 * MIB, { atomic })
        expect((yield* records).length).toBe(1)
        yield* putAgain({ atomic })
        expect(yield* records).toEqual([])
        const { files } = yield* MemoryFiles.MemoryFiles
        files.set("a", CONTENT.subarray(0, MIB))
        yield* interruptAt(MIB / 2, { atomic })
        expect(yield* records).toEqual([])
      }).pipe(Effect.provide(stage()))
  )

  it.effect("that is running has recorded more than it has sent, as its process may be killed", () =>
    Effect.gen(function* () {
      yield* begin
      const { reached, running } = yield* slowly
      const [record] = yield* records
      expect((record as { readonly sent: number }).sent).toBeGreaterThan(reached())
      yield* inTime(Fiber.interrupt(running), "20 seconds")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("from a stream removes the record of an earlier one to its place", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      yield* inTime(FtpTransfer.upload("pub/a", FtpSource.fromStream(Stream.make(CONTENT.subarray(0, 2 * MIB)))))
      expect(yield* records).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("from another source without resuming replaces the record of an earlier one to its place", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { minutes: 5 })
      yield* interruptAt(2 * MIB, { resume: "Never" })
      written.at = WRITTEN
      yield* TestClock.adjust("1 hour")
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0 })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("warns once, and succeeds, if no record can be written", () =>
    Effect.gen(function* () {
      yield* begin
      const disk = yield* MemoryRecords.MemoryRecords
      disk.isWritable = false
      const warnings: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => void warnings.push(String(message)))
      )
      yield* Effect.provide(Effect.repeatN(putAgain(), 1), logger)
      expect(warnings).toEqual([
        "no record of uploads is kept, so they may not be resumed later: Write of local file records failed: full"
      ])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("gives its record up if another run wrote one of the same remote file meanwhile", () =>
    Effect.gen(function* () {
      yield* begin
      const { running } = yield* slowly
      expect((yield* records).length).toBe(1)
      yield* changeRecord((record) => ({ ...record, run: "another" }))
      yield* inTime(Fiber.interrupt(running), "20 seconds")
      expect(yield* records).toEqual([])
    }).pipe(Effect.provide(stage()))
  )
})

describe("a record is not believed", () => {
  it.effect.each<readonly [string, (record: Record<string, unknown>) => Record<string, unknown>]>([
    ["of another server", (record) => ({ ...record, server: "ann@other:21" })],
    ["of another path", (record) => ({ ...record, path: "pub/b" })],
    ["of another remote name", (record) => ({ ...record, names: ["pub/b"] })],
    ["of another source, or an older version of it", (record) => ({ ...record, source: "a 1 2 3" })],
    ["that has fewer bytes than the server", (record) => ({ ...record, sent: 3 * MIB - 1 })],
    ["that lacks a field", ({ run: _, ...record }) => record]
  ])("%s", ([_what, change]) =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      yield* changeRecord(change)
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0, unproven: 3 * MIB })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("if the last bytes on the server are other ones", () =>
    Effect.gen(function* () {
      yield* begin
      yield* leave(3 * MIB)
      yield* write("/pub/a", CONTENT.slice(0, 3 * MIB).fill(0, 3 * MIB - 1))
      expect(yield* putAgain()).toMatchObject({ resumedFrom: 0, unproven: 3 * MIB })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )
})
