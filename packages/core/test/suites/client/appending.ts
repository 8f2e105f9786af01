/** Bytes at the end of files, and uploads as sinks. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, expected, failureOf, kindOf, nothingLent, stored } from "./Check.ts"

const chunks = (content: Uint8Array, size: number) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(content.byteLength / size) }, (_, index) =>
      content.subarray(index * size, (index + 1) * size)
    )
  )

export const appendCases = (check: Check): void => {
  check("an append adds to a file, and makes one that is missing", ({ at, client, server }) =>
    Effect.gen(function* () {
      const first = yield* client.append(at("log"), "one\n")
      assert.strictEqual(first.bytes, 4)
      const second = yield* client.append(at("log"), Stream.make("two\n", "three\n").pipe(Stream.encodeText))
      assert.deepStrictEqual(second, { bytes: 10, evidence: { _tag: server.traits.sizes ? "Size" : "Reply" } })
      assert.strictEqual(yield* stored(server, at("log")), "one\ntwo\nthree\n")
    })
  )

  check("an append fails with the error of its source", ({ at, client, pool, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("log"), "one\n")
      const broken = Stream.concat(chunks(noise(1000), 100), Stream.fail({ _tag: "SourceBroke" } as const))
      assert.strictEqual((yield* failureOf(client.append(at("log"), broken)))._tag, "SourceBroke")
      yield* nothingLent(pool)
    })
  )

  check("a stream, bytes and text are uploaded as they are", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = noise(MIB, 5)
      yield* client.upload(at("stream"), chunks(content, 10_000))
      assert.deepStrictEqual(expected(yield* server.read(at("stream"))), expected(content))
      yield* client.upload(at("bytes"), content)
      assert.deepStrictEqual(expected(yield* server.read(at("bytes"))), expected(content))
      yield* client.upload(at("text"), "grün")
      assert.strictEqual(yield* stored(server, at("text")), "grün")
    })
  )

  check("a sink uploads what is run into it", ({ at, client, pool, server }) =>
    Effect.gen(function* () {
      const content = noise(3 * MIB, 6)
      const result = yield* Stream.run(chunks(content, 65_536), client.sink(at("file")))
      assert.deepStrictEqual(result, {
        bytes: content.byteLength,
        evidence: { _tag: server.traits.sizes ? "Size" : "Reply" }
      })
      assert.deepStrictEqual(expected(yield* server.read(at("file"))), expected(content))
      assert.strictEqual((yield* Stream.run(Stream.empty, client.sink(at("empty")))).bytes, 0)
      assert.strictEqual(yield* kindOf(server, at("empty")), "File")
      yield* nothingLent(pool)
    })
  )

  check(
    "a sink gives its session back if the stream fails",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        const broken = Stream.concat(chunks(noise(MIB), 65_536), Stream.fail({ _tag: "SourceBroke" } as const))
        const error = yield* failureOf(Stream.run(broken, client.sink(at("file"), { atomic: true })))
        assert.strictEqual(error._tag, "SourceBroke")
        yield* nothingLent(pool)
        assert.strictEqual(yield* kindOf(server, at("file")), "Nothing")
      }),
    { sessions: 1 }
  )

  check("a sink fails with the error of the upload, however much is to come", ({ at, client }) =>
    Effect.gen(function* () {
      const endless = Stream.forever(Stream.make(noise(65_536)))
      const error = yield* failureOf(Stream.run(endless, client.sink(at("missing/file"))))
      assert.strictEqual(error._tag, "FtpRejected")
    })
  )
}
