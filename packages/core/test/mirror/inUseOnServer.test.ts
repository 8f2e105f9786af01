/** Temporary names of uploads in a mirror with the embedded server: what is copied, left alone and deleted. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { disk, down, onDisk, served, stage, up, withHasher } from "./stage.ts"

const NOW = Date.parse("2026-11-30T12:00:00Z")
const HOUR = 3_600_000

const UPLOAD = ".a.html.1a2b3c4d.ftp-effect"
const WITH_VERSION = ".a.html.0123456789abcdef.1a2b3c4d.ftp-effect"

describe("a mirror with the embedded server", () => {
  it.effect("tells what a killed upload has left, and deletes it with what is ours", () =>
    Effect.zipRight(
      TestClock.setTime(NOW),
      Effect.provide(
        Effect.gen(function* () {
          const { store, write } = yield* FtpTestServer.FtpTestServer
          yield* onDisk({ "in/a.html": "new" })
          yield* write(`/www/in/${UPLOAD}`, "half")
          yield* write("/www/in/.other.1a2b3c4d.ftp-effect", "a stranger's")
          for (const name of [UPLOAD, ".other.1a2b3c4d.ftp-effect"]) {
            yield* store.setModified(`/www/in/${name}`, NOW - 25 * HOUR)
          }
          const first = yield* up()
          expect(first.plan.warnings).toMatchObject([expect.stringContaining(`(in/${UPLOAD})`)])
          expect(Object.keys(yield* served("/www/")).length).toBe(3)
          const second = yield* up({ delete: "Ours" })
          expect(second).toMatchObject({ failures: [], isComplete: true })
          expect(second.done.map(({ path, reason }) => `${reason._tag} ${path}`)).toContain(`DeadUpload in/${UPLOAD}`)
          expect(Object.keys(yield* served("/www/")).sort()).toEqual([
            ".ftp-effect-manifest.json",
            "in/.other.1a2b3c4d.ftp-effect",
            "in/a.html"
          ])
        }),
        withHasher()
      )
    )
  )

  const ALL: FtpMirror.MirrorOptions = { delete: "Extra", maxDelete: { _tag: "Percent", percent: 100, free: 0 } }

  it.effect("leaves the upload of another client alone for a day, and is complete", () =>
    Effect.zipRight(
      // Before there are a server and a pool, whose timers would all tick.
      TestClock.setTime(NOW),
      Effect.provide(
        Effect.gen(function* () {
          const { store, write } = yield* FtpTestServer.FtpTestServer
          yield* onDisk({ "a.html": "new" })
          yield* write(`/www/in/${UPLOAD}`, "half")
          yield* write("/www/in/old", "old")
          const writtenAgo = (hours: number) => store.setModified(`/www/in/${UPLOAD}`, NOW - hours * HOUR)
          yield* writtenAgo(22)
          const first = yield* up(ALL)
          expect(first).toMatchObject({ failures: [], isComplete: true })
          expect(first.plan.skipped).toMatchObject([{ path: `in/${UPLOAD}`, reason: "Reserved" }])
          expect(yield* served("/www/")).toEqual({ "a.html": "new", [`in/${UPLOAD}`]: "half" })
          yield* writtenAgo(25)
          expect((yield* up(ALL)).plan.skipped).toEqual([])
          expect(yield* served("/www/")).toEqual({ "a.html": "new" })
        }),
        stage()
      )
    )
  )

  for (const [how, options] of [
    ["while it reads", {}],
    ["by a plan", ALL]
  ] as const) {
    it.effect(`fetches no upload on its way, and is complete, ${how}`, () =>
      Effect.gen(function* () {
        const result = yield* down(options)
        expect(result).toMatchObject({ failures: [], isComplete: true })
        expect(result.plan.skipped).toMatchObject([{ path: `in/${WITH_VERSION}`, reason: "Reserved" }])
        expect(yield* disk).toEqual({ a: "a", "in/b": "b" })
      }).pipe(Effect.provide(stage({ root: { "www/a": "a", "www/in/b": "b", [`www/in/${WITH_VERSION}`]: "half" } })))
    )
  }
})
