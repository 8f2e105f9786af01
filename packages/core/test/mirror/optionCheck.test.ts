import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { onDisk, SITE, served, stage, up } from "./stage.ts"

/** As a caller from JavaScript gives it. */
const untyped = (options: object) => options as FtpMirror.MirrorOptions

const OLD = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`old${index}`, "old"]))

const WRONG: ReadonlyArray<readonly [argument: string, options: object]> = [
  ["compare", { compare: "size" }],
  ["only", { only: "missing" }],
  ["delete", { delete: "extra" }],
  ["delete", { delete: true }],
  ["deleteWhen", { deleteWhen: "before" }],
  ["links", { links: "copy" }],
  ["conflict", { conflict: "replace" }],
  ["times", { times: "keep" }],
  ["swap", { swap: "removePrevious" }],
  ["swap", { swap: true }],
  ["verify", { verify: "hash" }],
  ["verify", { verify: "toString" }],
  ["durability", { durability: "synced" }],
  ["deleteExcluded", { deleteExcluded: "no" }],
  ["atomic", { atomic: 0 }],
  ["force", { force: "false" }],
  ["onEvent", { onEvent: true }],
  ["last", { last: "index.html" }],
  ["manifest", { manifest: 1 }],
  ["manifest", { manifest: {} }],
  ["filter", { filter: "*.tmp" }],
  ["filter", { filter: ["*.tmp"] }],
  ["filter.paths", { filter: { paths: "a" } }],
  ["filter.patterns", { filter: { patterns: "*.tmp" } }],
  ["filter.minBytes", { filter: { minBytes: "10" } }],
  ["filter.maxBytes", { filter: { maxBytes: Number.NaN } }],
  ["filter.newerThan", { filter: { newerThan: new Date(0) } }],
  ...[
    0,
    5,
    "20%",
    null,
    {},
    { _tag: "count", count: 0 },
    { _tag: "Count" },
    { _tag: "Count", count: Number.NaN },
    { _tag: "Count", count: "0" },
    { _tag: "Count", count: -1 },
    { _tag: "Percent", percent: 20 },
    { _tag: "Percent", percent: "20", free: 0 }
  ].map((maxDelete) => ["maxDelete", { delete: "Extra", maxDelete }] as const)
]

describe("an option of a mirror that is none", () => {
  it.effect("is refused before anything is asked or changed", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* server.write("/www/old", "old")
      for (const [argument, options] of WRONG) {
        const error = yield* Effect.flip(up(untyped(options)))
        expect(error, JSON.stringify(options)).toMatchObject({ _tag: "FtpUsageError", argument })
      }
      expect(yield* server.commands).toEqual([])
      expect(yield* served("/www/")).toEqual({ old: "old" })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is refused by a plan and an explanation too, and by what applies a plan", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      const source = yield* FtpMirror.local("/site")
      const target = yield* FtpMirror.remote("/www")
      const wrong = untyped({ only: "missing" })
      const plan = yield* FtpMirror.plan(source, target)
      const refused = [
        yield* Effect.flip(FtpMirror.plan(source, target, wrong)),
        yield* Effect.flip(FtpMirror.explain("index.html", source, target, wrong)),
        yield* Effect.flip(FtpMirror.apply(plan, source, target, { durability: "synced" as "Synced" }))
      ]
      expect(refused.map(({ _tag }) => _tag)).toEqual(Array.from(refused, () => "FtpUsageError"))
    }).pipe(Effect.provide(stage()))
  )

  it.effect("is refused with what it may be", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(up(untyped({ only: "missing" })))
      expect(error.message).toContain('must be one of All, Newer, Missing, Existing, not "missing"')
    }).pipe(Effect.provide(stage()))
  )
})

describe("the most that is deleted", () => {
  it.effect.each([
    { _tag: "Count", count: 0 },
    { _tag: "Count", count: 39 },
    { _tag: "Percent", percent: 20, free: 10 }
  ] as const)("of %o withholds more", (maxDelete) =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* Effect.forEach(Object.entries(OLD), ([name, text]) => server.write(`/www/${name}`, text))
      const { plan } = yield* up({ delete: "Extra", maxDelete })
      expect(plan).toMatchObject({ withheld: { reason: "TooMany", count: 40 } })
      expect(yield* served("/www/")).toEqual({ ...SITE, ...OLD })
    }).pipe(Effect.provide(stage()))
  )

  it.effect("may be without end", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk(SITE)
      yield* Effect.forEach(Object.entries(OLD), ([name, text]) => server.write(`/www/${name}`, text))
      const maxDelete = { _tag: "Count", count: Number.POSITIVE_INFINITY } as const
      yield* up({ delete: "Extra", maxDelete, filter: { newerThan: DateTime.unsafeMake(0) } })
      expect(yield* served("/www/")).toEqual(SITE)
    }).pipe(Effect.provide(stage()))
  )
})
