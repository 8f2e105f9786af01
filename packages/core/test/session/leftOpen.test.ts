/** All data and the final reply have come, but the server leaves the data connection open. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layer, services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, fetch, ready, session } from "../support/scripted.ts"

/** The result, and after how many seconds of the clock it was there, to half a second. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const result = yield* inTime(Effect.either(self), "100 seconds")
    return { result, seconds: ((yield* Clock.currentTimeMillis) - start) / 1000 }
  })

const LINE = "D: send -rw-r--r-- 1 u g 1 Jan 01 2020 a\\r\\n\n"

describe("a server that leaves the data connection open until the client closes it", () => {
  const stage = layer({ server: { root: { a: "hello" } }, pool: { maxPerHost: 1 } })

  const left = Effect.gen(function* () {
    const server = yield* FtpTestServer.FtpTestServer
    yield* server.fault({ _tag: "LeaveDataOpen", times: Number.POSITIVE_INFINITY })
    return yield* FtpClient.FtpClient
  })

  it.effect("is answered by our end after 5 s of silence: the listing is whole", () =>
    Effect.gen(function* () {
      const client = yield* left
      const { result, seconds } = yield* timed(client.list(""))
      expect(result).toMatchObject({ _tag: "Right", right: [{ name: "a" }] })
      expect(seconds).toBeGreaterThanOrEqual(5)
      expect(seconds).toBeLessThan(7)
      const server = yield* FtpTestServer.FtpTestServer
      expect((yield* server.connections).total).toBe(1)
      // From then on it is not waited for so long.
      expect((yield* timed(client.list(""))).seconds).toBeLessThan(2)
    }).pipe(Effect.provide(stage))
  )

  it.effect("is answered by our end after 5 s of silence: the file is verified", () =>
    Effect.gen(function* () {
      const client = yield* left
      const text = Stream.runFold(client.download("a"), "", (all, bytes) => all + new TextDecoder().decode(bytes))
      const { result, seconds } = yield* timed(text)
      expect(result).toMatchObject({ _tag: "Right", right: "hello" })
      expect(seconds).toBeLessThan(7)
    }).pipe(Effect.provide(stage))
  )
})

describe("a data connection that stays open whatever we do", () => {
  it.scoped("ends a listing of whole lines after 10 s of silence", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${begun("MLSD")}
        D: send type=file; a\\r\\n
        S: 226 done
      `)
      const { result, seconds } = yield* timed(made.list(""))
      expect(result).toMatchObject({ _tag: "Right", right: { entries: [{ name: "a" }] } })
      expect(seconds).toBeLessThan(12)
    }).pipe(Effect.provide(services))
  )

  it.scoped("does not end a listing in the middle of a line", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${begun("MLSD")}
        D: send type=file; a\\r\\ntype=fi
        S: 226 done
      `)
      const { result } = yield* timed(made.list(""))
      expect(result).toMatchObject({ left: { _tag: "FtpConnectionLost", channel: "Data", reason: "TimedOut" } })
    }).pipe(Effect.provide(services))
  )

  it.scoped("does not end a file, which SIZE has to prove, and does not hold it up for a minute", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready()}${begun("RETR a")}
        D: send hello
        S: 226 done
      `)
      const { result, seconds } = yield* timed(fetch(made, "a"))
      expect(result).toMatchObject({ left: { _tag: "FtpConnectionLost", channel: "Data", reason: "TimedOut" } })
      expect(seconds).toBeLessThan(12)
    }).pipe(Effect.provide(services))
  )

  it.scoped("is read on while bytes come, however long after the final reply", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${begun("MLSD")}
        D: send type=file; a\\r\\n
        S: 226 done
        -- wait 4 seconds
        D: send type=file; b\\r\\n
        -- wait 4 seconds
        D: send type=file; c\\r\\n
        D: end
      `)
      const { result } = yield* timed(made.list(""))
      expect(result).toMatchObject({ right: { entries: [{ name: "a" }, { name: "b" }, { name: "c" }] } })
    }).pipe(Effect.provide(services))
  )

  it.scoped("does not end before the final reply", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${begun("MLSD")}
        D: send type=file; a\\r\\n
        -- wait 30 seconds
        D: send type=file; b\\r\\n
        D: end
        S: 226 done
      `)
      const fiber = yield* Effect.fork(made.list(""))
      yield* TestClock.adjust("29 seconds")
      expect((yield* Fiber.status(fiber))._tag).not.toBe("Done")
      yield* TestClock.adjust("2 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ entries: [{ name: "a" }, { name: "b" }] })
    }).pipe(Effect.provide(services))
  )
})

describe("a listing that is confirmed, but not sent", () => {
  const withoutData = (reply: string) => `
    C: EPSV
    S: 229 ok (|||{port}|)
    C: MLSD
    D: accept
    S: ${reply}
  `

  for (const reply of ["202 not here", "226 done"]) {
    it.scoped(`is no empty one: MLSD answered ${reply} leads to LIST, from then on`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(`
          ${ready("MLST type*;")}${withoutData(reply)}
          ${begun("LIST -a")}${LINE}D: end
          S: 226 done
          ${begun("LIST")}${LINE}D: end
          S: 226 done
          ${begun("LIST -a")}${LINE}D: end
          S: 226 done
        `)
        for (let times = 0; times < 2; times++) {
          const { result } = yield* timed(made.list(""))
          expect(result).toMatchObject({ _tag: "Right", right: { entries: [{ name: "a" }] } })
        }
      }).pipe(Effect.provide(services))
    )
  }

  it.scoped("is an error if LIST is answered so as well", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("UTF8")}
        ${withoutData("202 no").replace("MLSD", "LIST -a")}
        ${withoutData("202 no").replace("MLSD", "LIST")}
        ${withoutData("502 no").replace("MLSD", "NLST")}
      `)
      const { result } = yield* timed(made.list(""))
      expect(result).toMatchObject({ left: { _tag: "FtpListingError", reason: "Unreadable", line: "202 no" } })
    }).pipe(Effect.provide(services))
  )

  it.scoped("is an empty one if the data connection ends, even with no preliminary reply", () =>
    Effect.gen(function* () {
      const { session: made } = yield* session(`${ready("MLST type*;")}${withoutData("226 done")}\nD: end`)
      const { result } = yield* timed(made.list(""))
      expect(result).toMatchObject({ _tag: "Right", right: { entries: [] } })
    }).pipe(Effect.provide(services))
  )
})
