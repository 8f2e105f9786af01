/** What an earlier run left of an upload on the server: gone on with where it is proven, and never spliced. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import type * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { endpoint, layer } from "../../support/embedded.ts"
import { hasher } from "../../support/hasher.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { zeroFilling } from "../../support/zeroFilling.ts"

const KIB = 1024
const MIB = 1024 * KIB
const bytesOf = (seed: number) => Uint8Array.from({ length: 4 * MIB }, (_, at) => (at * seed) ^ (at >> 8))
const CONTENT = bytesOf(5)
const OTHER = bytesOf(7)

/** When the local file was written, by a clock that only the tests set. */
class Written extends Context.Tag("test/Written")<Written, { at: DateTime.Utc }>() {}

/** TestClock begins at 0. */
const WRITTEN = DateTime.unsafeMake(5678)

/** Local files that tell their time. */
const timed = Layer.effectContext(
  Effect.map(FtpLocalFile, (files) => {
    const written = { at: WRITTEN }
    const service = FtpLocalFile.of({
      ...files,
      info: (path) =>
        Effect.map(
          files.info(path),
          Option.map((info) => ({ ...info, modified: Option.some(written.at) }))
        )
    })
    return Context.make(Written, written).pipe(Context.add(FtpLocalFile, service))
  })
).pipe(Layer.provideMerge(MemoryFiles.layer))

const stage = (server: FtpTestServer.Options = {}) =>
  layer({ server: { root: { "pub/": {} }, ...server }, pool: { maxPerHost: 1 } }).pipe(
    Layer.provideMerge(timed),
    Layer.provideMerge(Layer.succeed(FtpHasher, hasher))
  )

/** The server's clock is TestClock too. */
const begin = Effect.gen(function* () {
  const { files } = yield* MemoryFiles.MemoryFiles
  files.set("a", CONTENT)
  yield* TestClock.adjust("1 minute")
})

const put = (options: FtpTransfer.FromFileOptions = {}) =>
  FtpTransfer.fromFile("a", "pub/a", { resume: "IfVerified", ...options })

/** By another client, as of another process. */
const putAnew = (options: FtpTransfer.FromFileOptions = {}) =>
  Effect.gen(function* () {
    let continued = 0
    const result = yield* inTime(
      Effect.flatMap(endpoint, (endpoint) =>
        Effect.provide(
          put({
            onResume: (bytes) => {
              continued = bytes
            },
            ...options
          }),
          FtpClient.layerPooled({ endpoints: [endpoint] })
        )
      )
    )
    return { ...result, continued }
  })

/** Stops for good after so many bytes. */
const cutAt = (afterBytes: number, options: FtpTransfer.FromFileOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes, how: "End" })
    const error = yield* inTime(Effect.flip(put({ retry: Schedule.stop, ...options })))
    expect(error).toMatchObject({ _tag: "FtpTransferInterrupted" })
    yield* server.clearFaults
  })

const said = (pattern: RegExp) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.commands, (lines) => lines.filter((line) => pattern.test(line)))
  )

const names = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
  Effect.map(server.tree, (nodes) => nodes.flatMap(({ path, type }) => (type === "File" ? [path] : [])))
)

const isOnServer = (path: string, content: Uint8Array) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.read(path), (bytes) => Buffer.compare(bytes, content) === 0)
  )

const left = (path: string, content: Uint8Array) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.write(path, content))

/** Changes the one part that is there, and gives its name. */
const spoil = (change: (bytes: Uint8Array) => void) =>
  Effect.gen(function* () {
    const [part = ""] = yield* names
    const { read } = yield* FtpTestServer.FtpTestServer
    const bytes = (yield* read(part)).slice()
    change(bytes)
    yield* left(part, bytes)
    return part
  })

/** Offsets from which something was sent. */
const restarts = Effect.map(said(/^(REST|RETR|STOR|APPE)/), (lines) =>
  lines.flatMap((line, at) =>
    line.startsWith("REST") && /^(STOR|APPE)/.test(lines[at + 1] ?? "") ? [Number(line.slice("REST ".length))] : []
  )
)

const HIDDEN = /^\/pub\/\.a\.[0-9a-f]{16}\.[0-9a-f]{8}\.ftp-effect$/

