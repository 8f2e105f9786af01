import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTimeouts from "@ftp-effect/core/FtpTimeouts"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MIB } from "../support/bytes.ts"
import { CONTENT, fetched, NONE_OF_NOTHING, NOTHING, names, stage, toFile, upload } from "../support/hashed.ts"
import { hashOf } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, withFault } from "../support/server.ts"

const SHA256 = { _tag: "Hash", algorithm: "SHA-256", value: hashOf("SHA-256", CONTENT) }

describe("the evidence of a transfer", () => {
  it.effect("is what is there without another question, by default", () =>
    Effect.gen(function* () {
      expect(yield* toFile()).toEqual({ bytes: CONTENT.length, evidence: { _tag: "Size" } })
      expect(yield* upload()).toEqual({ bytes: CONTENT.length, evidence: { _tag: "Size" } })
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual([])
      expect((yield* commandsLike(/^MDTM a/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the reply alone if the server reports no sizes", () =>
    Effect.gen(function* () {
      expect(yield* toFile()).toMatchObject({ evidence: { _tag: "Reply" } })
      expect(yield* upload()).toMatchObject({ evidence: { _tag: "Reply" } })
      expect(yield* Effect.flip(toFile({ verify: "Size" }))).toMatchObject({
        _tag: "FtpIntegrityError",
        reason: "Unverified",
        expected: "proof by Size",
        actual: "Reply"
      })
      expect(yield* Effect.flip(upload({ verify: "Size" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage({ denied: ["SIZE"] })))
  )

  it.effect("is size and time when the server reports the same ones after the download", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "SizeAndTime" })).toMatchObject({ evidence: { _tag: "SizeAndTime" } })
      expect(yield* fetched({ verify: "SizeAndTime" })).toBe(CONTENT.length)
      expect((yield* commandsLike(/^MDTM/)).length).toBe(4)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is size and time when a local file was not written while it was sent", () =>
    Effect.gen(function* () {
      const modified = Effect.succeedSome(DateTime.unsafeMake(0))
      const result = yield* upload({ verify: "SizeAndTime" }, { ...FtpSource.fromBytes(CONTENT), modified })
      expect(result).toMatchObject({ evidence: { _tag: "SizeAndTime" } })
      expect(yield* Effect.flip(upload({ verify: "SizeAndTime" }))).toMatchObject({ reason: "Unverified" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the best hash that both sides know", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toEqual({ bytes: CONTENT.length, evidence: SHA256 })
      expect(yield* upload({ verify: "Hash" })).toEqual({ bytes: CONTENT.length, evidence: SHA256 })
      expect(yield* fetched({ verify: "Hash" })).toBe(CONTENT.length)
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual(["XSHA256 a", "XSHA256 b", "XSHA256 a"])
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is a weaker hash where the server has no better one", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({
        evidence: { _tag: "Hash", algorithm: "CRC32", value: hashOf("CRC32", CONTENT) }
      })
    }).pipe(Effect.provide(stage({ denied: ["HASH", "MD5", "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512"] })))
  )

  it.effect("is by HASH where there is nothing else, and leaves the session as it was", () =>
    Effect.gen(function* () {
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect(yield* commandsLike(/HASH/)).toEqual(["OPTS HASH SHA-256", "HASH a", "OPTS HASH SHA-1"])
      const { connections } = yield* FtpTestServer.FtpTestServer
      yield* toFile()
      expect((yield* connections).total).toBe(1)
    }).pipe(Effect.provide(stage({ denied: ["XSHA256", "XSHA512", "XSHA1", "XSHA", "XMD5", "MD5", "XCRC"] })))
  )

  it.effect("covers the bytes of every attempt", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "DropData", verb: "RETR", afterBytes: MIB },
        { _tag: "DropData", verb: "STOR", afterBytes: MIB }
      )
      expect(yield* fetched({ verify: "Hash" })).toBe(CONTENT.length)
      expect(yield* upload({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^REST/)).length).toBe(2)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is of a stream that can be read once, too", () =>
    Effect.gen(function* () {
      const source = FtpSource.fromStream(Stream.make(CONTENT.slice(0, MIB), CONTENT.slice(MIB)))
      expect(yield* upload({ verify: "Hash" }, source)).toMatchObject({ evidence: SHA256 })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is the hash of an empty file by HASH, where XSHA256 takes none, as on ProFTPD", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 4 })
      const evidence = { _tag: "Hash", algorithm: "SHA-256", value: hashOf("SHA-256", "") }
      expect(yield* toFile({ verify: "Hash" })).toEqual({ bytes: 0, evidence })
      expect(yield* commandsLike(/HASH|XSHA/)).toEqual(["XSHA256 a", "OPTS HASH SHA-256", "HASH a", "OPTS HASH SHA-1"])
      expect(yield* fetched({ verify: "Hash" })).toBe(0)
      expect(yield* upload({ verify: "Hash" }, NOTHING)).toEqual({ bytes: 0, evidence })
      const client = yield* FtpClient.FtpClient
      expect(yield* client.hash("a")).toEqual({ algorithm: "SHA-256", value: hashOf("SHA-256", "") })
    }).pipe(Effect.provide(stage({ root: { a: "" } })))
  )

  it.effect("is the size of an empty file where the server hashes none in any way: nothing else has 0 bytes", () =>
    Effect.gen(function* () {
      yield* withFault({ ...NONE_OF_NOTHING, times: 4 })
      const proven = { bytes: 0, evidence: { _tag: "Size" } }
      expect(yield* toFile({ verify: "Hash" })).toEqual(proven)
      expect(yield* names).toEqual(["a"])
      expect(yield* fetched({ verify: "Hash" })).toBe(0)
      for (const atomic of [false, true]) {
        expect(yield* upload({ verify: "Hash", atomic }, NOTHING)).toEqual(proven)
      }
      yield* nothingInUse
    }).pipe(Effect.provide(stage({ root: { a: "" }, denied: ["HASH"] })))
  )

  it.effect("is asked for again when the connection is lost over the hash", () =>
    Effect.gen(function* () {
      yield* withFault(
        { _tag: "CloseControl", verb: "XSHA256", at: "FinalReply" },
        { _tag: "CloseControl", verb: "XSHA256" }
      )
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^RETR/)).length).toBe(1)
      yield* withFault({ _tag: "CloseControl", verb: "XSHA256" })
      expect(yield* upload({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      expect((yield* commandsLike(/^(STOR|APPE)/)).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("may take a server longer than any other reply, but not for ever", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "XSHA256", duration: "9 minutes" })
      expect(yield* toFile({ verify: "Hash" })).toMatchObject({ evidence: SHA256 })
      yield* withFault({ _tag: "Delay", verb: "XSHA256", duration: "11 minutes", times: 5 })
      const client = yield* FtpClient.FtpClient
      expect(yield* inTime(Effect.flip(client.hash("a")), "1 hour")).toMatchObject({
        _tag: "FtpConnectionLost",
        reason: "TimedOut"
      })
      expect(Duration.toMinutes(FtpTimeouts.defaults.hash)).toBe(10)
    }).pipe(Effect.provide(stage()))
  )
})
