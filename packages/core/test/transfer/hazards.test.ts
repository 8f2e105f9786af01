/** Transfers by the client while the server misbehaves: whole, or a typed failure, and the session is right. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, connections, withFault } from "../support/server.ts"

const CONTENT = "0123456789".repeat(20_000)

const download = (path: string) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const chunks = yield* Stream.runCollect(client.download(path))
    return Chunk.toReadonlyArray(chunks)
      .map((bytes) => new TextDecoder().decode(bytes))
      .join("")
  })

const upload = (path: string, content: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => client.upload(path, FtpSource.fromString(content)))

const server = layer({ server: { root: { a: CONTENT, empty: "" } } })

/** A client that does not go on after an interruption, so that it can be seen. */
const once = server.pipe(Layer.provide(FtpRetry.layer({ resume: Schedule.stop })))

describe("a download is whole and its session stays in step", () => {
  const harmless: ReadonlyArray<readonly [string, Fault]> = [
    ["226 comes before the data (vsftpd, IIS)", { _tag: "EarlyFinal" }],
    ["226 comes only after our side is closed (ProFTPD)", { _tag: "FinalAfterClose" }],
    ["150 comes after the data", { _tag: "LatePreliminary" }],
    ["150 never comes", { _tag: "NoPreliminary" }],
    ["150 comes twice", { _tag: "DoublePreliminary" }],
    ["every reply comes byte by byte", { _tag: "TinyWrites", times: 100 }],
    ["EPSV's port is deaf", { _tag: "DeafEpsv", verb: "EPSV" }],
    ["227 names a foreign address", { _tag: "ForeignPasv", host: "10.1.2.3", verb: "PASV" }]
  ]
  for (const [what, fault] of harmless) {
    it.effect(`when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault(fault)
        expect(yield* inTime(download("a"), "10 seconds")).toBe(CONTENT)
        expect(yield* inTime(download("empty"), "10 seconds")).toBe("")
        yield* nothingInUse
        expect((yield* connections).total).toBe(1)
      }).pipe(Effect.provide(server))
    )
  }

  it.effect("when 226 comes twice: the session is used again once a NOOP has shown that it is in step", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DoubleFinal", verb: "RETR" })
      expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
      expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
      expect((yield* connections).total).toBe(1)
      expect(yield* commandsLike(/^(RETR|NOOP)/)).toEqual(["RETR a", "NOOP", "RETR a"])
    }).pipe(Effect.provide(server))
  )
})

describe("a session on which 226 came twice, if NOOP is not answered", () => {
  it.effect("is returned without a wait, and replaced after 3 seconds when it would be lent again", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DoubleFinal", verb: "RETR" }, { _tag: "Silence", verb: "NOOP" })
      expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
      expect(yield* inTime(download("a"), "5 seconds")).toBe(CONTENT)
      expect((yield* connections).total).toBe(2)
    }).pipe(Effect.provide(server))
  )
})

describe("a download that can't be whole is a typed failure", () => {
  const broken: ReadonlyArray<readonly [string, Fault, object]> = [
    ["data is reset", { _tag: "DropData", afterBytes: 70_000 }, { _tag: "FtpTransferInterrupted" }],
    [
      "data ends early and the server says 426",
      { _tag: "DropData", afterBytes: 70_000, how: "End" },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpRejected", reply: { code: 426 } } }
    ],
    [
      "data ends early and the server says 226",
      { _tag: "DropData", afterBytes: 70_000, how: "End", reply: "226 Transfer complete." },
      { _tag: "FtpIntegrityError", reason: "Size" }
    ],
    ["no data comes and the server says 226", { _tag: "EmptyData" }, { _tag: "FtpIntegrityError", reason: "Size" }],
    [
      "the final reply never comes",
      { _tag: "WithholdFinal" },
      { _tag: "FtpTransferInterrupted", offset: CONTENT.length, cause: { reason: "TimedOut" }, outcome: "Unknown" }
    ],
    [
      "the control connection closes instead of the final reply",
      { _tag: "CloseControl", verb: "RETR", at: "FinalReply" },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpConnectionLost", channel: "Control" } }
    ],
    ["the server restarts twice", { _tag: "ResetAll", verb: "RETR", times: 2 }, { _tag: "FtpTransferInterrupted" }],
    [
      "the server says 421 and goes, twice",
      { _tag: "CloseControl", verb: "RETR", announce: true, times: 2 },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpConnectionLost", reason: "ServiceClosing" } }
    ],
    ["SIZE reports more than there is", { _tag: "WrongSize", by: 1 }, { _tag: "FtpIntegrityError", reason: "Size" }],
    ["a reply is garbage", { _tag: "Garbage", verb: "RETR" }, { _tag: "FtpProtocolViolation" }],
    ["a reply never ends", { _tag: "Flood", verb: "RETR", bytes: 3_000_000 }, { _tag: "FtpProtocolViolation" }],
    [
      "the server goes silent at RETR",
      { _tag: "Silence", verb: "RETR" },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpConnectionLost", reason: "TimedOut" } }
    ]
  ]
  for (const [what, fault, expected] of broken) {
    it.effect(`when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault({ ...fault, verb: fault.verb ?? (fault._tag === "WrongSize" ? "SIZE" : "RETR") })
        expect(
          yield* inTime(Effect.flip(Effect.map(download("a"), (content) => content.length)), "3 minutes")
        ).toMatchObject(expected)
        yield* nothingInUse
        expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
      }).pipe(Effect.provide(once))
    )
  }

  it.effect("when the data connection stays open, silent, after a refusal (vsftpd, Pure-FTPd)", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "KeepDataOpen", verb: "RETR" })
      expect(yield* Effect.flip(download("missing"))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
      expect(yield* download("a")).toBe(CONTENT)
      expect((yield* connections).total).toBe(1)
      const { transfers } = yield* Effect.flatMap(FtpTestServer.FtpTestServer, ({ connections }) => connections)
      expect(transfers).toBe(0)
    }).pipe(Effect.provide(once))
  )
})

