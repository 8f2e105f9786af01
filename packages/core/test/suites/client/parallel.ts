/** Many operations at once over one pool. */
import { assert } from "@effect/vitest"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { type Check, digestOf, eventually, expected, nothingLent, stored, text } from "./Check.ts"

const AT_ONCE = 16

const numbers = Array.from({ length: AT_ONCE }, (_, index) => index)

export const parallelCases = (check: Check): void => {
  check(
    `${AT_ONCE} downloads at once over a pool of 4 use and keep exactly 4 sessions`,
    ({ at, client, pool, server }) =>
      Effect.gen(function* () {
        const contents = numbers.map((index) => noise(MIB, index + 1))
        yield* Effect.forEach(contents, (content, index) => server.write(at(`file ${index}`), content))
        const found = yield* Effect.forEach(numbers, (index) => digestOf(client.download(at(`file ${index}`))), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(found, contents.map(expected))
        const status = (yield* pool.status).map(({ inUse, live }) => [inUse, live])
        assert.deepStrictEqual(status, [[0, 4]])
        yield* eventually("the server has them too", server.sessions, 4)
      })
  )

  check("uploads, listings and removals at once do not disturb each other", ({ at, client, root, server }) =>
    Effect.gen(function* () {
      yield* Effect.forEach(
        numbers,
        (index) =>
          Effect.gen(function* () {
            const path = at(`directory ${index}`)
            yield* client.makeDirectory(path)
            yield* client.upload(`${path}/file`, FtpSource.fromString(`content ${index}`))
            assert.deepStrictEqual(
              (yield* client.list(path)).map(({ name }) => name),
              ["file"]
            )
            assert.strictEqual(yield* text(client.download(`${path}/file`)), `content ${index}`)
            assert.strictEqual(yield* stored(server, `${path}/file`), `content ${index}`)
            yield* client.remove(path, { recursive: true })
          }),
        { concurrency: "unbounded", discard: true }
      )
      assert.deepStrictEqual(yield* server.names(root), [])
    })
  )

  check("directories that several make at once are made once", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* Effect.forEach(numbers, (index) => client.makeDirectory(at(`a/b/c/d${index % 2}`), { recursive: true }), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([...(yield* server.names(at("a/b/c")))].sort(), ["d0", "d1"])
    })
  )

  check(
    "everything at once on one session takes turns, and nothing deadlocks",
    ({ at, client, server }) =>
      Effect.gen(function* () {
        yield* server.makeDirectory(at("below"))
        yield* server.write(at("below/file"), "content")
        yield* Effect.all(
          numbers.map((index) =>
            Effect.gen(function* () {
              assert.strictEqual(yield* text(client.download(at("below/file"))), "content")
              yield* client.upload(at(`up ${index}`), FtpSource.fromString("x"))
              assert.strictEqual(yield* Stream.runCount(client.walk(at("below"))), 1)
              assert.isTrue(yield* client.exists(at(`up ${index}`)))
            })
          ),
          { concurrency: "unbounded", discard: true }
        )
      }),
    { sessions: 1 }
  )

  check("half of the downloads interrupted leave the other half whole", ({ at, client, pool, server }) =>
    Effect.gen(function* () {
      const content = noise(4 * MIB)
      yield* server.write(at("file"), content)
      const fibers = yield* Effect.forEach(numbers, () => Effect.fork(digestOf(client.download(at("file")))))
      yield* Effect.sleep("20 millis")
      yield* Effect.forEach(fibers, (fiber, index) => (index % 2 === 0 ? Fiber.interrupt(fiber) : Effect.void), {
        concurrency: "unbounded"
      })
      const whole = yield* Effect.forEach(
        fibers.filter((_, index) => index % 2 === 1),
        Fiber.join
      )
      assert.deepStrictEqual(
        whole,
        whole.map(() => expected(content))
      )
      yield* nothingLent(pool)
    })
  )

  check("sessions that died while unused are replaced unseen", ({ at, client, server }) =>
    Effect.gen(function* () {
      yield* server.write(at("file"), "content")
      yield* Effect.forEach(numbers, () => client.stat(at("file")), { concurrency: "unbounded" })
      yield* server.breakSessions
      const contents = yield* Effect.forEach(numbers, () => text(client.download(at("file"))), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        contents,
        numbers.map(() => "content")
      )
    })
  )
}
