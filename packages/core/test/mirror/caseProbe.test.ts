/** The empty directory by which a server shows if case counts in the one above it. */
import { describe, expect, it } from "@effect/vitest"
import type * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { commandsLike } from "../support/server.ts"
import { down, kinds, onDisk, served, stage, up } from "./stage.ts"

const EXTRA = { delete: "Extra", maxDelete: { _tag: "Count", count: 99 } } as const

describe("the directory that shows if case counts", () => {
  const NAMES = { "a.txt": "a", "A.txt": "A", keep: "kept" }

  it.effect("is removed if the reply to MKD was lost, and ends nothing", () =>
    Effect.gen(function* () {
      const store = yield* FtpTestServer.memory({ "www/keep": "kept" })
      let reset: Effect.Effect<void> = Effect.void
      const losing: FtpTestServer.FileStore = {
        ...store,
        makeDirectory: (path) =>
          Effect.zipLeft(
            store.makeDirectory(path),
            Effect.suspend(() => (path.includes(".case.") ? reset : Effect.void))
          )
      }
      yield* Effect.gen(function* () {
        const { resetConnections, tree } = yield* FtpTestServer.FtpTestServer
        reset = resetConnections
        yield* onDisk({ ...NAMES, other: "sent too" })
        yield* up()
        expect(yield* served("/www/")).toMatchObject({ "A.txt": "A", keep: "kept", other: "sent too" })
        expect((yield* tree).filter(({ path }) => path.includes(".case."))).toEqual([])
      }).pipe(Effect.provide(stage({ root: losing })))
    })
  )

  it.effect("that a killed run has left is neither copied nor deleted for a day", () =>
    Effect.gen(function* () {
      yield* onDisk({ keep: "kept" })
      const ofIt = (result: FtpMirror.MirrorResult) => kinds(result).filter((kind) => kind.includes(".case."))
      expect(ofIt(yield* up(EXTRA))).toEqual([])
      const result = yield* down()
      expect(ofIt(result)).toEqual([])
      expect(result.plan.skipped).toMatchObject([{ path: ".case.1a2b3c4d.ftp-effect", reason: "Reserved" }])
    }).pipe(Effect.provide(stage({ root: { "www/.case.1a2b3c4d.ftp-effect/": "", "www/keep": "kept" } })))
  )

  it.effect("is made 64 times in a directory at most, and what is left of its names is left out", () =>
    Effect.gen(function* () {
      const pairs = Array.from({ length: 66 }, (_, index) => [`\u00df${100 + index}`, `ss${100 + index}`] as const)
      yield* onDisk(Object.fromEntries(pairs.flatMap(([one, other]) => [[one, one] as const, [other, other] as const])))
      const result = yield* up()
      expect(yield* commandsLike(/^MKD .*\.case\./)).toHaveLength(64)
      expect(result.isComplete).toBe(false)
      const there = yield* served("/www/")
      expect(pairs.filter(([one, other]) => one in there && other in there)).toHaveLength(64)
      expect(pairs.filter(([, other]) => other in there)).toHaveLength(66)
    }).pipe(Effect.provide(stage({ root: { "www/keep": "kept" } })))
  )
})
