/** A source whose listing may lack hidden files, as its server was busy when it was asked for them. */
import { describe, expect, it } from "@effect/vitest"
import { FtpClient, make } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import { FtpPool } from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { disk, onDisk, stage } from "./stage.ts"

/** Down from such a server. */
const down = (options: FtpMirror.MirrorOptions) =>
  Effect.gen(function* () {
    const pool = yield* FtpPool
    const busy = (session: FtpSession): FtpSession => ({
      ...session,
      list: (path, options) =>
        Effect.map(session.list(path, options), ({ entries, ...listed }) => ({
          ...listed,
          entries: entries.filter(({ name }) => !name.startsWith(".")),
          mayLackHidden: true
        }))
    })
    const sessions: FtpPool = {
      ...pool,
      borrow: (options) => Effect.map(pool.borrow(options), busy),
      lend: (use) => pool.lend((session) => use(busy(session)))
    }
    const source = yield* Effect.flatMap(make, (client) =>
      Effect.provideService(FtpMirror.remote("www"), FtpClient, client)
    ).pipe(Effect.provideService(FtpPool, sessions))
    return yield* inTime(FtpMirror.mirror(source, yield* FtpMirror.local("/site"), options))
  })

describe("a listing that may lack hidden files", () => {
  it.effect("has nothing deleted on its word", () =>
    Effect.gen(function* () {
      yield* onDisk({ ".htaccess": "ours", old: "old" })
      const result = yield* down({ delete: "Extra", maxDelete: { _tag: "Count", count: 9 } })
      expect(result).toMatchObject({ isComplete: false, failures: [], plan: { withheld: { reason: "Incomplete" } } })
      expect(yield* disk).toEqual({ ".htaccess": "ours", old: "old", a: "a" })
    }).pipe(Effect.provide(stage({ root: { "www/.htaccess": "theirs", "www/a": "a" } })))
  )

  it.effect("makes the copy incomplete, and is named in the result", () =>
    Effect.gen(function* () {
      yield* onDisk({})
      const result = yield* down({})
      expect(result.isComplete).toBe(false)
      expect(result.plan.skipped).toEqual([
        { path: "", reason: "Unread", detail: "the server was too busy to list hidden files of www", mayPass: true }
      ])
      expect(yield* disk).toEqual({ a: "a" })
    }).pipe(Effect.provide(stage({ root: { "www/.htaccess": "theirs", "www/a": "a" } })))
  )
})
