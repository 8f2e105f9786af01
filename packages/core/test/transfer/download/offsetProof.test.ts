/** Ranges of files, from servers that obey REST, refuse it, or answer it and send the file from its first byte. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type * as FtpPool from "@ftp-effect/core/FtpPool"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, cut, withFault } from "../../support/server.ts"

const LARGE = noise(3 * MIB, 5)
const FILES = {
  large: LARGE,
  zeros: Uint8Array.from({ length: 2 * MIB }, (_, at) => (at < MIB ? 0 : at % 251)),
  two: new TextEncoder().encode("ab"),
  one: new TextEncoder().encode("a"),
  empty: new Uint8Array(0)
}

const ignoreRest: Fault = { _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY }
const refuseRest: Fault = { _tag: "Refuse", verb: "REST", reply: "502 No.", times: Number.POSITIVE_INFINITY }
const refuseSize: Fault = { _tag: "Refuse", verb: "SIZE", reply: "502 No.", times: Number.POSITIVE_INFINITY }

const stage = Embedded.layer({ server: { root: FILES } })

const read = (path: string, options: FtpTransfer.ReadFileOptions) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => client.readFile(path, options))

const isAt = (path: keyof typeof FILES, offset: number, length?: number, more?: FtpTransfer.ReadFileOptions) =>
  Effect.map(read(path, { offset, length, ...more }), (bytes) =>
    assert.strictEqual(
      Buffer.compare(bytes, FILES[path].subarray(offset, length === undefined ? undefined : offset + length)),
      0
    )
  )

/** A server of its own, with its endpoint. */
const serverWith = (...faults: ReadonlyArray<Fault>) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.make({ users: { ann: Embedded.PASSWORD }, root: FILES })
    yield* Effect.forEach(faults, server.fault)
    const endpoint = yield* Effect.provideService(Embedded.endpoint, FtpTestServer.FtpTestServer, server)
    return { server, endpoint }
  })

const clientOf = (endpoints: FtpPool.Options["endpoints"]) =>
  Effect.map(Layer.build(FtpClient.layerPooled({ endpoints })), Context.get(FtpClient.FtpClient))

/** The tag of an error, and its reason. */
const errorOf = (path: string, options: FtpTransfer.ReadFileOptions) =>
  Effect.map(Effect.flip(read(path, options)), (error) => [error._tag, "reason" in error ? error.reason : undefined])

const restarts = commandsLike(/^REST [1-9]/)

const SERVERS: ReadonlyArray<readonly [string, ReadonlyArray<Fault>]> = [
  ["obeys REST", []],
  ["ignores REST", [ignoreRest]],
  ["refuses REST", [refuseRest]],
  ["obeys REST and has no SIZE", [refuseSize]],
  ["ignores REST and has no SIZE", [ignoreRest, refuseSize]]
]

describe.each(SERVERS)("a range of a file on a server that %s", (_, faults) => {
  it.effect("has the bytes that were asked for, wherever it ends", () =>
    Effect.gen(function* () {
      yield* withFault(...faults)
      yield* isAt("large", MIB, 1000)
      yield* isAt("large", 1, 1)
      yield* isAt("large", 3 * MIB - 1, 1)
      yield* isAt("large", 2 * MIB)
      yield* isAt("two", 1, 1)
      yield* isAt("one", 0, 1)
      yield* isAt("large", 5, 0)
      yield* nothingInUse
    }).pipe(Effect.provide(stage))
  )

  it.effect("has them if the first bytes of the file are like those before it", () =>
    Effect.gen(function* () {
      yield* withFault(...faults, cut("RETR", MIB - 50_000, { times: 1 }))
      yield* inTime(isAt("zeros", MIB - 100_000, 200_000))
    }).pipe(Effect.provide(stage))
  )
})

describe.each(SERVERS.slice(0, 3))(
  "a range that begins at the end of a file, or after it, on a server that %s",
  (_, faults) => {
    it.effect("is empty, or an error", () =>
      Effect.gen(function* () {
        yield* withFault(...faults)
        for (const path of ["large", "two", "one"] as const) {
          const { byteLength } = FILES[path]
          assert.strictEqual((yield* read(path, { offset: byteLength, length: 5 })).byteLength, 0)
          assert.deepStrictEqual(yield* errorOf(path, { offset: byteLength + 1, length: 5 }), [
            "FtpIntegrityError",
            "Size"
          ])
        }
        assert.deepStrictEqual(yield* errorOf("empty", { offset: 1 }), ["FtpIntegrityError", "Size"])
        assert.strictEqual((yield* read("large", { offset: 4 * MIB, length: 0 })).byteLength, 0)
      }).pipe(Effect.provide(stage))
    )
  }
)

