import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpConnectError } from "@ftp-effect/core/FtpError"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { noRetry } from "../support/borrowing.ts"
import * as Embedded from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { nothingInUse } from "../support/pool.ts"
import { seconds } from "../support/seconds.ts"

const FILES = ["a", "b", "c", "d"]

const stage = (maxPerHost: number, server: FtpTestServer.Options = {}) =>
  Embedded.layer({
    server: { root: Object.fromEntries(FILES.map((name) => [name, `the file ${name}`])), ...server },
    pool: { maxPerHost }
  })

const client = FtpClient.FtpClient

/** How an effect ends, and the seconds of the clock until then. */
const ended = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const exits: Array<Exit.Exit<A, E>> = []
    const took = yield* seconds(
      Effect.map(Effect.exit(self), (exit) => exits.push(exit)),
      300
    )
    yield* nothingInUse
    return { reasons: exits.map(reasonOf), took }
  })

/** A holder may need a few turns until it waits, so it is looked at again after 10 milliseconds. */
const AT_ONCE = 0.1

const failsAtOnce = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(ended(self), ({ reasons, took }) => {
    expect(reasons).toEqual(["SessionsHeld"])
    expect(took).toBeLessThanOrEqual(AT_ONCE)
  })

const reasonOf = <A, E>(exit: Exit.Exit<A, E>): string =>
  Exit.match(exit, {
    onSuccess: () => "success",
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onNone: () => Cause.pretty(cause),
        onSome: (error) => (isConnectError(error) ? error.reason : String(error))
      })
  })

const isConnectError = (error: unknown): error is FtpConnectError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "FtpConnectError"

const inside = <A, E>(use: (client: FtpClient.FtpClient, session: FtpSession) => Effect.Effect<A, E>) =>
  Effect.flatMap(client, (client) => client.withSession((session) => use(client, session)))

type Bytes = Stream.Stream<Uint8Array, unknown>

const copy = (name: string, through: (bytes: Bytes) => Bytes) =>
  Effect.flatMap(client, (client) =>
    client.upload(`copy of ${name}`, FtpSource.fromStream(through(client.download(name))))
  )

/** Ways in which a stream reads another in a fiber of its own, or in that of its reader. */
const THROUGH = [
  ["as it is", (bytes: Bytes) => bytes],
  ["through a buffer", Stream.buffer({ capacity: 2 })],
  ["through a concurrent map", Stream.mapEffect(Effect.succeed, { concurrency: 2 })],
  ["merged with another one", (bytes) => Stream.merge(bytes, Stream.empty)]
] as const satisfies ReadonlyArray<readonly [string, Parameters<typeof copy>[1]]>

