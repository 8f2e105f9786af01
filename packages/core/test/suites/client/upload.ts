/** Uploads from every kind of source. */
import { assert, expect } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, eventually, expected, failureOf, kindOf, large, nothingLent, refuses, stored } from "./Check.ts"
import { listable, usable } from "./names.ts"

const PROMPT = Duration.seconds(1)

const chunksOf = (content: Uint8Array, size: number) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(content.byteLength / size) }, (_, index) =>
      content.subarray(index * size, (index + 1) * size)
    )
  )

export const uploadCases = (check: Check): void => {
  for (const size of [0, 1, 10 * MIB]) {
    check(`an upload of ${size} bytes is stored unchanged, with evidence`, ({ at, client, server }) =>
      Effect.gen(function* () {
        const content = noise(size, size + 7)
        const result = yield* client.upload(at("file"), FtpSource.fromBytes(content))
        assert.deepStrictEqual(result, { bytes: size, evidence: { _tag: server.traits.sizes ? "Size" : "Reply" } })
        assert.deepStrictEqual(expected(yield* server.read(at("file"))), expected(content))
      })
    )
  }

  check("an upload stores line ends of every kind unchanged", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = "unix\nmac\rdos\r\nodd\r\r\n\n\0end äöü"
      yield* client.upload(at("lines"), FtpSource.fromString(content))
      assert.strictEqual(yield* stored(server, at("lines")), content)
    })
  )

  check("an upload of a shorter file replaces a longer one completely", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "much longer than what comes")
      yield* client.upload(at("file"), FtpSource.fromString("short"))
      assert.strictEqual(yield* stored(server, at("file")), "short")
    })
  )

  check("an upload of a one-shot stream in small chunks is stored completely", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = noise(MIB, 3)
      const source = FtpSource.fromStream(chunksOf(content, 1000))
      const result = yield* client.upload(at("file"), source)
      assert.strictEqual(result.bytes, content.byteLength)
      assert.deepStrictEqual(expected(yield* server.read(at("file"))), expected(content))
    })
  )

  check("an upload of a stream without bytes creates an empty file", ({ at, client, server }) =>
    Effect.gen(function* () {
      const result = yield* client.upload(at("file"), FtpSource.fromStream(Stream.make(new Uint8Array(0))))
      assert.strictEqual(result.bytes, 0)
      expect(Option.map(yield* server.look(at("file")), ({ size }) => size)).toEqual(Option.some(0))
    })
  )

  check("an upload accepts every awkward name", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      const names = usable(server)
      const failures = yield* Effect.forEach(names, (name) =>
        Effect.match(client.upload(at(name), FtpSource.fromString(name)), {
          onFailure: ({ message }) => [message],
          onSuccess: () => []
        })
      )
      assert.deepStrictEqual(failures.flat(), [])
      assert.deepStrictEqual([...(yield* server.names(root))].sort(), [...names].sort())
      for (const name of names) {
        assert.strictEqual(yield* stored(server, at(name)), name)
      }
    })
  )

  check(
    "an upload to a name that the server can't store is refused, or fails as the file is not found",
    ({ at, client, server }) =>
      Effect.gen(function* () {
        for (const name of listable(server).filter((name) => server.traits.unusable.includes(name))) {
          yield* refuses(client.upload(at(name), FtpSource.fromString("x")), "NotFound", "PermissionDenied")
        }
      })
  )

  check(
    "an upload into a missing directory is refused, creates nothing, and keeps the session usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        yield* refuses(client.upload(at("missing/file"), FtpSource.fromString("x")), "NotFound", "PermissionDenied")
        assert.strictEqual(yield* kindOf(server, at("missing")), "Nothing")
        yield* nothingLent(pool)
        yield* client.upload(at("file"), FtpSource.fromString("x"))
        assert.strictEqual((yield* pool.status)[0]?.live, 1)
      })
  )

  check("an upload does not overwrite a directory", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("below"))
      const error = yield* failureOf(client.upload(at("below"), FtpSource.fromString("x")))
      assert.strictEqual(error._tag, "FtpRejected", error.message)
      assert.strictEqual(yield* kindOf(server, at("below")), "Directory")
    })
  )

  check("the progress of an upload counts up to the size", ({ at, client }) =>
    Effect.gen(function* () {
      const seen: Array<FtpTransfer.Progress> = []
      yield* client.upload(at("file"), FtpSource.fromBytes(noise(3 * MIB)), {
        onProgress: (progress) => seen.push(progress)
      })
      const counts = seen.map(({ bytes }) => bytes)
      assert.deepStrictEqual(
        counts,
        [...counts].sort((left, right) => left - right)
      )
      expect(seen[seen.length - 1]).toEqual({ bytes: 3 * MIB, total: Option.some(3 * MIB) })
    })
  )

  check(
    "an upload fails with the error of its source, and the pool stays usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        const broken = Stream.concat(chunksOf(noise(MIB), 65_536), Stream.fail({ _tag: "SourceBroke" } as const))
        const error = yield* failureOf(client.upload(at("file"), FtpSource.fromStream(broken)))
        assert.strictEqual(error._tag, "SourceBroke")
        yield* nothingLent(pool)
        yield* client.upload(at("other"), FtpSource.fromString("whole"))
        assert.strictEqual(yield* stored(server, at("other")), "whole")
      }),
    { sessions: 1 }
  )

  check(
    "an upload fails with the error of a source that can't be opened, and stores nothing",
    ({ at, client, server }) =>
      Effect.gen(function* () {
        const source: FtpSource.FtpSource<{ readonly _tag: "NoSource" }> = {
          size: Option.none(),
          replayable: false,
          open: () => Effect.fail({ _tag: "NoSource" })
        }
        assert.strictEqual((yield* failureOf(client.upload(at("file"), source)))._tag, "NoSource")
        assert.strictEqual(yield* kindOf(server, at("file")), "Nothing")
      })
  )

  check("an upload fails if its source ends early", ({ at, client }) =>
    Effect.gen(function* () {
      const source = FtpSource.fromStream(chunksOf(noise(1000), 100), { size: 2000 })
      const error = yield* failureOf(client.upload(at("file"), source))
      assert.deepStrictEqual([error._tag, "reason" in error && error.reason], ["FtpIntegrityError", "Changed"])
    })
  )

  check(
    "an upload that waits for its source is interrupted promptly, and the pool stays usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const source = FtpSource.fromStream(
          Stream.concat(
            chunksOf(noise(MIB), 65_536),
            Stream.fromEffect(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
          )
        )
        const fiber = yield* Effect.fork(client.upload(at("file"), source))
        yield* Deferred.await(begun)
        const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
        assert.isBelow(Duration.toMillis(took), Duration.toMillis(PROMPT))
        yield* nothingLent(pool)
        yield* client.upload(at("other"), FtpSource.fromString("whole"))
        assert.strictEqual(yield* stored(server, at("other")), "whole")
      }),
    { sessions: 1 }
  )

  check(
    "an upload that is sending is interrupted promptly, and the pool stays usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        const source = FtpSource.fromStream(
          // The pause lets the clock's timer have a turn where neither side ever waits for the other.
          Stream.tap(Stream.forever(Stream.make(noise(65_536))), () => Effect.sleep("1 millis"))
        )
        const fiber = yield* Effect.fork(client.upload(at("file"), source))
        yield* eventually("the server has a part of it", kindOf(server, at("file")), "File")
        const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
        assert.isBelow(Duration.toMillis(took), Duration.toMillis(PROMPT))
        yield* nothingLent(pool)
        yield* client.remove(at("file"))
        yield* eventually("the removed file does not reappear", kindOf(server, at("file")), "Nothing")
      }),
    { sessions: 1 }
  )

  check("an upload to a server that dies fails as interrupted, with outcome Unknown", ({ at, client, server }) =>
    Effect.gen(function* () {
      const source = FtpSource.fromStream(
        Stream.concat(
          chunksOf(noise(MIB), 65_536),
          Stream.concat(Stream.drain(Stream.fromEffect(server.breakSessions)), chunksOf(large, MIB))
        )
      )
      const error = yield* failureOf(client.upload(at("file"), source))
      assert.strictEqual(error._tag, "FtpTransferInterrupted", String(error))
      if (error._tag === "FtpTransferInterrupted") {
        assert.deepStrictEqual([error.direction, error.path, error.outcome], ["Upload", at("file"), "Unknown"])
      }
      assert.deepStrictEqual(yield* client.list(at("")).pipe(Effect.map((entries) => entries.length <= 1)), true)
    })
  )
}
