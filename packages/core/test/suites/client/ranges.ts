/** Parts of files, and files in memory. */
import { assert } from "@effect/vitest"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, expected, failureOf, large, nothingLent, refuses } from "./Check.ts"

const reasonOf = (error: object) => ["_tag" in error && error._tag, "reason" in error && error.reason]

export const rangeCases = (check: Check): void => {
  const content = noise(3 * MIB, 41)

  for (const [offset, length] of [
    [0, 100],
    [1, 1],
    [1000, 70_000],
    [MIB, undefined],
    [3 * MIB - 5, 100],
    [2 * MIB, MIB]
  ] as const) {
    check(`a download of ${length ?? "all"} bytes from ${offset} on brings these`, ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("file"), content)
        const bytes = yield* client.readFile(at("file"), { offset, length })
        const wanted = content.subarray(offset, length === undefined ? undefined : offset + length)
        assert.deepStrictEqual(expected(bytes), expected(wanted))
        yield* nothingLent(pool)
      })
    )
  }

  check("the progress of a range counts up to its length", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), content)
      const seen: Array<FtpTransfer.Progress> = []
      const options = {
        offset: MIB,
        length: MIB + 1,
        onProgress: (progress: FtpTransfer.Progress) => seen.push(progress)
      }
      yield* Stream.runDrain(client.download(at("file"), options))
      const total = server.traits.sizes ? Option.some(MIB + 1) : Option.none()
      assert.deepStrictEqual(seen.at(-1), { bytes: MIB + 1, total })
    })
  )

  check(
    "a range that begins at the end of the file is empty, and one behind it is an error",
    ({ at, client, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("file"), "ten bytes.")
        if (server.traits.sizes) {
          assert.strictEqual((yield* client.readFile(at("file"), { offset: 10 })).byteLength, 0)
          const error = yield* failureOf(client.readFile(at("file"), { offset: 11 }))
          assert.deepStrictEqual(reasonOf(error), ["FtpIntegrityError", "Size"])
        }
        assert.strictEqual((yield* client.readFile(at("file"), { offset: 3, length: 0 })).byteLength, 0)
        yield* refuses(client.readFile(at("missing"), { offset: 3 }), "NotFound")
      })
  )

  check("a range that can't be one, or be verified as asked, is a usage error", ({ client }) =>
    Effect.gen(function* () {
      for (const options of [
        { offset: -1 },
        { offset: 0.5 },
        { length: Number.NaN },
        { offset: 1, verify: "Hash" } as const
      ]) {
        assert.strictEqual((yield* failureOf(client.readFile("file", options)))._tag, "FtpUsageError")
      }
    })
  )

  check("readFile and readFileString bring all of a file, up to a limit", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("text"), "grün\r\n")
      assert.strictEqual(yield* client.readFileString(at("text")), "grün\r\n")
      yield* server.write(at("large"), large)
      const error = yield* failureOf(client.readFile(at("large"), { maxBytes: MIB }))
      assert.deepStrictEqual(reasonOf(error), ["FtpIntegrityError", "TooLarge"])
      const range = { offset: 17, length: MIB, maxBytes: MIB }
      assert.deepStrictEqual(
        expected(yield* client.readFile(at("large"), range)),
        expected(large.subarray(17, MIB + 17))
      )
    })
  )
}
