import { assert, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Embedded from "./support/embedded.ts"

const CONTENT = new Uint8Array(2998)

/** More turns of the scheduler than a download of one chunk has left after that chunk. */
const TURNS = 60

/** Whether the session came back. */
const interruptedAfter = (turns: number) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    const pool = yield* FtpPool.FtpPool
    const due = yield* Deferred.make<void>()
    const download = client.download("a", { onProgress: () => Deferred.unsafeDone(due, Exit.void) })
    const fiber = yield* Effect.fork(Stream.runDrain(download))
    yield* Deferred.await(due)
    for (let turn = 0; turn < turns; turn++) {
      yield* Effect.yieldNow()
    }
    yield* Fiber.interrupt(fiber)
    return (yield* pool.status)[0]?.inUse === 0
  }).pipe(Effect.provide(Embedded.layer({ server: { root: { a: CONTENT } } })))

// A pool whose session is never given back never closes, and the test ends by its limit.
it.effect("regression: a session is given back at whatever moment of its end a download is interrupted", () =>
  Effect.gen(function* () {
    for (let turns = 0; turns < TURNS; turns++) {
      assert.isTrue(yield* interruptedAfter(turns), `interrupted ${turns} turns after the last chunk`)
    }
  })
)
