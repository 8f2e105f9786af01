import { describe, expect, it } from "@effect/vitest"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import * as MemoryFiles from "../support/memoryFiles.ts"
import { disk, down, onDisk, SITE, served, stage, up } from "./stage.ts"

const byPath = (plan: MirrorPlan.MirrorPlan) => ({
  ...plan,
  skipped: [...plan.skipped].sort((first, second) => (first.path < second.path ? -1 : 1))
})

/** A server whose listings leave out names that begin with a dot. */
const hiding = Layer.unwrapEffect(
  Effect.map(FtpTestServer.memory({ "www/.htaccess": "theirs" }), (store) =>
    stage({
      root: {
        ...store,
        list: (path) => Effect.map(store.list(path), (entries) => entries.filter(({ name }) => !name.startsWith(".")))
      }
    })
  )
)

describe("a mirror that deletes nothing", () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`www/${index}/f`, `${index}`]))

  it.effect("begins to download before all directories are listed", () =>
    Effect.gen(function* () {
      expect(yield* down()).toMatchObject({ isComplete: true, failures: [] })
      const { commands } = yield* FtpTestServer.FtpTestServer
      const lines = yield* commands
      const first = lines.findIndex((line) => line.startsWith("RETR"))
      expect(lines.slice(first).filter((line) => line.startsWith("MLSD")).length).toBeGreaterThan(10)
    }).pipe(
      Effect.provide(
        layer({ server: { root: many }, pool: { maxPerHost: 2 } }).pipe(Layer.provideMerge(MemoryFiles.layer))
      )
    )
  )

  it.effect("does what its plan says, which is the plan that is made of both trees", () =>
    Effect.gen(function* () {
      yield* onDisk({
        "same.txt": "same",
        "changed.txt": "new text",
        "clash/a": "a file in what is a file there",
        "dir.txt": "a file",
        "img/new/er/a.png": "png",
        "img/no.tmp": "excluded",
        "img/b.png": "png b",
        "index.html": "<h1>"
      })
      const options: FtpMirror.MirrorOptions = { filter: { patterns: ["*.tmp"] }, last: ["index.html"] }
      const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
      const plan = yield* inTime(FtpMirror.plan(...trees, options))
      expect(plan.steps.length).toBeGreaterThan(5)
      const pieces: Array<Extract<FtpMirror.MirrorEvent, { readonly _tag: "Found" }>> = []
      const onEvent = (event: FtpMirror.MirrorEvent) => {
        if (event._tag === "Found") {
          pieces.push(event)
        }
      }
      const result = yield* up({ ...options, onEvent })
      expect(byPath(result.plan)).toEqual(byPath(plan))
      const found = pieces.flatMap(({ skipped, steps }) => [...steps, ...skipped])
      const paths = (all: ReadonlyArray<{ readonly path: string }>) => all.map(({ path }) => path).sort()
      expect(paths(found)).toEqual(paths([...plan.steps, ...plan.skipped]))
      expect(pieces.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(plan.unchanged)
      expect(pieces.map(({ isLast }) => isLast).indexOf(true)).toBe(pieces.length - 1)
      expect([...result.done].map(({ path }) => path).sort()).toEqual(plan.steps.map(({ path }) => path).sort())
      expect(result).toMatchObject({ isComplete: false, failures: [], leftOut: [] })
      expect(yield* served("/www/")).toEqual({
        "changed.txt": "new text",
        clash: "a file",
        "dir.txt/b": "in a directory",
        "img/b.png": "png b",
        "img/new/er/a.png": "png",
        "img/theirs.png": "stays",
        "index.html": "<h1>",
        "same.txt": "same"
      })
    }).pipe(
      Effect.provide(
        stage({
          root: {
            "www/same.txt": "same",
            "www/changed.txt": "old",
            "www/clash": "a file",
            "www/dir.txt/b": "in a directory",
            "www/img/theirs.png": "stays"
          }
        })
      )
    )
  )

  it.effect("makes nothing if the source is empty, and copies nothing that is excluded", () =>
    Effect.gen(function* () {
      yield* onDisk(SITE)
      expect((yield* up({ filter: { patterns: ["/*"] } })).plan.skipped.length).toBe(3)
      expect(yield* served("/www/")).toEqual({})
    }).pipe(Effect.provide(stage()))
  )

  for (const [how, mirror] of [
    ["while it reads", () => up({ only: "Missing" })],
    [
      "by a plan",
      () =>
        Effect.gen(function* () {
          const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
          const plan = yield* inTime(FtpMirror.plan(...trees, { only: "Missing" }))
          return yield* inTime(FtpMirror.apply(plan, ...trees))
        })
    ]
  ] as const) {
    it.effect(`replaces no file that the listing does not show if only what is missing is copied ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ ".htaccess": "ours", "a.txt": "a", "new/.b": "b" })
        const result = yield* mirror()
        expect(result.isComplete).toBe(true)
        expect(result.plan.skipped).toMatchObject([{ path: ".htaccess", reason: "Existing" }])
        const { read } = yield* FtpTestServer.FtpTestServer
        expect(new TextDecoder().decode(yield* read("/www/.htaccess"))).toBe("theirs")
        expect(yield* served("/www/")).toEqual({ "a.txt": "a" })
        expect(new TextDecoder().decode(yield* read("/www/new/.b"))).toBe("b")
      }).pipe(Effect.provide(hiding))
    )

    it.effect(`is explained as it is done, if only what is missing is copied ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ ".htaccess": "ours", "a.txt": "a" })
        const trees = [yield* FtpMirror.local("/site"), yield* FtpMirror.remote("www")] as const
        const why = (path: string) => inTime(FtpMirror.explain(path, ...trees, { only: "Missing" }))
        expect((yield* why("a.txt")).verdict).toMatchObject({ _tag: "Planned" })
        const { verdict } = yield* why(".htaccess")
        const { plan } = yield* mirror()
        expect(verdict).toEqual({ _tag: "Skipped", skip: plan.skipped[0] })
      }).pipe(Effect.provide(hiding))
    )

    it.effect(`leaves out a file that can't be asked for, and copies the rest ${how}`, () =>
      Effect.gen(function* () {
        yield* onDisk({ "a.txt": "a", "b.txt": "b" })
        const { fault } = yield* FtpTestServer.FtpTestServer
        yield* fault({ _tag: "Refuse", verb: "MLST", reply: "550 Permission denied", times: 1 })
        const result = yield* mirror()
        expect(result).toMatchObject({ isComplete: false, failures: [], plan: { skipped: [{ reason: "Unread" }] } })
        expect(Object.keys(yield* served("/www/")).length).toBe(1)
      }).pipe(Effect.provide(hiding))
    )
  }

  it.effect("proves a directory of the target again for its files if it could not be asked for", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      yield* onDisk({ "css/a.css": "a", "css/b.css": "b" })
      yield* server.fault({ _tag: "Refuse", verb: "CWD", reply: "421 busy", times: 1 })
      expect(yield* up()).toMatchObject({ isComplete: true, failures: [] })
      expect(yield* served("/www/css/")).toEqual({ "a.css": "a", "b.css": "b", "old.css": "old" })
    }).pipe(Effect.provide(stage({ root: { "www/css/old.css": "old" } })))
  )

  it.effect("copies the rest if a directory of the source can't be listed, and is not complete", () =>
    Effect.gen(function* () {
      const result = yield* down()
      expect(result.isComplete).toBe(false)
      expect(result.plan.skipped).toMatchObject([{ path: "closed", reason: "Unread" }])
      expect(result.plan.skipped[0]?.mayPass).toBe(undefined)
      expect(yield* disk).toEqual({ a: "a", "open/c": "c" })
    }).pipe(
      Effect.provide(
        Layer.unwrapEffect(
          Effect.map(FtpTestServer.memory({ "www/a": "a", "www/closed/b": "b", "www/open/c": "c" }), (store) =>
            stage({
              root: {
                ...store,
                list: (path) =>
                  path === "/www/closed"
                    ? Effect.fail(new FtpTestServer.StoreError({ reason: "PermissionDenied", path }))
                    : store.list(path)
              }
            })
          )
        )
      )
    )
  )

  for (const [how, options] of [
    ["while it reads", {}],
    ["by a plan", { conflict: "Replace", delete: "Extra", maxDelete: { _tag: "Count", count: 9 } }]
  ] as const) {
    it.effect(`leaves a directory alone that the target could not list, and does all else, ${how}`, () =>
      Effect.gen(function* () {
        const server = yield* FtpTestServer.FtpTestServer
        yield* onDisk({ "a.txt": "a", "css/a.css": "new", "css/deep/b.css": "b", "js/a.js": "a" })
        const target = yield* FtpMirror.remote("www")
        const list: typeof target.list = (path, ...more) =>
          Effect.zipRight(
            // A call that reads is made again once.
            path === "css" ? server.fault({ _tag: "CloseControl", verb: "MLSD", times: 2 }) : Effect.void,
            target.list(path, ...more)
          )
        const result = yield* inTime(FtpMirror.mirror(yield* FtpMirror.local("/site"), { ...target, list }, options))
        expect(result).toMatchObject({ isComplete: false, failures: [] })
        expect(result.plan.skipped).toMatchObject([{ path: "css", reason: "Unread", mayPass: true }])
        expect(result.plan.skipped[0]?.detail).toContain("what the target has there is not known: Lost the control")
        expect(yield* served("/www/")).toEqual({
          "a.txt": "a",
          "css/a.css": "theirs",
          "css/old/x": "x",
          "js/a.js": "a"
        })
      }).pipe(Effect.provide(stage({ root: { "www/css/a.css": "theirs", "www/css/old/x": "x" } })))
    )
  }

  it.effect("reads the rest of the source if the connection breaks while a directory is listed", () =>
    Effect.gen(function* () {
      const server = yield* FtpTestServer.FtpTestServer
      const source = yield* FtpMirror.remote("www")
      const list: typeof source.list = (path, ...more) =>
        Effect.zipRight(
          path === "css" ? server.fault({ _tag: "CloseControl", verb: "MLSD", times: 2 }) : Effect.void,
          source.list(path, ...more)
        )
      const result = yield* inTime(
        FtpMirror.mirror({ ...source, list }, yield* FtpMirror.local("/site"), { manifest: false, conflict: "Replace" })
      )
      expect(result).toMatchObject({ isComplete: false, failures: [] })
      expect(result.plan.skipped).toMatchObject([{ path: "css", reason: "Unread", mayPass: true }])
      expect(yield* disk).toEqual({ a: "a", "js/a.js": "a" })
    }).pipe(
      Effect.provide(
        layer({
          server: { root: { "www/a": "a", "www/css/a.css": "a", "www/js/a.js": "a" } },
          // So that no other directory is listed meanwhile.
          pool: { maxPerHost: 1 }
        }).pipe(Layer.provideMerge(MemoryFiles.layer))
      )
    )
  )
})
