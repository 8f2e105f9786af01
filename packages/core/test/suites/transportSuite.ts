/**
 * What every `FtpTransport` must do, run over each of them. Sockets live in real time, so all of it runs on the live
 * clock; limits of time are in the memory transport's own test.
 */

import { assert, describe, it } from "@effect/vitest"
import { type Connection, type ConnectOptions, FtpTransport, type Listener } from "@ftp-effect/core/FtpTransport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"

export interface SuiteOptions<R> {
  /** How many bytes may sit between a writer and a reader that does not read. */
  readonly mostBuffered: number
  /** A name that stands for 127.0.0.1 and ::1. */
  readonly bothFamilies: string
  /** Fails unless every socket and listener is closed. */
  readonly nothingOpen: Effect.Effect<void, never, R>
}

const KIB = 1024
const MIB = 1024 * KIB

/** Long enough that a writer or reader that could go on has gone on. */
const A_WHILE = Duration.millis(60)

const connectTo = (listener: Listener, over: Partial<ConnectOptions> = {}) =>
  Effect.flatMap(FtpTransport, (transport) =>
    transport.connect({
      host: listener.address.host,
      port: listener.address.port,
      family: "Any",
      timeout: Duration.seconds(5),
      role: "Data",
      ...over
    })
  )

const listenOn = (host: string) => Effect.flatMap(FtpTransport, (transport) => transport.listen({ host, ports: "Any" }))

const pair = (over: Partial<ConnectOptions> = {}) =>
  Effect.gen(function* () {
    const listener = yield* listenOn("127.0.0.1")
    const [dialled, accepted] = yield* Effect.all([connectTo(listener, over), listener.accept], { concurrency: 2 })
    return { listener, dialled, accepted }
  })

type Pair = Effect.Effect.Success<ReturnType<typeof pair>>

/** Every behaviour is looked at from both ends: they are different code in a transport. */
const directions = [
  { from: "dialler", to: "listener", ends: ({ accepted, dialled }: Pair) => [dialled, accepted] as const },
  { from: "listener", to: "dialler", ends: ({ accepted, dialled }: Pair) => [accepted, dialled] as const }
]

const pattern = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 0xff
  }
  return bytes
}

const readAll = (connection: Connection) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    for (;;) {
      const next = yield* connection.read
      if (Option.isNone(next)) {
        return Buffer.concat(parts)
      }
      assert.isAbove(next.value.byteLength, 0)
      parts.push(next.value.slice())
    }
  })

const readAtLeast = (connection: Connection, length: number) =>
  Effect.gen(function* () {
    const parts: Array<Uint8Array> = []
    let total = 0
    while (total < length) {
      const bytes = Option.getOrThrow(yield* connection.read)
      parts.push(bytes.slice())
      total += bytes.byteLength
    }
    return Buffer.concat(parts)
  })

const reasonOf = <A>(effect: Effect.Effect<A, { readonly reason: string }, never>) =>
  Effect.match(effect, { onSuccess: () => "Success", onFailure: (error) => error.reason })

const writeUntilFailure = (connection: Connection) =>
  reasonOf(Effect.forever(Effect.zipLeft(connection.write(pattern(64 * KIB, 1)), Effect.sleep(1))))