describe("the proof that a server obeys REST", () => {
  it.effect("is asked for once", () =>
    Effect.gen(function* () {
      yield* isAt("large", MIB, 1000)
      assert.deepStrictEqual(yield* restarts, [`REST ${3 * MIB - 1}`, `REST ${MIB}`])
      yield* isAt("large", 7, 1000)
      yield* isAt("two", 1)
      assert.strictEqual((yield* restarts).length, 4)
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not asked for again once it has failed", () =>
    Effect.gen(function* () {
      yield* withFault(ignoreRest)
      yield* isAt("large", MIB, 1000)
      yield* isAt("large", MIB, 1000)
      assert.deepStrictEqual(yield* restarts, [`REST ${3 * MIB - 1}`])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not asked for if a download that was resumed has ended with as many bytes as the file has", () =>
    Effect.gen(function* () {
      yield* withFault(cut("RETR", 2 * MIB, { times: 1 }))
      yield* inTime(isAt("large", 0))
      const before = (yield* restarts).length
      yield* isAt("large", 7, 1000)
      assert.strictEqual((yield* restarts).length, before + 1)
    }).pipe(Effect.provide(stage))
  )

  it.effect("counts for a file that grows meanwhile", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "WrongSize", verb: "SIZE", by: -10, times: 1 })
      yield* isAt("large", MIB, 1000)
      assert.deepStrictEqual(yield* restarts, [`REST ${3 * MIB - 11}`, `REST ${MIB}`])
    }).pipe(Effect.provide(stage))
  )

  it.effect("is not believed, and tried again later, if a file that grows does not show it", () =>
    Effect.gen(function* () {
      yield* withFault(ignoreRest, { _tag: "WrongSize", verb: "SIZE", by: -10, times: 1 })
      yield* isAt("large", MIB, 1000)
      yield* isAt("large", MIB, 1000)
      yield* isAt("large", MIB, 1000)
      assert.deepStrictEqual(yield* restarts, [`REST ${3 * MIB - 11}`, `REST ${3 * MIB - 1}`])
    }).pipe(Effect.provide(stage))
  )

  it.effect("does not count for another host", () =>
    Effect.gen(function* () {
      const [obeys, ignores] = yield* Effect.all([serverWith(), serverWith(ignoreRest)])
      const client = yield* clientOf([obeys.endpoint, ignores.endpoint])
      const range = { offset: MIB - 100_000, length: 200_000 }
      const wanted = FILES.zeros.subarray(range.offset, range.offset + range.length)
      const reads = Effect.map(client.readFile("zeros", range), (bytes) =>
        assert.strictEqual(Buffer.compare(bytes, wanted), 0)
      )
      yield* reads
      yield* obeys.server.fault({ _tag: "Refuse", verb: "CONNECT", reply: "421 No.", times: Number.POSITIVE_INFINITY })
      yield* obeys.server.resetConnections
      yield* inTime(reads)
      yield* inTime(reads)
      assert.isAbove((yield* ignores.server.commands).filter((line) => line.startsWith("RETR")).length, 0)
    }).pipe(Effect.scoped, Effect.provide(Embedded.services))
  )
})

describe("a server that can't begin at an offset", () => {
  it.effect("sends no more than maxSkipped bytes before a range", () =>
    Effect.gen(function* () {
      yield* withFault(ignoreRest)
      const short = { offset: 1001, length: 10, maxSkipped: 1000 }
      assert.deepStrictEqual(yield* errorOf("large", short), ["FtpIntegrityError", "IgnoredOffset"])
      yield* isAt("large", 1000, 10, { maxSkipped: 1000 })
      assert.strictEqual((yield* errorOf("large", { offset: 1, maxSkipped: -1 }))[0], "FtpUsageError")
    }).pipe(Effect.provide(stage))
  )

  it.effect("that refuses REST fails with its refusal then", () =>
    Effect.gen(function* () {
      yield* withFault(refuseRest)
      assert.strictEqual((yield* errorOf("large", { offset: 5, length: 10, maxSkipped: 4 }))[0], "FtpRejected")
    }).pipe(Effect.provide(stage))
  )
})
