/** Small files that are sent one after the other in one effect. */
// Real time: sockets don't run by the TestClock.
import { describe, expect, it } from "@effect/vitest"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { BYTES, DONE, PORT, play, RECEIVED, SIZE, SIZE_AND_PORT, STOR } from "./support/smallUploads.ts"

const fileOf = (path: string): FtpSession.StoreFile => ({ path, bytes: BYTES })

/** One that gets its name once it is verified. */
const named = (path: string): FtpSession.StoreFile => ({
  path: `${path}.tmp`,
  bytes: BYTES,
  newName: { path, isDeserved: ({ isCounted }) => isCounted }
})

/** Replies that come in one packet. */
const together = (...replies: ReadonlyArray<string>) =>
  FtpScript.sayBytes(new TextEncoder().encode(replies.map((reply) => `${reply}\r\n`).join("")))

/** Gives these files one after the other, and notes what was said of the one before each. */
const giving = (...files: ReadonlyArray<string | FtpSession.StoreFile>) => {
  const said: Array<FtpSession.Stored> = []
  const left = files.map((file) => (typeof file === "string" ? fileOf(file) : file))
  return {
    said,
    next: (stored: FtpSession.Stored) => {
      said.push(stored)
      return left.shift()
    }
  }
}

const FIRST = `${PORT} ${STOR("a")} ${RECEIVED} ${DONE} ${SIZE("a")}`

describe("small files that are stored in one effect", () => {
  it.scopedLive("follow each other on one session, which is idle after the last one", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        FIRST,
        `${PORT} ${STOR("b")} ${RECEIVED} ${DONE} ${SIZE_AND_PORT("b")}`,
        `${STOR("c")} ${RECEIVED} ${DONE} ${SIZE_AND_PORT("c")}`
      ])
      const { next, said } = giving("b", "c")
      expect(yield* session.storeSmall(fileOf("a"), { next })).toMatchObject({ isCounted: true, rename: "None" })
      expect(said).toHaveLength(3)
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.scopedLive("end with the first one that does not go well", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [FIRST, `${PORT} C: STOR b\nD: accept\nS: 553 no`])
      const { next, said } = giving("b", "c")
      expect(yield* session.storeSmall(fileOf("a"), { next })).toBe("Long")
      expect(said).toHaveLength(1)
      yield* script.done
    })
  )

  it.scopedLive("end if a reply too many comes with the last one of a file: the next one is not begun in doubt", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        `${PORT} ${STOR("a")} ${RECEIVED} ${DONE} C: SIZE a`,
        together("213 5", "200 once more"),
        "C: NOOP\nS: 200 in step"
      ])
      const { next, said } = giving("b")
      expect(yield* session.storeSmall(fileOf("a"), { next })).toBe("Long")
      expect(said).toHaveLength(1)
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.scopedLive("end so too if the connection for the next one is dialled, which is reset", () =>
    Effect.gen(function* () {
      const { order, script, session } = yield* play(() => [
        FIRST,
        `${PORT} ${STOR("b.tmp")} ${RECEIVED} ${DONE} C: EPSV\nC: SIZE b.tmp\nC: RNFR b.tmp`,
        "S: 229 ok (|||{port}|)\nS: 213 5\nS: 350 ready\nC: RNTO b\nD: accept",
        together("250 done", "200 once more"),
        "C: NOOP\nS: 200 in step"
      ])
      const { next } = giving(named("b"), "c")
      expect(yield* session.storeSmall(fileOf("a"), { next })).toBe("Long")
      expect(order).toEqual(["bytes", "bytes", "reset"])
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.scopedLive("die of what their giver throws, and the session settles", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [FIRST])
      const exit = yield* Effect.exit(
        session.storeSmall(fileOf("a"), {
          next: () => {
            throw new TypeError("of the caller")
          }
        })
      )
      expect(Exit.isFailure(exit) && exit.cause).toMatchObject({ _tag: "Die", defect: new TypeError("of the caller") })
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )

  it.scopedLive("are given up with the one that is under way, whose data connection is reset", () =>
    Effect.gen(function* () {
      const [isSent, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { order, script, session } = yield* play(() => [
        `${FIRST} ${PORT} ${STOR("b")} ${RECEIVED}\nS: 150 here`,
        FtpScript.run(Effect.zipRight(Deferred.succeed(isSent, undefined), Deferred.await(goOn))),
        "S: 226 done"
      ])
      const storing = yield* Effect.fork(session.storeSmall(fileOf("a"), { next: giving("b", "c").next }))
      yield* Deferred.await(isSent)
      yield* Fiber.interruptFork(storing)
      yield* Deferred.succeed(goOn, undefined)
      expect(yield* Fiber.await(storing)).toSatisfy(Exit.isInterrupted)
      expect(order).toEqual(["bytes", "bytes", "reset"])
      yield* script.done
    })
  )
})

describe("small files that are fetched in one effect", () => {
  it.scopedLive("die of what the one who deals with a file throws, and the session settles", () =>
    Effect.gen(function* () {
      const { script, session } = yield* play(() => [
        `${PORT} C: RETR a\nD: accept\nS: 150 here\nD: send hello\nD: end\nS: 226 done`
      ])
      const exit = yield* Effect.exit(
        session.retrieveSmall(
          { path: "a", size: 5, wantsTime: false },
          {
            next: () => {
              throw new TypeError("of the caller")
            }
          }
        )
      )
      expect(Exit.isFailure(exit) && exit.cause).toMatchObject({ _tag: "Die", defect: new TypeError("of the caller") })
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    })
  )
})
