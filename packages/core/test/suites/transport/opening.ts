/** How connections and listeners are opened, named and given up. */
import { assert } from "@effect/vitest"
import { type Connection, FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import {
  connectTo,
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
  turns
} from "./wire.ts"

export const opening = <R>(options: SuiteOptions<R>, test: Test): void => {
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
      assert.strictEqual(error.reason, "Refused")
    })
  )

  test(
    "a name that has no address fails as Resolve",
    Effect.gen(function* () {
      const listener = yield* listenOn("127.0.0.1")
      const error = yield* Effect.flip(Effect.scoped(connectTo(listener, { host: "nowhere.invalid" })))
      assert.strictEqual(error.reason, "Resolve")
      assert.match(error.message, /no such host|no address/)
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
      yield* turns(1)
      yield* Fiber.interrupt(accepting)
      const [dialled, accepted] = yield* Effect.all([connectTo(listener), listener.accept], { concurrency: 2 })
      yield* dialled.write(pattern(3, 3))
      assert.deepStrictEqual(new Uint8Array(yield* readAtLeast(accepted, 3)), pattern(3, 3))
    })
  )

  test(
    "a connection that was not accepted is reset with its listener",
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const listener = yield* Scope.extend(listenOn("127.0.0.1"), scope)
      const dialled = yield* connectTo(listener)
      yield* turns(STILL)
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
      assert.strictEqual(refused.reason, "Refused")
      const unknown = yield* Effect.flip(Effect.scoped(connectTo(listener, { family: "IPv6" })))
      assert.strictEqual(unknown.reason, "Resolve")
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
}
