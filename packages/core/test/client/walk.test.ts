import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import { type FtpEntry, noFacts } from "@ftp-effect/core/FtpEntry"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Lister, walk } from "#core/client/walk"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const directory = (path: string, name: string, unique?: string): FtpEntry => ({
  ...noFacts,
  name,
  path: `${path}/${name}`,
  type: "Directory",
  unique: Option.fromNullable(unique),
  raw: ""
})

const lister = <E>(list: Lister<E>["list"]) => ({ list, giveBack: Effect.void })

const WIDTH = 2000

/** Below the root WIDTH directories, each with WIDTH files. */
const wide = (listed: Array<string>) => (path: string) =>
  Effect.sync(() => {
    listed.push(path)
    return Array.from(
      { length: WIDTH },
      (_, index): FtpEntry => ({ ...directory(path, `n${index}`), type: path === "/" ? "Directory" : "File" })
    )
  })

describe("walk", () => {
  it.effect("lists no more directories than its consumer needs soon", () =>
    Effect.gen(function* () {
      const listed: Array<string> = []
      const taken = walk("/", () => lister(wide(listed)), 4, {}).pipe(
        Stream.rechunk(1),
        Stream.runForEach(() => Effect.never),
        Effect.fork
      )
      const fiber = yield* taken
      yield* Effect.forEach(Array.from({ length: 5000 }), () => Effect.yieldNow(), { discard: true })
      yield* Fiber.interrupt(fiber)
      expect(listed.length).toBeGreaterThan(1)
      expect(listed.length).toBeLessThan(20)
    })
  )

  it.effect("lists several directories at once, and no more than allowed", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const list = (path: string) =>
        Effect.gen(function* () {
          now += 1
          most = Math.max(most, now)
          yield* Effect.yieldNow()
          now -= 1
          return path.length > 8 ? [] : ["a", "b", "c"].map((name) => directory(path, name))
        })
      const found = yield* Stream.runCount(walk("", () => lister(list), 3, {}))
      expect(most).toBe(3)
      // Levels of 3, 9, 27, 81 and 243 directories.
      expect(found).toBe(363)
    })
  )

  it.effect("does not enter a directory that is one of those above it", () =>
    Effect.gen(function* () {
      const list = (path: string) =>
        Effect.succeed([directory(path, "a", path.length % 4 === 0 ? "even" : "odd"), directory(path, "b")])
      const entries = yield* Stream.runCollect(walk("", () => lister(list), 1, { depth: 4 }))
      expect(Array.from(entries).some(({ path }) => path.endsWith("/a/a/a/a"))).toBe(false)
      expect(Array.from(entries).some(({ path }) => path.endsWith("/b/b/b/b"))).toBe(true)
    })
  )

  it.effect("ends at 256 levels on a server that shows a loop without identities", () =>
    Effect.gen(function* () {
      const list = (path: string) => Effect.succeed([directory(path, "a")])
      expect(yield* Stream.runCount(walk("", () => lister(list), 2, {}))).toBe(256)
    })
  )
})

describe("the session of a walk's worker", () => {
  /** More entries than a walk keeps for its consumer. */
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`many/f${index}`, ""]))
  const stage = (server: FtpTestServer.Options) => layer({ server, pool: { maxPerHost: 1 } })
  const inUse = Effect.flatMap(FtpPool.FtpPool, (pool) =>
    Effect.map(pool.status, (hosts) => hosts.reduce((sum, { inUse }) => sum + inUse, 0))
  )

  it.effect("is one and the same for all directories, and goes back to the pool at the end", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      expect(yield* inTime(Stream.runCount(client.walk("")))).toBe(6)
      expect(yield* inUse).toBe(0)
      expect((yield* server.commands).filter((line) => line.startsWith("USER"))).toHaveLength(1)
    }).pipe(Effect.provide(stage({ root: { "a/b/c.txt": "x", "d/e.txt": "y", "f.txt": "" } })))
  )

  it.effect("is the consumer's to use while the walk waits for it", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const sizes = yield* inTime(
        client.walk("many").pipe(
          Stream.take(1),
          Stream.mapEffect(({ path }) => client.size(path)),
          Stream.runCollect
        )
      )
      expect(Array.from(sizes)).toEqual([0])
      expect(yield* inUse).toBe(0)
    }).pipe(Effect.provide(stage({ root: many })))
  )

  it.effect("is free for what the caller does about lines that can't be read", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* server.fault({ _tag: "StrayLine", line: "what is this?" })
      const seen: Array<boolean> = []
      const onUnread = () =>
        Effect.tap(Effect.orDie(client.exists("a.txt")), (exists) => Effect.sync(() => seen.push(exists)))
      expect(yield* inTime(Stream.runCount(client.walk("", { onUnread })))).toBe(1)
      expect(seen).toEqual([true])
    }).pipe(Effect.provide(stage({ root: { "a.txt": "x" } })))
  )

  it.effect("goes back to the pool, fit for use, if the walk is interrupted in the middle of a listing", () =>
    Effect.gen(function* () {
      const client = yield* FtpClient.FtpClient
      const server = yield* FtpTestServer.FtpTestServer
      yield* inTime(client.list("a"))
      yield* server.fault({ _tag: "Delay", verb: "MLSD", duration: "1 hour" })
      const fiber = yield* Effect.fork(Stream.runDrain(client.walk("a")))
      yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.yieldNow(), { discard: true })
      yield* inTime(Fiber.interrupt(fiber))
      expect(yield* inUse).toBe(0)
      expect((yield* inTime(client.list("a"))).map(({ name }) => name)).toEqual(["b.txt"])
    }).pipe(Effect.provide(stage({ root: { "a/b.txt": "x" } })))
  )
})
