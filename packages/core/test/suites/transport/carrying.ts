/** How bytes travel on an open connection. */
import { assert, describe, it } from "@effect/vitest"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import {
  connectTo,
  directions,
  KIB,
  listenOn,
  MIB,
  pair,
  pattern,
  readAll,
  readAtLeast,
  reasonOf,
  STILL,
  type SuiteOptions,
  type Test,
  turns,
  untilStill,
  writeUntilFailure
} from "./wire.ts"

export const carrying = <R, E>(layer: Layer.Layer<FtpTransport | R, E>, options: SuiteOptions<R>, test: Test): void => {
  for (const { ends, from, to } of directions) {
    describe(`from ${from} to ${to}`, () => {
      it.live.prop(
        "bytes arrive whole and in order however they are cut",
        [FastCheck.array(FastCheck.integer({ min: 0, max: 200 * KIB }), { maxLength: 12 }), FastCheck.nat(255)],
        ([lengths, seed]) =>
          Effect.gen(function* () {
            const [writer, reader] = ends(yield* pair())
            const bytes = pattern(
              lengths.reduce((sum, length) => sum + length, 0),
              seed
            )
            let position = 0
            const writing = Effect.forEach(lengths, (length) => {
              position += length
              return writer.write(bytes.subarray(position - length, position))
            }).pipe(Effect.zipRight(writer.endOutput))
            const [, received] = yield* Effect.all([writing, readAll(reader)], { concurrency: 2 })
            assert.strictEqual(Buffer.compare(received, bytes), 0)
          }).pipe(Effect.scoped, Effect.provide(layer), Effect.orDie),
        { fastCheck: { numRuns: 25 } }
      )

      test(
        "a writer waits for a reader that does not read, and continues when it does",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          const total = options.mostBuffered * 2
          const bytes = pattern(Math.min(256 * KIB, total / 8), 3)
          let written = 0
          const writing = yield* Effect.fork(
            Effect.gen(function* () {
              while (written < total) {
                yield* writer.write(bytes)
                written += bytes.byteLength
              }
              yield* writer.endOutput
            })
          )
          yield* untilStill(() => written)
          assert.isAbove(written, 0)
          assert.isAtMost(written, options.mostBuffered)
          let read = 0
          for (;;) {
            const next = yield* reader.read
            if (Option.isNone(next)) {
              break
            }
            read += next.value.byteLength
          }
          yield* Fiber.join(writing)
          assert.strictEqual(read, written)
        })
      )

      test(
        "a FIN is a clean end after the bytes, reported by each further read",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          yield* writer.write(pattern(5, 1))
          yield* writer.endOutput
          assert.deepStrictEqual(new Uint8Array(yield* readAll(reader)), pattern(5, 1))
          assert.isTrue(Option.isNone(yield* reader.read))
        })
      )

      test(
        "closing the scope is a clean end behind what was written",
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          const listener = yield* listenOn("127.0.0.1")
          const [dialled, accepted] = yield* Effect.all(
            from === "dialler"
              ? [Scope.extend(connectTo(listener), scope), listener.accept]
              : [connectTo(listener), Scope.extend(listener.accept, scope)],
            { concurrency: 2 }
          )
          const [writer, reader] = ends({ listener, dialled, accepted })
          yield* writer.write(pattern(40 * KIB, 2))
          yield* Scope.close(scope, Exit.void)
          assert.strictEqual((yield* readAll(reader)).byteLength, 40 * KIB)
        })
      )

      test(
        "a reset is never taken for a clean end",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          yield* writer.write(pattern(10 * KIB, 1))
          yield* writer.reset
          assert.strictEqual(yield* reasonOf(readAll(reader)), "Reset")
          assert.strictEqual(yield* reasonOf(reader.read), "Reset")
        })
      )

      test(
        "a reset while bytes are on their way is no clean end either",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          const writing = yield* Effect.fork(Effect.forever(writer.write(pattern(256 * KIB, 1))))
          yield* readAtLeast(reader, 100 * KIB)
          yield* Fiber.interrupt(writing)
          yield* writer.reset
          assert.strictEqual(yield* reasonOf(readAll(reader)), "Reset")
        })
      )

      test(
        "a write after the peer's reset fails as Reset",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          yield* reader.reset
          assert.strictEqual(yield* writeUntilFailure(writer), "Reset")
        })
      )

      test(
        "a peer that closed its scope fails a writer as Reset",
        Effect.gen(function* () {
          const listener = yield* listenOn("127.0.0.1")
          const scope = yield* Scope.make()
          const [dialled, accepted] = yield* Effect.all(
            from === "dialler"
              ? [connectTo(listener), Scope.extend(listener.accept, scope)]
              : [Scope.extend(connectTo(listener), scope), listener.accept],
            { concurrency: 2 }
          )
          const [writer] = ends({ listener, dialled, accepted })
          yield* Scope.close(scope, Exit.void)
          assert.strictEqual(yield* writeUntilFailure(writer), "Reset")
        })
      )

      test(
        "after a FIN the other direction stays open",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          yield* writer.endOutput
          assert.isTrue(Option.isNone(yield* reader.read))
          yield* reader.write(pattern(30 * KIB, 5))
          yield* reader.endOutput
          assert.strictEqual((yield* readAll(writer)).byteLength, 30 * KIB)
        })
      )

      test(
        "an interrupted read loses nothing",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          const bytes = pattern(2 * MIB, 9)
          const writing = yield* Effect.fork(
            Effect.gen(function* () {
              for (let position = 0; position < bytes.byteLength; position += 8 * KIB) {
                yield* writer.write(bytes.subarray(position, position + 8 * KIB))
                yield* Effect.yieldNow()
              }
              yield* writer.endOutput
            })
          )
          const parts: Array<Uint8Array> = []
          let ended = false
          let interruptions = 0
          while (!ended) {
            const reading = yield* Effect.fork(
              Effect.map(reader.read, (next) => {
                ended = Option.isNone(next)
                if (Option.isSome(next)) {
                  parts.push(next.value.slice())
                }
              })
            )
            if (interruptions % 2 === 0) {
              yield* Effect.yieldNow()
            }
            interruptions += 1
            yield* Fiber.interrupt(reading)
            if (interruptions % 16 === 0) {
              yield* turns(1)
            }
          }
          yield* Fiber.join(writing)
          assert.isAbove(interruptions, 2)
          assert.strictEqual(Buffer.compare(Buffer.concat(parts), bytes), 0)
        })
      )

      test(
        "the bytes of a read stay as they are until the next read",
        Effect.gen(function* () {
          const [writer, reader] = ends(yield* pair())
          yield* writer.write(pattern(1000, 1))
          const first = Option.getOrThrow(yield* reader.read)
          const copy = first.slice()
          const writing = yield* Effect.fork(writer.write(pattern(3 * MIB, 77)))
          yield* turns(STILL)
          assert.strictEqual(Buffer.compare(first, copy), 0)
          yield* readAtLeast(reader, 3 * MIB + 1000 - first.byteLength)
          yield* Fiber.join(writing)
        })
      )

      test(
        "operations on an end that was reset fail as Closed",
        Effect.gen(function* () {
          const [writer] = ends(yield* pair())
          yield* writer.reset
          yield* writer.reset
          assert.strictEqual(yield* reasonOf(writer.read), "Closed")
          assert.strictEqual(yield* reasonOf(writer.write(pattern(1, 1))), "Closed")
          assert.strictEqual(yield* reasonOf(writer.endOutput), "Closed")
        })
      )

      test(
        "writing after the output was ended fails as Closed",
        Effect.gen(function* () {
          const [writer] = ends(yield* pair())
          yield* writer.endOutput
          yield* writer.endOutput
          assert.strictEqual(yield* reasonOf(writer.write(pattern(1, 1))), "Closed")
        })
      )
    })
  }
}