export const transportSuite = <R, E>(
  name: string,
  layer: Layer.Layer<FtpTransport | R, E>,
  options: SuiteOptions<R>
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, FtpTransport | Scope.Scope>) =>
    it.live(title, () =>
      Effect.scoped(body).pipe(Effect.zipRight(options.nothingOpen), Effect.provide(layer), Effect.orDie)
    )

  describe(name, () => {
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
          "a writer waits for a reader that does not read, and goes on when it does",
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
            let before = -1
            while (written !== before) {
              before = written
              yield* Effect.sleep(A_WHILE)
            }
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
          "a FIN is a clean end behind the bytes, told again and again",
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
          "after a FIN the other direction goes on",
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
                yield* Effect.sleep(1)
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
            yield* Effect.sleep(A_WHILE)
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

    test(
      "both directions carry bytes at the same time",
      Effect.gen(function* () {
        const { accepted, dialled } = yield* pair()
        const send = (connection: Connection, seed: number) =>
          Effect.zipRight(connection.write(pattern(MIB, seed)), connection.endOutput)
        const [, , there, back] = yield* Effect.all(
          [send(dialled, 1), send(accepted, 2), readAll(accepted), readAll(dialled)],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(Buffer.compare(there, pattern(MIB, 1)), 0)
        assert.strictEqual(Buffer.compare(back, pattern(MIB, 2)), 0)
      })
    )

    test(
      "a control connection hands lines over as they come",
      Effect.gen(function* () {
        const { accepted, dialled } = yield* pair({ role: "Control" })
        for (const line of ["220 ready\r\n", "331 password\r\n"]) {
          yield* accepted.write(Buffer.from(line))
          assert.strictEqual(Buffer.from(Option.getOrThrow(yield* dialled.read)).toString(), line)
        }
      })
    )

    test(
      "the two ends agree on their addresses",
      Effect.gen(function* () {
        const { accepted, dialled, listener } = yield* pair()
        assert.deepStrictEqual(dialled.remote, listener.address)
        assert.deepStrictEqual(accepted.local, listener.address)
        assert.deepStrictEqual(accepted.remote, dialled.local)
      })
    )

    test(
      "a port where nothing listens refuses",
      Effect.gen(function* () {
        const listener = yield* Effect.scoped(listenOn("127.0.0.1"))
        const error = yield* Effect.flip(Effect.scoped(connectTo(listener)))
        assert.strictEqual((error as { reason: string }).reason, "Refused")
      })
    )

    test(
      "a name that has no address fails as Resolve",
      Effect.gen(function* () {
        const listener = yield* listenOn("127.0.0.1")
        const error = yield* Effect.flip(Effect.scoped(connectTo(listener, { host: "nowhere.invalid" })))
        assert.strictEqual((error as { reason: string }).reason, "Resolve")
        assert.include((error as { message: string }).message, "nowhere.invalid")
      })
    )

    test(
      "an interrupted connect leaves nothing behind",
      Effect.gen(function* () {
        const listener = yield* listenOn("127.0.0.1")
        for (let round = 0; round < 20; round++) {
          const connecting = yield* Effect.fork(Effect.scoped(connectTo(listener)))
          for (let step = 0; step < round % 5; step++) {
            yield* Effect.yieldNow()
          }
          yield* Fiber.interrupt(connecting)
        }
      })
    )

    test(
      "an interrupted accept leaves the next connection to the next accept",
      Effect.gen(function* () {
        const listener = yield* listenOn("127.0.0.1")
        const accepting = yield* Effect.fork(Effect.scoped(listener.accept))
        yield* Effect.sleep(1)
        yield* Fiber.interrupt(accepting)
        const [dialled, accepted] = yield* Effect.all([connectTo(listener), listener.accept], { concurrency: 2 })
        yield* dialled.write(pattern(3, 3))
        assert.deepStrictEqual(new Uint8Array(yield* readAtLeast(accepted, 3)), pattern(3, 3))
      })
    )

    test(
      "a connection that nobody accepted is reset with its listener",
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const listener = yield* Scope.extend(listenOn("127.0.0.1"), scope)
        const dialled = yield* connectTo(listener)
        yield* Effect.sleep(A_WHILE)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* reasonOf(dialled.read), "Reset")
      })
    )

    test(
      "a range of ports gives the first free one, and AddressInUse when there is none",
      Effect.gen(function* () {
        const transport = yield* FtpTransport
        const first = yield* listenOn("127.0.0.1")
        const { port } = first.address
        const error = yield* Effect.flip(Effect.scoped(transport.listen({ host: "127.0.0.1", ports: [port, port] })))
        assert.strictEqual(error.reason, "AddressInUse")
        const second = yield* transport.listen({ host: "127.0.0.1", ports: [port, port + 20] })
        assert.isAbove(second.address.port, port)
      })
    )

    test(
      "IPv6 carries bytes like IPv4",
      Effect.gen(function* () {
        const listener = yield* listenOn("::1")
        const [dialled, accepted] = yield* Effect.all([connectTo(listener), listener.accept], { concurrency: 2 })
        assert.strictEqual(dialled.remote.family, "IPv6")
        yield* dialled.write(pattern(9, 1))
        yield* dialled.endOutput
        assert.strictEqual((yield* readAll(accepted)).byteLength, 9)
      })
    )

    for (const host of ["127.0.0.1", "::1"]) {
      test(
        `"Any" finds a listener that only ${host} has`,
        Effect.gen(function* () {
          const listener = yield* listenOn(host)
          const dialled = yield* connectTo(listener, { host: options.bothFamilies })
          assert.strictEqual(dialled.remote.host, host)
        })
      )
    }

    test(
      "a family that the listener does not have refuses, one that the host does not have fails as Resolve",
      Effect.gen(function* () {
        const listener = yield* listenOn("127.0.0.1")
        const refused = yield* Effect.flip(Effect.scoped(connectTo(listener, { host: "::1" })))
        assert.strictEqual((refused as { reason: string }).reason, "Refused")
        const unknown = yield* Effect.flip(Effect.scoped(connectTo(listener, { family: "IPv6" })))
        assert.strictEqual((unknown as { reason: string }).reason, "Resolve")
      })
    )

    test(
      "an IPv4 peer of a listener on every address shows as IPv4",
      Effect.gen(function* () {
        const listener = yield* listenOn("::")
        const [, accepted] = yield* Effect.all([connectTo(listener, { host: "127.0.0.1" }), listener.accept], {
          concurrency: 2
        })
        assert.strictEqual(accepted.remote.family, "IPv4")
        assert.strictEqual(accepted.local.host, "127.0.0.1")
      })
    )
  })
}
