/**
 * The ordering hazards of data connections: what servers do, in orders that the RFC does not draw.
 */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { fetch, ready, session } from "../support/scripted.ts"
import { connections, withFault } from "../support/server.ts"

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

  it.effect("when 226 comes twice: the session is not used again, and nothing else is touched", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DoubleFinal", verb: "RETR" })
      expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
      expect(yield* inTime(download("a"), "1 second")).toBe(CONTENT)
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
    ["SIZE tells more than there is", { _tag: "WrongSize", by: 1 }, { _tag: "FtpIntegrityError", reason: "Size" }],
    ["a reply is garbage", { _tag: "Garbage", verb: "RETR" }, { _tag: "FtpProtocolViolation" }],
    ["a reply never ends", { _tag: "Flood", verb: "RETR", bytes: 3_000_000 }, { _tag: "FtpProtocolViolation" }],
    [
      "the server goes silent at EPSV",
      { _tag: "Silence", verb: "EPSV" },
      { _tag: "FtpTransferInterrupted", cause: { _tag: "FtpConnectionLost", reason: "TimedOut" } }
    ],
    ["the server goes silent at RETR", { _tag: "Silence", verb: "RETR" }, { _tag: "FtpTransferInterrupted" }]
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
    ["SIZE tells less than was sent", { _tag: "WrongSize", verb: "SIZE", by: -1 }, { _tag: "FtpIntegrityError" }],
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

  it.effect("tells that the quota is full when it becomes full in mid-transfer (552)", () =>
    Effect.gen(function* () {
      expect(yield* inTime(Effect.flip(upload("b", CONTENT)), "10 seconds")).toMatchObject({
        _tag: "FtpTransferInterrupted",
        cause: { _tag: "FtpRejected", reason: "StorageFull" }
      })
      yield* nothingInUse
    }).pipe(Effect.provide(layer({ server: { root: {}, quota: 100_000 } })))
  )
})

describe("wire orders", () => {
  const inMemory = Effect.provide(services)

  it.scoped("125 means the same as 150", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 125 already open
        D: send hello
        D: end
        S: 250 done
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("150 and 226 in one segment, before the data, lose nothing (aria2 hangs here)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S~ 150 here\\r\\n226 done\\r\\n
        D: send hello
        D: end
      `)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("226 at once, with the data connection never used, is an empty file", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 226 nothing in it
      `)
      expect(yield* inTime(fetch(made, "a"), "10 seconds")).toBe("")
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("leaving a download early keeps the session if the server settles (426)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        -- wait 100 millis
        S: 426 you left
        C: NOOP
        S: 200 ok
      `)
      yield* inTime(
        Effect.scoped(Effect.flatMap(made.receive(Command.retr("a")), (incoming) => incoming.read)),
        "1 second"
      )
      expect(yield* made.reusable).toBe(true)
      yield* made.run(Command.noop)
    }).pipe(inMemory)
  )

  it.scoped("leaving a download early gives the session up where the last word is a second 150 (Pure-FTPd)", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        S: 150 aborted
      `)
      yield* inTime(
        Effect.scoped(Effect.flatMap(made.receive(Command.retr("a")), (incoming) => incoming.read)),
        "2 seconds"
      )
      expect(yield* made.reusable).toBe(false)
    }).pipe(inMemory)
  )

  it.scoped("a REST that the server refuses fails before the transfer and leaves nothing pending", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${ready()}
        C: EPSV
        S: 229 ok (|||{port}|)
        D: accept
        C: REST 5
        S: 502 no
      `)
      expect(
        yield* Effect.flip(Effect.scoped(made.receive(Command.retr("a"), { offset: 5, path: "a" })))
      ).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  /** Up to the command that begins within a file. */
  const within = `
    ${ready("REST STREAM")}
    C: EPSV
    S: 229 ok (|||{port}|)
    D: accept
  `

  it.scoped("REST and RETR share a burst where REST STREAM is listed", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        C: RETR a
        S: 350 from there
        S: 150 here
        D: send 56789
        D: end
        S: 226 done
      `)
      const incoming = yield* made.receive(Command.retr("a"), { offset: 5, path: "a" })
      expect(Option.getOrUndefined(yield* incoming.read)).toEqual(new TextEncoder().encode("56789"))
      expect(yield* incoming.read).toEqual(Option.none())
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("an upload waits for the answer to REST, as without it STOR would cut what is there", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        S: 502 not today
      `)
      const sending = made.transmit(Command.stor("a"), Effect.succeedNone, { offset: 5, path: "a" })
      expect(yield* Effect.flip(sending)).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("a RETR whose REST was refused in the same burst is left, and the session goes on", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`
        ${within}
        C: REST 5
        C: RETR a
        S: 501 not today
        S: 150 here
        D: send 01234
        S: 426 you left
      `)
      const asked = Effect.scoped(made.receive(Command.retr("a"), { offset: 5, path: "a" }))
      expect(yield* Effect.flip(asked)).toMatchObject({ _tag: "FtpRejected", command: "REST 5" })
      expect(yield* made.reusable).toBe(true)
    }).pipe(inMemory)
  )

  it.scoped("each transfer has a data port of its own", () =>
    Effect.gen(function* () {
      const one = `
        C: EPSV
        S: 229 ok (|||{port}|)
        C: RETR a
        D: accept
        S: 150 here
        D: send hello
        D: end
        S: 226 done
      `
      const { session: made } = yield* session(`${ready()}${one}${one}`)
      expect(yield* fetch(made, "a")).toBe("hello")
      expect(yield* fetch(made, "a")).toBe("hello")
    }).pipe(inMemory)
  )
})