describe("a caller that holds a session and asks for another one", () => {
  it.effect("fails at once if it holds the only one", () =>
    Effect.gen(function* () {
      const error = yield* inTime(Effect.flip(inside(({ size }) => size("a"))))
      expect(error).toMatchObject({ _tag: "FtpConnectError", reason: "SessionsHeld", held: 1, isRetryable: false })
      expect(error.message).toMatch("every session is held by a caller that waits for another one")
      yield* failsAtOnce(inside(({ withSession }) => withSession(() => Effect.void)))
    }).pipe(Effect.provide(stage(1)))
  )

  it.effect("gets it if there is one, at any depth, and fails where there is none left", () =>
    Effect.gen(function* () {
      expect(yield* inside((client) => client.withSession(() => client.size("a")))).toBe(10)
      yield* failsAtOnce(inside((client) => client.withSession(() => client.withSession(() => client.size("a")))))
    }).pipe(Effect.provide(stage(3)))
  )

  type Asks = (client: FtpClient.FtpClient, session: FtpSession) => Effect.Effect<unknown, unknown>

  const asking: ReadonlyArray<readonly [how: string, asks: Asks]> = [
    ["with a time limit", (client) => Effect.timeout(client.size("a"), "1 hour")],
    ["for two things at once", ({ size }) => Effect.all([size("a"), size("b")], { concurrency: 2 })],
    ["in a race", ({ size }) => Effect.race(size("a"), size("b"))],
    ["in a fiber that it joins", ({ size }) => Effect.flatMap(Effect.fork(size("a")), Fiber.join)]
  ]

  for (const [how, asks] of asking) {
    it.effect(`fails at once if it holds the only one and asks ${how}`, () =>
      failsAtOnce(inside(asks)).pipe(Effect.provide(stage(1)))
    )
  }

  for (const [how, through] of THROUGH) {
    it.effect(`fails at once if an upload holds the only one and reads a download, ${how}`, () =>
      failsAtOnce(copy("a", through)).pipe(Effect.provide(stage(1)))
    )

    it.effect(`fails alone if four uploads hold all four and each reads a download, ${how}`, () =>
      Effect.gen(function* () {
        const copies = Effect.forEach(FILES, (name) => Effect.exit(copy(name, through)), { concurrency: 4 })
        const reasons: Array<string> = []
        const { took } = yield* ended(Effect.map(copies, (exits) => reasons.push(...exits.map(reasonOf))))
        expect(reasons.sort()).toEqual(["SessionsHeld", "success", "success", "success"])
        expect(took).toBeLessThanOrEqual(AT_ONCE)
      }).pipe(Effect.provide(stage(4)))
    )
  }

  it.effect("fails at once if a download holds the only one and its reader asks", () =>
    Effect.gen(function* () {
      const { download, size } = yield* client
      yield* failsAtOnce(Stream.runForEach(download("a"), () => size("b")))
    }).pipe(Effect.provide(stage(1)))
  )

  it.effect("fails at once when it turns out that the server accepts no more than the one", () =>
    failsAtOnce(inside(({ size }) => size("a"))).pipe(
      Effect.provide(stage(4, { limit: { connections: 1 } }).pipe(Layer.provide(noRetry)))
    )
  )

  it.effect("waits if another caller will return one", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fork(inside(() => Effect.sleep("5 seconds")))
      yield* Effect.yieldNow()
      expect(yield* seconds(inside(({ size }) => size("a")))).toBe(5)
      yield* Fiber.join(other)
      yield* nothingInUse
    }).pipe(Effect.provide(stage(2)))
  )

  it.effect("regression: waits for one that is returned, and goes on, if it can't be interrupted", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fork(inside(() => Effect.sleep("5 seconds")))
      yield* Effect.yieldNow()
      expect(yield* seconds(Effect.uninterruptible(inside(({ size }) => size("a"))))).toBe(5)
      yield* Fiber.join(other)
      yield* nothingInUse
    }).pipe(Effect.provide(stage(2)))
  )

  /** What happens outside the program, as a timer or a socket does; a sleep of TestClock waits for a fiber. */
  const outside = Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), 20)
    return Effect.sync(() => clearTimeout(timer))
  })

  /** SIZE, which has been answered before, has the limit of any command then. */
  const slowSize = Effect.gen(function* () {
    yield* (yield* client).size("a")
    const server = yield* FtpTestServer.FtpTestServer
    yield* server.fault({ _tag: "Delay", verb: "SIZE", duration: "20 seconds" })
  })

  const meanwhile: ReadonlyArray<
    readonly [what: string, does: (session: FtpSession) => Effect.Effect<unknown, unknown>]
  > = [
    ["something outside the program", () => outside],
    ["an answer of the server", (session) => session.size("b")]
  ]

  for (const [what, does] of meanwhile) {
    it.effect(`waits in a fiber that is forked while the session is held, if its holder waits for ${what}`, () =>
      Effect.gen(function* () {
        yield* slowSize
        const scope = yield* Effect.scope
        const held = inside(({ size }, session) => Effect.zipLeft(Effect.forkIn(size("a"), scope), does(session)))
        const forked = yield* what === "an answer of the server" ? inTime(held) : held
        expect(yield* inTime(Fiber.join(forked))).toBe(10)
        yield* nothingInUse
      }).pipe(Effect.scoped, Effect.provide(stage(1)))
    )
  }

  it.effect("fails within a second when its holder, which did something else first, waits for it", () =>
    Effect.gen(function* () {
      yield* slowSize
      const { reasons, took } = yield* ended(
        inside(({ size }, session) =>
          Effect.flatMap(Effect.fork(size("a")), (forked) => Effect.zipRight(session.size("b"), Fiber.join(forked)))
        )
      )
      expect(reasons).toEqual(["SessionsHeld"])
      expect(took).toBeGreaterThanOrEqual(20)
      expect(took).toBeLessThanOrEqual(21)
    }).pipe(Effect.provide(stage(1)))
  )

  it.effect("may ask again when it has returned what it held, in a fiber forked meanwhile too", () =>
    Effect.gen(function* () {
      const { size } = yield* client
      const scope = yield* Effect.scope
      const later = yield* inside(() => Effect.forkIn(Effect.zipRight(Effect.sleep("1 second"), size("a")), scope))
      const other = yield* Effect.fork(inside(() => Effect.sleep("30 seconds")))
      yield* TestClock.adjust("2 seconds")
      expect((yield* Effect.flatMap(FtpPool.FtpPool, ({ status }) => status))[0]?.inUse).toBe(1)
      expect(yield* inTime(Fiber.join(later))).toBe(10)
      yield* Fiber.join(other)
      yield* nothingInUse
    }).pipe(Effect.scoped, Effect.provide(stage(1)))
  )
})
