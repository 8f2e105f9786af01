/** Servers that send more than they announced, or more than the caller wants. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"

const CONTENT = noise(9 * MIB, 1)
const ANNOUNCED = MIB

const stage = (denied: ReadonlyArray<string> = []) =>
  Layer.merge(Embedded.layer({ server: { root: { a: CONTENT }, denied }, pool: { maxPerHost: 4 } }), MemoryFiles.layer)

/** SIZE reports only the first MiB. */
const announceLess = Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
  server.fault({ _tag: "WrongSize", verb: "SIZE", by: ANNOUNCED - CONTENT.byteLength, times: Number.POSITIVE_INFINITY })
)

/** The error of a stream, and how many bytes it delivered before. */
const streamed = (options: FtpTransfer.DownloadOptions = {}) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    let bytes = 0
    const read = Stream.runForEach(client.download("a", options), (chunk) =>
      Effect.sync(() => {
        bytes += chunk.byteLength
      })
    )
    return { error: yield* inTime(Effect.flip(read)), bytes }
  })

/** The error of a download to a file, and how far it came. */
const stored = (options: FtpTransfer.ToFileOptions = {}) =>
  Effect.gen(function* () {
    let bytes = 0
    const onProgress = (progress: FtpTransfer.Progress) => {
      bytes = progress.bytes
    }
    return { error: yield* inTime(Effect.flip(FtpTransfer.toFile("a", "a", { ...options, onProgress }))), bytes }
  })

const ways = [
  ["as a stream", streamed],
  ["as a verified stream", () => streamed({ verify: "SizeAndTime" })],
  ["to a file", stored],
  ["to a file over several sessions", () => stored({ segments: 4, expectedSize: CONTENT.byteLength })]
] as const

describe("a download that exceeds the announced size fails as soon as it does", () => {
  for (const [how, run] of ways) {
    it.scoped(how, () =>
      Effect.gen(function* () {
        yield* announceLess
        const { bytes, error } = yield* run()
        assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "Size", expected: `${ANNOUNCED} bytes` })
        assert.isAtMost(bytes, ANNOUNCED)
      }).pipe(Effect.provide(stage()))
    )
  }
})

describe("maxBytes", () => {
  const limited = [
    ["a stream", streamed],
    ["a file", stored]
  ] as const
  for (const [what, run] of limited) {
    it.scoped(`ends a download without an announced size as soon as it is passed: ${what}`, () =>
      Effect.gen(function* () {
        const { bytes, error } = yield* run({ maxBytes: MIB })
        assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "TooLarge", expected: `at most ${MIB} bytes` })
        assert.isAtMost(bytes, MIB)
      }).pipe(Effect.provide(stage(["SIZE", "MLST"])))
    )

    it.scoped(`ends a download before its first byte if a larger size is announced: ${what}`, () =>
      Effect.gen(function* () {
        const { bytes, error } = yield* run({ maxBytes: MIB })
        assert.deepInclude(error, {
          _tag: "FtpIntegrityError",
          reason: "TooLarge",
          expected: `at most ${MIB} bytes`,
          actual: `${CONTENT.byteLength} bytes`
        })
        assert.strictEqual(bytes, 0)
      }).pipe(Effect.provide(stage()))
    )
  }

  it.scoped("does not fetch a larger file again, also if a changed file may start over", () =>
    Effect.gen(function* () {
      const { error } = yield* stored({ maxBytes: MIB, changed: "StartOver" })
      assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "TooLarge" })
      const server = yield* FtpTestServer.FtpTestServer
      assert.lengthOf(
        (yield* server.commands).filter((line) => line.startsWith("RETR")),
        1
      )
    }).pipe(Effect.provide(stage(["SIZE", "MLST"])))
  )

  it.scoped("allows a file of exactly that size", () =>
    Effect.gen(function* () {
      yield* inTime(FtpTransfer.toFile("a", "a", { maxBytes: CONTENT.byteLength }))
    }).pipe(Effect.provide(stage(["SIZE", "MLST"])))
  )
})
