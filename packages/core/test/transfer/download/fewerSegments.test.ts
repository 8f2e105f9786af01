/** A download in segments over fewer connections than asked for, or over one. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { KIB, MIB } from "../../support/bytes.ts"
import {
  CONTENT,
  fetch,
  inTime,
  isWhole,
  offsets,
  peak,
  Received,
  retrieved,
  slow,
  stage
} from "../../support/segmented.ts"
import { withFault } from "../../support/server.ts"

describe("a download in segments uses fewer, and the file is whole", () => {
  for (const like of ["vsftpd", "ProFTPD"] as const) {
    for (const connections of [1, 2]) {
      it.effect(`when the server takes ${connections} connections, as ${like} says it`, () =>
        Effect.gen(function* () {
          yield* inTime(fetch())
          yield* isWhole()
          expect(yield* peak).toBeLessThanOrEqual(like === "vsftpd" ? connections : 4)
        }).pipe(Effect.provide(stage({ server: { limit: { connections, like } } })))
      )
    }
  }

  it.effect("when the pool has one session", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ sessions: 1 })))
  )

  it.effect("when others have the pool's sessions, who get the next ones", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.replicateEffect(pool.borrow(), 3)
          yield* inTime(fetch())
          expect(yield* retrieved).toBe(1)
        })
      )
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when somebody waits for a session, who gets one before they lose patience", () =>
    Effect.gen(function* () {
      const pool = yield* FtpPool.FtpPool
      const fiber = yield* Effect.fork(fetch({ segments: 2 }))
      yield* TestClock.adjust("1 second")
      const other = Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.workingDirectory))
      // Each of the two is busy for longer than a minute.
      expect(yield* inTime(other, "65 seconds")).toBe("/")
      yield* inTime(Fiber.join(fiber), "5 minutes")
      yield* isWhole()
    }).pipe(Effect.provide(stage({ sessions: 2, store: slow("15 seconds") })))
  )

  it.effect("when the server refuses REST", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ server: { denied: ["REST"] } })))
  )

  it.effect("when the server takes REST and ignores it, which is seen at once", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY })
      yield* inTime(fetch())
      yield* isWhole()
      expect((yield* Received).bytes).toBeLessThan(CONTENT.byteLength + 8 * MIB)
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when one session ignores REST and the others don't", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST" })
      yield* inTime(fetch())
      yield* isWhole()
    }).pipe(Effect.provide(stage()))
  )

  it.effect("when REST is ignored for a file that begins with zeros, which is seen where segments meet", () => {
    const content = CONTENT.slice()
    content.fill(0, 0, 64 * KIB)
    return Effect.gen(function* () {
      yield* withFault({ _tag: "IgnoreRest", verb: "REST", times: Number.POSITIVE_INFINITY })
      yield* inTime(fetch())
      yield* isWhole(content)
    }).pipe(Effect.provide(stage({ content })))
  })

  it.effect("when the server reports no sizes", () =>
    Effect.gen(function* () {
      expect(yield* inTime(fetch())).toMatchObject({ bytes: CONTENT.byteLength })
      yield* isWhole()
      expect(yield* retrieved).toBe(1)
    }).pipe(Effect.provide(stage({ server: { denied: ["SIZE", "MLST"] } })))
  )

  it.effect("of zeros alone they are as many as asked for", () =>
    Effect.gen(function* () {
      yield* inTime(fetch())
      yield* isWhole(new Uint8Array(17 * MIB))
      expect((yield* offsets).length).toBeGreaterThanOrEqual(3)
    }).pipe(Effect.provide(stage({ content: new Uint8Array(17 * MIB) })))
  )
})
