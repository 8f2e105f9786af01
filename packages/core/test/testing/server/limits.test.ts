/** What a client may not do without end on a server with limits: guess passwords, stay silent, stay without a login. */
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { greeted, login, passive, type RawClient } from "../../support/rawClient.ts"
import { loggedIn, over, served } from "../../support/servedTree.ts"

const guess = (client: RawClient, password: string) =>
  Effect.zipRight(client.ask("USER ann"), client.ask(`PASS ${password}`))

/** Runs the clock while the others get as far as they can. */
const pass = (duration: Duration.DurationInput) =>
  Effect.zipRight(TestClock.adjust(duration), Effect.repeatN(Effect.yieldNow(), 50))

const isDone = (fiber: Fiber.RuntimeFiber<string, unknown>) =>
  Effect.map(Fiber.poll(fiber), (exit) => exit._tag === "Some")

describe("wrong passwords on a server with limits", () => {
  const limited = served({ users: { ann: "secret" }, loginFailures: { delay: "1 seconds", perConnection: 2 } })

  it.scoped("a wrong password is answered after the delay, and the right one at once", () =>
    Effect.gen(function* () {
      const server = yield* limited
      const client = yield* greeted(server)
      const wrong = yield* Effect.fork(guess(client, "wrong"))
      yield* pass("999 millis")
      assert.isFalse(yield* isDone(wrong))
      yield* pass("1 millis")
      assert.strictEqual(yield* Fiber.join(wrong), "530 Login incorrect.")
      assert.match(yield* guess(client, "secret"), /^230 /)
    }).pipe(over)
  )

  it.scoped("several connections from one address together guess no faster than one", () =>
    Effect.gen(function* () {
      const server = yield* limited
      const guesses = yield* Effect.forEach([1, 2, 3], () =>
        Effect.gen(function* () {
          const client = yield* greeted(server)
          return yield* Effect.fork(guess(client, "wrong"))
        })
      )
      const answered = Effect.map(Effect.forEach(guesses, isDone), (done) => done.filter((is) => is).length)
      const counts: Array<number> = []
      for (let second = 0; second < 3; second += 1) {
        yield* pass("1 seconds")
        counts.push(yield* answered)
      }
      assert.deepStrictEqual(counts, [1, 2, 3])
    }).pipe(over)
  )

  it.scoped("a guess whose client has left still delays the next one", () =>
    Effect.gen(function* () {
      const server = yield* limited
      yield* Effect.scoped(
        Effect.gen(function* () {
          const first = yield* greeted(server)
          yield* first.ask("USER ann")
          yield* first.say("PASS wrong")
          yield* Effect.repeatN(Effect.yieldNow(), 50)
          yield* first.control.reset
        })
      )
      const second = yield* greeted(server)
      const wrong = yield* Effect.fork(guess(second, "wrong"))
      yield* pass("1 seconds")
      assert.isFalse(yield* isDone(wrong))
      yield* pass("1 seconds")
      assert.isTrue(yield* isDone(wrong))
    }).pipe(over)
  )

  it.scoped("the last wrong password that is allowed on a connection ends it; a wrong account counts too", () =>
    Effect.gen(function* () {
      const server = yield* served({
        users: { ann: { password: "secret", account: "book" } },
        loginFailures: { delay: 0, perConnection: 2 }
      })
      const client = yield* greeted(server)
      assert.match(yield* guess(client, "wrong"), /^530 /)
      assert.match(yield* guess(client, "secret"), /^332 /)
      assert.match(yield* client.ask("ACCT none"), /^530 /)
      assert.strictEqual(yield* client.hear, "(end)")
    }).pipe(over)
  )

  it.scoped("without limits any number of wrong passwords is answered at once", () =>
    Effect.gen(function* () {
      const server = yield* served({ users: { ann: "secret" } })
      const client = yield* greeted(server)
      for (let count = 0; count < 20; count += 1) {
        assert.match(yield* guess(client, "wrong"), /^530 /)
      }
      assert.match(yield* guess(client, "secret"), /^230 /)
    }).pipe(over)
  )
})

describe("idle clients on a server with limits", () => {
  it.scoped("a client that sends no command gets 421 and is disconnected, and one that sends some is not", () =>
    Effect.gen(function* () {
      const { client: idle, server } = yield* loggedIn({ idleTimeout: "1 minute" })
      const busy = yield* login(server)
      for (const _ of [1, 2]) {
        yield* pass("40 seconds")
        yield* busy.ask("NOOP")
      }
      assert.deepStrictEqual([yield* idle.hear, yield* idle.hear], ["421 Timeout.", "(end)"])
      assert.match(yield* busy.ask("NOOP"), /^200 /)
      assert.strictEqual((yield* server.connections).current, 1)
    }).pipe(over)
  )

  it.scoped("a transfer that moves no bytes ends with its connection", () =>
    Effect.gen(function* () {
      const { client, server } = yield* loggedIn({ idleTimeout: "1 minute" })
      const data = yield* passive(client)
      assert.match(yield* client.ask("STOR x"), /^150 /)
      yield* pass("40 seconds")
      yield* data.write(new Uint8Array(10))
      yield* pass("40 seconds")
      assert.strictEqual((yield* server.connections).transfers, 1)
      yield* pass("75 seconds")
      assert.strictEqual(yield* client.hear, "421 Timeout.")
      assert.deepStrictEqual(yield* server.connections, { current: 0, peak: 1, total: 1, transfers: 0 })
    }).pipe(over)
  )

  it.scoped("a client without a login is disconnected in time, whatever else it sends", () =>
    Effect.gen(function* () {
      const { client: user, server } = yield* loggedIn({ loginTimeout: "1 minute" })
      const stranger = yield* greeted(server)
      yield* pass("59 seconds")
      assert.match(yield* stranger.ask("NOOP"), /^200 /)
      yield* pass("1 seconds")
      assert.deepStrictEqual([yield* stranger.hear, yield* stranger.hear], ["421 Login timeout.", "(end)"])
      assert.match(yield* user.ask("NOOP"), /^200 /)
    }).pipe(over)
  )
})