describe("an atomic upload that an earlier run left unfinished", () => {
  it.effect("is gone on with under a name of its own: only the rest is sent", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const [part = ""] = yield* names
      expect(part).toMatch(HIDDEN)
      const { read } = yield* FtpTestServer.FtpTestServer
      const kept = (yield* read(part)).byteLength
      expect(kept).toBeGreaterThanOrEqual(3 * MIB)

      expect(yield* putAnew({ atomic: true })).toEqual({
        bytes: CONTENT.length,
        evidence: { _tag: "SizeAndTime" },
        continued: kept
      })
      expect(yield* restarts).toEqual([kept])
      const [claim, claimed] = yield* said(/^(RNFR|RNTO)/)
      expect(claim).toBe(`RNFR ${part.slice(1)}`)
      expect(claimed?.replace("RNTO ", "/")).toMatch(HIDDEN)
      expect(claimed?.slice(5)).not.toBe(part.slice(1))
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is left there by an interruption, and gone on with as well", () =>
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
      // As of a process that was killed: nobody says goodbye.
      yield* server.resetConnections
      yield* inTime(Fiber.interrupt(first), "20 seconds")
      const { continued } = yield* putAnew({ atomic: true })
      expect(continued).toBeGreaterThanOrEqual(MIB)
      expect(yield* restarts).toEqual([continued])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual(["/pub/a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not removed, but removed where the caller did not say that it may go on", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true, resume: "Never" })
      expect(yield* names).toEqual([])
      yield* cutAt(3 * MIB, { atomic: true })
      expect((yield* names).length).toBe(1)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is no part of a source that was written since", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { millis: 1 })
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* restarts).toEqual([])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is left alone where its last bytes are not ours", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      yield* spoil((bytes) => bytes.fill(0, bytes.length - 1))
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* restarts).toEqual([])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is left alone where the server's hash says that any byte is not ours", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const part = yield* spoil((bytes) => bytes.fill(0xff, 10, 11))
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      yield* left(part, CONTENT.subarray(0, 2 * MIB))
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 2 * MIB })
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("is left alone while somebody writes to it, who then ends well", () =>
    Effect.gen(function* () {
      yield* begin
      const slow = yield* Effect.fork(put({ atomic: true, rate: 100 * KIB }))
      yield* Effect.repeatN(TestClock.adjust("200 millis"), 80)
      expect(yield* Fiber.poll(slow)).toEqual(Option.none())
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* restarts).toEqual([])
      yield* inTime(Fiber.join(slow))
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("goes to one of two who want it, and both end well", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const both = Effect.flatMap(endpoint, (endpoint) =>
        Effect.provide(
          Effect.all([put({ atomic: true }), put({ atomic: true })], { concurrency: 2 }),
          FtpClient.layerPooled({ endpoints: [endpoint] })
        )
      )
      yield* inTime(both)
      expect((yield* restarts).length).toBe(1)
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect.each(["RNFR", "RNTO"])("is left alone where it can't be renamed: the server refuses %s", (verb) =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const [part = ""] = yield* names
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb, reply: "550 No such file." })
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual([part, "/pub/a"])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is gone on with when it was renamed and only the reply to that was lost", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "RNTO", at: "FinalReply" })
      expect((yield* putAnew({ atomic: true })).continued).toBeGreaterThanOrEqual(3 * MIB)
      expect(yield* names).toEqual(["/pub/a"])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not looked for where the directory can't be listed", () =>
    Effect.gen(function* () {
      yield* begin
      yield* cutAt(3 * MIB, { atomic: true })
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "MLSD", reply: "550 No." })
      expect(yield* putAnew({ atomic: true })).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )
})

