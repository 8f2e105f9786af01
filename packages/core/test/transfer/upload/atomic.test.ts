import { describe, expect, it } from "@effect/vitest"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { dated, isClean, NEW, onServer, stage, TEMPORARY, upload } from "../../support/atomic.ts"
import { KIB, MIB } from "../../support/bytes.ts"
import { liar } from "../../support/hasher.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { commandsLike, withFault } from "../../support/server.ts"

describe("an atomic upload", () => {
  it.effect("is sent to a temporary name, verified, and then renamed", () =>
    Effect.gen(function* () {
      expect(yield* upload()).toEqual({ bytes: NEW.length, evidence: { _tag: "Size" } })
      const lines = yield* commandsLike(/^(STOR|SIZE|RNFR|RNTO|DELE)/)
      const at = lines[0]?.slice(5) ?? ""
      expect(`/${at}`).toMatch(TEMPORARY)
      expect(lines).toEqual([`STOR ${at}`, `SIZE ${at}`, `RNFR ${at}`, "RNTO pub/a.txt"])
      yield* isClean("New")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is resumed under the same temporary name after an interruption", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "DropData", verb: "STOR", afterBytes: 300 * KIB },
        { _tag: "CloseControl", verb: "SIZE" }
      )
      yield* inTime(upload())
      const names = new Set((yield* commandsLike(/^STOR/)).map((line) => line.slice(5)))
      expect(names.size).toBe(1)
      expect((yield* commandsLike(/^REST/)).length).toBeGreaterThan(0)
      yield* isClean("New")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("deletes only its own temporary file if the final name is that of a directory", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FtpTransfer.upload("pub", FtpSource.fromBytes(NEW), { atomic: true }))
      expect(error).toMatchObject({ _tag: "FtpRejected" })
      expect((yield* commandsLike(/^DELE/)).every((line) => line.startsWith("DELE .pub."))).toBe(true)
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("leaves the old file if the server permits no rename", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refuse", verb: "RNTO", reply: "550 Permission denied.", times: 9 })
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({
        _tag: "FtpRejected",
        reason: "PermissionDenied",
        command: "RNTO pub/a.txt"
      })
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("leaves the old file, and nothing else, if it fails for good", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: ["STOR", "APPE"], afterBytes: 0, times: 1000 })
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({
        _tag: "FtpTransferInterrupted",
        path: "pub/a.txt"
      })
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("leaves the old file, and nothing else, if the quota is used up", () =>
    Effect.gen(function* () {
      expect(yield* inTime(Effect.flip(upload()))).toMatchObject({
        _tag: "FtpTransferInterrupted",
        cause: { reason: "StorageFull" }
      })
      yield* isClean("Old")
    }).pipe(Effect.provide(stage({ quota: 200 * KIB })))
  )

  it.effect("keeps less than a later run resumes not at all if the quota is used up, whatever was sent", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("here", new Uint8Array(3 * MIB))
      const sent = FtpTransfer.fromFile("here", "pub/a.txt", { atomic: true, resume: "IfVerified" })
      yield* inTime(Effect.flip(Effect.provideService(sent, FtpLocalFile, yield* dated)))
      yield* isClean("Old")
    }).pipe(Effect.provide(stage({ quota: 500 * KIB })))
  )

  it.effect("names what it keeps for a later run if the quota is used up", () => {
    const warnings: Array<string> = []
    const noting = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => void (logLevel._tag === "Warning" && warnings.push(String(message))))
    )
    return Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("here", new Uint8Array(3 * MIB))
      const error = yield* inTime(
        Effect.flip(
          Effect.provideService(
            FtpTransfer.fromFile("here", "pub/a.txt", { atomic: true, resume: "IfVerified" }),
            FtpLocalFile,
            yield* dated
          )
        )
      )
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", cause: { reason: "StorageFull" } })
      const kept = (yield* onServer).names.find((name) => name.endsWith(".ftp-effect")) ?? "none"
      expect(warnings.filter((warning) => warning.includes(` ${kept.slice(1)}, with `)).length).toBe(1)
    }).pipe(Effect.provide(Layer.merge(stage({ quota: 2 * MIB }), noting)))
  })

  it.effect("leaves the old file, and nothing else, if the hash shows other bytes than were sent", () =>
    Effect.gen(function* () {
      expect(yield* inTime(Effect.flip(upload({ verify: "Hash" })))).toMatchObject({
        _tag: "FtpIntegrityError",
        reason: "Hash"
      })
      yield* isClean("Old")
    }).pipe(Effect.provide(stage({ hasher: liar })))
  )

  for (const [what, fault] of [
    ["before the first byte", { _tag: "Delay", verb: "STOR", duration: "1 minute" }],
    ["during verification", { _tag: "Delay", verb: "SIZE", duration: "1 minute" }],
    ["during the rename", { _tag: "Delay", verb: "RNFR", duration: "1 minute" }]
  ] as const) {
    it.effect(
      `leaves the old file and ends within a second if it is interrupted ${what} and the server is silent`,
      () =>
        Effect.gen(function* () {
          yield* withFault(fault)
          const fiber = yield* Effect.fork(upload())
          yield* TestClock.adjust("5 seconds")
          const began = yield* Clock.currentTimeMillis
          const interrupted = yield* Effect.fork(Fiber.interrupt(fiber))
          for (let at = 0; at < 60 && (yield* Fiber.status(interrupted))._tag !== "Done"; at++) {
            yield* TestClock.adjust("100 millis")
          }
          expect((yield* Clock.currentTimeMillis) - began).toBeLessThanOrEqual(1000)
          expect((yield* onServer).content).toBe("Old")
          yield* TestClock.adjust("5 minutes")
          const pool = yield* FtpPool.FtpPool
          expect((yield* pool.status).map(({ inUse }) => inUse)).toEqual([0])
        }).pipe(Effect.provide(stage()))
    )
  }

  it.effect("removes its temporary file if it is interrupted in the middle", () =>
    Effect.gen(function* () {
      let sent = 0
      const onProgress = ({ bytes }: FtpTransfer.Progress) => {
        sent = bytes
      }
      const fiber = yield* Effect.fork(upload({ rate: 100 * KIB, onProgress }))
      yield* TestClock.adjust("2 seconds")
      expect(sent).toBeGreaterThan(100 * KIB)
      expect((yield* onServer).names.length).toBe(2)
      const interrupted = yield* Effect.fork(Fiber.interrupt(fiber))
      for (let at = 0; at < 20 && (yield* Fiber.status(interrupted))._tag !== "Done"; at++) {
        yield* TestClock.adjust("100 millis")
      }
      yield* isClean("Old")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("gives the file its time before its name", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("here", NEW)
      const result = yield* Effect.provideService(
        FtpTransfer.fromFile("here", "pub/a.txt", { atomic: true, times: "Keep" }),
        FtpLocalFile,
        yield* dated
      )
      expect(result.evidence).toEqual({ _tag: "SizeAndTime" })
      expect((yield* commandsLike(/^(MFMT|RNFR|MDTM)/)).map((line) => line.slice(0, 4))).toEqual(["MFMT", "RNFR"])
      const { store } = yield* FtpTestServer.FtpTestServer
      expect((yield* store.stat("/pub/a.txt")).modified).toBe(1_600_000_000_000)
      yield* isClean("New")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("shortens its temporary name to the 255 bytes of file systems", () =>
    Effect.gen(function* () {
      const name = `${"ä".repeat(120)}.txt`
      yield* FtpTransfer.upload(`pub/${name}`, FtpSource.fromBytes(NEW), { atomic: true })
      const at = (yield* commandsLike(/^STOR/))[0]?.slice("STOR pub/".length) ?? ""
      expect(new TextEncoder().encode(at).byteLength).toBeLessThanOrEqual(255)
      expect((yield* onServer).names).toContain(`/pub/${name}`)
    }).pipe(Effect.provide(stage()))
  )
})
