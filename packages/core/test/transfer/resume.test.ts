import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { commands, cut, textOnServer, withFault } from "../support/server.ts"

/** Text in which every place differs from every other. */
const text = (bytes: number, seed: string): string => {
  let content = ""
  for (let at = 0; content.length < bytes; at++) {
    content += `${seed}${at} `
  }
  return content.slice(0, bytes)
}

const CONTENT = text(300_000, "a")

const download = (path: string) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const chunks = yield* Stream.runCollect(client.download(path))
    const decoder = new TextDecoder()
    return Chunk.toReadonlyArray(chunks)
      .map((bytes) => decoder.decode(bytes, { stream: true }))
      .join("")
  })

/** For tests that expect a failure: were it a success, a report with all the text in it would help nobody. */
const fetched = Effect.map(download("a"), (content) => content.length)

const upload = (path: string, content: string) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => client.upload(path, FtpSource.fromString(content)))

const server = layer({ server: { root: { a: CONTENT } } })

describe("a download resumes by itself", () => {
  const faults: ReadonlyArray<readonly [string, ReadonlyArray<Fault>]> = [
    ["data is reset three times", [cut("RETR", 70_000, { times: 3 })]],
    ["data ends early with 426", [cut("RETR", 70_000, { how: "End" })]],
    ["data ends early with 451", [cut("RETR", 70_000, { how: "End", reply: "451 Local error." })]],
    ["the final reply never comes", [{ _tag: "WithholdFinal", verb: "RETR" }]],
    ["control closes instead of the final reply", [{ _tag: "CloseControl", verb: "RETR", at: "FinalReply" }]],
    ["the server restarts twice", [{ _tag: "ResetAll", verb: "RETR", times: 2 }]],
    ["the server says 421 and goes", [{ _tag: "CloseControl", verb: "RETR", announce: true, times: 2 }]],
    ["the server goes silent", [{ _tag: "Silence", verb: "RETR" }]],
    ["the login is refused for a while", [cut("RETR", 70_000), { _tag: "CloseControl", verb: "USER", times: 2 }]]
  ]
  for (const [what, list] of faults) {
    it.effect(`when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault(...list)
        expect((yield* inTime(download("a"))) === CONTENT).toBe(true)
        yield* nothingInUse
      }).pipe(Effect.provide(server))
    )
  }

  it.effect("from where it stopped, not from the beginning", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", 200_000, { how: "End" }))
      yield* inTime(download("a"))
      const rests = (yield* commands).filter((line) => line.startsWith("REST"))
      expect(rests.length).toBe(1)
      expect(Number(rests[0]?.slice(5))).toBeGreaterThan(100_000)
    }).pipe(Effect.provide(server))
  )

  it.effect("asks only for SIZE when every byte is here and the last word was lost", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "RETR", at: "FinalReply" })
      expect((yield* inTime(download("a"))) === CONTENT).toBe(true)
      expect((yield* commands).filter((line) => line.startsWith("RETR")).length).toBe(1)
    }).pipe(Effect.provide(server))
  )

  it.effect("and gives up after a bounded time without progress, saying where it stood and why", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", 70_000), { _tag: "ResetAll", verb: "RETR", times: Number.POSITIVE_INFINITY })
      const error = yield* inTime(Effect.flip(fetched))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", direction: "Download" })
      yield* nothingInUse
    }).pipe(Effect.provide(server))
  )

  it.effect("for as long as there is progress, and no longer, by goftp's rule", () =>
    Effect.gen(function* () {
      yield* withFault(
        cut("RETR", 150_000, { how: "End" }),
        cut("RETR", 0, { how: "End", times: Number.POSITIVE_INFINITY })
      )
      const error = yield* inTime(Effect.flip(fetched))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", transferred: 0 })
      expect((error as FtpTransferInterrupted).offset).toBeGreaterThan(0)
    }).pipe(
      Effect.provide(
        layer({ server: { root: { a: CONTENT } } }).pipe(
          Layer.provide(FtpRetry.layer({ resume: FtpRetry.whileProgress }))
        )
      )
    )
  )
})

describe("a download never splices", () => {
  it.effect("when the file is replaced by one of another size", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut("RETR", 100_000))
      const fiber = yield* Effect.fork(Effect.flip(fetched))
      yield* TestClock.adjust("100 millis")
      yield* write("/a", text(310_000, "b"))
      expect(yield* inTime(Fiber.join(fiber))).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed" })
    }).pipe(Effect.provide(server))
  )

  it.effect("when the file is replaced by one of the same size and time", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut("RETR", 100_000))
      const fiber = yield* Effect.fork(Effect.flip(fetched))
      yield* TestClock.adjust("100 millis")
      yield* write("/a", text(300_000, "b"))
      expect(yield* inTime(Fiber.join(fiber))).toMatchObject({ _tag: "FtpIntegrityError" })
    }).pipe(Effect.provide(server))
  )

  describe("over bytes that are all alike", () => {
    const MIB = 1024 * 1024
    const image = (from: number, to: number) =>
      Uint8Array.from({ length: 2 * MIB }, (_, at) => (at >= from && at < to ? 0 : ((at * 5) ^ (at >> 8)) | 1))
    const cutImage = (
      content: Uint8Array,
      at: number,
      denied: ReadonlyArray<string>,
      ...faults: ReadonlyArray<Fault>
    ) =>
      Effect.gen(function* () {
        yield* withFault(cut("RETR", at, { how: "End" }), ...faults)
        const client = yield* FtpClient.FtpClient
        const chunks: Array<Uint8Array> = []
        yield* inTime(
          Effect.either(Stream.runForEach(client.download("a"), (bytes) => Effect.sync(() => chunks.push(bytes))))
        )
        const came = Buffer.concat(chunks)
        expect(came.equals(content.subarray(0, came.length))).toBe(true)
        yield* nothingInUse
        return { isWhole: came.length === content.length, commands: yield* commands }
      }).pipe(Effect.provide(layer({ server: { root: { a: { content } }, denied } })))
    const NO_SIZE = ["SIZE", "MDTM", "MLST"]
    const ignored: Fault = { _tag: "IgnoreRest", verb: "REST" }

    it.effect.each([true, false])(
      "regression: when REST is ignored, and the file begins with them (size reported: %s)",
      (isTold) =>
        Effect.gen(function* () {
          const { isWhole } = yield* cutImage(image(0, MIB), MIB / 2, isTold ? [] : NO_SIZE, ignored)
          expect(isWhole).toBe(true)
        })
    )

    it.effect.each([true, false])(
      "when REST is ignored, and they are in the middle of it (size reported: %s)",
      (isTold) =>
        Effect.gen(function* () {
          const content = image(MIB / 2, 2 * MIB)
          content.fill(0, 0, MIB / 4)
          const { commands, isWhole } = yield* cutImage(content, MIB, isTold ? [] : NO_SIZE, ignored)
          expect(isWhole).toBe(true)
          expect(commands.filter((line) => line.startsWith("RETR")).length).toBe(3)
        })
    )

    it.effect("and fetches again no more than from where they begin", () =>
      Effect.gen(function* () {
        const { commands, isWhole } = yield* cutImage(image(MIB / 2, 2 * MIB), MIB, NO_SIZE)
        expect(isWhole).toBe(true)
        const [rest = ""] = commands.filter((line) => line.startsWith("REST"))
        expect(Number(rest.slice(5))).toBeGreaterThan(MIB / 4)
        expect(Number(rest.slice(5))).toBeLessThan(MIB / 2)
      })
    )

    it.effect("and little where there are many of them, and the size at the end shows it", () =>
      Effect.gen(function* () {
        const { commands, isWhole } = yield* cutImage(image(MIB / 8, 2 * MIB), 1.75 * MIB, [])
        expect(isWhole).toBe(true)
        const [rest = ""] = commands.filter((line) => line.startsWith("REST"))
        expect(Number(rest.slice(5))).toBeGreaterThan(1.7 * MIB)
      })
    )
  })
})

describe("an upload resumes by itself", () => {
  const faults: ReadonlyArray<readonly [string, ReadonlyArray<Fault>]> = [
    ["data is reset three times", [cut("STOR", 70_000, { times: 3 })]],
    ["data is reset, and again in the going on", [cut("STOR", 70_000), cut("STOR", 70_000)]],
    ["the final reply never comes", [{ _tag: "WithholdFinal", verb: "STOR" }]],
    ["control closes instead of the final reply", [{ _tag: "CloseControl", verb: "STOR", at: "FinalReply" }]],
    ["the server restarts twice", [{ _tag: "ResetAll", verb: "STOR", times: 2 }]],
    [
      "the server refuses REST for a STOR (ProFTPD)",
      [cut("STOR", 70_000), { _tag: "Refuse", verb: "REST", reply: "501 REST not allowed." }]
    ],
    ["the server takes REST for a STOR and ignores it", [cut("STOR", 70_000), { _tag: "IgnoreRest", verb: "REST" }]]
  ]
  for (const [what, list] of faults) {
    it.effect(`when ${what}`, () =>
      Effect.gen(function* () {
        yield* withFault(...list)
        const result = yield* inTime(upload("b", CONTENT))
        expect(result).toEqual({ bytes: CONTENT.length, evidence: { _tag: "Size" } })
        expect((yield* textOnServer("b")) === CONTENT).toBe(true)
        yield* nothingInUse
      }).pipe(Effect.provide(server))
    )
  }

  it.effect("from the bytes that the server kept", () =>
    Effect.gen(function* () {
      yield* withFault(cut("STOR", 150_000))
      yield* inTime(upload("b", CONTENT))
      const rests = (yield* commands).filter((line) => line.startsWith("REST"))
      expect(Number(rests[0]?.slice(5))).toBeGreaterThan(0)
      expect((yield* textOnServer("b")) === CONTENT).toBe(true)
    }).pipe(Effect.provide(server))
  )

  it.effect("by APPE where the server has no REST STREAM", () =>
    Effect.gen(function* () {
      yield* withFault(cut("STOR", 150_000))
      yield* inTime(upload("b", CONTENT))
      expect((yield* commands).some((line) => line.startsWith("APPE"))).toBe(true)
      expect((yield* textOnServer("b")) === CONTENT).toBe(true)
    }).pipe(Effect.provide(layer({ server: { root: {}, denied: ["REST"] } })))
  )

  it.effect("but not from a stream that can be read once", () =>
    Effect.gen(function* () {
      yield* withFault(cut("STOR", 70_000))
      const client = yield* FtpClient.FtpClient
      const source = FtpSource.fromStream(Stream.make(new TextEncoder().encode(CONTENT)))
      expect(yield* inTime(Effect.flip(client.upload("b", source)))).toMatchObject({ _tag: "FtpTransferInterrupted" })
      yield* nothingInUse
    }).pipe(Effect.provide(server))
  )
})
