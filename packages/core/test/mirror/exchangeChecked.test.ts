/** What is replaced by something of another type, in a plan that is checked again: all of it comes, or nothing. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { inTime } from "../support/inTime.ts"
import { onDisk, served, stage } from "./stage.ts"

const trees = Effect.all([FtpMirror.local("/site"), FtpMirror.remote("www")])

const planUp = (options?: FtpMirror.MirrorOptions) =>
  Effect.flatMap(trees, ([source, target]) =>
    inTime(FtpMirror.plan(source, target, { conflict: "Replace", ...options }))
  )

const applied = (plan: MirrorPlan.MirrorPlan) =>
  Effect.flatMap(trees, ([source, target]) => inTime(FtpMirror.apply(plan, source, target)))

const paths = (steps: ReadonlyArray<MirrorPlan.Step>) => steps.map(({ _tag, path }) => `${_tag} ${path}`).sort()

const all = Effect.map(
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) => tree),
  (entries) => entries.map(({ path }) => path).filter((path) => path.startsWith("/www/"))
)

describe("a replacement by something of another type in a plan that is checked again", () => {
  it.effect("is left out as a whole if a file of the new directory has changed since", () =>
    Effect.gen(function* () {
      yield* onDisk({ "docs/one": "1", "docs/two": "2" })
      const plan = yield* planUp()
      yield* onDisk({ "docs/one": "1", "docs/two": "another 2" })
      const result = yield* applied(plan)
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(paths(result.outdated.map(({ step }) => step))).toEqual(["Copy docs/two"])
      expect(paths(result.leftOut)).toEqual(["Copy docs/one", "MakeDirectory docs", "Remove docs"])
      expect(yield* served("/www/")).toEqual({ docs: "old file" })
      expect(yield* all).toEqual(["/www/docs"])
    }).pipe(Effect.provide(stage({ root: { "www/docs": "old file" } })))
  )

  it.effect("is left out as a whole if a file of the new directory that goes last is held back", () =>
    Effect.gen(function* () {
      yield* onDisk({ "docs/one": "1", "docs/index.html": "<h1>", other: "o" })
      const plan = yield* planUp({ last: ["index.html"] })
      yield* onDisk({ "docs/one": "1", "docs/index.html": "<h1>", other: "another o" })
      const result = yield* applied(plan)
      expect(paths(result.outdated.map(({ step }) => step))).toEqual(["Copy other"])
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(yield* served("/www/")).toEqual({ docs: "old file" })
    }).pipe(Effect.provide(stage({ root: { "www/docs": "old file" } })))
  )

  it.effect("is done if only another one has changed, and what holds beside it", () =>
    Effect.gen(function* () {
      yield* onDisk({ "docs/one": "1", "more/one": "1", "more/two": "2", new: "n" })
      const plan = yield* planUp()
      yield* onDisk({ "docs/one": "1", "more/one": "1", "more/two": "another 2", new: "n" })
      const result = yield* applied(plan)
      expect(result.isComplete).toBe(false)
      expect(paths(result.leftOut)).toEqual(["Copy more/one", "MakeDirectory more", "Remove more"])
      expect(yield* served("/www/")).toEqual({ "docs/one": "1", more: "old more", new: "n" })
    }).pipe(Effect.provide(stage({ root: { "www/docs": "old file", "www/more": "old more" } })))
  )

  it.effect("is left out as a whole if a file of the old directory has changed since", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ page: "new page" })
      const plan = yield* planUp()
      yield* server.write("/www/page/a", "old a, by another client")
      const result = yield* applied(plan)
      expect(result).toMatchObject({ isComplete: false, done: [], displaced: [] })
      expect(yield* served("/www/")).toEqual({ "page/a": "old a, by another client", "page/b": "old b" })
    }).pipe(Effect.provide(stage({ root: { "www/page/a": "old a", "www/page/b": "old b" } })))
  )
})
