/** Servers whose sizes can't be trusted: compressed, converted or generated files, and numbers that no file can have. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { MIB } from "../support/bytes.ts"
import { CONTENT, fetched, names, stage, toFile, upload } from "../support/hashed.ts"
import { MemoryFiles } from "../support/memoryFiles.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, cut, withFault } from "../support/server.ts"

const SMALL = CONTENT.subarray(0, 5000)
const SMALL_SOURCE = FtpSource.fromBytes(SMALL)
const small = stage({ root: { a: SMALL } })

const ALWAYS = Number.POSITIVE_INFINITY

/** SIZE is wrong by so many bytes, for good. */
const wrongBy = (by: number) => withFault({ _tag: "WrongSize", verb: "SIZE", by, times: ALWAYS })

/** What SIZE is answered for good, instead of a number of bytes. */
const unreadable = (text: string) => withFault({ _tag: "Garbage", verb: "SIZE", text, times: ALWAYS })

/** What MDTM is answered once: that the file was written in this second. */
const written = (second: number) => ({ _tag: "Garbage", verb: "MDTM", text: `213 2026010203040${second}` }) as const

/** Both ways to say that sizes don't count. */
const WITHOUT_SIZES = [{ verify: "Reply" }, { ignoreSize: true }] as const

const isWhole = (content: Uint8Array) =>
  Effect.map(MemoryFiles, ({ files }) => {
    expect(Buffer.compare(files.get("a") ?? new Uint8Array(0), content)).toBe(0)
  })

const arrived = (content: Uint8Array) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ read }) =>
    Effect.map(read("/b"), (bytes) => {
      expect(Buffer.compare(bytes, content)).toBe(0)
    })
  )

describe.each([100, -SMALL.length, -SMALL.length - 1])("a size that is wrong by %d bytes", (by) => {
  it.effect.each(WITHOUT_SIZES)("does not count in a transfer with %j", (options) =>
    Effect.gen(function* () {
      yield* wrongBy(by)
      const reply = { bytes: SMALL.length, evidence: { _tag: "Reply" } }
      expect(yield* toFile({ ...options, segments: 4, expectedSize: SMALL.length + by })).toEqual(reply)
      yield* isWhole(SMALL)
      expect(yield* fetched(options)).toBe(SMALL.length)
      for (const atomic of [false, true]) {
        expect(yield* upload({ ...options, atomic }, SMALL_SOURCE)).toEqual(reply)
        yield* arrived(SMALL)
      }
      expect(yield* commandsLike(/^SIZE/)).toEqual([])
      yield* nothingInUse
    }).pipe(Effect.provide(small))
  )

  it.effect("leaves a transfer that is verified by hash alone", () =>
    Effect.gen(function* () {
      yield* wrongBy(by)
      const options = { verify: "Hash", ignoreSize: true } as const
      expect(yield* toFile(options)).toMatchObject({ evidence: { _tag: "Hash" } })
      yield* isWhole(SMALL)
      expect(yield* upload(options, SMALL_SOURCE)).toMatchObject({ evidence: { _tag: "Hash" } })
      yield* arrived(SMALL)
    }).pipe(Effect.provide(small))
  )
})

describe("a transfer in which sizes don't count", () => {
  it.effect.each(WITHOUT_SIZES)("resumes a download after an interruption, and sends an upload again: %j", (options) =>
    Effect.gen(function* () {
      yield* wrongBy(-MIB)
      yield* withFault(cut("RETR", MIB), cut("STOR", MIB))
      expect(yield* toFile(options)).toMatchObject({ bytes: CONTENT.length, evidence: { _tag: "Reply" } })
      yield* isWhole(CONTENT)
      expect((yield* commandsLike(/^REST [1-9]/)).length).toBe(1)
      expect(yield* upload(options)).toMatchObject({ bytes: CONTENT.length, evidence: { _tag: "Reply" } })
      yield* arrived(CONTENT)
      expect((yield* commandsLike(/^STOR/)).length).toBe(2)
      expect(yield* commandsLike(/^APPE/)).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("starts over if an earlier download, in which sizes counted, left a partial file", () =>
    Effect.gen(function* () {
      yield* wrongBy(100)
      yield* withFault(cut("RETR", MIB + 1), { _tag: "Refuse", verb: "USER", reply: "421 Not now.", times: 100 })
      yield* Effect.flip(toFile())
      const { clearFaults } = yield* FtpTestServer.FtpTestServer
      yield* clearFaults
      yield* wrongBy(100)
      expect(yield* toFile({ ignoreSize: true })).toMatchObject({ bytes: CONTENT.length })
      yield* isWhole(CONTENT)
      expect(yield* names).toEqual(["a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("fails if the server does not confirm it, and if it has more than `maxBytes`", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", MIB))
      expect(yield* Effect.flip(toFile({ verify: "Reply", retry: Schedule.stop }))).toMatchObject({
        _tag: "FtpTransferInterrupted"
      })
      expect(yield* Effect.flip(toFile({ verify: "Reply", maxBytes: MIB }))).toMatchObject({ reason: "TooLarge" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["Size", "SizeAndTime"] as const)("can't be verified by %s", (verify) =>
    Effect.gen(function* () {
      const both = { verify, ignoreSize: true }
      const errors = [
        yield* Effect.flip(toFile(both)),
        yield* Effect.flip(fetched(both)),
        yield* Effect.flip(upload(both))
      ]
      expect(errors).toMatchObject(Array(3).fill({ _tag: "FtpUsageError", argument: "ignoreSize" }))
    }).pipe(Effect.provide(stage()))
  )
})

describe("a time that changes with each question", () => {
  it.effect("does not count in a download that the server's reply alone confirms", () =>
    Effect.gen(function* () {
      const { clearFaults } = yield* FtpTestServer.FtpTestServer
      yield* withFault({ _tag: "Delay", verb: "RETR", duration: "2 seconds", times: ALWAYS })
      yield* withFault(written(1), written(2))
      expect(yield* Effect.flip(toFile({ ignoreSize: true }))).toMatchObject({ reason: "Changed" })
      yield* clearFaults
      yield* withFault({ _tag: "Delay", verb: "RETR", duration: "2 seconds", times: ALWAYS })
      yield* withFault(written(1), written(2))
      expect(yield* toFile({ verify: "Reply" })).toMatchObject({ evidence: { _tag: "Reply" } })
    }).pipe(Effect.provide(stage()))
  )
})

describe.each(["213 -5", "213 1,048,576", "213 9007199254740993", "213 4711 report 5000", "213"])(
  "%j in answer to SIZE",
  (text) => {
    it.effect("is no size, and no failure of a transfer", () =>
      Effect.gen(function* () {
        yield* unreadable(text)
        const reply = { bytes: SMALL.length, evidence: { _tag: "Reply" } }
        expect(yield* toFile({ segments: 4 })).toEqual(reply)
        yield* isWhole(SMALL)
        expect(yield* fetched({})).toBe(SMALL.length)
        expect(yield* upload({}, SMALL_SOURCE)).toEqual(reply)
        yield* arrived(SMALL)
        expect(yield* Effect.flip(upload({ verify: "Size" }, SMALL_SOURCE))).toMatchObject({ reason: "Unverified" })
        yield* nothingInUse
      }).pipe(Effect.provide(small))
    )
  }
)
