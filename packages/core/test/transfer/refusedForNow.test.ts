/** Transfers that the server refuses for now, before it moves a byte: they are tried again as other commands are. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpTransferInterrupted } from "@ftp-effect/core/FtpError"
import { FtpHasher } from "@ftp-effect/core/FtpHasher"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Embedded from "../support/embedded.ts"
import { hasher } from "../support/hasher.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { nothingInUse } from "../support/pool.ts"
import { commandsLike, cut, textOnServer, withFault } from "../support/server.ts"

const ALWAYS = Number.POSITIVE_INFINITY
const LARGE = "0123456789".repeat(40_000)

const serverOf = () => Embedded.layer({ server: { root: { a: "hello", large: LARGE, log: "one\n" }, hasher } })
const stage = Layer.mergeAll(serverOf(), MemoryFiles.layer)

const refuse = (verb: string, reply = "450 busy", times = 1): Fault => ({ _tag: "Refuse", verb, reply, times })

const oneShot = (text: string) => FtpSource.fromStream(Stream.encodeText(Stream.make(text)))

type Using = (client: FtpClient.FtpClient) => Effect.Effect<unknown, unknown, MemoryFiles.MemoryFiles | FtpFiles>
type FtpFiles = Layer.Layer.Success<typeof MemoryFiles.layer>

const using = (use: Using) => Effect.flatMap(FtpClient.FtpClient, (client) => inTime(use(client)))

const count = (pattern: RegExp) => Effect.map(commandsLike(pattern), ({ length }) => length)

const DOWNLOADS: ReadonlyArray<readonly [string, Using]> = [
  ["readFileString", (client) => client.readFileString("a")],
  ["download", (client) => Stream.runDrain(client.download("a"))],
  ["a range", (client) => Stream.runDrain(client.download("a", { offset: 1, length: 2 }))],
  ["toFile", (client) => client.toFile("a", "here")],
  ["toFile of a small file", (client) => client.toFile("a", "here", { expectedSize: 5 })],
  ["toFile in segments", (client) => client.toFile("large", "here", { segments: 2 })]
]

const withLocal =
  (use: (client: FtpClient.FtpClient) => Effect.Effect<unknown, unknown, FtpFiles>): Using =>
  (client) =>
    Effect.flatMap(MemoryFiles.MemoryFiles, ({ files }) => {
      files.set("here", new TextEncoder().encode("new"))
      return use(client)
    })

const UPLOADS: ReadonlyArray<readonly [string, Using]> = [
  ["bytes", (client) => client.upload("a", FtpSource.fromString("new"))],
  ["a stream that is read once", (client) => client.upload("a", oneShot("new"))],
  ["an atomic upload", (client) => client.upload("a", "new", { atomic: true })],
  ["a sink", (client) => Stream.run(Stream.encodeText(Stream.make("new")), client.sink("a"))],
  ["a local file", withLocal((client) => client.fromFile("here", "a"))],
  ["a local file, atomically", withLocal((client) => client.fromFile("here", "a", { atomic: true }))]
]

describe("a download that is refused for now is tried again", () => {
  for (const [what, use] of DOWNLOADS) {
    it.effect.each(["450 busy", "451 Local error.", "425 Can't open data connection."])(`${what}, %s`, (reply) =>
      Effect.gen(function* () {
        yield* withFault(refuse("RETR", reply, 2))
        yield* using(use)
        yield* nothingInUse
      }).pipe(Effect.provide(stage))
    )
  }

  it.effect("the port for it", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("EPSV", "425 no port", 3), refuse("PASV", "425 no port", 2))
      yield* using((client) => client.readFileString("a"))
    }).pipe(Effect.provide(stage))
  )

  it.effect("REST of a range that is too far for reading up to it", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("REST"))
      yield* using((client) => Stream.runDrain(client.download("large", { offset: 300_000, maxSkipped: 10 })))
    }).pipe(Effect.provide(stage))
  )

  it.effect("in the middle, after it was interrupted", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", 70_000), refuse("RETR", "450 the old session has it", 2))
      const text = yield* Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.readFileString("large")))
      assert.isTrue(text === LARGE)
    }).pipe(Effect.provide(stage))
  )

  it.effect("as its time, at the end of one that took long", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Delay", verb: "RETR", duration: "3 seconds" })
      const client = yield* FtpClient.FtpClient
      const read = yield* Effect.fork(inTime(client.readFileString("a")))
      yield* Effect.repeat(Effect.yieldNow(), { until: () => Effect.map(count(/^RETR/), (sent) => sent > 0) })
      yield* withFault(refuse("MDTM"))
      assert.strictEqual(yield* read, "hello")
      assert.strictEqual(yield* count(/^RETR/), 1)
    }).pipe(Effect.provide(stage))
  )
})

describe("an upload that is refused for now is tried again", () => {
  for (const [what, use] of UPLOADS) {
    it.effect.each(["450 busy", "451 Local error.", "425 Can't open data connection."])(`${what}, %s`, (reply) =>
      Effect.gen(function* () {
        yield* withFault(refuse("STOR", reply, 2))
        yield* using(use)
        assert.strictEqual(yield* textOnServer("/a"), "new")
        yield* nothingInUse
      }).pipe(Effect.provide(stage))
    )
  }

  it.effect.each(["RNFR", "RNTO"])("as the rename of an atomic one, at %s", (verb) =>
    Effect.gen(function* () {
      yield* withFault(refuse(verb, "450 busy", 2))
      yield* using((client) => client.upload("a", "new", { atomic: true }))
      assert.strictEqual(yield* textOnServer("/a"), "new")
      assert.strictEqual(yield* count(/^STOR/), 1)
    }).pipe(Effect.provide(stage))
  )

  it.effect("an append, whose bytes are there once", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("APPE", "450 busy", 2))
      yield* using((client) => client.append("log", oneShot("two\n")))
      assert.strictEqual(yield* textOnServer("/log"), "one\ntwo\n")
    }).pipe(Effect.provide(stage))
  )

  it.effect("as a question about it, and no byte is sent again: its size", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("STOR"), refuse("SIZE", "450 busy", 3))
      yield* using((client) => client.upload("b", oneShot("new"), { verify: "Size" }))
      assert.strictEqual(yield* count(/^STOR/), 2)
    }).pipe(Effect.provide(stage))
  )

  it.effect("its hash", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("XSHA256", "450 busy", 2))
      const client = yield* FtpClient.FtpClient
      const sent = client.upload("b", "new", { verify: "Hash" })
      assert.deepInclude(yield* inTime(Effect.provideService(sent, FtpHasher, hasher)), { bytes: 3 })
      assert.strictEqual(yield* count(/^STOR/), 1)
    }).pipe(Effect.provide(stage))
  )

  it.effect("its time", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("MFMT", "450 busy", 2))
      const { files, times } = yield* MemoryFiles.MemoryFiles
      files.set("here", new TextEncoder().encode(LARGE))
      times.set("here", DateTime.unsafeMake("2026-01-02T03:04:05Z"))
      yield* using((client) => client.fromFile("here", "b", { times: "Keep" }))
      assert.strictEqual(yield* count(/^STOR/), 1)
      assert.strictEqual(yield* count(/^MFMT/), 3)
    }).pipe(Effect.provide(stage))
  )
})

describe("a transfer is not tried again", () => {
  it.effect.each([
    ["452 Insufficient storage space.", "StorageFull"],
    ["552 Quota exceeded.", "StorageFull"],
    ["550 Permission denied.", "PermissionDenied"],
    ["553 Could not create file.", "PermissionDenied"]
  ])("after %s", ([reply, reason]) =>
    Effect.gen(function* () {
      yield* withFault(refuse("STOR", reply, ALWAYS))
      const error = yield* Effect.flip(using((client) => client.upload("a", "new")))
      assert.deepInclude(error, { _tag: "FtpRejected", reason, outcome: "NotApplied" })
      assert.strictEqual(yield* count(/^STOR/), 1)
    }).pipe(Effect.provide(stage))
  )

  it.effect("once the schedule is over: the refusal is the error", () =>
    Effect.gen(function* () {
      yield* withFault(refuse("RETR", "450 busy", ALWAYS), refuse("STOR", "450 busy", ALWAYS))
      for (const use of [
        (client: FtpClient.FtpClient) => client.readFileString("a"),
        (client: FtpClient.FtpClient) => client.upload("a", oneShot("new"))
      ]) {
        const error = yield* Effect.flip(using(use))
        assert.deepInclude(error, { _tag: "FtpRejected", reason: "Busy", outcome: "NotApplied" })
      }
      assert.deepStrictEqual([yield* count(/^RETR/), yield* count(/^STOR/)], [3, 3])
      assert.strictEqual(yield* textOnServer("/a"), "hello")
    }).pipe(Effect.provide(stage))
  )

  it.effect("if `busy` of the pool says so, and as often as it says", () =>
    Effect.gen(function* () {
      for (const times of [0, 5]) {
        const before = yield* count(/^RETR/)
        yield* withFault(refuse("RETR", "450 busy", times + 1))
        const pool = FtpRetry.layer({ busy: Schedule.recurs(times) })
        const endpoint = yield* Embedded.endpoint
        const own = Layer.provide(FtpClient.layerPooled({ endpoints: [endpoint] }), pool)
        const error = yield* Effect.flip(using((client) => client.readFileString("a")).pipe(Effect.provide(own)))
        assert.deepInclude(error, { _tag: "FtpRejected", reason: "Busy" })
        assert.strictEqual((yield* count(/^RETR/)) - before, times + 1)
      }
    }).pipe(Effect.provide(stage))
  )

  it.effect("an append of which the server may have bytes", () =>
    Effect.gen(function* () {
      yield* withFault(cut("APPE", 0, { how: "End", reply: "450 busy" }))
      const error = yield* Effect.flip(using((client) => client.append("log", oneShot("two\n"))))
      assert.deepInclude(error, { outcome: "Unknown" })
      assert.strictEqual(yield* count(/^APPE/), 1)
    }).pipe(Effect.provide(stage))
  )
})

it.effect("onRetry is called before each wait for a server that refuses for now, with the refusal", () =>
  Effect.gen(function* () {
    yield* withFault(refuse("RETR", "450 busy", 2))
    const heard: Array<FtpTransferInterrupted> = []
    yield* using((client) => client.toFile("a", "here", { onRetry: (interrupted) => heard.push(interrupted) }))
    assert.deepStrictEqual(
      heard.map(({ cause, offset, transferred }) => [cause._tag, offset, transferred]),
      [
        ["FtpRejected", 0, 0],
        ["FtpRejected", 0, 0]
      ]
    )
    assert.isTrue(Option.isSome(Option.fromNullable(heard[0]?.path)))
  }).pipe(Effect.provide(stage))
)
