/** Downloads as streams. */
import { assert } from "@effect/vitest"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, digestOf, expected, failureOf, large, nothingLent, refuses, text } from "./Check.ts"
import { usable } from "./names.ts"

/** What the person who presses Ctrl-C will bear. */
const PROMPT = Duration.seconds(1)

export const downloadCases = (check: Check): void => {
  for (const size of [0, 1, 65_536, 10 * MIB]) {
    check(`a file of ${size} bytes arrives as it is`, ({ at, client, server }) =>
      Effect.gen(function* () {
        const content = noise(size, size + 1)
        yield* server.write(at("file"), content)
        assert.deepStrictEqual(yield* digestOf(client.download(at("file"))), expected(content))
      })
    )
  }

  check("line ends of every kind arrive as they are", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = "unix\nmac\rdos\r\nodd\r\r\n\n\xff\xfb\0end"
      yield* server.write(at("lines"), content)
      assert.strictEqual(yield* text(client.download(at("lines"))), content)
    })
  )

  check("chunks may be kept", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = noise(3 * MIB, 5)
      yield* server.write(at("file"), content)
      const chunks = Chunk.toReadonlyArray(yield* Stream.runCollect(client.download(at("file"))))
      assert.deepStrictEqual(expected(Buffer.concat(chunks)), expected(content))
    })
  )

  check("every awkward name can be downloaded", ({ at, client, server }) =>
    Effect.gen(function* () {
      const names = usable(server)
      const found = yield* Effect.forEach(names, (name) =>
        Effect.zipRight(
          server.write(at(name), `content of ${name}`),
          Effect.merge(Effect.mapError(text(client.download(at(name))), ({ message }) => message))
        )
      )
      assert.deepStrictEqual(
        found,
        names.map((name) => `content of ${name}`)
      )
    })
  )

  check("a missing file is NotFound, and the session lives on", ({ at, client, pool }) =>
    Effect.gen(function* () {
      for (const name of ["missing", "missing/below", "mis[s]ing *"]) {
        yield* refuses(Stream.runDrain(client.download(at(name))), "NotFound")
        yield* nothingLent(pool)
      }
      assert.deepStrictEqual(yield* client.list(at("")), [])
      assert.strictEqual((yield* pool.status)[0]?.live, 1)
    })
  )

  check("a directory is not downloaded", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.makeDirectory(at("below"))
      const error = yield* failureOf(Stream.runDrain(client.download(at("below"))))
      assert.strictEqual(error._tag, "FtpRejected", error.message)
    })
  )

  check("a stream may be run again, and reads the file as it is then", ({ at, client, server }) =>
    Effect.gen(function* () {
      const stream = client.download(at("file"))
      yield* server.write(at("file"), "one")
      assert.strictEqual(yield* text(stream), "one")
      yield* server.write(at("file"), "another")
      assert.strictEqual(yield* text(stream), "another")
    })
  )

  check("progress counts up to the total, which is known from the start", ({ at, client, server }) =>
    Effect.gen(function* () {
      const content = noise(5 * MIB)
      yield* server.write(at("file"), content)
      const seen: Array<FtpTransfer.Progress> = []
      yield* Stream.runDrain(client.download(at("file"), { onProgress: (progress) => seen.push(progress) }))
      const counts = seen.map(({ bytes }) => bytes)
      assert.deepStrictEqual(
        counts,
        [...counts].sort((left, right) => left - right)
      )
      assert.strictEqual(counts[counts.length - 1], content.byteLength)
      const total = server.traits.sizes ? Option.some(content.byteLength) : Option.none()
      assert.isTrue(seen.every((progress) => JSON.stringify(progress.total) === JSON.stringify(total)))
    })
  )

  check(
    "leaving early ends the transfer, and the only place in the pool is free at once",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), large)
        yield* server.write(at("small"), "small")
        const [took] = yield* Effect.timed(Stream.runDrain(Stream.take(client.download(at("large")), 1)))
        assert.isBelow(Duration.toMillis(took), Duration.toMillis(PROMPT))
        yield* nothingLent(pool)
        assert.strictEqual(yield* text(client.download(at("small"))), "small")
      }),
    { sessions: 1 }
  )

  check(
    "interrupting a download that waits for its consumer is prompt, and the pool stays usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), large)
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(
          Stream.runForEach(client.download(at("large")), () =>
            Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)
          )
        )
        yield* Deferred.await(begun)
        const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
        assert.isBelow(Duration.toMillis(took), Duration.toMillis(PROMPT))
        yield* nothingLent(pool)
        assert.strictEqual((yield* client.stat(at("large"))).type, "File")
      }),
    { sessions: 1 }
  )

  check(
    "interrupting a download in full flow is prompt, and the pool stays usable",
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        yield* server.write(at("large"), large)
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(
          Effect.forever(Stream.runForEach(client.download(at("large")), () => Deferred.succeed(begun, undefined)))
        )
        yield* Deferred.await(begun)
        const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
        assert.isBelow(Duration.toMillis(took), Duration.toMillis(PROMPT))
        yield* nothingLent(pool)
        assert.isTrue(yield* client.exists(at("large")))
      }),
    { sessions: 1 }
  )

  check("a consumer's own failure comes through, and ends the transfer", ({ at, client, pool, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("large"), large)
      const error = yield* failureOf(
        Stream.runForEach(client.download(at("large")), () => Effect.fail({ _tag: "DiskFull" } as const))
      )
      assert.strictEqual(error._tag, "DiskFull")
      yield* nothingLent(pool)
    })
  )

  check(
    "a server that dies during a download that may not be resumed is an interruption with the bytes that arrived",
    (on) =>
      Effect.gen(function* () {
        const { at, client, server } = on
        yield* server.write(at("large"), large)
        let received = 0
        const error = yield* failureOf(
          Stream.runForEach(client.download(at("large"), { retry: Schedule.stop }), (chunk) => {
            const isFirst = received === 0
            received += chunk.byteLength
            return isFirst ? server.breakSessions : Effect.void
          })
        )
        assert.strictEqual(error._tag, "FtpTransferInterrupted", error.message)
        if (error._tag === "FtpTransferInterrupted") {
          assert.deepStrictEqual(
            [error.direction, error.path, error.offset, error.isRetryable],
            ["Download", at("large"), received, true]
          )
          assert.isBelow(received, large.byteLength)
        }
        assert.isTrue(yield* client.exists(at("large")))
      })
  )
}