describe("a file of fewer bytes under the final name", () => {
  it.effect("is gone on with if it was written after the source and its end is ours", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      expect(yield* putAnew()).toMatchObject({ bytes: CONTENT.length, continued: 3 * MIB })
      expect(yield* restarts).toEqual([3 * MIB])
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is sent anew unless the caller says otherwise", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      expect(yield* putAnew({ resume: "Never" })).toMatchObject({ continued: 0 })
      expect(yield* restarts).toEqual([])
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is sent anew where the source was written later, though all its bytes are ours", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { minutes: 5 })
      expect(yield* putAnew()).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("needs no time where the server has a hash", () =>
    Effect.gen(function* () {
      yield* begin
      const written = yield* Written
      written.at = DateTime.add(WRITTEN, { minutes: 5 })
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      expect(yield* putAnew()).toMatchObject({ continued: 3 * MIB })
      yield* left("/pub/a", OTHER.subarray(0, 3 * MIB))
      expect(yield* putAnew()).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage({ hasher })))
  )

  it.effect("is sent anew where its last bytes are not ours, or can't be read", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", OTHER.subarray(0, 3 * MIB))
      expect(yield* putAnew()).toMatchObject({ continued: 0 })
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "Refuse", verb: "RETR", reply: "550 Permission denied.", times: 9 })
      expect(yield* putAnew()).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is not sent at all if it is whole, and sent anew if it is longer", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", CONTENT)
      expect(yield* putAnew()).toMatchObject({ bytes: CONTENT.length, continued: CONTENT.length })
      expect(yield* said(/^(STOR|APPE)/)).toEqual([])
      yield* left("/pub/a", Buffer.concat([CONTENT, Buffer.from("more")]))
      expect(yield* putAnew()).toMatchObject({ continued: 0 })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is looked for again when the connection breaks meanwhile", () =>
    Effect.gen(function* () {
      yield* begin
      yield* left("/pub/a", CONTENT.subarray(0, 3 * MIB))
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "CloseControl", verb: "MDTM" })
      expect(yield* putAnew()).toMatchObject({ continued: 3 * MIB })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(stage()))
  )
})

describe("what an earlier run had sewn, over zeros up to the seam", () => {
  const sewing = (put: Effect.Effect<unknown, unknown, FtpPool.FtpPool | FtpLocalFile>) =>
    Effect.gen(function* () {
      yield* begin
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "DropData", verb: "STOR", afterBytes: 2 * MIB, how: "End" })
      yield* server.fault({ _tag: "Silence", verb: "RETR" })
      const first = yield* Effect.fork(put)
      // Killed when all of it is there, and before anybody looked at the seam.
      yield* inTime(
        Effect.iterate(false, {
          while: (isLooking) => !isLooking,
          body: () =>
            Effect.zipRight(
              Effect.sleep("100 millis"),
              Effect.map(server.commands, (lines) => lines.some((line) => line.startsWith("RETR")))
            )
        })
      )
      expect((yield* restarts).length).toBe(1)
      yield* server.resetConnections
      yield* inTime(Fiber.interrupt(first), "20 seconds")
      yield* server.clearFaults
    })

  const filling = Layer.unwrapEffect(Effect.map(zeroFilling({ "pub/": {} }), (root) => stage({ root })))

  it.effect("regression: is sent anew by the next one, atomic", () =>
    Effect.gen(function* () {
      yield* sewing(put({ atomic: true }))
      const [part = ""] = yield* names
      expect(part).toMatch(HIDDEN)
      expect(yield* isOnServer(part, CONTENT)).toBe(false)
      yield* putAnew({ atomic: true })
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
      expect(yield* names).toEqual(["/pub/a"])
    }).pipe(Effect.provide(filling))
  )

  it.effect("regression: is sent anew by the next one, under the final name", () =>
    Effect.gen(function* () {
      yield* sewing(put())
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(false)
      yield* putAnew()
      expect(yield* isOnServer("/pub/a", CONTENT)).toBe(true)
    }).pipe(Effect.provide(filling))
  )

  it.effect("is sent anew also where the source begins and ends with zeros", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      yield* sewing(put({ atomic: true }))
      const zeros = CONTENT.slice()
      zeros.fill(0, 0, MIB)
      zeros.fill(0, 2 * MIB)
      files.set("a", zeros)
      yield* spoil((bytes) => bytes.fill(0))
      const { continued } = yield* putAnew({ atomic: true })
      expect(continued).toBe(CONTENT.length)
      expect(yield* isOnServer("/pub/a", zeros)).toBe(true)
    }).pipe(Effect.provide(filling))
  )
})