describe("an upload", () => {
  const broken: ReadonlyArray<readonly [string, Fault, object]> = [
    ["the server resets the data", { _tag: "DropData", afterBytes: 70_000 }, { _tag: "FtpTransferInterrupted" }],
    [
      "the server ends the data and says 226",
      { _tag: "DropData", afterBytes: 70_000, how: "End", reply: "226 Transfer complete." },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpConnectionLost", channel: "Data" }, outcome: "Unknown" }
    ],
    [
      "the final reply never comes",
      { _tag: "WithholdFinal" },
      { _tag: "FtpTransferInterrupted", direction: "Upload", outcome: "Unknown" }
    ],
    ["SIZE reports less than was sent", { _tag: "WrongSize", verb: "SIZE", by: -1 }, { _tag: "FtpIntegrityError" }],
    [
      "the server has no room",
      { _tag: "Refuse", verb: "STOR", reply: "552 Disk full." },
      { _tag: "FtpRejected", reason: "StorageFull" }
    ]
  ]
  for (const [what, fault, expected] of broken) {
    it.effect(`fails typed when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault({ ...fault, verb: fault.verb ?? "STOR" })
        expect(yield* inTime(Effect.flip(upload("b", CONTENT)), "3 minutes")).toMatchObject(expected)
        yield* nothingInUse
        yield* inTime(upload("b", CONTENT), "1 second")
        expect(yield* download("b")).toBe(CONTENT)
      }).pipe(Effect.provide(once))
    )
  }

  it.effect("is abandoned by RST when its source fails, so the server can't take it for complete", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const source = FtpSource.fromStream(
        Stream.concat(Stream.make(new TextEncoder().encode(CONTENT)), Stream.fail("source broke" as const))
      )
      expect(yield* inTime(Effect.flip(client.upload("b", source)), "1 second")).toBe("source broke")
      yield* nothingInUse
      yield* inTime(upload("b", "whole"), "1 second")
      expect(yield* download("b")).toBe("whole")
    }).pipe(Effect.provide(once))
  )

  it.effect("reports a quota that becomes full in mid-transfer (552)", () =>
    Effect.gen(function* () {
      expect(yield* inTime(Effect.flip(upload("b", CONTENT)), "10 seconds")).toMatchObject({
        _tag: "FtpTransferInterrupted",
        cause: { _tag: "FtpRejected", reason: "StorageFull" }
      })
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ server: { root: {}, quota: 100_000 } })))
  )
})
