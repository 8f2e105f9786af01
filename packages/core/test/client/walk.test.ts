import { describe, expect, it } from "@effect/vitest"
import { type FtpEntry, noFacts } from "@ftp-effect/core/FtpEntry"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { walk } from "#core/client/walk"

const directory = (path: string, name: string, unique?: string): FtpEntry => ({
  ...noFacts,
  name,
  path: `${path}/${name}`,
  type: "Directory",
  unique: Option.fromNullable(unique),
  raw: ""
})

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
      const taken = walk("/", wide(listed), 4, {}).pipe(
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
      const found = yield* Stream.runCount(walk("", list, 3, {}))
      expect(most).toBe(3)
      // Levels of 3, 9, 27, 81 and 243 directories.
      expect(found).toBe(363)
    })
  )

  it.effect("does not enter a directory that is one of those above it", () =>
    Effect.gen(function* () {
      const list = (path: string) =>
        Effect.succeed([directory(path, "a", path.length % 4 === 0 ? "even" : "odd"), directory(path, "b")])
      const entries = yield* Stream.runCollect(walk("", list, 1, { depth: 4 }))
      expect(Array.from(entries).some(({ path }) => path.endsWith("/a/a/a/a"))).toBe(false)
      expect(Array.from(entries).some(({ path }) => path.endsWith("/b/b/b/b"))).toBe(true)
    })
  )

  it.effect("ends at 256 levels on a server that shows a loop without identities", () =>
    Effect.gen(function* () {
      const list = (path: string) => Effect.succeed([directory(path, "a")])
      expect(yield* Stream.runCount(walk("", list, 2, {}))).toBe(256)
    })
  )
})
