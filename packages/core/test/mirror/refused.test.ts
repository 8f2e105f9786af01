/** Names that are no entries of a tree, and listings that say little: both are in the result. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { disk, down, onDisk, served, stage, up } from "./stage.ts"

const ways: ReadonlyArray<readonly [string, FtpMirror.MirrorOptions]> = [
  ["while it reads", {}],
  ["by a plan", { conflict: "Replace" }]
]

const PART = "in/movie.mkv.ftp-effect.part"

/** A server that lists a name with a control character. */
const withControl = Layer.unwrapEffect(
  Effect.map(FtpTestServer.memory({ "www/a": "a", "www/in/b": "b" }), (store) =>
    stage({
      root: {
        ...store,
        list: (path) =>
          Effect.map(store.list(path), (entries) =>
            path === "/www/in" ? [...entries, { ...entries[0], name: "b\u0001" } as (typeof entries)[number]] : entries
          )
      }
    })
  )
)

describe("a name that a tree refuses", () => {
  for (const [how, options] of ways) {
    it.effect(`is in the result if it is that of a partial file, which leaves the copy complete, ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ a: "a", [PART]: "half", "in/b": "b" })
        const result = yield* up(options)
        expect(result.isComplete).toBe(true)
        expect(result.plan.skipped).toEqual([
          { path: PART, reason: "Reserved", detail: "its name is reserved for partial downloads" }
        ])
        expect(yield* served("/www/")).toEqual({ a: "a", "in/b": "b" })
        expect(yield* Schema.decode(MirrorPlan.Json)(yield* Schema.encode(MirrorPlan.Json)(result.plan))).toEqual(
          result.plan
        )
        expect((yield* up({ ...options, filter: { patterns: ["*.part"] } })).plan.skipped).toEqual([])
      }).pipe(Effect.provide(stage()))
    )

    it.effect(`is in the result if it can't be part of a path, and the copy is not complete, ${how}`, () =>
      Effect.gen(function* () {
        const result = yield* down(options)
        expect(result.isComplete).toBe(false)
        expect(result.plan.skipped).toEqual([
          { path: "in/b\u0001", reason: "Unsafe", detail: expect.stringMatching(/^its name .*control/) }
        ])
        expect(yield* disk).toEqual({ a: "a", "in/b": "b" })
        expect(new FtpMirror.FtpMirrorIncomplete({ result }).message).toMatch(
          /is not complete; 1 left out, first in\/b\\x01: its name .*control/
        )
      }).pipe(Effect.provide(withControl))
    )
  }

  it.effect("keeps its directory in a target from which all else is deleted", () =>
    Effect.gen(function* () {
      yield* onDisk({ a: "a" })
      const result = yield* up({ delete: "Extra", maxDelete: { _tag: "Count", count: 9 } })
      expect(result).toMatchObject({ failures: [], isComplete: true })
      expect(result.plan.skipped).toMatchObject([{ path: PART, reason: "Reserved" }])
      expect(result.done.map(({ _tag, path }) => `${_tag} ${path}`)).toEqual(["Copy a", "Remove in/old"])
      expect(yield* served("/www/")).toEqual({ a: "a", [PART]: "half" })
    }).pipe(Effect.provide(stage({ root: { [`www/${PART}`]: "half", "www/in/old": "old" } })))
  )
})

describe("a listing of which only names are known", () => {
  for (const [how, options] of ways) {
    it.effect(`is told, ${how}`, () =>
      Effect.gen(function* () {
        const { plan } = yield* down(options)
        expect(plan.warnings).toEqual([expect.stringContaining("its names, and what CWD and SIZE report about them")])
        expect(yield* disk).toEqual({ a: "a" })
      }).pipe(Effect.provide(stage({ listing: "Unknown", denied: ["MLSD", "MLST"], root: { "www/a": "a" } })))
    )
  }
})
