/** Downloads that are interrupted, from servers that can't begin at an offset: all of it again, in the same run. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { MIB } from "../../support/bytes.ts"
import { endpoint, layer } from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, connections, cut, withFault } from "../../support/server.ts"

const contentOf = (seed: number) => Uint8Array.from({ length: 2 * MIB }, (_, at) => (at * 7) ^ (at >> 9) ^ seed)
const CONTENT = contentOf(0)
const CUT = 1.5 * MIB

const stage = (denied: ReadonlyArray<string> = []) =>
  layer({ server: { root: { a: CONTENT }, denied } }).pipe(Layer.provideMerge(MemoryFiles.layer))

const refuse = (verb: string, reply: string, times = Number.POSITIVE_INFINITY): Fault => ({
  _tag: "Refuse",
  verb,
  reply,
  times
})

/** How the manners of a server show once the download is at an offset. */
const MANNERS: ReadonlyArray<readonly [string, Fault]> = [
  ["REST is answered 502", refuse("REST", "502 REST not implemented.")],
  ["REST is answered 451", refuse("REST", "451 Not now.")],
  ["REST is ignored", { _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY }]
]

const streamed = Effect.gen(function* () {
  const client = yield* FtpClient.FtpClient
  const chunks: Array<Uint8Array> = []
  yield* Stream.runForEach(client.download("a"), (bytes) => Effect.sync(() => chunks.push(bytes)))
  return Buffer.concat(chunks)
})

const onDisk = (options: FtpTransfer.ToFileOptions = {}) =>
  Effect.gen(function* () {
    yield* FtpTransfer.toFile("a", "a", options)
    return Buffer.from((yield* MemoryFiles.MemoryFiles).files.get("a") ?? [])
  })

/** What the pool knows of the server. */
const learned = Effect.gen(function* () {
  const [profile] = yield* Effect.flatMap(FtpPool.FtpPool, ({ profiles }) => profiles)
  return profile ?? (yield* Effect.dieMessage("nothing was learned"))
})

type Download = Effect.Effect<
  Buffer,
  unknown,
  FtpClient.FtpClient | FtpPool.FtpPool | FtpLocalFile | MemoryFiles.MemoryFiles
>
const DOWNLOADS: ReadonlyArray<readonly [string, Download]> = [
  ["a stream", streamed],
  ["a file", onDisk()],
  ["a file in segments", onDisk({ segments: 4 })]
]

describe.each(DOWNLOADS)("a download to %s that breaks off twice", (_, download) => {
  it.effect.each(MANNERS)("is read again from its first byte if %s", ([_, fault]) =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 2 }), fault)
      expect(Buffer.compare(yield* inTime(download), CONTENT)).toBe(0)
      yield* nothingInUse
      expect((yield* learned).fails).toContain("REST")
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is resumed if REST works, which the profile says then", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 2 }))
      expect(Buffer.compare(yield* inTime(download), CONTENT)).toBe(0)
      expect((yield* learned).works).toContain("REST")
    }).pipe(Effect.provide(stage()))
  )
})

describe("a later download from a server that is known to have no REST", () => {
  it.effect("has one session, however many segments are asked for", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 1 }), refuse("REST", "502 REST not implemented."))
      yield* inTime(streamed)
      const profile = yield* learned
      const before = (yield* connections).total
      const again = Effect.provide(
        onDisk({ segments: 4 }),
        FtpClient.layerPooled({ endpoints: [yield* endpoint], profile })
      )
      expect(Buffer.compare(yield* inTime(again), CONTENT)).toBe(0)
      expect((yield* connections).total - before).toBe(1)
    }).pipe(Effect.provide(stage()))
  )
})

describe("a download from a server without REST", () => {
  it.effect.each([
    ["leaves it unanswered", { _tag: "Silence", verb: "REST", times: Number.POSITIVE_INFINITY }],
    ["hangs up on it", { _tag: "CloseControl", verb: "REST", times: Number.POSITIVE_INFINITY, how: "Reset" }]
  ] as const)("that %s is read again, and REST is not sent to that server any more", ([_, fault]) =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 1 }), fault)
      expect(Buffer.compare(yield* inTime(streamed), CONTENT)).toBe(0)
      const asked = (yield* commandsLike(/^REST [1-9]/)).length
      yield* withFault(cut("RETR", CUT, { times: 1 }))
      expect(Buffer.compare(yield* inTime(streamed), CONTENT)).toBe(0)
      expect((yield* commandsLike(/^REST [1-9]/)).length).toBe(asked)
      yield* nothingInUse
    }).pipe(Effect.provide(stage()))
  )

  it.effect("asks for an offset once", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 2 }))
      expect(Buffer.compare(yield* inTime(onDisk()), CONTENT)).toBe(0)
      expect((yield* commandsLike(/^REST [1-9]/)).length).toBe(1)
      expect((yield* commandsLike(/^RETR/)).length).toBe(3)
    }).pipe(Effect.provide(stage(["REST"])))
  )

  it.effect("is read again if REST is accepted and the RETR at an offset is not", () =>
    Effect.gen(function* () {
      const { fault } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut("RETR", CUT))
      let isFirst = true
      const onProgress = () => {
        if (isFirst) {
          isFirst = false
          Effect.runSync(fault(refuse("RETR", "451 a: Restart not permitted, try again.", 1)))
        }
      }
      expect(Buffer.compare(yield* inTime(onDisk({ onProgress })), CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("fails if the file was replaced by one of the same size and time", () =>
    Effect.gen(function* () {
      const { write } = yield* FtpTestServer.FtpTestServer
      yield* withFault(cut("RETR", CUT))
      const fiber = yield* Effect.fork(Effect.flip(streamed))
      yield* TestClock.adjust("100 millis")
      yield* write("/a", contentOf(1))
      expect(yield* inTime(Fiber.join(fiber))).toMatchObject({ _tag: "FtpIntegrityError", reason: "Changed" })
    }).pipe(Effect.provide(stage(["REST", "MDTM"])))
  )

  it.effect("leaves no partial file if it fails after all, as no later run could resume it", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", CUT, { times: 3 }))
      const error = yield* inTime(Effect.flip(onDisk({ retry: Schedule.recurs(1) })))
      expect(error).toMatchObject({ _tag: "FtpTransferInterrupted", transferred: 0 })
      expect([...(yield* MemoryFiles.MemoryFiles).files.keys()]).toEqual([])
    }).pipe(Effect.provide(stage(["REST"])))
  )

  it.effect("keeps to the limit on the speed while bytes are read again", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", MIB, { times: 1 }))
      const fiber = yield* Effect.fork(onDisk({ rate: MIB }))
      yield* TestClock.adjust("2500 millis")
      expect((yield* Fiber.poll(fiber))._tag).toBe("None")
      expect(Buffer.compare(yield* inTime(Fiber.join(fiber)), CONTENT)).toBe(0)
    }).pipe(Effect.provide(stage(["REST"])))
  )
})
