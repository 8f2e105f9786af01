/** Directories as streams: what becomes of the session, of failures, and of lines that can't be read. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const COUNT = 3000
const root = Object.fromEntries(Array.from({ length: COUNT }, (_, index) => [`many/f${index}`, ""]))

const stage = (server: FtpTestServer.Options = {}) => layer({ server: { root, ...server }, pool: { maxPerHost: 1 } })

const inUse = Effect.flatMap(FtpPool.FtpPool, (pool) =>
  Effect.map(pool.status, (hosts) => hosts.reduce((sum, { inUse }) => sum + inUse, 0))
)

const sent = (verb: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.commands, (lines) => lines.filter((line) => line.startsWith(verb)).length)
  )

/** The directory as it was listed before, so that the server is known. */
const known = Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.list("many")))

describe.each([
  ["MLSD", []],
  ["LIST", ["MLST", "MLSD"]]
] as const)("the entries of a directory, by %s", (verb, denied) => {
  it.effect("are those of its list, the first time and later", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const first = yield* inTime(Stream.runCollect(client.entries("many")))
      const listed = yield* known
      const later = yield* inTime(Stream.runCollect(client.entries("many")))
      expect(Chunk.toReadonlyArray(first)).toEqual(listed)
      expect(Chunk.toReadonlyArray(later)).toEqual(listed)
      expect(yield* inUse).toBe(0)
    }).pipe(Effect.provide(stage({ denied })))
  )

  it.effect("leave the pool as it was if their reader is interrupted in the middle, or takes a few", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* known
      expect(yield* inTime(Stream.runCount(Stream.take(client.entries("many"), 3)))).toBe(3)
      expect(yield* inUse).toBe(0)
      const fiber = yield* Effect.fork(Stream.runForEach(client.entries("many"), () => Effect.never))
      yield* Effect.forEach(Array.from({ length: 500 }), () => Effect.yieldNow(), { discard: true })
      yield* inTime(Fiber.interrupt(fiber))
      expect(yield* inUse).toBe(0)
      expect(yield* known).toHaveLength(COUNT)
    }).pipe(Effect.provide(stage({ denied })))
  )

  it.effect("come once, although the listing is lost after some of them", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* known
      const before = yield* sent(verb)
      yield* server.fault({ _tag: "DropData", verb, afterBytes: 40_000, how: "End", reply: "426 aborted" })
      let count = 0
      const error = yield* inTime(
        Effect.flip(
          Stream.runForEach(client.entries("many"), () =>
            Effect.sync(() => {
              count += 1
            })
          )
        )
      )
      expect(error).toMatchObject({ _tag: "FtpRejected" })
      expect(count).toBeGreaterThan(0)
      expect((yield* sent(verb)) - before).toBe(1)
      expect(yield* inUse).toBe(0)
    }).pipe(Effect.provide(stage({ denied })))
  )

  it.effect("are asked for again if the session is lost before the first", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* known
      yield* server.fault({ _tag: "CloseControl", verb })
      expect(yield* inTime(Stream.runCount(client.entries("many")))).toBe(COUNT)
    }).pipe(Effect.provide(stage({ denied })))
  )

  it.effect("end in an error for a line that can't be read, if that is asked for", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* known
      yield* server.fault({ _tag: "StrayLine", verb, line: "what is this?", times: 2 })
      const error = yield* inTime(Effect.flip(Stream.runDrain(client.entries("many", { onUnread: "Fail" }))))
      expect(error).toMatchObject({ _tag: "FtpListingError", reason: "Unreadable" })
      expect(yield* inTime(Stream.runCount(client.entries("many", { onUnread: "Ignore" })))).toBe(COUNT)
    }).pipe(Effect.provide(stage({ denied })))
  )

  it.effect("are bounded by maxEntries", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      yield* known
      expect(yield* inTime(Effect.flip(Stream.runDrain(client.entries("many", { maxEntries: 10 }))))).toMatchObject({
        _tag: "FtpListingError",
        reason: "TooManyEntries"
      })
      expect(yield* inUse).toBe(0)
    }).pipe(Effect.provide(stage({ denied })))
  )
})
